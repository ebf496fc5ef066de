import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deriveUuid } from '@trading-agent/core';
import type { MarketSim } from '../server.ts';
import { singleOrder } from '../testing/order-bodies.ts';
import { Lockstep, broker, dataOf, listening, row } from '../testing/sessions.ts';
import { TestSocket } from '../testing/test-socket.ts';
import { CALL_750, CALL_760, startTinySim } from '../testing/tiny-market.ts';

let sim: MarketSim;
beforeEach(async () => {
  sim = await startTinySim();
});
afterEach(() => sim.close());

const spread = (id: string, qty: number, limit: number): object => ({
  order_class: 'mleg',
  qty,
  type: 'limit',
  limit_price: limit,
  time_in_force: 'day',
  client_order_id: id,
  legs: [
    { symbol: CALL_750, ratio_qty: 1, position_intent: 'buy_to_open' },
    { symbol: CALL_760, ratio_qty: 1, position_intent: 'sell_to_open' },
  ],
});
const call = (id: string, qty: number, limit: number): object =>
  singleOrder(id, { symbol: CALL_760, qty, limit_price: limit, position_intent: 'buy_to_open' });

describe('handshake', () => {
  it('authorizes, lists what it streams, in binary frames', async () => {
    const socket = await TestSocket.connect(`${sim.wsUrl}/stream`);
    socket.send({ action: 'listen', data: { streams: ['trade_updates'] } });
    expect(await socket.next()).toEqual({
      stream: 'authorization',
      data: { status: 'unauthorized', action: 'listen' },
    });
    socket.send({ action: 'auth', key: 'sim-key-id', secret: 'wrong' });
    expect(await socket.next()).toEqual({
      stream: 'authorization',
      data: { status: 'unauthorized', action: 'authenticate' },
    });
    socket.send({ action: 'auth', key: 'sim-key-id', secret: 'sim-secret' });
    expect(await socket.next()).toEqual({
      stream: 'authorization',
      data: { status: 'authorized', action: 'authenticate' },
    });
    socket.send({ action: 'listen', data: { streams: ['trade_updates', 'account_updates'] } });
    expect(await socket.next()).toEqual({ stream: 'listening', data: { streams: ['trade_updates'] } });
    expect(socket.frames.every(({ binary }) => binary)).toBe(true);
    socket.send('nonsense');
    expect(await socket.next()).toMatchObject({ action: 'error' });
    await socket.untilClosed();
  });

  it('sends text frames when asked to', async () => {
    const text = await startTinySim({ streamFrames: 'text' });
    try {
      const socket = await listening(text);
      expect(socket.frames.map(({ binary }) => binary)).toEqual([false, false]);
    } finally {
      await text.close();
    }
  });
});

describe('order events', () => {
  it('tells new and fill of a single leg, the execution id in both places', async () => {
    const socket = await listening(sim);
    const client = await Lockstep.attach(sim);
    await client.ready();
    const posted = row((await broker(sim, 'POST', '/v2/orders', call('one', 2, 3.6))).json);
    const [opened, filled] = (await socket.take(2)).map(dataOf);
    expect(opened).toMatchObject({ event: 'new', order: { id: posted['id'], status: 'new', filled_qty: '0' } });
    const executionId = deriveUuid(String(posted['id']), 0);
    expect(filled).toMatchObject({
      event: 'fill',
      event_id: executionId,
      execution_id: executionId,
      price: '3.6',
      qty: '2',
      position_qty: '2',
      timestamp: '2016-01-05T14:31:00.000000000Z',
      order: {
        status: 'filled',
        filled_qty: '2',
        filled_avg_price: '3.6',
        filled_at: '2016-01-05T14:31:00.000000000Z',
      },
    });
    expect(await client.ack(0)).toMatchObject({ step: 1, counts: { trades: 2 } });
  });

  it('fills by displayed size: partial_fill now, the rest at the next quote, each with the order as it stood', async () => {
    const socket = await listening(sim);
    const client = await Lockstep.attach(sim);
    await client.ready();
    await broker(sim, 'POST', '/v2/orders', call('part', 3, 3.8));
    await client.ack(0);
    const [, part, rest] = (await socket.take(3)).map(dataOf);
    expect(part).toMatchObject({
      event: 'partial_fill',
      price: '3.6',
      qty: '2',
      position_qty: '2',
      order: { status: 'partially_filled', filled_qty: '2', filled_at: null },
    });
    expect(rest).toMatchObject({
      event: 'fill',
      price: '3.7',
      qty: '1',
      position_qty: '3',
      order: { status: 'filled', filled_qty: '3', filled_avg_price: '3.633333' },
    });
  });

  it('tells a package fill by legs and position_qtys, without execution_id of its own', async () => {
    const socket = await listening(sim);
    const client = await Lockstep.attach(sim);
    await client.ready();
    const posted = row((await broker(sim, 'POST', '/v2/orders', spread('spread', 2, 3.7))).json);
    const [, filled] = (await socket.take(2)).map(dataOf);
    const executionId = deriveUuid(String(posted['id']), 0);
    expect(filled).toMatchObject({
      event: 'fill',
      event_id: executionId,
      price: '3.7',
      qty: '2',
      position_qtys: { [CALL_750]: '2', [CALL_760]: '-2' },
      legs: [
        { execution_id: deriveUuid(executionId, 0), symbol: CALL_750, qty: '2', price: '7.2' },
        { execution_id: deriveUuid(executionId, 1), symbol: CALL_760, qty: '2', price: '3.5' },
      ],
      order: { order_class: 'mleg', symbol: '', legs: [{ status: 'filled' }, { status: 'filled' }] },
    });
    expect(filled).not.toHaveProperty('execution_id');
    expect(filled).not.toHaveProperty('position_qty');
  });

  it('tells a cancel at once and an expiry at the close', async () => {
    const socket = await listening(sim);
    const client = await Lockstep.attach(sim);
    await client.ready();
    const posted = row((await broker(sim, 'POST', '/v2/orders', call('cancel', 1, 1))).json);
    await broker(sim, 'POST', '/v2/orders', call('expire', 1, 1));
    await broker(sim, 'DELETE', `/v2/orders/${String(posted['id'])}`);
    expect((await socket.take(3)).map((message) => dataOf(message)['event'])).toEqual(['new', 'new', 'canceled']);
    for (let step = 0; step < 6; step += 1) await client.ack(step);
    expect(dataOf(await socket.next())).toMatchObject({
      event: 'expired',
      timestamp: '2016-01-05T21:00:00.000000000Z',
      order: { client_order_id: 'expire', status: 'expired' },
    });
    expect(await client.ack(6)).toEqual({ type: 'end' });
  });
});
