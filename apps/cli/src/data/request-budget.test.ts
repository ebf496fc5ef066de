import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@trading-agent/core';
import { vendorAccount } from '@trading-agent/live-agent';
import { readBudgetUse } from '@trading-agent/market-data';
import { expect, it } from 'vitest';
import { AgentProcess, runAgentCommand } from '../testing/agent-process.ts';
import { startSyntheticMarket } from '../testing/synthetic-market.ts';

const KEY = 'sim-key';
const DATE = '2026-11-02';

it('two recordings of one account share its budget; killed, it is kept, and the plan knows of it', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'shared-budget-'));
  const market = await startSyntheticMarket({ date: DATE, symbols: 'SPY', seed: 7 });
  const env = {
    POLYGON_API_KEY: KEY,
    POLYGON_REST_URL: market.url,
    POLYGON_SOCKET_URL: market.wsUrl,
    // The smallest tier: five requests a minute, four of them for downloads. A recording begins with three.
    ACCOUNT_BALANCE: '500',
  };
  const record = (name: string) =>
    new AgentProcess(['data', 'record', '--symbols', 'SPY', '--date', DATE, '--to', join(dataDir, name)], {
      dataDir,
      env,
    });
  const used = () => readBudgetUse(dataDir, vendorAccount(KEY), systemClock.now());
  const plan = async () => {
    const args = ['data', 'plan', '--symbols', 'SPY', '--days', '90', '--what', 'chain,aggs', '--json'];
    const { code, stdout, stderr } = await runAgentCommand(args, { dataDir, env });
    expect(code, stderr).toBe(0);
    const found: { readonly usedToday: number; readonly leftToday: number } = JSON.parse(stdout);
    return found;
  };
  expect(await plan()).toMatchObject({ tier: 'micro', usedToday: 0, leftToday: 800, calls: 942, minutes: 236 });
  const recordings = [record('a'), record('b')];
  try {
    await expect.poll(() => used().today).toBe(4);
    // The fifth is not for downloads: one of the two waits, for a minute that a slow machine may see the end of.
    const known = await plan();
    expect(known).toMatchObject({ leftToday: 800 - known.usedToday, fits: false, budgetDays: 2 });
    expect(known.usedToday).toBeGreaterThanOrEqual(4);
    expect(used().thisMinute).toBeLessThanOrEqual(4);
  } finally {
    await Promise.all(recordings.map((one) => one.kill()));
    market.stop();
  }
  expect(used().today).toBeGreaterThanOrEqual(4);
  rmSync(dataDir, { recursive: true, force: true });
});
