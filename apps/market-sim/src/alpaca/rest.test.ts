import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MarketSim } from '../server.ts';
import { singleOrder, verticalOrder } from '../testing/order-bodies.ts';
import { Lockstep, broker, get, row, rows } from '../testing/sessions.ts';
import { CALL_740, CALL_750, CALL_760, FAR_CALL, PUT_740, startTinySim } from '../testing/tiny-market.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let sim: MarketSim;
let client: Lockstep;
beforeEach(async () => {
  sim = await startTinySim();
  client = await Lockstep.attach(sim);
  await client.ready();
});
afterEach(() => sim.close());

const single = (id: string, more: object = {}): object =>
  singleOrder(id, { symbol: CALL_750, qty: '1', limit_price: '7.20', position_intent: 'buy_to_open', ...more });

const vertical = (id: string, more: object = {}): object =>
  verticalOrder(id, { qty: '2', limit_price: '3.70', ...more });

describe('account', () => {
  it('is flat in the morning: strings for money, integers for levels, no pattern-day-trader fields', async () => {
    const { json, headers } = await broker(sim, 'GET', '/v2/account');
    expect(json).toMatchObject({
      id: expect.stringMatching(UUID),
      account_number: expect.stringMatching(/^SIM-[0-9a-f]{8}$/),
      status: 'ACTIVE',
      cash: '25000',
      equity: '25000',
      options_buying_power: '25000',
      options_trading_level: 3,
      trading_blocked: false,
    });
    expect(json).not.toHaveProperty('pattern_day_trader');
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/);
    expect(headers.get('x-ratelimit-limit')).toBe('100000');
  });

  it.each([{}, { 'apca-api-key-id': 'sim-key-id', 'apca-api-secret-key': 'wrong' }])(
    'refuses the keys %j',
    async (headers) => {
      const { status, json } = await get(`${sim.url}/v2/account`, { headers });
      expect([status, json]).toEqual([401, { message: 'unauthorized.' }]);
    },
  );
});

