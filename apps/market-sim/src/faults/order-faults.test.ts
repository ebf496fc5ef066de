import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MarketSim } from '../server.ts';
import { singleOrder, verticalOrder } from '../testing/order-bodies.ts';
import { Lockstep, admin, broker, dataOf, listening, row, rows, step } from '../testing/sessions.ts';
import { CALL_740, CALL_750, CALL_760, startTinySim } from '../testing/tiny-market.ts';
import { parseFaultRule } from './fault-rule.ts';

let sim: MarketSim;
beforeEach(async () => {
  sim = await startTinySim();
  await step(sim, 2);
});
afterEach(() => sim.close());

const fault = (rule: object): Promise<unknown> => admin(sim, 'POST', 'faults', rule);
const order = (id: string, over: object = {}): object =>
  singleOrder(id, { symbol: CALL_740, qty: 3, limit_price: '12.60', ...over });

describe('partial, then rejected', () => {
  it('a single leg fills for as many as told, the rest is rejected with the reason', async () => {
    const stream = await listening(sim);
    await fault({ fault: 'partial-then-reject', with: { units: 2, reason: 'halted at the exchange' } });
    await broker(sim, 'POST', '/v2/orders', order('cut'));
    const told = (await stream.take(3)).map(dataOf);
    expect(told).toMatchObject([
      { event: 'new' },
      { event: 'partial_fill', qty: '2', position_qty: '2' },
      { event: 'rejected', order: { status: 'rejected', filled_qty: '2', qty: '3' } },
    ]);
    expect(rows(await broker(sim, 'GET', '/v2/positions'))).toMatchObject([{ symbol: CALL_740, qty: '2' }]);
    // The order is over.
    const id = String(row(told[0]?.['order'])['id']);
    expect((await broker(sim, 'DELETE', `/v2/orders/${id}`)).status).toBe(422);
    // Once only, unless told otherwise.
    await broker(sim, 'POST', '/v2/orders', order('whole'));
    expect(rows(await broker(sim, 'GET', '/v2/orders?status=closed'))).toMatchObject([
      { client_order_id: 'whole', status: 'filled', filled_qty: '3' },
      { client_order_id: 'cut', status: 'rejected', filled_qty: '2' },
    ]);
  });

  it('a package, by its legs’ underlying', async () => {
    await fault({ fault: 'partial-then-reject', match: { symbols: 'GOOG' } });
    await broker(sim, 'POST', '/v2/orders', verticalOrder('cut', { limit_price: '4.00', qty: 2 }));
    expect(rows(await broker(sim, 'GET', '/v2/orders?status=all&nested=true'))).toMatchObject([
      { status: 'rejected', qty: '2', filled_qty: '1', legs: [{ filled_qty: '1' }, { filled_qty: '1' }] },
    ]);
  });
});

describe('a cancel that loses to a fill', () => {
  it.each([
    ['a single leg', order('late', { limit_price: '11.00' }), '11'],
    ['a package', verticalOrder('late', { limit_price: '2.00' }), '2'],
  ])('%s: the cancel is taken, and then the order is filled at its limit', async (_what, body, price) => {
    const stream = await listening(sim);
    await fault({ fault: 'cancel-loses-to-fill' });
    const { id } = row((await broker(sim, 'POST', '/v2/orders', body)).json);
    expect(dataOf(await stream.next())).toMatchObject({ event: 'new' });
    expect((await broker(sim, 'DELETE', `/v2/orders/${String(id)}`)).status).toBe(204);
    expect(dataOf(await stream.next())).toMatchObject({ event: 'fill' });
    expect(row((await broker(sim, 'GET', `/v2/orders/${String(id)}`)).json)).toMatchObject({
      status: 'filled',
      filled_avg_price: price,
    });
    // The market is as it was.
    await broker(sim, 'POST', '/v2/orders', order('resting', { limit_price: '11.00' }));
    expect(rows(await broker(sim, 'GET', '/v2/orders'))).toMatchObject([{ client_order_id: 'resting' }]);
  });
});

it('positions that disagree: another quantity, one too many, one that is missing', async () => {
  await broker(sim, 'POST', '/v2/orders', order('held'));
  await fault({ fault: 'position-disagrees', with: { symbol: CALL_740, quantity: -1 } });
  await fault({ fault: 'position-disagrees', with: { symbol: CALL_760, quantity: 2 } });
  const held = async (): Promise<unknown[]> =>
    rows(await broker(sim, 'GET', '/v2/positions')).map(({ symbol, qty }) => [symbol, qty]);
  expect(await held()).toEqual([
    [CALL_740, '2'],
    [CALL_760, '2'],
  ]);
  await fault({ fault: 'position-disagrees', with: { symbol: CALL_740, quantity: -2 } });
  expect(await held()).toEqual([[CALL_760, '2']]);
});

