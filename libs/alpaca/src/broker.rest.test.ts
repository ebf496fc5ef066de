import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ErrorCode, TradingError } from '@trading-agent/core';
import { type Reply, anOrder, approved } from '@trading-agent/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAlpacaBroker } from './broker.ts';
import { PROTOCOLS } from './testing/shared-data.ts';
import { KEYS, type TestBroker, startTestBroker } from './testing/test-broker.ts';
import { PACKAGE_ORDER, SINGLE_ORDER } from './testing/wire-examples.ts';

const SINCE = '2015-12-24T14:30:00Z';
const ORDER = approved(anOrder());

let bench: TestBroker;
beforeEach(async () => {
  bench = await startTestBroker();
});
afterEach(() => bench.server.close());

async function refusal(call: Promise<unknown>): Promise<TradingError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof TradingError)) throw new Error(`Expected a TradingError, was ${String(error)}`);
  return error;
}

it('sends its keys in headers alone', async () => {
  bench.server.onRequest = () => ({ body: [] });
  await bench.broker.positions();
  const [request] = bench.server.requests;
  expect(request?.headers).toMatchObject({ 'apca-api-key-id': KEYS.keyId, 'apca-api-secret-key': KEYS.secretKey });
  expect(request?.target).toBe('/v2/positions');
});

describe('a submission', () => {
  it('is sent once and gives the id of the order', async () => {
    bench.server.onRequest = () => ({ body: SINGLE_ORDER });
    expect(await bench.broker.submit(ORDER)).toEqual({ brokerOrderId: SINGLE_ORDER.id });
    expect(bench.server.requests).toMatchObject([{ method: 'POST', path: '/v2/orders' }]);
    expect(JSON.parse(bench.server.requests[0]?.body ?? '')).toMatchObject({
      client_order_id: 'order-1',
      limit_price: '12.50',
    });
  });

  const unknown: [string, Reply][] = [
    ['the connection is cut after sending', 'cut'],
    ['a gateway gives up', { status: 504, body: '<html>504</html>' }],
    ['the broker fails', { status: 500, body: { code: 50010000, message: 'internal server error occurred' } }],
    ['the request took too long', { status: 408 }],
    ['the answer is no JSON', { body: 'OK' }],
    ['the answer has no id', { body: {} }],
  ];
  it.each(unknown)('has an unknown fate and is not repeated when %s', async (_name, reply) => {
    bench.server.onRequest = () => reply;
    const error = await refusal(bench.broker.submit(ORDER));
    expect(error.code).toBe('ORDER_FATE_UNKNOWN');
    expect(error.haltsTrading).toBe(true);
    expect(bench.server.requests).toHaveLength(1);
    expect(bench.waits).toEqual([]);
  });

  it('has an unknown fate when time runs out', async () => {
    const hasty = await startTestBroker({ timeoutMs: 30 });
    hasty.server.onRequest = () => 'silence';
    expect(await refusal(hasty.broker.submit(ORDER))).toMatchObject({ code: 'ORDER_FATE_UNKNOWN' });
    // A busy machine may give up before the server has read it.
    expect(hasty.server.requests.length).toBeLessThanOrEqual(1);
    expect(hasty.waits).toEqual([]);
    await hasty.server.close();
  });

  it('that never left is told apart: nobody listens there', async () => {
    await bench.server.close();
    expect(await refusal(bench.broker.submit(ORDER))).toMatchObject({ code: 'BROKER_UNAVAILABLE' });
    bench = await startTestBroker();
  });

  it('that is refused says why, in the words and with the code of the broker', async () => {
    bench.server.onRequest = () => ({
      status: 403,
      headers: { 'x-request-id': 'req-1' },
      body: { code: 40310000, message: 'insufficient buying power', buying_power: '97.7' },
    });
    const error = await refusal(bench.broker.submit(ORDER));
    expect(error).toMatchObject({
      code: 'BROKER_REJECTED',
      details: { status: 403, alpacaCode: 40310000, alpacaMessage: 'insufficient buying power', requestId: 'req-1' },
    });
    expect(bench.server.requests).toHaveLength(1);
  });

  it('beyond the rate limit was not taken, and is not repeated either', async () => {
    bench.server.onRequest = () => ({ status: 429 });
    expect(await refusal(bench.broker.submit(ORDER))).toMatchObject({ code: 'BROKER_RATE_LIMITED' });
    expect(bench.server.requests).toHaveLength(1);
  });

  it('is not carried on by a redirect', async () => {
    bench.server.onRequest = ({ path }) =>
      path === '/v2/orders' ? { status: 307, headers: { location: '/elsewhere' } } : { body: SINGLE_ORDER };
    expect(await refusal(bench.broker.submit(ORDER))).toMatchObject({ code: 'BROKER_BAD_MESSAGE' });
    expect(bench.server.requests).toHaveLength(1);
  });
});

