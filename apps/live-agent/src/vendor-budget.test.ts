import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { loadSettings } from '@trading-agent/config';
import { marketDate, systemClock, usd } from '@trading-agent/core';
import { openRequestBudget, readBudgetUse } from '@trading-agent/market-data';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect, type MarketEndpoints, simulatorEndpoints } from './connections.ts';
import { type MarketProcess, startMarketProcess } from './market-process.ts';
import { MARKET_SIM } from './simulated-market.ts';
import { silentLog } from './testing/silent-log.ts';
import { feedBudget, openVendorBudget, tierBudget, vendorAccount } from './vendor-budget.ts';

const DATE = marketDate('2026-03-02');
let market: MarketProcess;
let endpoints: MarketEndpoints;
let dataDir: string;

beforeAll(async () => {
  dataDir = mkdtempSync(`${tmpdir()}/vendor-budget-`);
  market = await startMarketProcess(
    MARKET_SIM,
    [`--date=${DATE}`, '--symbols=SPY', '--seed=3', '--speed=max', '--balance=5000', '--port=0'],
    silentLog,
  );
  endpoints = simulatorEndpoints(market.url, market.wsUrl);
});
afterAll(async () => {
  await market.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const settings = () =>
  loadSettings({ env: { DATA_DIR: dataDir, ACCOUNT_BALANCE: '600000' }, cwd: import.meta.dirname });

it('the feed asks within the tier of the equity, and not at all once others have used the day up', async () => {
  const held = await feedBudget(settings(), endpoints, silentLog);
  // $5,000 at the broker, whatever balance is configured; nothing is held.
  const { tier, limits } = tierBudget({ settings: settings(), balance: usd(5_000) });
  expect([tier, limits]).toEqual(['small', { perMinute: 7, perDay: 1_500 }]);
  expect(held.priority).toBe('scan');
  expect(held.budget.leftToday('positions')).toBe(1_500);
  const { feed, pacer } = connect(endpoints, silentLog, held);
  const account = vendorAccount(endpoints.polygon.apiKey);
  try {
    await feed.minuteBars('SPY', DATE, DATE);
    expect(readBudgetUse(dataDir, account, systemClock.now()).today).toBe(1);

    const other = openRequestBudget({
      dataDir,
      account,
      limits: { perMinute: 9_999, perDay: 1_350 },
      clock: systemClock,
    });
    while (other.leftToday('positions') > 0) await other.take('positions');
    other.close();
    await expect(feed.minuteBars('SPY', DATE, DATE)).rejects.toMatchObject({
      code: 'FEED_BUDGET_SPENT',
      details: { priority: 'scan', used: 1_350 },
    });
  } finally {
    await pacer.close();
    await feed.close();
    held.budget.close();
  }
  // A restart begins with what was used.
  const again = openVendorBudget({ settings: settings(), apiKey: endpoints.polygon.apiKey, balance: usd(5_000) });
  expect([again.leftToday('download'), again.leftToday('positions')]).toEqual([0, 150]);
  again.close();
});

it('names the account without its key', () => {
  expect(vendorAccount('secret-key')).toMatch(/^polygon-[0-9a-f-]{36}$/);
  expect(vendorAccount('secret-key')).not.toBe(vendorAccount('another-key'));
});
