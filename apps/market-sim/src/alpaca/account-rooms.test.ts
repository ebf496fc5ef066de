import { usd } from '@trading-agent/core';
import { afterEach, describe, expect, it } from 'vitest';
import type { MarketSimOptions } from '../options.ts';
import type { MarketSim } from '../server.ts';
import { Lockstep, broker, dataOf, listening, row, rows } from '../testing/sessions.ts';
import { CALL_740, CALL_750, CALL_760, PUT_740, startTinySim } from '../testing/tiny-market.ts';

let sim: MarketSim;
let client: Lockstep;
async function start(options: Partial<MarketSimOptions> = {}): Promise<void> {
  sim = await startTinySim(options);
  client = await Lockstep.attach(sim);
}
afterEach(() => sim.close());

const single = { type: 'limit', time_in_force: 'day' };
async function order(body: object): Promise<string> {
  const answer = await broker(sim, 'POST', '/v2/orders', { ...single, ...body });
  expect(answer.status).toBe(200);
  return String(row(answer.json)['id']);
}
const buy = (symbol: string, limit: string, more: object = {}): object => ({
  symbol,
  qty: 1,
  side: 'buy',
  limit_price: limit,
  ...more,
});

describe('PATCH /v2/orders/{id}', () => {
  it('answers with a new order; the old one is replaced and names it', async () => {
    await start();
    const stream = await listening(sim);
    await client.ready();
    const old = await order(buy(CALL_740, '11.00', { client_order_id: 'first', qty: '2' }));
    const answer = await broker(sim, 'PATCH', `/v2/orders/${old}`, { limit_price: '12.40', client_order_id: 'second' });
    expect(answer.status).toBe(200);
    const next = row(answer.json);
    expect(next).toMatchObject({ replaces: old, client_order_id: 'second', limit_price: '12.4', qty: '2' });
    expect(next['id']).not.toBe(old);
    expect(row((await broker(sim, 'GET', `/v2/orders/${old}`)).json)).toMatchObject({
      status: 'replaced',
      replaced_by: next['id'],
    });
    const events = (await stream.take(4)).map((message) => {
      const { event, order: told } = dataOf(message);
      return [event, row(told)['client_order_id']];
    });
    expect(events).toEqual([
      ['new', 'first'],
      ['replaced', 'first'],
      ['new', 'second'],
      ['fill', 'second'],
    ]);
  });

  it('keeps the sign of a package: debit positive, credit negative', async () => {
    await start();
    await client.ready();
    const legs = [
      { symbol: CALL_750, ratio_qty: '1', side: 'sell', position_intent: 'sell_to_open' },
      { symbol: CALL_740, ratio_qty: '1', side: 'buy', position_intent: 'buy_to_open' },
    ];
    const id = await order({ order_class: 'mleg', qty: 1, limit_price: '4', legs });
    const worse = row((await broker(sim, 'PATCH', `/v2/orders/${id}`, { limit_price: -0.5 })).json);
    expect(worse).toMatchObject({ symbol: '', limit_price: '-0.5', order_class: 'mleg' });
    expect(row((await broker(sim, 'GET', `/v2/orders/${String(worse['id'])}`)).json)).toMatchObject({ status: 'new' });
  });

  it('loses the race against a fill when the broker takes its time', async () => {
    await start({ requestTiming: 'next-step' });
    const stream = await listening(sim);
    await client.ready();
    const old = await order(buy(CALL_760, '3.70', { client_order_id: 'first', qty: 3 }));
    const answer = await broker(sim, 'PATCH', `/v2/orders/${old}`, { limit_price: '3.00', client_order_id: 'second' });
    expect(row(answer.json)).toMatchObject({ status: 'accepted' });
    expect(row((await broker(sim, 'GET', `/v2/orders/${old}`)).json)).toMatchObject({ status: 'pending_replace' });
    expect((await broker(sim, 'PATCH', `/v2/orders/${old}`, { limit_price: '2.00' })).status).toBe(422);
    expect((await broker(sim, 'DELETE', `/v2/orders/${old}`)).status).toBe(422);
    await client.ack(0);
    const events = (await stream.take(6)).map((message) => dataOf(message)['event']);
    expect(events).toEqual(['new', 'partial_fill', 'pending_replace', 'fill', 'order_replace_rejected', 'rejected']);
    expect(rows(await broker(sim, 'GET', '/v2/positions'))).toMatchObject([{ symbol: CALL_760, qty: '3' }]);
  });

  it('refuses what can not be replaced', async () => {
    await start();
    await client.ready();
    const id = await order(buy(CALL_740, '11'));
    const refused = async (body: object, path = id): Promise<unknown> => {
      const { status, json } = await broker(sim, 'PATCH', `/v2/orders/${path}`, body);
      return [status, row(json)['code']];
    };
    expect(await refused({})).toEqual([422, 42210000]);
    expect(await refused({ limit_price: '11.005' })).toEqual([422, 42210000]);
    expect(await refused({ qty: '0.5' })).toEqual([422, 42210000]);
    expect(await refused({ limit_price: '900' })).toEqual([403, 40310000]);
    expect(await refused({ limit_price: '11' }, 'nobody')).toEqual([404, 40410000]);
    await broker(sim, 'DELETE', `/v2/orders/${id}`);
    expect(await refused({ limit_price: '11.5' })).toEqual([422, 42210000]);
  });
});