describe('a cancel', () => {
  it('is asked for once', async () => {
    bench.server.onRequest = () => ({ status: 204 });
    await bench.broker.cancel('b-1');
    expect(bench.server.requests).toMatchObject([{ method: 'DELETE', path: '/v2/orders/b-1' }]);
  });

  it('whose answer is lost has an unknown fate', async () => {
    bench.server.onRequest = () => 'cut';
    expect(await refusal(bench.broker.cancel('b-1'))).toMatchObject({ code: 'ORDER_FATE_UNKNOWN' });
    expect(bench.server.requests).toHaveLength(1);
  });
});

describe('reading', () => {
  const passing: [Reply, ErrorCode][] = [
    [{ status: 500 }, 'BROKER_UNAVAILABLE'],
    [{ status: 429 }, 'BROKER_RATE_LIMITED'],
    ['cut', 'BROKER_UNAVAILABLE'],
  ];
  it.each(passing)('is tried four times on %o', async (reply, code) => {
    bench.server.onRequest = () => reply;
    expect(await refusal(bench.broker.account())).toMatchObject({ code });
    expect(bench.server.requests).toHaveLength(4);
    expect(bench.waits).toHaveLength(3);
  });

  it('waits as long as it is told to', async () => {
    let first = true;
    bench.server.onRequest = () => {
      const reply: Reply = first ? { status: 429, headers: { 'retry-after': '9' } } : { body: [] };
      first = false;
      return reply;
    };
    expect(await bench.broker.positions()).toEqual([]);
    expect(bench.waits).toEqual([9_000]);
  });

  it('does not go on without valid keys, whatever the body of the refusal', async () => {
    bench.server.onRequest = () => ({ status: 401, body: '<html>unauthorized</html>' });
    const error = await refusal(bench.broker.account());
    expect(error.code).toBe('BROKER_AUTH');
    expect(JSON.stringify(error)).not.toMatch(/s3cret|PK-of/);
    expect(bench.server.requests).toHaveLength(1);
  });

  it.each([
    ['account', () => bench.broker.account()],
    ['positions', () => bench.broker.positions()],
    ['orders', () => bench.broker.orders(SINCE)],
  ])('an unreadable %s halts trading rather than be guessed', async (_name, call) => {
    bench.server.onRequest = () => ({ body: { message: 'surprise' } });
    const error = await refusal(call());
    expect([error.code, error.haltsTrading]).toEqual(['BROKER_BAD_MESSAGE', true]);
  });

  it('finds an order by our own id, asking again for legs that did not come along', async () => {
    bench.server.onRequest = ({ path }) =>
      path.startsWith('/v2/orders:by_client_order_id')
        ? { body: { ...PACKAGE_ORDER, legs: null } }
        : { body: PACKAGE_ORDER };
    const found = await bench.broker.orderByClientId(PACKAGE_ORDER.client_order_id);
    expect(found?.order.legs).toHaveLength(2);
    expect(bench.server.requests.map(({ target }) => target)).toEqual([
      `/v2/orders:by_client_order_id?client_order_id=${PACKAGE_ORDER.client_order_id}`,
      `/v2/orders/${PACKAGE_ORDER.id}?nested=true`,
    ]);
  });
});

