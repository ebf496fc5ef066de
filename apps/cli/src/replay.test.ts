import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunReport } from '@trading-agent/engine';
import { afterAll, describe, expect, it } from 'vitest';
import { AgentProcess, runAgentCommand } from './testing/agent-process.ts';
import { FLAT_FILES, hasFlatFiles } from './testing/recorded-data.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'agent-replay-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

/** The recorded days with the reference files beside them: curves and dividends are among what both sides must know alike. */
const DATA = join(dataDir, 'recorded');
if (hasFlatFiles) {
  mkdirSync(DATA);
  for (const name of readdirSync(FLAT_FILES)) symlinkSync(join(FLAT_FILES, name), join(DATA, name));
  symlinkSync(join(FLAT_FILES, '..', 'reference'), join(DATA, 'reference'));
}

const START = ['start', '--speed', 'max', '--exit-at-close', '--port', '0', '--json'];

interface Day {
  readonly symbol: string;
  readonly date: string;
  /** The session's close in UTC. */
  readonly close: string;
}

const flagsOf = ({ symbol, date }: Day): string[] => [
  '--market',
  'replay',
  '--data',
  DATA,
  '--date',
  date,
  '--symbols',
  symbol,
  '--balance',
  '25000',
  '--seed',
  '7',
];

async function report(args: readonly string[]): Promise<RunReport> {
  const { code, stdout, stderr } = await runAgentCommand(args, { dataDir });
  expect(code, stderr).toBe(0);
  const parsed: RunReport = JSON.parse(stdout);
  return parsed;
}

describe('synthetic days', () => {
  it('one after the other they come out the same over sockets and in process', async () => {
    // A half day and the Monday after it: what is held is taken over the weekend.
    const flags = ['--symbols', 'SPY', '--date', '2026-11-27', '--seed', '11'];
    const overSockets = await report([...START, '--sessions', '2', ...flags]);
    expect(overSockets).toMatchObject({ sessions: [{ session: '2026-11-27' }, { session: '2026-11-30' }] });
    expect(overSockets.orders.length).toBeGreaterThan(0);
    expect(await report(['backtest', '--json', '--to', '2026-11-30', ...flags])).toEqual(overSockets);
  });
});

/** Reports of days over sockets that were not disturbed. */
const unbroken = new Map<string, Promise<RunReport>>();
function undisturbed(day: Day): Promise<RunReport> {
  const known = unbroken.get(day.symbol) ?? report([...START, ...flagsOf(day)]);
  unbroken.set(day.symbol, known);
  return known;
}

describe.skipIf(!hasFlatFiles)(`recorded days (${FLAT_FILES})`, () => {
  it.each<Day>([
    { symbol: 'GOOG', date: '2015-12-24', close: '2015-12-24T18:00:00' },
    { symbol: 'TWX', date: '2014-06-05', close: '2014-06-05T20:00:00' },
  ])('$symbol $date trades single- and multi-leg orders, and the same in process', async (day) => {
    const first = await undisturbed(day);
    const filled = first.orders.filter((order) => order.filled > 0);
    expect(filled.some((order) => order.legs.length === 1)).toBe(true);
    expect(filled.some((order) => order.legs.length > 1)).toBe(true);
    for (const execution of first.executions)
      expect(execution.at < day.close, `${execution.at} before the close`).toBe(true);
    expect(Object.keys(first).sort()).toEqual(
      [
        'session',
        'tier',
        'events',
        'orders',
        'executions',
        'fees',
        'startEquity',
        'endEquity',
        'positions',
        'refusals',
        'fingerprint',
      ].sort(),
    );
    // Word for word the same options, but for the port.
    expect(await report(['backtest', '--speed', 'max', '--exit-at-close', '--json', ...flagsOf(day)])).toEqual(first);
  });

  it('a day whose quotes end too soon says so in its report', async () => {
    // Quotes until 10:31 New York only.
    const found = await report(['backtest', '--json', ...flagsOf({ symbol: 'GOOG', date: '2015-12-28', close: '' })]);
    const hole = { from: '2015-12-28T15:31:00.000000Z', to: '2015-12-28T21:00:00.000000Z' };
    expect(found).toMatchObject({ holes: [{ ...hole, what: 'option-quotes', underlying: 'GOOG' }] });
  });

  // The same day a second time over sockets, in pieces: it comes out twice the same.
  it('kill -9 in the middle of the day and --resume: nothing is sent twice, the day ends as an unbroken one', async () => {
    const day: Day = { symbol: 'GOOG', date: '2015-12-24', close: '2015-12-24T18:00:00' };
    const whole = await undisturbed(day);
    // Slowed down so that there is a middle; 100 simulated minutes a second.
    const slow = [...START.map((flag) => (flag === 'max' ? '6000' : flag)), ...flagsOf(day)];
    let resumes = 0;
    let agent = new AgentProcess(slow, { dataDir });
    for (const wanted of [1, 3, 4]) {
      const [, url] = await agent.says(/Dashboard +(http:\S+)/);
      await ordersAtLeast(`${url}`, wanted);
      const killed = await agent.kill();
      expect(killed.stdout).toBe('');
      agent = new AgentProcess([...slow, '--resume'], { dataDir });
      resumes++;
    }
    const { code, stdout, stderr } = await agent.finished;
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toEqual(whole);
    expect(resumes).toBe(3);
    const [, account] = /Account +(SIM-\w+)/.exec(stderr) ?? [];
    const submitted = readFileSync(join(dataDir, 'market-sim', `${account}`, 'requests.jsonl'), 'utf8')
      .split('\n')
      .flatMap((line) => /"clientOrderId":"([^"]+)"/.exec(line)?.[1] ?? []);
    expect(new Set(submitted).size).toBe(submitted.length);
    expect(submitted).toHaveLength(whole.orders.length);
  });
});

/** Polls the status API until the agent has sent that many orders. */
async function ordersAtLeast(url: string, count: number): Promise<void> {
  for (const deadline = performance.now() + 30_000; performance.now() < deadline;) {
    const answer = await fetch(`${url}/orders`, { signal: AbortSignal.timeout(5_000) });
    const body: unknown = await answer.json();
    if (JSON.stringify(body).split('"clientOrderId"').length - 1 >= count) return;
  }
  throw new Error(`Fewer than ${count} orders within 30 s`);
}

it('a result larger than a pipe arrives whole', async () => {
  const { code, stdout } = await runAgentCommand(['plan', '--balance', '25000', '--json'], { dataDir });
  expect(code).toBe(0);
  expect(stdout.length).toBeGreaterThan(100_000);
  expect(() => JSON.parse(stdout)).not.toThrow();
});
