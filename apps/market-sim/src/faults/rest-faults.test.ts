import { createAlpacaBroker } from '@trading-agent/alpaca';
import { ManualClock } from '@trading-agent/core';
import { createPolygonReference } from '@trading-agent/polygon';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_KEYS } from '../options.ts';
import type { MarketSim } from '../server.ts';
import { singleOrder } from '../testing/order-bodies.ts';
import { admin, broker, get, polygonGet, row, rows, step } from '../testing/sessions.ts';
import { TestSocket } from '../testing/test-socket.ts';
import { CALL_740, atMinute, startTinySim } from '../testing/tiny-market.ts';

let sim: MarketSim;
beforeEach(async () => {
  sim = await startTinySim();
  await step(sim, 2);
});
afterEach(() => sim.close());

const fault = (rule: object): Promise<unknown> => admin(sim, 'POST', 'faults', rule);
const CONTRACTS = '/v3/reference/options/contracts';
const order = (id: string): object => singleOrder(id, { symbol: CALL_740, limit_price: '12.60' });

describe('429', () => {
  it('comes with the vendor’s body, as often as it is told, and only where it is told', async () => {
    await fault({ fault: 'rate-limit', room: 'polygon', match: { path: CONTRACTS }, after: 1, times: 2 });
    const statuses: number[] = [];
    for (let asked = 0; asked < 4; asked += 1) statuses.push((await polygonGet(sim, CONTRACTS)).status);
    expect(statuses).toEqual([200, 429, 429, 200]);
    expect((await polygonGet(sim, '/v1/marketstatus/now')).status).toBe(200);
    expect((await broker(sim, 'GET', '/v2/account')).status).toBe(200);
    expect(await admin(sim, 'GET', 'faults')).toMatchObject([{ id: 1, matched: 3, struck: 2 }]);
  });

  it('has the vendor’s JSON, the broker’s JSON, or nothing at all', async () => {
    await fault({ fault: 'rate-limit', times: 1, room: 'polygon' });
    const first = await polygonGet(sim, CONTRACTS);
    expect([first.status, first.json]).toEqual([
      429,
      { status: 'ERROR', request_id: expect.any(String), error: expect.stringContaining('exceeded the maximum') },
    ]);
    await fault({ fault: 'rate-limit', times: 1, room: 'alpaca', with: { retryAfter: 3 } });
    const second = await broker(sim, 'GET', '/v2/account');
    expect([second.status, second.json]).toEqual([429, { code: 42910000, message: expect.any(String) }]);
    expect(second.headers.get('retry-after')).toBe('3');
    await fault({ fault: 'rate-limit', times: 1, with: { body: 'empty' } });
    const third = await polygonGet(sim, CONTRACTS);
    expect([third.status, third.text, third.headers.get('content-type')]).toEqual([429, '', null]);
  });
});

describe('5xx and pages', () => {
  it.each([
    ['server-error', { status: 502, body: 'json' }, 502, 'application/json', /^\{"status":"ERROR"/],
    ['server-error', { status: 500, body: 'empty' }, 500, null, /^$/],
    ['server-error', { body: 'html' }, 503, 'text/html', /^<html>/],
    ['html-page', { status: 200 }, 200, 'text/html', /^<html>/],
  ])('%s %j', async (kind, parameters, status, type, text) => {
    await fault({ fault: kind, with: parameters, times: 1 });
    const answer = await polygonGet(sim, CONTRACTS);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, type]);
    expect(answer.text).toMatch(text);
    expect((await polygonGet(sim, CONTRACTS)).status).toBe(200);
  });

  it('our client repeats what failed, and reads what came after', async () => {
    const waited: number[] = [];
    await fault({ fault: 'rate-limit', times: 1, room: 'polygon', with: { body: 'empty', retryAfter: 2 } });
    await fault({ fault: 'html-page', times: 1, room: 'polygon', after: 1 });
    const client = createPolygonReference({
      restUrl: sim.url,
      apiKey: DEFAULT_KEYS.polygonKey,
      clock: new ManualClock(atMinute(2)),
      sleep: async (millis) => void waited.push(millis),
    });
    expect((await client.contracts({ underlying: 'GOOG' })).length).toBeGreaterThan(3);
    expect(waited).toHaveLength(2);
    expect(waited[0]).toBeGreaterThanOrEqual(2_000);
  });
});

it('latency lets the request wait in real time', async () => {
  await fault({ fault: 'latency', with: { millis: 60 }, times: 1 });
  const began = performance.now();
  expect((await polygonGet(sim, CONTRACTS)).status).toBe(200);
  // Timers may be a millisecond early.
  expect(performance.now() - began).toBeGreaterThan(58);
});