it('what became of orders is the same when the market is wound back, and after a kill', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'order-faults-'));
  const rule = parseFaultRule({ fault: 'partial-then-reject', after: 1 }, 'test');
  const first = await startTinySim({ stateDir: folder, faults: [rule] });
  const client = await Lockstep.attach(first);
  await client.runTo(1);
  await broker(first, 'POST', '/v2/orders', order('first'));
  await broker(first, 'POST', '/v2/orders', order('second'));
  const seen = rows(await broker(first, 'GET', '/v2/orders?status=all'));
  expect(seen).toMatchObject([
    { client_order_id: 'second', status: 'rejected', filled_qty: '1' },
    { client_order_id: 'first', status: 'filled' },
  ]);
  await client.socket.close();
  await Lockstep.attach(first, 1);
  expect(rows(await broker(first, 'GET', '/v2/orders?status=all'))).toEqual(seen);
  await first.close();
  const again = await startTinySim({ stateDir: folder, faults: [rule], resume: true });
  expect(rows(await broker(again, 'GET', '/v2/orders?status=all'))).toEqual(seen);
  await again.close();
  // Under another script the same requests would be another account; faults of streams don't matter.
  for (const other of [{ faults: [] }, { faults: [rule], halts: [{ symbol: 'GOOG', from: '10:00', until: '10:05' }] }])
    await expect(startTinySim({ stateDir: folder, resume: true, ...other })).rejects.toMatchObject({ code: 'USAGE' });
  const mute = parseFaultRule({ fault: 'mute-stream' }, 'test');
  await (await startTinySim({ stateDir: folder, resume: true, faults: [rule, mute] })).close();
  rmSync(folder, { recursive: true });
});

describe('a rule that was added or taken back while the market ran', () => {
  const places = async (id: string): Promise<void> => {
    await broker(sim, 'POST', '/v2/orders', order(id, { qty: 2 }));
  };
  const filled = async (): Promise<unknown[]> =>
    rows(await broker(sim, 'GET', '/v2/orders?status=all&direction=asc')).map((placed) => placed['filled_qty']);

  it('strikes the same orders again when the market is wound back, none from before or after', async () => {
    await places('before');
    const { id } = row(await fault({ fault: 'partial-then-reject', times: null }));
    await places('struck');
    await admin(sim, 'DELETE', `faults/${String(id)}`);
    await places('after');
    expect(await filled()).toEqual(['2', '1', '2']);
    await Lockstep.attach(sim, 1);
    expect(await filled()).toEqual(['2', '1', '2']);
    await expect(admin(sim, 'DELETE', `faults/${String(id)}`)).rejects.toThrow('no fault');
    expect(await admin(sim, 'GET', 'faults')).toEqual([]);
  });

  it('a busted fill stays busted', async () => {
    await places('kept');
    await fault({ fault: 'trade-bust' });
    await places('busted');
    const held = async (): Promise<unknown[]> =>
      rows(await broker(sim, 'GET', '/v2/positions')).map((position) => position['qty']);
    expect(await held()).toEqual(['2']);
    await Lockstep.attach(sim, 1);
    expect(await held()).toEqual(['2']);
    expect(rows(await broker(sim, 'GET', '/v2/account/activities'))).toMatchObject([
      { activity_type: 'MISC' },
      { activity_type: 'FILL' },
      { activity_type: 'FILL' },
    ]);
  });

  it('a package is busted whole, and corrected by its net price', async () => {
    const stream = await listening(sim);
    await fault({ fault: 'trade-correct', with: { by: 0.1 } });
    await fault({ fault: 'trade-bust', after: 1 });
    await broker(sim, 'POST', '/v2/orders', verticalOrder('corrected', { limit_price: '4' }));
    const [, fill, corrected] = (await stream.take(3)).map(dataOf);
    expect(Number(corrected?.['price'])).toBeCloseTo(Number(fill?.['price']) + 0.1, 9);
    await broker(sim, 'POST', '/v2/orders', verticalOrder('busted', { limit_price: '4' }));
    const [, , busted] = (await stream.take(3)).map(dataOf);
    expect(busted).toMatchObject({ event: 'trade_bust', position_qtys: { [CALL_750]: '1', [CALL_760]: '-1' } });
    expect(rows(await broker(sim, 'GET', '/v2/positions'))).toMatchObject([{ qty: '1' }, { qty: '-1' }]);
  });
});
