import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { AgentProcess, runAgentCommand } from './testing/agent-process.ts';
import { FLAT_FILES, hasFlatFiles } from './testing/recorded-data.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const dataDir = mkdtempSync(join(tmpdir(), 'agent-pricing-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));
const run = (...args: string[]): ReturnType<typeof runAgentCommand> => runAgentCommand(args, { dataDir });

interface Priced {
  readonly outcome: string;
  readonly price: number;
  readonly volatility: number | null;
  readonly delta: number | null;
}

describe('agent price', () => {
  // Hull, "Options, Futures, and Other Derivatives": S 42, K 40, half a year, 10 %, 20 %: call 4.76.
  const hull = [
    '--right',
    'call',
    '--style',
    'european',
    '--spot',
    '42',
    '--strike',
    '40',
    '--years',
    '0.5',
    '--rate',
    '0.1',
  ];

  it('prices one contract, and finds its volatility again', async () => {
    const priced: Priced = JSON.parse((await run('price', ...hull, '--volatility', '0.2', '--json')).stdout);
    expect(priced).toMatchObject({ outcome: 'ok' });
    expect(priced.price.toFixed(2)).toBe('4.76');
    const implied: Priced = JSON.parse((await run('price', ...hull, '--price', String(priced.price), '--json')).stdout);
    expect(implied.volatility).toBeCloseTo(0.2, 12);
    const told = await run('price', ...hull, '--price', '1');
    expect(told.code).toBe(0);
    expect(told.stdout).toMatch(/outcome +below-intrinsic/);
    expect(told.stdout).not.toContain('\u001b');
  });

  it('prices a file; bad rows are named with their line and left out', async () => {
    const file = join(dataDir, 'contracts.csv');
    writeFileSync(
      file,
      [
        'right,spot,strike,days,volatility,price,dividends',
        'put,100,95,45,0.25,,20:1.5',
        'call,100,abc,45,0.25,,',
        'put,100,120,45,,20,',
        'call,100,105,30,0.2,1,',
        'straddle,100,105,30,0.2,,',
        'call,100,105',
        'C,100,105,30,,1.1,',
        'call,100,105,30,0.2,,20',
        '',
      ].join('\n'),
    );
    const { code, stdout, stderr } = await run('price', '--file', file, '--rate', '0.04');
    expect(code, stderr).toBe(0);
    const rows = stdout.trim().split('\n');
    expect(rows[0]).toMatch(/^line,right,style,.*,outcome,price,volatility,delta/);
    expect(rows.slice(1).map((row) => row.split(',')[0])).toEqual(['2', '4', '8']);
    expect(rows[2]).toContain('exercise-region');
    for (const [line, reason] of [
      [3, 'strike must be a number, was "abc"'],
      [5, 'volatility and price are both given'],
      [6, 'right must be call or put'],
      [7, 'has 3 fields, the header has 7'],
      [9, 'dividends must be DAYS:DOLLARS'],
    ] as const)
      expect(stderr).toContain(`contracts.csv:${line}: ${reason}`);
  });

  it('reads standard input', async () => {
    const agent = new AgentProcess(['price', '--file', '-', '--json'], {
      dataDir,
      input: 'right,spot,strike,days,volatility\nput,100,100,30,0.2\n',
    });
    const { code, stdout } = await agent.finished;
    expect(code).toBe(0);
    const { results, leftOut }: { results: Priced[]; leftOut: unknown[] } = JSON.parse(stdout);
    expect(results).toHaveLength(1);
    expect(leftOut).toEqual([]);
  });

  it('tells of percent taken for a decimal, by line, and prices them all the same', async () => {
    const agent = new AgentProcess(['price', '--file', '-', '--spot', '100', '--days', '30'], {
      dataDir,
      input: 'right,strike,volatility\nput,100,0.2\nput,100,20\nput,100,25\n',
    });
    const { code, stdout, stderr } = await agent.finished;
    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(4);
    expect(stderr).toBe(
      'warning standard input:3 and 1 more rows: a volatility of 500% or more; twenty-five percent is 0.25\n',
    );
  });

  it('gives the same figures in parts as at once', async () => {
    // More rows than are priced together, of three prices of the underlying; every second one by its price.
    const row = (i: number): string =>
      `${i % 3 === 0 ? 'put' : 'call'},${100 + (i % 3)},${80 + (i % 41)},${20 + (i % 7)},${i % 2 === 0 ? '0.3,' : `,${22 + (i % 9)}`}`;
    const input = ['right,spot,strike,days,volatility,price', ...Array.from({ length: 12_000 }, (_, i) => row(i))];
    const whole = await new AgentProcess(['price', '--file', '-'], { dataDir, input: `${input.join('\n')}\n` })
      .finished;
    expect(whole.stderr).toMatch(/ \d+\/12000 contracts /);
    const rows = whole.stdout.trim().split('\n');
    expect(rows).toHaveLength(12_001);
    const few = await new AgentProcess(['price', '--file', '-'], {
      dataDir,
      input: `${input.filter((_, i) => i === 0 || i % 3 === 1).join('\n')}\n`,
    }).finished;
    const without = (text: string): string => text.slice(text.indexOf(','));
    expect(few.stdout.trim().split('\n').map(without)).toEqual(
      rows.filter((_, i) => i === 0 || i % 3 === 1).map(without),
    );
  });

  it('ends quietly when its reader goes', async () => {
    const agent = new AgentProcess(['price', ...hull, '--volatility', '0.2'], { dataDir });
    agent.child.stdout?.destroy();
    expect(await agent.finished).toMatchObject({ code: 0, stderr: '' });
  });

  it.skipIf(!existsSync('/dev/full'))('says that a full disk has no room for its result (/dev/full)', async () => {
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [MAIN, 'price', ...hull, '--volatility', '0.2', '--json'], {
      env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'], NO_COLOR: '1' },
      stdio: ['ignore', full, 'pipe'],
    });
    closeSync(full);
    const said = child.stderr === null ? undefined : text(child.stderr);
    const [code] = await once(child, 'close');
    expect(code).toBe(2);
    expect(await said).toMatch(/^error The result can't be written: .*ENOSPC.*\nhint .*\ncode  DISK_SPACE\n$/);
  });

  it.each([
    [['--spot', '100'], 'USAGE', /right must be call or put/],
    [['--file', 'nowhere.csv'], 'INVALID_VALUE', /nowhere\.csv/],
  ])('refuses %j with code, hint and exit code 2', async (args, code, message) => {
    const refused = await run('price', ...args, '--json');
    expect(refused.code).toBe(2);
    const { error }: { error: { code: string; message: string; hint: string } } = JSON.parse(refused.stdout);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.hint).toBeTruthy();
  });
});