describe('a lost answer', () => {
  it('of an order that was taken: the broker has it, once', async () => {
    await fault({ fault: 'response-lost', room: 'alpaca', match: { method: 'POST', order: 'lost' } });
    await expect(broker(sim, 'POST', '/v2/orders', order('lost-1'))).rejects.toThrow('fetch failed');
    expect(rows(await broker(sim, 'GET', '/v2/orders?status=all'))).toMatchObject([
      { client_order_id: 'lost-1', status: 'filled' },
    ]);
    // Once is enough: the same id is refused.
    expect((await broker(sim, 'POST', '/v2/orders', order('lost-1'))).status).toBe(422);
  });

  it('of one that never arrived: the broker does not know it', async () => {
    await fault({ fault: 'response-lost', room: 'alpaca', match: { method: 'POST' }, with: { taken: false } });
    await expect(broker(sim, 'POST', '/v2/orders', order('lost-2'))).rejects.toThrow('fetch failed');
    expect(rows(await broker(sim, 'GET', '/v2/orders?status=all'))).toEqual([]);
    expect((await broker(sim, 'POST', '/v2/orders', order('lost-2'))).status).toBe(200);
  });

  it('may be chosen by the symbol of the order', async () => {
    await fault({ fault: 'response-lost', match: { method: 'POST', symbols: 'NOSUCH' } });
    expect((await broker(sim, 'POST', '/v2/orders', order('kept'))).status).toBe(200);
  });
});

it('clock skew moves the times of day of the vendor that has it', async () => {
  await fault({ fault: 'clock-skew', room: 'alpaca', with: { seconds: -90 } });
  const clock = row((await broker(sim, 'GET', '/v2/clock')).json);
  expect(clock['timestamp']).toBe('2016-01-05T09:30:30-05:00');
  expect(row((await polygonGet(sim, '/v1/marketstatus/now')).json)['serverTime']).toBe('2016-01-05T09:32:00-05:00');
});

it('a revoked key is unknown to requests and streams, and its open streams end', async () => {
  const socket = await TestSocket.connect(`${sim.wsUrl}/options`);
  await socket.next();
  socket.send({ action: 'auth', params: DEFAULT_KEYS.polygonKey });
  await socket.next();
  await fault({ fault: 'keys-revoked', room: ['polygon', 'options'] });
  expect(await socket.untilClosed()).toBe(1006);
  expect(await polygonGet(sim, CONTRACTS)).toMatchObject({ status: 401, json: { error: 'Unknown API Key' } });
  const again = await TestSocket.connect(`${sim.wsUrl}/options`);
  await again.next();
  again.send({ action: 'auth', params: DEFAULT_KEYS.polygonKey });
  expect(await again.next()).toMatchObject({ status: 'auth_failed' });
  expect(await again.untilClosed()).toBe(1006);
  // The broker's keys are other keys.
  expect((await broker(sim, 'GET', '/v2/account')).status).toBe(200);
});

it('a broker key that is revoked by simulated time', async () => {
  await fault({ fault: 'keys-revoked', room: ['alpaca', 'trades'], from: '09:34' });
  expect((await broker(sim, 'GET', '/v2/account')).status).toBe(200);
  await step(sim, 2);
  const answer = await broker(sim, 'GET', '/v2/account');
  expect([answer.status, answer.json]).toEqual([401, { message: 'unauthorized.' }]);
  const client = createAlpacaBroker({
    tradingUrl: sim.url,
    streamUrl: `${sim.wsUrl}/stream`,
    keyId: DEFAULT_KEYS.keyId,
    secretKey: DEFAULT_KEYS.secretKey,
    clock: new ManualClock(atMinute(4)),
  });
  await expect(client.account()).rejects.toMatchObject({ code: 'BROKER_AUTH' });
});

it('a rule that can not be is refused with what would be allowed', async () => {
  for (const [rule, words] of [
    [{ fault: 'nonsense' }, 'rate-limit'],
    [{ fault: 'rate-limit', room: 'options' }, 'polygon'],
    [{ fault: 'rate-limit', with: { body: 'soap' } }, 'body'],
    [{ fault: 'latency' }, 'millis'],
    [{ fault: 'rate-limit', from: 'noon' }, 'from'],
    [{ fault: 'rate-limit', colour: 'red' }, 'colour'],
  ] as const) {
    const answer = await get(`${sim.url}/admin/faults`, { method: 'POST', body: JSON.stringify(rule) });
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('CONFIG_INVALID')]);
    expect(answer.text).toContain(words);
  }
  expect(await admin(sim, 'GET', 'faults')).toEqual([]);
});

it('faults can be taken back', async () => {
  expect(await fault({ fault: 'rate-limit' })).toEqual({ id: 1 });
  expect((await polygonGet(sim, CONTRACTS)).status).toBe(429);
  await admin(sim, 'DELETE', 'faults/1');
  expect((await polygonGet(sim, CONTRACTS)).status).toBe(200);
  await expect(admin(sim, 'DELETE', 'faults/1')).rejects.toThrow('400');
});

it('a 401 of the broker may be a page of HTML', async () => {
  await fault({ fault: 'html-page', room: 'alpaca', times: 1, with: { status: 401 } });
  const answer = await broker(sim, 'GET', '/v2/account');
  expect([answer.status, answer.headers.get('content-type')]).toEqual([401, 'text/html']);
  expect(answer.text).toContain('<h1>401</h1>');
  expect(answer.headers.get('x-request-id')).not.toBeNull();
});
