import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { AgentProcess, runAgentCommand } from './testing/agent-process.ts';
import { FLAT_FILES, hasFlatFiles } from './testing/recorded-data.ts';

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
    const text = await run('price', ...hull, '--price', '1');
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(/outcome +below-intrinsic/);
    expect(text.stdout).not.toContain('\u001b');
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

  it.skipIf(!hasFlatFiles)(
    `shows a recorded chain as it was known at a time of day (${FLAT_FILES})`,
    async () => {
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
    },
    60_000,
  );

  it.each([
    [['NOSUCH'], 'UNKNOWN_SYMBOL'],
    [['SPY', '--date', '2026-07-04'], 'NOT_A_SESSION'],
    [['SPY', '--at', '25:00'], 'USAGE'],
    [['SPY', '--date', '2026-03-03', '--expiry', '2026-03-08'], 'INVALID_VALUE'],
    [['GOOG', '--date', '2015-12-24', '--data', './nowhere'], 'DATA_FOLDER_MISSING'],
  ])(
    'refuses %j: %s',
    async (args, code) => {
      const refused = await run('chain', ...args, '--json');
      expect(refused.code).toBe(2);
      const { error }: { error: { code: string; hint: string } } = JSON.parse(refused.stdout);
      expect(error.code).toBe(code);
      expect(error.hint).toBeTruthy();
    },
    30_000,
  );
});
