import { afterEach, beforeEach, expect, it } from 'vitest';
import type { MarketSim } from '../server.ts';
import { broker, page, polygonGet, row, rows, step, subscribed } from '../testing/sessions.ts';
import { CALL_740, atMinute, startTinySim, tinyDay } from '../testing/tiny-market.ts';
import { withHalts } from './halts.ts';

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
  expect(() => withHalts(tinyDay(), [halt])).toThrow(expect.objectContaining({ code }));
});