describe('DELETE /v2/orders/{id} when the broker takes its time', () => {
  it('is 204 at once, pending, and canceled after the next step', async () => {
    await start({ requestTiming: 'next-step' });
    const stream = await listening(sim);
    await client.ready();
    const id = await order(buy(CALL_740, '11'));
    expect((await broker(sim, 'DELETE', `/v2/orders/${id}`)).status).toBe(204);
    expect(row((await broker(sim, 'GET', `/v2/orders/${id}`)).json)).toMatchObject({ status: 'pending_cancel' });
    await client.ack(0);
    const events = (await stream.take(3)).map((message) => dataOf(message)['event']);
    expect(events).toEqual(['new', 'pending_cancel', 'canceled']);
  });
});

describe('positions', () => {
  it('are closed in part, by percentage and all at once', async () => {
    await start();
    await client.ready();
    await order(buy(CALL_740, '12.40', { qty: 4 }));
    const path = `/v2/positions/${CALL_740}`;
    expect(row((await broker(sim, 'DELETE', `${path}?qty=1`)).json)).toMatchObject({
      side: 'sell',
      type: 'market',
      qty: '1',
      status: 'pending_new',
    });
    await broker(sim, 'DELETE', `${path}?percentage=34`);
    expect(row((await broker(sim, 'GET', path)).json)).toMatchObject({ qty: '2' });
    expect((await broker(sim, 'DELETE', `${path}?qty=9`)).status).toBe(403);
    expect((await broker(sim, 'DELETE', `${path}?qty=1&percentage=5`)).status).toBe(422);
    expect((await broker(sim, 'DELETE', '/v2/positions/NOTHING')).status).toBe(404);
    await order(buy(CALL_750, '5'));
    const { status, json } = await broker(sim, 'DELETE', '/v2/positions?cancel_orders=true');
    expect(status).toBe(207);
    expect(json).toMatchObject([{ symbol: CALL_740, status: 200, body: { side: 'sell', qty: '2' } }]);
    expect(rows(await broker(sim, 'GET', '/v2/positions'))).toEqual([]);
    expect(rows(await broker(sim, 'GET', '/v2/orders'))).toEqual([]);
  });

  it('are exercised or kept from it on request', async () => {
    await start({ balance: usd(200_000) });
    await client.ready();
    await order(buy(CALL_740, '12.40'));
    expect((await broker(sim, 'POST', `/v2/positions/${CALL_740}/do-not-exercise`)).status).toBe(200);
    const done = await broker(sim, 'POST', `/v2/positions/${CALL_740}/exercise`);
    expect([done.status, done.text]).toEqual([200, '']);
    expect(row((await broker(sim, 'GET', '/v2/positions/GOOG')).json)).toMatchObject({
      qty: '100',
      asset_class: 'us_equity',
      avg_entry_price: '740',
    });
    const { status, json } = await broker(sim, 'POST', `/v2/positions/${PUT_740}/exercise`);
    expect([status, row(json)['code']]).toEqual([403, 40310000]);
    expect(row((await broker(sim, 'POST', '/v2/positions/GOOG/exercise')).json)).toMatchObject({ code: 42210000 });
  });
});

