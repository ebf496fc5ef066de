import { type TemporaryStore, temporaryStore } from '@trading-agent/store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { connect, simulatorEndpoints } from './connections.ts';
import { type MarketProcess, startMarketProcess } from './market-process.ts';
import { MARKET_SIM } from './simulated-market.ts';
import { bullish } from './testing/real-day.ts';
import { silentLog } from './testing/silent-log.ts';
import { type DayProgress, tradeDay } from './trading-day.ts';

const contracts = z.object({ option_contracts: z.array(z.object({ symbol: z.string(), strike_price: z.string() })) });
const positions = z.array(z.object({ symbol: z.string(), qty: z.string() }));

let temporary: TemporaryStore;
let market: MarketProcess;
beforeAll(async () => {
  temporary = await temporaryStore();
  const args = ['--date=2026-03-02', '--days=2', '--symbols=SPY', '--seed=3', '--speed=max', '--port=0'];
  market = await startMarketProcess(MARKET_SIM, [...args, '--balance=200000'], silentLog);
});
afterAll(async () => {
  await market.stop();
  await temporary.remove();
});

async function call(method: string, path: string, body?: object): Promise<unknown> {
  const { alpaca } = simulatorEndpoints(market.url, market.wsUrl);
  const response = await fetch(market.url + path, {
    method,
    headers: { 'apca-api-key-id': alpaca.keyId, 'apca-api-secret-key': alpaca.secretKey },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' ? null : JSON.parse(text);
}
const clock = (command: object): Promise<unknown> => call('POST', '/admin/clock', command);

it('shares that nobody here has bought stop new risk on their underlying, count in the account, and are left alone', async () => {
  await clock({ command: 'step', steps: 30 });
  const listed = contracts.parse(
    await call(
      'GET',
      '/v2/options/contracts?underlying_symbols=SPY&type=call&expiration_date_lte=2026-03-10&limit=1000',
    ),
  ).option_contracts;
  const order = { qty: 1, side: 'buy', type: 'market', time_in_force: 'day' };
  // The lowest strike that somebody offers.
  for (const { symbol } of listed.toSorted((a, b) => Number(a.strike_price) - Number(b.strike_price))) {
    const isTaken = await call('POST', '/v2/orders', { ...order, symbol }).then(
      () => true,
      () => false,
    );
    if (isTaken) break;
  }
  const [held] = positions.parse(await call('GET', '/v2/positions'));
  await call('POST', `/v2/positions/${held?.symbol ?? ''}/exercise`);
  expect(positions.parse(await call('GET', '/v2/positions'))).toEqual([{ symbol: 'SPY', qty: '100' }]);
  await clock({ command: 'step', steps: 100_000 });
  await clock({ command: 'next-day' });

  const interrupt = new AbortController();
  let seen = 0;
  let last: DayProgress | null = null;
  const told: string[] = [];
  const { complete } = await tradeDay({
    ...connect(simulatorEndpoints(market.url, market.wsUrl), silentLog),
    store: temporary.store,
    engine: bullish(),
    underlyings: ['SPY'],
    mode: 'sim',
    seed: 1,
    resume: false,
    exitAtClose: true,
    log: silentLog,
    onStep: (progress) => {
      last = progress;
      for (const decision of progress.decisions)
        if (decision.type !== 'subscribe') told.push(decision.type === 'submit' ? 'submit' : decision.reason.rule);
      seen += 1;
      if (seen === 60) interrupt.abort();
    },
    signal: interrupt.signal,
  });
  expect(complete).toBe(false);
  expect(told).not.toContain('submit');
  // Told at the first step, and again where a structure would have been looked for.
  expect(told.filter((rule) => rule === 'foreign-holdings')).toHaveLength(2);
  expect(last).toMatchObject({
    view: {
      halted: null,
      positions: [],
      shares: [{ ticker: 'SPY', quantity: 100 }],
      record: { foreign: { SPY: 100 } },
    },
  });
  expect(positions.parse(await call('GET', '/v2/positions'))).toEqual([{ symbol: 'SPY', qty: '100' }]);
});
