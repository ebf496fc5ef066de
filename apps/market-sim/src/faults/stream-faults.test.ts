import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MarketSim } from '../server.ts';
import { singleOrder } from '../testing/order-bodies.ts';
import { admin, broker, dataOf, listening, row, rows, step, subscribed } from '../testing/sessions.ts';
import type { TestSocket } from '../testing/test-socket.ts';
import { CALL_740, CALL_750, atMinute, startTinySim } from '../testing/tiny-market.ts';

let sim: MarketSim;
beforeEach(async () => {
  sim = await startTinySim();
});
afterEach(() => sim.close());

const fault = (rule: object): Promise<unknown> => admin(sim, 'POST', 'faults', rule);
/** Minutes of the quotes that come, one after the other. */
async function minutes(socket: TestSocket, count: number): Promise<number[]> {
  const events = await socket.take(count);
  return events.map((event) => (Number(event?.['t']) * 1_000 - atMinute(0)) / 60_000_000);
}
const order = (id: string): object => singleOrder(id, { symbol: CALL_740, limit_price: '12.60' });

describe('market data', () => {
  const quotes = (): Promise<TestSocket> => subscribed(sim, 'options', `Q.O:${CALL_740}`);

  it('a mute stream stands and tells nothing while it lasts', async () => {
    const socket = await quotes();
    await fault({ fault: 'mute-stream', room: 'options', from: '09:32', until: '09:34' });
    await step(sim, 5);
    expect(await minutes(socket, 3)).toEqual([1, 4, 5]);
    expect(socket.closed).toBeNull();
  });

  it('single events are dropped, by count and symbol', async () => {
    const socket = await subscribed(sim, 'options', `Q.O:${CALL_740},Q.O:${CALL_750}`);
    await fault({ fault: 'dropped-frames', match: { topic: 'Q', symbols: CALL_740 }, every: 2, times: 2 });
    await step(sim, 4);
    const events = await socket.take(6);
    const of = (symbol: string): number => events.filter((event) => event?.['sym'] === `O:${symbol}`).length;
    expect([of(CALL_740), of(CALL_750)]).toEqual([2, 4]);
  });

  it('the connection is dropped without a close frame, what came before is told', async () => {
    const socket = await quotes();
    await fault({ fault: 'dropped-connection', room: 'options', after: 2 });
    await step(sim, 3);
    expect(await minutes(socket, 2)).toEqual([1, 2]);
    expect(await socket.untilClosed()).toBe(1006);
    const again = await quotes();
    await step(sim);
    expect(await minutes(again, 1)).toEqual([4]);
  });

  it('events come out of order', async () => {
    const socket = await quotes();
    await fault({ fault: 'reordered-events', room: 'options', times: 1, after: 1, with: { by: 2 } });
    await step(sim, 4);
    expect(await minutes(socket, 4)).toEqual([1, 3, 4, 2]);
  });

  it('events come twice', async () => {
    const socket = await quotes();
    await fault({ fault: 'repeated-events', room: 'options', every: 2 });
    await step(sim, 3);
    expect(await minutes(socket, 5)).toEqual([1, 1, 2, 3, 3]);
  });

  it('the vendor’s clock dates its events', async () => {
    const socket = await subscribed(sim, 'options', `Q.O:${CALL_740},AM.O:${CALL_740}`);
    await fault({ fault: 'clock-skew', room: 'options', with: { seconds: 60 } });
    await step(sim, 2);
    const events = await socket.take(3);
    expect(events.map((event) => event?.['t'] ?? event?.['e'])).toEqual(
      [2, 3, 3].map((minute) => atMinute(minute) / 1e3),
    );
  });

  it('a client that does not read is dropped, one that reads is not', async () => {
    await fault({ fault: 'slow-consumer', room: 'options', with: { bytes: 150 } });
    const reader = await subscribed(sim, 'options', `Q.O:${CALL_740},AM.*`);
    for (let minute = 1; minute <= 4; minute += 1) {
      await step(sim);
      // What is answered after its pong was sent says that the pong has arrived.
      reader.send({ action: 'subscribe', params: `T.O:${CALL_740}` });
      while ((await reader.next())?.['status'] !== 'success');
    }
    expect(reader.closed).toBeNull();
    await reader.close();
    const sleeper = await subscribed(sim, 'options', `Q.O:${CALL_740},Q.O:${CALL_750}`);
    sleeper.pause();
    await step(sim, 2);
    sleeper.resume();
    expect(await sleeper.untilClosed()).toBe(1006);
  });

  it('pings are not answered by a stream that is mute to the bone', async () => {
    const socket = await quotes();
    expect(await socket.pinged(`Q.O:${CALL_740}`)).toBe(true);
    await fault({ fault: 'mute-stream', room: 'options', with: { pongs: false } });
    expect(await socket.pinged(`Q.O:${CALL_740}`)).toBe(false);
  });
});

