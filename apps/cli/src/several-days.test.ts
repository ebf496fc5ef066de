import { backtest } from '@trading-agent/backtester';
import { combinedReport, syntheticKnowledge } from '@trading-agent/backtest';
import { loadSettings } from '@trading-agent/config';
import { marketDate, usd } from '@trading-agent/core';
import type { RunReport } from '@trading-agent/engine';
import { runAgent, type RunAgentOptions, simulatorEndpoints, type TradingDayResult } from '@trading-agent/live-agent';
import { type MarketSim, startMarketSim } from '@trading-agent/market-sim';
import { type TemporaryStore, temporaryStore } from '@trading-agent/store';
import { afterAll, beforeAll, expect, it } from 'vitest';

const DATES = [marketDate('2026-03-02'), marketDate('2026-03-03')] as const;
const [FIRST, LAST] = DATES;
const BALANCE = 25_000;
const SEED = 11;
const settings = loadSettings({ env: {}, cwd: import.meta.dirname, overrides: { 'account.balance': BALANCE } });
const log: RunAgentOptions['log'] = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

let temporary: TemporaryStore;
let market: MarketSim;
beforeAll(async () => {
  temporary = await temporaryStore();
  market = await startMarketSim({
    market: 'synthetic',
    date: FIRST,
    days: DATES.length,
    symbols: ['SPY'],
    balance: usd(BALANCE),
    seed: SEED,
    speed: 'max',
    port: 0,
    // Early assignments are drawn by the account.
    accountNumber: 'BACKTEST',
  });
});
afterAll(async () => {
  await market.close();
  await temporary.remove();
});

function trade(resume: boolean, stopAfter = Number.POSITIVE_INFINITY): Promise<TradingDayResult> {
  const interrupt = new AbortController();
  let steps = 0;
  return runAgent({
    settings,
    store: temporary.store,
    market: simulatorEndpoints(market.url, market.wsUrl),
    underlyings: ['SPY'],
    mode: 'sim',
    seed: SEED,
    resume,
    exitAtClose: true,
    knowledge: syntheticKnowledge({ seed: SEED, kind: 'synthetic' }, settings.strategies),
    log,
    signal: interrupt.signal,
    onStep: () => {
      if (++steps === stopAfter) interrupt.abort();
    },
  });
}

async function nextDay(): Promise<void> {
  const response = await fetch(`${market.url}/admin/clock`, {
    method: 'POST',
    body: JSON.stringify({ command: 'next-day' }),
  });
  if (!response.ok) throw new Error(await response.text());
}

it('days in a row on one account: what is held is managed on, over sockets as in process, interrupted or not', async () => {
  const reports: RunReport[] = [];
  for (const [index] of DATES.entries()) {
    if (index > 0) await nextDay();
    // The second day is left in its middle and taken up again: nothing is taken over a second time.
    const broken = index === 1 ? await trade(false, 200) : null;
    expect(broken?.complete ?? false).toBe(false);
    const { report, complete } = await trade(broken !== null);
    expect(complete).toBe(true);
    reports.push(report);
  }
  const { report } = await backtest({
    settings,
    source: { kind: 'sim' },
    date: FIRST,
    to: LAST,
    symbols: ['SPY'],
    balance: BALANCE,
    seed: SEED,
  });
  expect(combinedReport(reports)).toEqual(report);
  const [first, second] = reports;
  // Opened on the first day, closed on the second by their own exits, under the numbers they had.
  const opened = first?.orders.filter(({ purpose, filled }) => purpose === 'open' && filled > 0) ?? [];
  const closed = second?.orders.filter(({ purpose }) => purpose === 'close') ?? [];
  const idOf = (intent: string): string => intent.split('/')[0] ?? '';
  const over = opened.filter(({ intent }) => closed.some((order) => idOf(order.intent) === idOf(intent)));
  expect(over.length).toBeGreaterThan(1);
  expect(new Set(report.orders.map(({ intent }) => intent)).size).toBe(report.orders.length);
  expect(second?.startEquity).toBe(first?.endEquity);
});