interface Chain {
  readonly time: string;
  readonly spot: number;
  readonly inputs: { readonly rate: string; readonly dividends: unknown; readonly dividendSource: string };
  readonly outcomes: Readonly<Record<string, number>>;
  readonly shares: Readonly<Record<string, number>>;
  readonly term: {
    readonly expiries: readonly {
      readonly days: number;
      readonly atTheMoney: number;
      readonly put25: number;
      readonly call25: number | null;
    }[];
    readonly thirtyDays: { readonly atTheMoney: number; readonly index: number };
  };
  readonly arbitrage: readonly { readonly repaired: boolean }[];
  readonly expiries: readonly {
    readonly expiry: string;
    readonly rate: number;
    readonly yield: number;
    readonly forward: number;
    readonly smile: { readonly error: number } | null;
    readonly contracts: readonly { readonly symbol: string; readonly volatility: number | null }[];
  }[];
}

describe('agent chain', () => {
  it('shows the synthetic market, its smile, and writes it as SVG', async () => {
    const svg = join(dataDir, 'smile.svg');
    const { code, stdout, stderr } = await run('chain', 'spy', '--date', '2026-03-03', '--at', '10:30', '--svg', svg);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^SPY [\d.]+ {2}2026-03-03 10:30:00 New York\n/);
    expect(stdout).toMatch(/^Rate +4\.00%: the rate of the synthetic market$/m);
    expect(stdout).toMatch(/^Dividends +\d{4}-\d\d-\d\d [\d.]+,.*: announced in the synthetic market$/m);
    expect(stdout).toMatch(/^Forwards +implied by American calls and puts on \d+ of \d+ expiries/m);
    expect(stdout).toMatch(/below-intrinsic \d+ \([\d.]+%\)/);
    expect(stdout).toMatch(/bid +ask +IV +delta/);
    expect(stdout).toMatch(/\|.*o/);
    expect(stdout).toMatch(/Contracts .*ok \d+/);
    expect(readFileSync(svg, 'utf8')).toMatch(/^<svg [^>]*>[\s\S]*<circle[\s\S]*<\/svg>\n$/);
  });

  it.skipIf(!hasFlatFiles)(`shows a recorded chain as it was known at a time of day (${FLAT_FILES})`, async () => {
    const reference = ['--reference', join(FLAT_FILES, '..')];
    const recorded = ['chain', 'GOOG', '--date', '2015-12-24', '--data', FLAT_FILES, ...reference, '--json'];
    const chain: Chain = JSON.parse((await run(...recorded, '--at', '10:30')).stdout);
    // Of the 23rd, because that of the day itself comes after the close; Google paid nothing.
    expect(chain.inputs).toEqual({
      rate: 'Treasury par yields of 2015-12-23',
      dividends: [],
      dividendSource: 'declared before 2015-12-24',
    });
    expect(chain.time).toBe('10:30:00');
    expect(chain.spot).toBeCloseTo(748.47, 2);
    expect(chain.expiries).toHaveLength(12);
    expect(chain.outcomes['ok']).toBeGreaterThan(1_500);
    // Reported, not solved.
    expect(chain.outcomes['below-intrinsic']).toBeGreaterThan(0);
    expect(chain.arbitrage.every(({ repaired }) => repaired)).toBe(true);
    const january = chain.expiries.find(({ expiry }) => expiry === '2016-01-15');
    // Google paid no dividend; what calls and puts agree on says so.
    expect(Math.abs(january?.yield ?? 1)).toBeLessThan(0.01);
    expect(january).toMatchObject({ sources: { rate: 'treasury', dividends: 'declared', forward: 'quotes' } });
    // 0.19% at a month, 0.20% at three.
    expect(january?.rate).toBeCloseTo(0.0019, 4);
    expect(Math.abs((january?.forward ?? 0) - chain.spot)).toBeLessThan(0.5);
    expect(chain.shares['below-intrinsic']).toBeGreaterThan(0.02);
    // Results are out after the month: the smile of 30 days lies between those of its neighbours, the VIX recipe a little above.
    expect(chain.term.expiries).toHaveLength(12);
    expect(chain.term.thirtyDays.atTheMoney).toBeGreaterThan(0.17);
    expect(chain.term.thirtyDays.atTheMoney).toBeLessThan(0.31);
    expect(chain.term.thirtyDays.index).toBeGreaterThan(chain.term.thirtyDays.atTheMoney);
    for (const { put25, atTheMoney, call25 } of chain.term.expiries.filter(
      (one) => one.call25 !== null && one.days > 30,
    )) {
      expect(put25).toBeGreaterThan(atTheMoney);
      expect(call25).toBeLessThan(atTheMoney);
    }
    expect(january?.smile?.error).toBeLessThan(0.005);
    const later: Chain = JSON.parse((await run(...recorded, '--expiry', '2016-01-15')).stdout);
    expect(later).toMatchObject({ time: '13:00:00', spot: 748.4 });
    expect(later.expiries).toHaveLength(1);
  });

  it.each([
    [['NOSUCH'], 'UNKNOWN_SYMBOL'],
    [['SPY', '--date', '2026-07-04'], 'NOT_A_SESSION'],
    [['SPY', '--at', '25:00'], 'USAGE'],
    [['SPY', '--date', '2026-03-03', '--expiry', '2026-03-08'], 'INVALID_VALUE'],
    [['GOOG', '--date', '2015-12-24', '--data', './nowhere'], 'DATA_FOLDER_MISSING'],
  ])('refuses %j: %s', async (args, code) => {
    const refused = await run('chain', ...args, '--json');
    expect(refused.code).toBe(2);
    const { error }: { error: { code: string; hint: string } } = JSON.parse(refused.stdout);
    expect(error.code).toBe(code);
    expect(error.hint).toBeTruthy();
  });
});