describe('order updates', () => {
  it('a fill is never told, and stands in the books', async () => {
    const stream = await listening(sim);
    await fault({ fault: 'fill-lost' });
    await step(sim, 2);
    await broker(sim, 'POST', '/v2/orders', order('first'));
    await broker(sim, 'POST', '/v2/orders', order('second'));
    const told = (await stream.take(3)).map((message) => [dataOf(message)['event'], dataOf(message)['order']]);
    expect(told).toMatchObject([
      ['new', { client_order_id: 'first' }],
      ['new', { client_order_id: 'second' }],
      ['fill', { client_order_id: 'second' }],
    ]);
    expect(rows(await broker(sim, 'GET', '/v2/orders?status=all&direction=asc'))).toMatchObject([
      { client_order_id: 'first', status: 'filled' },
      { client_order_id: 'second', status: 'filled' },
    ]);
  });

  it('a fill is told twice, with one execution id', async () => {
    const stream = await listening(sim);
    await fault({ fault: 'duplicate-fill' });
    await step(sim, 2);
    await broker(sim, 'POST', '/v2/orders', order('twice'));
    const [, first, second] = (await stream.take(3)).map(dataOf);
    expect(first).toMatchObject({ event: 'fill', execution_id: expect.any(String) });
    expect(second).toEqual(first);
  });

  it('a fill is busted', async () => {
    const stream = await listening(sim);
    await fault({ fault: 'trade-bust' });
    await step(sim, 2);
    const account = async (): Promise<unknown> => row((await broker(sim, 'GET', '/v2/account')).json)['cash'];
    const before = await account();
    await broker(sim, 'POST', '/v2/orders', order('busted'));
    const [, fill, bust] = (await stream.take(3)).map(dataOf);
    expect(fill).toMatchObject({ event: 'fill', position_qty: '1' });
    expect(bust).toMatchObject({ position_qty: '0', price: fill?.['price'], order: { status: 'filled' } });
    // As if it had never been, fees included; the order is not worked again.
    expect([rows(await broker(sim, 'GET', '/v2/positions')), await account()]).toEqual([[], before]);
    await step(sim, 2);
    expect(rows(await broker(sim, 'GET', '/v2/positions'))).toEqual([]);
    expect(rows(await broker(sim, 'GET', '/v2/account/activities'))).toMatchObject([
      { activity_type: 'MISC', status: 'canceled', symbol: CALL_740, qty: '-1' },
      { activity_type: 'FILL', symbol: CALL_740, qty: '1' },
    ]);
    expect(bust).toMatchObject({ event: 'trade_bust', previous_execution_id: fill?.['execution_id'] });
    expect(bust?.['execution_id']).not.toBe(fill?.['execution_id']);
  });

  it('a fill is corrected', async () => {
    const stream = await listening(sim);
    await fault({ fault: 'trade-correct', with: { by: -0.05 } });
    await step(sim, 2);
    await broker(sim, 'POST', '/v2/orders', order('corrected'));
    const [, fill, correction] = (await stream.take(3)).map(dataOf);
    expect(correction).toMatchObject({ event: 'trade_correct', previous_execution_id: fill?.['execution_id'] });
    expect(Number(correction?.['price'])).toBeCloseTo(Number(fill?.['price']) - 0.05, 9);
    const [position] = rows(await broker(sim, 'GET', '/v2/positions'));
    expect(Number(position?.['avg_entry_price'])).toBe(Number(correction?.['price']));
  });

  it('the stream is dropped in the middle of a fill', async () => {
    const stream = await listening(sim);
    await fault({ fault: 'dropped-connection', room: 'trades', match: { topic: 'fill' } });
    await step(sim, 2);
    await broker(sim, 'POST', '/v2/orders', order('cut off'));
    expect(dataOf(await stream.next())).toMatchObject({ event: 'new' });
    expect(await stream.untilClosed()).toBe(1006);
  });
});