describe('activities', () => {
  it('has a row per leg of a fill, pages by the last id and filters', async () => {
    await start();
    await client.ready();
    const legs = [
      { symbol: CALL_750, ratio_qty: '1', side: 'buy', position_intent: 'buy_to_open' },
      { symbol: CALL_760, ratio_qty: '1', side: 'sell', position_intent: 'sell_to_open' },
    ];
    await order({ order_class: 'mleg', qty: 1, limit_price: '3.70', legs });
    const one = await order(buy(CALL_740, '12.40'));
    const all = rows(await broker(sim, 'GET', '/v2/account/activities'));
    expect(
      all.map(({ symbol, side, price, cum_qty, leaves_qty }) => [symbol, side, price, cum_qty, leaves_qty]),
    ).toEqual([
      [CALL_740, 'buy', '12.4', '1', '0'],
      [CALL_760, 'sell', '3.5', '1', '0'],
      [CALL_750, 'buy', '7.2', '1', '0'],
    ]);
    for (const { id } of all) expect(id).toMatch(/^\d{17}::[0-9a-f-]{36}$/);
    const first = rows(await broker(sim, 'GET', '/v2/account/activities/FILL?page_size=2'));
    const second = rows(
      await broker(sim, 'GET', `/v2/account/activities/FILL?page_size=2&page_token=${String(first[1]?.['id'])}`),
    );
    expect([...first, ...second]).toEqual(all);
    expect(rows(await broker(sim, 'GET', `/v2/account/activities?order_id=${one}`))).toEqual([all[0]]);
    expect(rows(await broker(sim, 'GET', '/v2/account/activities?category=non_trade_activity'))).toEqual([]);
    expect(rows(await broker(sim, 'GET', '/v2/account/activities?direction=asc'))).toEqual(all.toReversed());
    for (const wrong of ['activity_types=FILL&category=trade_activity', 'page_size=101', 'page_token=x', 'date=soon'])
      expect((await broker(sim, 'GET', `/v2/account/activities?${wrong}`)).status).toBe(422);
  });
});

describe('the account', () => {
  it('has no pattern-day-trader fields, unless it is to send them still', async () => {
    await start();
    const account = row((await broker(sim, 'GET', '/v2/account')).json);
    expect(Object.keys(account).filter((key) => /pattern|daytrad/.test(key))).toEqual([]);
    await sim.close();
    await start({ pdtFields: true });
    expect(row((await broker(sim, 'GET', '/v2/account')).json)).toMatchObject({
      pattern_day_trader: false,
      daytrade_count: 0,
      daytrading_buying_power: '0',
    });
    expect(row((await broker(sim, 'GET', '/v2/account/configurations')).json)).toHaveProperty('pdt_check');
  });

  it('takes no new orders while its owner has suspended trading', async () => {
    await start();
    await client.ready();
    const path = '/v2/account/configurations';
    expect(
      row((await broker(sim, 'PATCH', path, { suspend_trade: true, max_options_trading_level: 2 })).json),
    ).toMatchObject({ suspend_trade: true, max_options_trading_level: 2, no_shorting: false });
    expect(row((await broker(sim, 'GET', '/v2/account')).json)).toMatchObject({
      trade_suspended_by_user: true,
      options_trading_level: 2,
    });
    const refused = await broker(sim, 'POST', '/v2/orders', { ...single, ...buy(CALL_740, '12.40') });
    expect([refused.status, row(refused.json)['code']]).toEqual([403, 40310000]);
    expect((await broker(sim, 'PATCH', path, { max_margin_multiplier: '3' })).status).toBe(422);
    await broker(sim, 'PATCH', path, { suspend_trade: false });
    await order(buy(CALL_740, '12.40'));
  });

  it('has a history in JSON numbers', async () => {
    await start();
    await client.ready();
    await order(buy(CALL_740, '12.40'));
    await client.ack(0);
    await client.ack(1);
    const history = row((await broker(sim, 'GET', '/v2/account/portfolio/history?period=1D&timeframe=1Min')).json);
    expect(history).toMatchObject({ base_value: 25_000, timeframe: '1Min' });
    const { timestamp, equity, profit_loss: profit } = history;
    expect(timestamp).toEqual([0, 1, 2].map((minute) => 1_452_004_260 + minute * 60));
    // Bought at 12.40 with 0.07 of fees, marked at 12.20, 12.30 and 12.40.
    expect(equity).toEqual([25_000, 24_989.9, 24_999.9].map((value) => expect.closeTo(value, 1)));
    expect(profit).toEqual([0, -10.1, -0.1].map((value) => expect.closeTo(value, 1)));
    expect((await broker(sim, 'GET', '/v2/account/portfolio/history?timeframe=7D')).status).toBe(422);
    expect((await broker(sim, 'GET', '/v2/account/portfolio/history?period=x')).status).toBe(422);
  });

  it('knows the market’s stocks', async () => {
    await start();
    const [asset] = rows(await broker(sim, 'GET', '/v2/assets'));
    expect(asset).toMatchObject({ symbol: 'GOOG', class: 'us_equity', tradable: true, attributes: ['has_options'] });
    expect(row((await broker(sim, 'GET', `/v2/assets/${String(asset?.['id'])}`)).json)).toEqual(asset);
    expect((await broker(sim, 'GET', '/v2/assets/NOPE')).status).toBe(404);
  });
});
