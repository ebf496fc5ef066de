import { usd } from '@trading-agent/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MarketSim } from '../server.ts';
import { FAULT_KINDS } from '../faults/registry.ts';
import { Lockstep, admin, broker, dataOf, get, row, rows, step, subscribed } from '../testing/sessions.ts';
import { TestSocket } from '../testing/test-socket.ts';
import { CALL_740, startTinySim } from '../testing/tiny-market.ts';

const SECOND = { keyId: 'second-id', secretKey: 'second-secret', accountNumber: 'SIM-second', cash: usd(60_000) };
let sim: MarketSim;
beforeEach(async () => {
  sim = await startTinySim({ accounts: [SECOND], polygonKeys: ['second-key'] });
});
afterEach(() => sim.close());

const clock = async (command?: object): Promise<Readonly<Record<string, unknown>>> =>
  row(await (command === undefined ? admin(sim, 'GET', 'clock') : admin(sim, 'POST', 'clock', command)));

describe('the clock', () => {
  it('steps as far as it is told, no further than the day', async () => {
    expect(await clock()).toMatchObject({ step: -1, steps: 7, phase: 'unattended', isPaused: false, speed: 'max' });
    expect(await clock({ command: 'step' })).toMatchObject({ step: 0, time: '2016-01-05T09:31:00-05:00' });
    expect(await clock({ command: 'step', steps: 100 })).toMatchObject({ step: 6, phase: 'ended' });
    expect(await clock()).toMatchObject({ time: '2016-01-05T16:00:00-05:00' });
  });

  it('runs at any speed, stands while it is paused, and goes on', async () => {
    await clock({ command: 'pause' });
    expect(await clock({ command: 'speed', speed: 1e9 })).toMatchObject({ isPaused: true, step: -1 });
    for (let asked = 0; asked < 20; asked += 1) expect(await clock()).toMatchObject({ step: -1 });
    await clock({ command: 'resume' });
    let standing = await clock();
    for (let asked = 0; asked < 5_000 && standing['phase'] !== 'ended'; asked += 1) standing = await clock();
    expect(standing).toMatchObject({ phase: 'ended', step: 6 });
  });

  it('is paused under a client that keeps step, and belongs to it otherwise', async () => {
    const client = await Lockstep.attach(sim);
    await client.ready();
    await clock({ command: 'pause' });
    client.socket.send({ type: 'ack', step: 0 });
    for (let asked = 0; asked < 20; asked += 1) expect(await clock()).toMatchObject({ step: 0 });
    await expect(clock({ command: 'step' })).rejects.toThrow('keeps step');
    await clock({ command: 'resume' });
    expect(await client.socket.next()).toMatchObject({ type: 'step', step: 1 });
  });

  it.each([[{ command: 'leap' }], [{ command: 'speed', speed: 0 }], [{ command: 'step', steps: -1 }], ['text']])(
    'refuses %j',
    async (command) => {
      const answer = await get(`${sim.url}/admin/clock`, { method: 'POST', body: JSON.stringify(command) });
      expect([answer.status, row(row(answer.json)['error'])['code']]).toEqual([400, 'CONFIG_INVALID']);
    },
  );

  it('is not for pages of a browser', async () => {
    const answer = await get(`${sim.url}/admin/clock`, { headers: { origin: 'http://example.com' } });
    expect(answer.status).toBe(403);
  });
});

describe('several accounts and keys', () => {
  const headers = { 'apca-api-key-id': SECOND.keyId, 'apca-api-secret-key': SECOND.secretKey };
  const order = { symbol: CALL_740, qty: 1, side: 'buy', type: 'market', time_in_force: 'day' };

  it('each has money, orders and a stream of its own; none sees the others', async () => {
    const stream = await TestSocket.connect(`${sim.wsUrl}/stream`);
    stream.send({ action: 'auth', key: SECOND.keyId, secret: SECOND.secretKey });
    expect(await stream.next()).toMatchObject({ data: { status: 'authorized' } });
    stream.send({ action: 'listen', data: { streams: ['trade_updates'] } });
    await stream.next();
    await step(sim);
    await broker(sim, 'POST', '/v2/orders', order);
    const posted = await get(`${sim.url}/v2/orders`, { method: 'POST', headers, body: JSON.stringify(order) });
    expect(posted.status).toBe(200);
    const told = (await stream.take(2)).map(dataOf);
    expect(told.map(({ event }) => event)).toEqual(['new', 'fill']);
    expect(row(told[0]?.['order'])['id']).toBe(row(posted.json)['id']);
    expect(rows(await get(`${sim.url}/v2/orders?status=all`, { headers }))).toHaveLength(1);
    expect(await get(`${sim.url}/v2/account`, { headers })).toMatchObject({
      json: { account_number: 'SIM-second' },
    });
    expect(await admin(sim, 'GET', 'accounts')).toMatchObject([
      { keyId: 'sim-key-id', orders: 1 },
      { keyId: 'second-id', accountNumber: 'SIM-second', orders: 1 },
    ]);
  });

  it('a secret of another account is refused, by REST and by the stream', async () => {
    const mixed = { ...headers, 'apca-api-secret-key': 'sim-secret' };
    expect((await get(`${sim.url}/v2/account`, { headers: mixed })).status).toBe(401);
    const stream = await TestSocket.connect(`${sim.wsUrl}/stream`);
    stream.send({ action: 'auth', key: SECOND.keyId, secret: 'sim-secret' });
    expect(await stream.next()).toMatchObject({ data: { status: 'unauthorized' } });
  });

  it('orders of both expire when the day ends, and each is wound back with the market', async () => {
    const resting = { ...order, type: 'limit', limit_price: '0.05' };
    const client = await Lockstep.attach(sim);
    await client.ready();
    await get(`${sim.url}/v2/orders`, { method: 'POST', headers, body: JSON.stringify(resting) });
    const open = async (): Promise<number> => rows(await get(`${sim.url}/v2/orders`, { headers })).length;
    expect(await open()).toBe(1);
    await client.socket.close();
    await Lockstep.attach(sim, -1).then(({ socket }) => socket.close());
    expect(await open()).toBe(0);
    await get(`${sim.url}/v2/orders`, { method: 'POST', headers, body: JSON.stringify(resting) });
    await step(sim, 100);
    expect(rows(await get(`${sim.url}/v2/orders?status=closed`, { headers }))).toMatchObject([{ status: 'expired' }]);
  });

  it('each market data key has a connection of its own', async () => {
    const first = await subscribed(sim, 'options', `Q.O:${CALL_740}`);
    const second = await TestSocket.connect(`${sim.wsUrl}/options`);
    await second.next();
    second.send({ action: 'auth', params: 'second-key' });
    await second.next();
    second.send({ action: 'subscribe', params: `Q.O:${CALL_740}` });
    expect(await second.next()).toMatchObject({ status: 'success' });
    await step(sim);
    const [one, other] = await Promise.all([first.next(), second.next()]);
    expect(one).toMatchObject({ ev: 'Q', bp: 12 });
    expect(other).toEqual(one);
  });
});

it('names every fault with what it takes', async () => {
  const kinds = rows(await get(`${sim.url}/admin/faults/kinds`));
  expect(kinds.map(({ fault }) => fault)).toEqual([...FAULT_KINDS.keys()]);
  expect(kinds.find(({ fault }) => fault === 'latency')).toMatchObject({
    rooms: ['polygon', 'alpaca', 's3'],
    with: { type: 'object', required: ['millis'] },
  });
});