describe('the list of orders', () => {
  const order = (rank: number) => ({
    ...SINGLE_ORDER,
    id: `b-${rank}`,
    client_order_id: `c-${rank}`,
    submitted_at: `2015-12-24T15:00:${String(Math.floor(rank / 10)).padStart(2, '0')}.000000${rank % 10}00Z`,
  });

  it('begins just before the instant, so that an order of that very instant is in it', async () => {
    bench.server.onRequest = () => ({ body: [] });
    await bench.broker.orders(SINCE);
    expect(Object.fromEntries(bench.server.requests[0]?.query ?? [])).toEqual({
      status: 'all',
      direction: 'asc',
      nested: 'true',
      limit: '500',
      after: '2015-12-24T14:29:59.999999Z',
    });
  });

  it('is read page after page, each order once, though several share an instant', async () => {
    const all = Array.from({ length: 780 }, (_, rank) => order(rank));
    bench.server.onRequest = ({ query }) => {
      const after = query.get('after') ?? '';
      return { body: all.filter(({ submitted_at }) => submitted_at > after).slice(0, 500) };
    };
    all.splice(499, 2, { ...order(499), submitted_at: order(500).submitted_at }, order(500));
    const orders = await bench.broker.orders(SINCE);
    expect(orders.map(({ brokerOrderId }) => brokerOrderId)).toEqual(all.map(({ id }) => id));
    expect(bench.server.requests).toHaveLength(2);
  });

  it('that repeats itself is an error, not an endless loop', async () => {
    bench.server.onRequest = () => ({ body: Array.from({ length: 500 }, (_, rank) => order(rank)) });
    expect((await refusal(bench.broker.orders(SINCE))).message).toContain('repeats the same page');
    expect(bench.server.requests).toHaveLength(2);
  });

  it('leaves out orders on stock', async () => {
    bench.server.onRequest = () => ({ body: [{ ...order(1), symbol: 'AAPL' }, order(2)] });
    expect((await bench.broker.orders(SINCE)).map(({ brokerOrderId }) => brokerOrderId)).toEqual(['b-2']);
  });
});

it('refuses to be made without keys or with a URL that would send them in clear over a network', () => {
  const options = {
    tradingUrl: 'https://paper-api.alpaca.markets',
    streamUrl: 'wss://paper-api.alpaca.markets/stream',
    ...KEYS,
    clock: bench.clock,
  };
  expect(() => createAlpacaBroker({ ...options, secretKey: '' })).toThrow(
    expect.objectContaining({ code: 'CREDENTIALS_MISSING' }),
  );
  expect(() => createAlpacaBroker({ ...options, tradingUrl: 'http://paper-api.alpaca.markets' })).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID' }),
  );
});

const ERRORS = join(PROTOCOLS, 'docs-events', 'rest_errors.json');
describe.skipIf(!existsSync(ERRORS))(`recorded refusals in ${ERRORS}`, () => {
  it('each becomes the code of its status, with the words of the broker', async () => {
    const recorded: unknown = JSON.parse(readFileSync(ERRORS, 'utf8'));
    const codes: Record<string, ErrorCode> = {
      401: 'BROKER_AUTH',
      403: 'BROKER_REJECTED',
      404: 'BROKER_NOT_FOUND',
      422: 'BROKER_REJECTED',
    };
    for (const { http, body } of Array.isArray(recorded) ? recorded : []) {
      bench.server.onRequest = () => ({ status: http, body });
      const error = await refusal(bench.broker.submit(ORDER));
      expect(error).toMatchObject({ code: codes[http], details: { alpacaMessage: body.message } });
    }
    expect.assertions(11);
  });
});
