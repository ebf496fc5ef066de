import { Backtest, syntheticActions } from '@trading-agent/backtest';
import { requireSession } from '@trading-agent/calendar';
import { marketDate, micros, usd } from '@trading-agent/core';
import { type Decision, engineConfig, type RunReport } from '@trading-agent/engine';
import { runAgent, type RunAgentOptions, simulatorEndpoints, type TradingDayResult } from '@trading-agent/live-agent';
import { type MarketSim, startMarketSim } from '@trading-agent/market-sim';
import { type TemporaryStore, temporaryStore } from '@trading-agent/store';
import { generateMarketDay } from '@trading-agent/synthetic';
import { assignedPutSettings } from '@trading-agent/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';

const SYMBOL = 'INTC';
const PUT = 'INTC260306P00085000';
const [THURSDAY, FRIDAY, MONDAY] = [marketDate('2026-03-05'), marketDate('2026-03-06'), marketDate('2026-03-09')];
const BALANCE = 25_000;
const SEED = 3;
/** Early assignments are drawn by the account. */
const ACCOUNT = 'WHEEL';
const log: RunAgentOptions['log'] = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

const settings = assignedPutSettings({ balance: BALANCE, dte: { min: 1, max: 2 } });

let temporary: TemporaryStore;
let market: MarketSim;
beforeAll(async () => {
  temporary = await temporaryStore();
  market = await startMarketSim({
    market: 'synthetic',
    date: THURSDAY,
    days: 3,
    symbols: [SYMBOL],
    balance: usd(BALANCE),
    seed: SEED,
    speed: 'max',
    port: 0,
    accountNumber: ACCOUNT,
  });
});
afterAll(async () => {
  await market.close();
  await temporary.remove();
});

function trade(resume: boolean, until: (decisions: readonly Decision[]) => boolean): Promise<TradingDayResult> {
  const interrupt = new AbortController();
  return runAgent({
    settings,
    store: temporary.store,
    market: simulatorEndpoints(market.url, market.wsUrl),
    underlyings: [SYMBOL],
    mode: 'sim',
    seed: SEED,
    resume,
    exitAtClose: true,
    log,
    signal: interrupt.signal,
    onStep: ({ decisions }) => {
      if (until(decisions)) interrupt.abort();
    },
  });
}

async function nextDay(): Promise<void> {
  const body = JSON.stringify({ command: 'next-day' });
  const response = await fetch(`${market.url}/admin/clock`, { method: 'POST', body });
  if (!response.ok) throw new Error(await response.text());
}

function inProcess(): readonly RunReport[] {
  const account = new Backtest({
    underlyings: [SYMBOL],
    cash: usd(BALANCE),
    accountNumber: ACCOUNT,
    engine: engineConfig(settings, SEED),
    corporateActions: syntheticActions([SYMBOL], SEED, THURSDAY, MONDAY),
  });
  return [THURSDAY, FRIDAY, MONDAY].map((date) => {
    const day = generateMarketDay({ date, underlyings: [SYMBOL], seed: SEED, kind: 'synthetic' });
    const stop = { command: 'flatten', by: 'kill-switch', reason: 'ann: enough' } as const;
    return account.run(day, requireSession(date), date === MONDAY ? { stop } : {}).report;
  });
}

it('a put is assigned, a flatten sells the shares: the account is flat, over sockets as in process, once', async () => {
  const never = (): boolean => false;
  const first = await trade(false, never);
  await nextDay();
  const second = await trade(false, never);
  await nextDay();
  const { store } = temporary;
  const set = { at: micros(requireSession(MONDAY).open), scope: ACCOUNT, by: 'ann', reason: 'enough' } as const;
  await store.killSwitch.set({ ...set, state: 'flatten' });
  // Left right after the order has been sent, and taken up again: the shares are not sold a second time.
  const left = await trade(false, (decisions) => decisions.some(({ type }) => type === 'submit'));
  expect(left.complete).toBe(false);
  const third = await trade(true, never);
  const reports = [first, second, third].map(({ report }) => report);
  expect(reports).toEqual(inProcess());

  expect(second.report.positions).toMatchObject([{ symbol: PUT, quantity: -2 }]);
  const { orders, executions, positions, endEquity, fees } = third.report;
  expect(positions).toEqual([]);
  expect(orders).toMatchObject([{ intent: 'shares/INTC/1', strategy: 'shares', quantity: 200, filled: 200 }]);
  expect(executions.flatMap(({ legs }) => legs).every(({ symbol, side }) => symbol === SYMBOL && side === 'sell')).toBe(
    true,
  );
  expect(executions.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(200);
  expect(fees).toBeGreaterThan(0);
  // Cash is all there is: what was begun with, premium, the shares at the strike and their price, less all fees.
  const flow = (report: RunReport, multiplier: number): number =>
    report.executions.reduce((sum, { net, quantity }) => sum - net * quantity * multiplier, -report.fees);
  expect(endEquity).toBeCloseTo(BALANCE + flow(first.report, 100) - 200 * 85 + flow(third.report, 1), 6);
  const broker = await fetch(`${market.url}/v2/positions`, { headers: keys() });
  expect(await broker.json()).toEqual([]);
  const account: unknown = await (await fetch(`${market.url}/v2/account`, { headers: keys() })).json();
  expect(account).toMatchObject({ cash: String(endEquity), equity: String(endEquity) });
});

function keys(): Readonly<Record<string, string>> {
  const { alpaca } = simulatorEndpoints(market.url, market.wsUrl);
  return { 'apca-api-key-id': alpaca.keyId, 'apca-api-secret-key': alpaca.secretKey };
}