describe('orders', () => {
  it('takes a single leg, answers pending_new, and shows what became of it', async () => {
    const { status, json } = await broker(sim, 'POST', '/v2/orders', single('one'));
    expect(status).toBe(200);
    expect(json).toMatchObject({
      id: expect.stringMatching(UUID),
      asset_id: expect.stringMatching(UUID),
      client_order_id: 'one',
      symbol: CALL_750,
      asset_class: 'us_option',
      qty: '1',
      filled_qty: '0',
      filled_avg_price: null,
      order_class: 'simple',
      order_type: 'limit',
      type: 'limit',
      side: 'buy',
      position_intent: 'buy_to_open',
      limit_price: '7.2',
      status: 'pending_new',
      extended_hours: false,
      submitted_at: '2016-01-05T14:31:00.000000000Z',
      expires_at: '2016-01-05T21:00:00.000000000Z',
      legs: null,
    });
    const later = await broker(sim, 'GET', `/v2/orders/${String(row(json)['id'])}`);
    expect(later.json).toMatchObject({ status: 'filled', filled_qty: '1', filled_avg_price: '7.2' });
    expect((await broker(sim, 'GET', '/v2/positions')).json).toMatchObject([
      {
        symbol: CALL_750,
        qty: '1',
        side: 'long',
        avg_entry_price: '7.2',
        market_value: '710',
        cost_basis: '720',
        unrealized_pl: '-10',
      },
    ]);
    expect((await broker(sim, 'GET', `/v2/positions/${CALL_740}`)).json).toMatchObject({ code: 40410000 });
  });

  it('writes the limit of a sale as the plain price', async () => {
    await broker(sim, 'POST', '/v2/orders', single('buy'));
    const sale = single('sale', { side: 'sell', position_intent: 'sell_to_close', limit_price: 7.5 });
    expect((await broker(sim, 'POST', '/v2/orders', sale)).json).toMatchObject({ side: 'sell', limit_price: '7.5' });
    expect((await broker(sim, 'GET', '/v2/orders')).json).toMatchObject([{ client_order_id: 'sale', status: 'new' }]);
    expect((await broker(sim, 'GET', `/v2/positions/${CALL_750}`)).json).toMatchObject({
      qty: '1',
      qty_available: '0',
    });
  });

  it('takes a package: a parent without symbol, legs as orders of their own, the net price signed', async () => {
    const posted = await broker(sim, 'POST', '/v2/orders', vertical('spread'));
    expect(posted.json).toMatchObject({
      symbol: '',
      asset_class: '',
      side: '',
      order_class: 'mleg',
      qty: '2',
      limit_price: '3.7',
    });
    const { json } = await broker(sim, 'GET', '/v2/orders:by_client_order_id?client_order_id=spread');
    expect(json).toMatchObject({
      status: 'filled',
      filled_qty: '2',
      filled_avg_price: '3.7',
      legs: [
        {
          symbol: CALL_750,
          ratio_qty: '1',
          qty: '2',
          filled_qty: '2',
          filled_avg_price: '7.2',
          type: '',
          order_type: '',
          limit_price: null,
          status: 'filled',
        },
        { symbol: CALL_760, side: 'sell', position_intent: 'sell_to_open', filled_avg_price: '3.5' },
      ],
    });
    const [leg] = rows({ ...posted, json: row(json)['legs'] });
    expect((await broker(sim, 'GET', `/v2/orders/${String(leg?.['id'])}`)).json).toMatchObject({ symbol: CALL_750 });
    const credit = vertical('credit', {
      qty: 1,
      limit_price: -3.4,
      legs: [
        { symbol: CALL_750, ratio_qty: 1, side: 'sell', position_intent: 'sell_to_close' },
        { symbol: CALL_760, ratio_qty: 1, side: 'buy', position_intent: 'buy_to_close' },
      ],
    });
    await broker(sim, 'POST', '/v2/orders', credit);
    expect((await broker(sim, 'GET', '/v2/orders:by_client_order_id?client_order_id=credit')).json).toMatchObject({
      limit_price: '-3.4',
      filled_avg_price: '-3.4',
    });
  });

  it('lists by status, newest first, nested or as a flat mix, and pages by distinct submission times', async () => {
    await broker(sim, 'POST', '/v2/orders', vertical('a'));
    await broker(sim, 'POST', '/v2/orders', single('b', { limit_price: '1' }));
    await broker(sim, 'POST', '/v2/orders', single('c', { limit_price: '2' }));
    const ids = async (query: string): Promise<unknown[]> =>
      rows(await broker(sim, 'GET', `/v2/orders?${query}`)).map((order) => order['client_order_id']);
    expect(await ids('')).toEqual(['c', 'b']);
    expect(await ids('status=all&nested=true')).toEqual(['c', 'b', 'a']);
    expect(await ids('status=all&nested=true&direction=asc&limit=2')).toEqual(['a', 'b']);
    expect(await ids('status=closed&nested=true')).toEqual(['a']);
    expect(await ids(`status=all&nested=true&symbols=${CALL_760}`)).toEqual(['a']);
    expect(rows(await broker(sim, 'GET', '/v2/orders?status=all'))).toHaveLength(5);
    const [newest, middle] = rows(await broker(sim, 'GET', '/v2/orders?status=all&nested=true'));
    expect(await ids(`status=all&nested=true&after=${String(middle?.['submitted_at'])}`)).toEqual(['c']);
    expect(await ids(`status=all&nested=true&until=${String(middle?.['submitted_at'])}`)).toEqual(['a']);
    expect(await ids(`status=all&nested=true&after_order_id=${String(newest?.['id'])}`)).toEqual([]);
    expect(await ids('status=all&nested=true&after=2016-01-06')).toEqual([]);
    expect((await broker(sim, 'GET', '/v2/orders?limit=501')).status).toBe(422);
  });

  it('cancels: 204, then canceled; what is over is 422, what never was 404', async () => {
    const { json } = await broker(sim, 'POST', '/v2/orders', single('low', { limit_price: '1' }));
    const path = `/v2/orders/${String(row(json)['id'])}`;
    const canceled = await broker(sim, 'DELETE', path);
    expect([canceled.status, canceled.text]).toEqual([204, '']);
    expect((await broker(sim, 'GET', path)).json).toMatchObject({
      status: 'canceled',
      canceled_at: expect.any(String),
    });
    expect(await broker(sim, 'DELETE', path)).toMatchObject({ status: 422, json: { code: 42210000 } });
    expect(await broker(sim, 'DELETE', '/v2/orders/30a077fa-96f6-4f20-a052-4b921ee2f243')).toMatchObject({
      status: 404,
      json: { code: 40410000 },
    });
  });

  it('cancels all live orders with one row each', async () => {
    await broker(sim, 'POST', '/v2/orders', single('x', { limit_price: '1' }));
    await broker(sim, 'POST', '/v2/orders', single('y', { limit_price: '2' }));
    const { status, json } = await broker(sim, 'DELETE', '/v2/orders');
    expect(status).toBe(207);
    expect(json).toMatchObject([{ status: 200 }, { status: 200 }]);
    expect(rows(await broker(sim, 'GET', '/v2/orders'))).toEqual([]);
  });

  it('infers the intent that was not stated, and names what was not named', async () => {
    const { json } = await broker(sim, 'POST', '/v2/orders', {
      symbol: CALL_750,
      qty: 1,
      side: 'buy',
      type: 'market',
      time_in_force: 'day',
    });
    expect(json).toMatchObject({
      position_intent: 'buy_to_open',
      limit_price: null,
      client_order_id: expect.stringMatching(UUID),
    });
    const sale = { symbol: CALL_750, qty: 1, side: 'sell', type: 'market', time_in_force: 'day' };
    expect((await broker(sim, 'POST', '/v2/orders', sale)).json).toMatchObject({ position_intent: 'sell_to_close' });
  });

  it.each([
    ['an unknown contract', single('e', { symbol: 'GOOG160115C00999000' }), 422, 42210000],
    ['a stock', single('e', { symbol: 'GOOG' }), 422, 42210000],
    ['a sub-penny price', single('e', { limit_price: '7.201' }), 422, 42210000],
    ['half a contract', single('e', { qty: '0.5' }), 422, 42210000],
    ['no contract at all', single('e', { qty: '-1' }), 422, 42210000],
    ['good till canceled', single('e', { time_in_force: 'gtc' }), 422, 42210000],
    ['a stop', single('e', { type: 'stop', stop_price: '1' }), 422, 42210000],
    ['a notional', single('e', { notional: '100' }), 422, 42210000],
    ['extended hours', single('e', { extended_hours: true }), 422, 42210000],
    ['an intent against the side', single('e', { position_intent: 'sell_to_open' }), 422, 42210000],
    ['a limit order without limit', single('e', { limit_price: null }), 422, 42210000],
    [
      'a short that nothing covers',
      single('e', { symbol: CALL_750, side: 'sell', position_intent: 'sell_to_open' }),
      403,
      40310000,
    ],
    ['more than the account can pay', single('e', { qty: '100' }), 403, 40310000],
    ['closing what is not held', single('e', { side: 'sell', position_intent: 'sell_to_close' }), 403, 40310000],
    [
      'a market order without a quote',
      single('e', { symbol: FAR_CALL, type: 'market', limit_price: null }),
      403,
      40310000,
    ],
    [
      'a package of one leg',
      vertical('e', { legs: [{ symbol: CALL_750, ratio_qty: '1', side: 'buy' }] }),
      422,
      42210000,
    ],
    ['a package with a symbol', vertical('e', { symbol: CALL_750 }), 422, 42210000],
    ['an id that is too long', single('x'.repeat(129)), 422, 40010001],
    ['no body', 'text', 422, 40010001],
  ])('refuses %s', async (_what, body, status, code) => {
    expect(await broker(sim, 'POST', '/v2/orders', body)).toMatchObject({
      status,
      json: { code, message: expect.any(String) },
    });
    expect(rows(await broker(sim, 'GET', '/v2/orders?status=all'))).toEqual([]);
  });

  it('refuses legs whose ratios have a common divisor', async () => {
    const legs = [
      { symbol: CALL_750, ratio_qty: '2', side: 'buy' },
      { symbol: CALL_760, ratio_qty: '2', side: 'sell' },
    ];
    expect((await broker(sim, 'POST', '/v2/orders', vertical('gcd', { legs }))).status).toBe(422);
  });

  it('does not take a client order id twice', async () => {
    await broker(sim, 'POST', '/v2/orders', single('twice'));
    expect(await broker(sim, 'POST', '/v2/orders', single('twice'))).toMatchObject({
      status: 422,
      json: { code: 40010001, message: 'client_order_id must be unique' },
    });
    expect(rows(await broker(sim, 'GET', '/v2/positions'))).toMatchObject([{ qty: '1' }]);
  });

  it('refuses a body that is not JSON', async () => {
    const { status } = await get(`${sim.url}/v2/orders`, {
      method: 'POST',
      headers: { 'apca-api-key-id': 'sim-key-id', 'apca-api-secret-key': 'sim-secret' },
      body: '{',
    });
    expect(status).toBe(400);
  });
});

