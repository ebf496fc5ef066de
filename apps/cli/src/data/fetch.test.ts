import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contentsOf } from '@trading-agent/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgentProcess, runAgentCommand } from '../testing/agent-process.ts';
import { runInProcess } from '../testing/in-process.ts';
import { startSyntheticMarket } from '../testing/synthetic-market.ts';

const DAY = '2026-11-02';
const WHAT = 'chain,aggs,daily,dividends,splits,treasury';

let market: Awaited<ReturnType<typeof startSyntheticMarket>>;
let root: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'agent-fetch-'));
  market = await startSyntheticMarket({ date: DAY, symbols: 'SPY', seed: 7 });
});
afterAll(() => {
  market.stop();
  rmSync(root, { recursive: true, force: true });
});

/** An account and a lake of their own: twenty downloads a minute. */
function place(name: string) {
  const dataDir = join(root, name);
  const lake = join(root, `${name}-lake`);
  const env = { POLYGON_API_KEY: 'sim-key', POLYGON_REST_URL: market.url, ACCOUNT_BALANCE: '1000000' };
  const days = ['--symbols', 'SPY', '--days', '2', '--until', DAY, '--what', WHAT];
  const fetching = ['data', 'fetch', ...days, '--to', lake, '--no-parquet', '--json'];
  const options = { dataDir, env, cwd: root };
  return {
    lake,
    start: () => new AgentProcess(fetching, options),
    fetch: async () => told(await runAgentCommand(fetching, options)),
    plan: async (...more: readonly string[]) =>
      told(await runAgentCommand(['data', 'plan', ...days, ...more, '--json'], options)),
  };
}

function told({
  code,
  stdout,
  stderr,
}: {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}) {
  expect(code, stderr).toBe(0);
  const answer: { readonly calls: number; readonly jobs?: object; readonly days?: readonly object[] } =
    JSON.parse(stdout);
  return answer;
}

/** The lake itself and its reference data; what the fetch keeps for itself left out. */
const contents = (dir: string) => contentsOf(dir, (path) => !path.startsWith('fetched/') && !path.endsWith('.lock'));

describe('agent data fetch', () => {
  it('makes the calls that the plan names; killed, it goes on and leaves the same lake', async () => {
    const whole = place('whole');
    // The generated market has 750 contracts or fewer: three pages of the chain, one of a listing.
    const planned = await whole.plan('--contracts', '750');
    const outcome = await whole.fetch();
    expect(outcome.calls).toBe(planned.calls);
    expect(outcome).toMatchObject({ jobs: { failed: 0, notEntitled: 0 } });
    expect(await whole.plan('--to', whole.lake)).toMatchObject({ calls: 0, usedToday: planned.calls });

    const broken = place('broken');
    const journal = join(broken.lake, 'fetched/journal.jsonl');
    const lines = () => (existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').length - 1 : 0);
    const victim = broken.start();
    await expect.poll(lines, { interval: 5 }).toBeGreaterThanOrEqual(2);
    await victim.kill();
    const kept = lines();
    const rest = await broken.fetch();
    // What the journal has was not asked for again: at the most the job it was at, whose chain has three pages.
    expect(rest.calls).toBeLessThan(planned.calls);
    expect(kept).toBeGreaterThanOrEqual(2);
    expect(contents(broken.lake)).toEqual(contents(whole.lake));
    expect(Object.keys(contents(whole.lake)).length).toBeGreaterThan(8);
  });

  it('refuses days that are not over and things that it does not know', async () => {
    const { lake } = place('wrong');
    const run = (...more: readonly string[]) =>
      runAgentCommand(['data', 'fetch', '--symbols', 'SPY', '--to', lake, ...more], {
        dataDir: root,
        env: { POLYGON_API_KEY: 'sim-key', POLYGON_REST_URL: market.url },
      });
    const late = await run('--until', '2100-01-04');
    expect([late.code, late.stderr]).toEqual([2, expect.stringContaining('not over yet')]);
    const wrong = (...more: readonly string[]) => runInProcess(['data', 'fetch', '--to', lake, ...more]);
    expect((await wrong('--symbols', 'SPY', '--what', 'gossip')).code).toBe(2);
    expect((await wrong('--symbols', 'not a ticker')).code).toBe(2);
    expect(existsSync(lake)).toBe(false);
  });
});
