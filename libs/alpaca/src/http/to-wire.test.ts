import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { optionSymbol } from '@trading-agent/instruments';
import { aVertical, anOrder } from '@trading-agent/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROTOCOLS } from '../testing/shared-data.ts';
import { toBrokerOrder } from './from-wire.ts';
import { orderSchema } from './models.ts';
import { orderRequest } from './to-wire.ts';

const BOUGHT = optionSymbol('AAPL241213C00250000');
const SOLD = optionSymbol('AAPL241213C00260000');

describe('a single leg', () => {
  it('that is bought has a side, an intent and a positive limit', () => {
    expect(orderRequest(anOrder({ limit: 12.5, quantity: 2 }))).toEqual({
      client_order_id: 'order-1',
      symbol: 'GOOG160115C00750000',
      qty: '2',
      side: 'buy',
      position_intent: 'buy_to_open',
      type: 'limit',
      limit_price: '12.50',
      time_in_force: 'day',
    });
  });

  it('that is sold has a positive limit too, though its credit is negative inside', () => {
    const legs = [{ symbol: BOUGHT, ratio: 1, intent: 'sell_to_close' }] as const;
    expect(orderRequest(anOrder({ legs, limit: -0.0575 }))).toMatchObject({ side: 'sell', limit_price: '0.0575' });
  });

  it('at market has no limit', () => {
    expect(orderRequest(anOrder({ type: 'market', limit: null }))).not.toHaveProperty('limit_price');
  });
});

it('shares are a ticker, a side and a positive limit; the intent is of options alone', () => {
  const legs = [{ symbol: 'GOOG', ratio: 1, intent: 'sell_to_close' }] as const;
  expect(orderRequest(anOrder({ legs, limit: -750.25, quantity: 100 }))).toEqual({
    client_order_id: 'order-1',
    symbol: 'GOOG',
    qty: '100',
    side: 'sell',
    type: 'limit',
    limit_price: '750.25',
    time_in_force: 'day',
  });
});

describe('a package', () => {
  it('keeps the sign of its net limit and names no symbol or side of its own', () => {
    const request = orderRequest(aVertical({ limit: -1.27 }));
    expect(request).toMatchObject({ order_class: 'mleg', limit_price: '-1.27', qty: '1' });
    expect(Object.keys(request)).not.toEqual(expect.arrayContaining(['symbol']));
    expect(Object.keys(request)).not.toEqual(expect.arrayContaining(['side']));
  });

  it('does not carry the dust of doubles to the broker', () => {
    expect(orderRequest(aVertical({ limit: 0.1 + 0.2 }))).toMatchObject({ limit_price: '0.30' });
  });
});

it('sends nothing that breaks a rule of orders', () => {
  expect(() => orderRequest(anOrder({ quantity: 0 }))).toThrow(expect.objectContaining({ code: 'ORDER_INVALID' }));
});

it('gives back the same order when the broker shows what it was sent', () => {
  const cents = fc.integer({ min: 1, max: 5_000 }).map((value) => value / 100);
  const single = fc
    .record({
      limit: cents,
      quantity: fc.integer({ min: 1, max: 500 }),
      intent: fc.constantFrom('buy_to_open', 'buy_to_close', 'sell_to_open', 'sell_to_close'),
    })
    .map(({ limit, quantity, intent }) =>
      anOrder({
        quantity,
        legs: [{ symbol: BOUGHT, ratio: 1, intent }],
        limit: intent.startsWith('buy') ? limit : -limit,
        underlying: 'AAPL',
      }),
    );
  const ratios = fc.constantFrom([1, 1], [1, 2], [3, 1], [2, 3]);
  const pack = fc
    .record({ limit: cents, credit: fc.boolean(), quantity: fc.integer({ min: 1, max: 500 }), ratios })
    .map(({ limit, credit, quantity, ratios: [first = 1, second = 1] }) =>
      anOrder({
        quantity,
        underlying: 'AAPL',
        legs: [
          { symbol: BOUGHT, ratio: first, intent: 'buy_to_open' },
          { symbol: SOLD, ratio: second, intent: 'sell_to_open' },
        ],
        limit: credit ? -limit : limit,
      }),
    );
  const shares = fc
    .record({ limit: cents, quantity: fc.integer({ min: 1, max: 5_000 }), sold: fc.boolean() })
    .map(({ limit, quantity, sold }) =>
      anOrder({
        quantity,
        underlying: 'BRK.B',
        legs: [{ symbol: 'BRK.B', ratio: 1, intent: sold ? 'sell_to_close' : 'buy_to_close' }],
        limit: sold ? -limit : limit,
      }),
    );
  fc.assert(
    fc.property(fc.oneof(single, pack, shares), (order) => {
      const shown = orderSchema.parse({ id: 'b-1', status: 'new', ...orderRequest(order) });
      expect(toBrokerOrder(shown).order).toEqual(order);
    }),
  );
  expect.hasAssertions();
});

const REQUESTS = join(PROTOCOLS, 'openapi-examples');
describe.skipIf(!existsSync(REQUESTS))(`official requests in ${REQUESTS}`, () => {
  const official = (file: string): unknown => JSON.parse(readFileSync(join(REQUESTS, file), 'utf8'));

  it('of a package: ours says the same', () => {
    const order = anOrder({
      quantity: 3,
      limit: 10,
      legs: [
        { symbol: BOUGHT, ratio: 3, intent: 'buy_to_open' },
        { symbol: SOLD, ratio: 1, intent: 'sell_to_open' },
      ],
    });
    expect({ ...orderRequest(order), limit_price: '10' }).toMatchObject(
      Object(official('POST_v2__orders__request_MultilegOptions.json')),
    );
  });

  it('of a single leg: ours says the same', () => {
    const legs = [{ symbol: optionSymbol('AAPL250620C00100000'), ratio: 1, intent: 'buy_to_open' }] as const;
    const request = orderRequest(anOrder({ quantity: 2, limit: 10, legs }));
    expect({ ...request, limit_price: '10' }).toMatchObject(Object(official('POST_v2__orders__request_Options.json')));
  });
});