describe('clock, calendar, contracts', () => {
  it('tells the simulated time', async () => {
    expect((await broker(sim, 'GET', '/v2/clock')).json).toEqual({
      timestamp: '2016-01-05T09:31:00-05:00',
      is_open: true,
      next_open: '2016-01-06T09:30:00-05:00',
      next_close: '2016-01-05T16:00:00-05:00',
    });
  });

  it('lists sessions with New York times', async () => {
    const { json } = await broker(sim, 'GET', '/v2/calendar?start=2015-12-24&end=2015-12-28');
    expect(json).toEqual([
      {
        date: '2015-12-24',
        open: '09:30',
        close: '13:00',
        session_open: '0400',
        session_close: '1700',
        settlement_date: '2015-12-30',
      },
      {
        date: '2015-12-28',
        open: '09:30',
        close: '16:00',
        session_open: '0400',
        session_close: '2000',
        settlement_date: '2015-12-31',
      },
    ]);
  });

  it('lists contracts up to the coming weekend unless asked for more, by pages', async () => {
    expect((await broker(sim, 'GET', '/v2/options/contracts?underlying_symbols=GOOG')).json).toEqual({
      option_contracts: [],
      next_page_token: null,
    });
    const query = '/v2/options/contracts?underlying_symbols=GOOG&expiration_date_gte=2016-01-05&limit=3';
    const first = row((await broker(sim, 'GET', query)).json);
    expect(first['option_contracts']).toHaveLength(3);
    const second = row((await broker(sim, 'GET', `${query}&page_token=${String(first['next_page_token'])}`)).json);
    expect(second).toMatchObject({
      option_contracts: [{ symbol: PUT_740 }, { symbol: FAR_CALL }],
      next_page_token: null,
    });
    expect((await broker(sim, 'GET', `/v2/options/contracts/${CALL_740}`)).json).toMatchObject({
      name: 'GOOG Jan 15 2016 740 Call',
      strike_price: '740',
      multiplier: '100',
      type: 'call',
    });
    expect((await broker(sim, 'GET', '/v2/options/contracts/GOOG160115C00999000')).status).toBe(404);
  });
});
