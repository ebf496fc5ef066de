import { requireSession } from '@trading-agent/calendar';
import { usd } from '@trading-agent/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { MarketSim } from '../server.ts';
import { admin, broker, page, polygonGet, row, rows, step, subscribed } from '../testing/sessions.ts';
import { CALL_740, DATE, atMinute, startTinySim, tinyDay } from '../testing/tiny-market.ts';
import { haltSpan, withHalts } from './halts.ts';
import { RequestJournal } from './request-journal.ts';
import { Simulation } from './simulation.ts';

let sim: MarketSim;
beforeEach(async () => {
  sim = await startTinySim({ halts: [{ symbol: 'GOOG', from: '09:33', until: '09:35' }] });
});
afterEach(() => sim.close());

it('while an underlying is halted its options are not quoted and nothing fills; then both go on', async () => {
  const socket = await subscribed(sim, 'options', `Q.O:${CALL_740}`);
  await step(sim, 3);
  const order = { symbol: CALL_740, qty: 1, side: 'buy', type: 'limit', limit_price: '13', time_in_force: 'day' };
  const { id } = row((await broker(sim, 'POST', '/v2/orders', order)).json);
  const status = async (): Promise<unknown> =>
    row((await broker(sim, 'GET', `/v2/orders/${String(id)}`)).json)['status'];
  expect(await status()).toBe('new');
  const { results } = page(await polygonGet(sim, '/v3/snapshot/options/GOOG?strike_price=740&contract_type=call'));
  expect(results[0]).not.toHaveProperty('last_quote');
  await step(sim);
  expect(await status()).toBe('new');
  await step(sim);
  expect(await status()).toBe('filled');
  const told = (await socket.take(4)).map((event) => [Number(event?.['t']) * 1_000, event?.['bp']]);
  expect(told).toEqual([
    [atMinute(1), 12],
    [atMinute(2), 12.1],
    [atMinute(3), undefined],
    [atMinute(5), 12.4],
  ]);
});

it('prints no bar of a halted minute, and market orders find no price', async () => {
  const socket = await subscribed(sim, 'stocks', 'AM.GOOG');
  await step(sim, 4);
  const market = { symbol: CALL_740, qty: 1, side: 'buy', type: 'market', time_in_force: 'day' };
  expect((await broker(sim, 'POST', '/v2/orders', market)).status).toBe(403);
  await step(sim, 2);
  const ends = (await socket.take(4)).map((event) => Number(event?.['e']) * 1_000);
  expect(ends).toEqual([1, 2, 5, 6].map(atMinute));
  expect(rows(await broker(sim, 'GET', '/v2/positions'))).toEqual([]);
});

it.each([
  [{ symbol: 'GOOG', from: '10:00', until: '09:59' }, 'OUT_OF_RANGE'],
  [{ symbol: 'SPY', from: '10:00', until: '10:01' }, 'UNKNOWN_SYMBOL'],
])('%j is refused', (halt, code) => {
  expect(() => withHalts(tinyDay(), [haltSpan(DATE, halt)])).toThrow(expect.objectContaining({ code }));
});

it('shares of an exercise find no buyer while their stock is halted', async () => {
  const order = { symbol: CALL_740, qty: 1, side: 'buy', type: 'market', time_in_force: 'day' };
  const close = (): Promise<{ status: number }> => broker(sim, 'DELETE', '/v2/positions/GOOG');
  await sim.close();
  sim = await startTinySim({ balance: usd(100_000), halts: [{ symbol: 'GOOG', from: '09:33', until: '09:35' }] });
  await step(sim, 1);
  await broker(sim, 'POST', '/v2/orders', order);
  expect((await broker(sim, 'POST', `/v2/positions/${CALL_740}/exercise`)).status).toBe(200);
  await step(sim, 2);
  expect((await close()).status).toBe(200);
  await step(sim);
  const held = async (): Promise<unknown> => (await broker(sim, 'GET', '/v2/positions')).json;
  expect(await held()).toMatchObject([{ symbol: 'GOOG', qty: '100', qty_available: '0' }]);
  await step(sim);
  expect(await held()).toEqual([]);
});

it('may be asked for while the market runs, from the next step on', async () => {
  await sim.close();
  sim = await startTinySim();
  await step(sim, 2);
  expect(await admin(sim, 'POST', 'halts', { symbol: 'GOOG', until: '09:34' })).toEqual([
    { symbol: 'GOOG', from: '2016-01-05T09:33:00-05:00', until: '2016-01-05T09:34:00-05:00' },
  ]);
  const market = { symbol: CALL_740, qty: 1, side: 'buy', type: 'market', time_in_force: 'day' };
  await step(sim);
  expect((await broker(sim, 'POST', '/v2/orders', market)).status).toBe(403);
  await step(sim);
  expect((await broker(sim, 'POST', '/v2/orders', market)).status).toBe(200);
  for (const wrong of [
    { symbol: 'GOOG', from: '09:34', until: '09:36' },
    { symbol: 'GOOG', from: '09:50', until: '09:40' },
    { symbol: 'SPY', until: '09:50' },
    { symbol: 'GOOG', until: 'noon' },
  ])
    await expect(admin(sim, 'POST', 'halts', wrong)).rejects.toThrow('400');
});

it('a halt that was asked for is lived through again, and forgotten when the market is wound back before it', () => {
  const simulation = new Simulation({
    day: tinyDay(),
    session: requireSession(DATE),
    accountNumber: 'TEST',
    cash: usd(25_000),
    journal: RequestJournal.inMemory(),
  });
  for (let done = 0; done < 2; done += 1) simulation.advance();
  simulation.halt({ symbol: 'GOOG', start: atMinute(3), end: atMinute(5) });
  for (let done = 0; done < 2; done += 1) simulation.advance();
  expect(simulation.nbbo(CALL_740)?.bid).toBeNull();
  simulation.rebuild(3);
  expect([simulation.nbbo(CALL_740)?.bid, simulation.halts.length]).toEqual([null, 1]);
  expect(simulation.rebuild(0).forgotten).toBe(1);
  for (let done = 0; done < 3; done += 1) simulation.advance();
  expect([simulation.nbbo(CALL_740)?.bid, simulation.halts]).toEqual([12.3, []]);
});
