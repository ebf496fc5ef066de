import { isTradingError } from '@trading-agent/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { optionSymbol } from './option-symbol.ts';
import {
  type Order,
  type OrderLeg,
  type PositionIntent,
  assertValidOrder,
  isTerminal,
  netPrice,
  opens,
  sideOf,
} from './order.ts';

const leg = (strike: number, intent: PositionIntent, ratio = 1, right: 'C' | 'P' = 'C'): OrderLeg => ({
  symbol: optionSymbol(`GOOG160115${right}${String(strike * 1000).padStart(8, '0')}`),
  ratio,
  intent,
});

const SHARES_SOLD: OrderLeg = { symbol: 'GOOG', ratio: 1, intent: 'sell_to_close' };

const order = (change: Partial<Order> = {}): Order => ({
  clientOrderId: 'a-1',
  underlying: 'GOOG',
  legs: [leg(750, 'buy_to_open'), leg(760, 'sell_to_open')],
  quantity: 1,
  type: 'limit',
  limit: 2.5,
  timeInForce: 'day',
  ...change,
});

describe('assertValidOrder', () => {
  it.each([
    ['a debit spread', order()],
    ['a credit spread', order({ legs: [leg(750, 'sell_to_open'), leg(760, 'buy_to_open')], limit: -2.5 })],
    ['a spread for nothing', order({ limit: 0 })],
    ['a ratio spread', order({ legs: [leg(750, 'buy_to_open'), leg(760, 'sell_to_open', 2)] })],
    ['a market order', order({ type: 'market', limit: null })],
    ['a single buy', order({ legs: [leg(750, 'buy_to_open')] })],
    ['a single sale', order({ legs: [leg(750, 'sell_to_close')], limit: -2.5 })],
    [
      'an iron condor',
      order({
        legs: [
          leg(700, 'buy_to_open', 1, 'P'),
          leg(710, 'sell_to_open', 1, 'P'),
          leg(790, 'sell_to_open'),
          leg(800, 'buy_to_open'),
        ],
        limit: -3,
      }),
    ],
    ['an id of 128 characters', order({ clientOrderId: 'x'.repeat(128) })],
    ['a sale of shares', order({ legs: [SHARES_SOLD], limit: -750 })],
    ['short shares bought back', order({ legs: [{ ...SHARES_SOLD, intent: 'buy_to_close' }], limit: 750 })],
  ])('takes %s', (_what, each) => {
    expect(() => assertValidOrder(each)).not.toThrow();
  });

  it.each([
    ['no id', order({ clientOrderId: '' }), /client order id/],
    ['an id of 129 characters', order({ clientOrderId: 'x'.repeat(129) }), /client order id/],
    ['quantity zero', order({ quantity: 0 }), /quantity/],
    ['a part of a unit', order({ quantity: 1.5 }), /quantity/],
    ['a quantity that is no number', order({ quantity: Number.NaN }), /quantity/],
    ['no legs', order({ legs: [] }), /1 to 4 legs/],
    ['five legs', order({ legs: [1, 2, 3, 4, 5].map((strike) => leg(strike, 'buy_to_open')) }), /1 to 4 legs/],
    ['one contract twice', order({ legs: [leg(750, 'buy_to_open'), leg(750, 'sell_to_open')] }), /twice/],
    ['ratio zero', order({ legs: [leg(750, 'buy_to_open', 0), leg(760, 'sell_to_open')] }), /ratio/],
    ['a broken ratio', order({ legs: [leg(750, 'buy_to_open', 0.5), leg(760, 'sell_to_open')] }), /ratio/],
    ['ratios 2:2', order({ legs: [leg(750, 'buy_to_open', 2), leg(760, 'sell_to_open', 2)] }), /common divisor/],
    ['a single leg of ratio 2', order({ legs: [leg(750, 'buy_to_open', 2)] }), /common divisor/],
    ['a limit order without limit', order({ limit: null }), /limit/],
    ['a limit that is no number', order({ limit: Number.NaN }), /limit/],
    ['an infinite limit', order({ limit: Number.POSITIVE_INFINITY }), /limit/],
    ['a market order with a limit', order({ type: 'market' }), /market order/],
    ['a single buy for a credit', order({ legs: [leg(750, 'buy_to_open')], limit: -1 }), /positive for a buy/],
    ['a single sale for a debit', order({ legs: [leg(750, 'sell_to_open')], limit: 1 }), /negative for a sell/],
    [
      'shares that are opened',
      order({ legs: [{ ...SHARES_SOLD, intent: 'sell_to_open' }], limit: -1 }),
      /never opened/,
    ],
    ['shares in a package', order({ legs: [SHARES_SOLD, leg(750, 'sell_to_open')] }), /part of a package/],
    ['shares of another stock', order({ legs: [{ ...SHARES_SOLD, symbol: 'TWX' }], limit: -1 }), /shares of TWX/],
    ['several shares a unit', order({ legs: [{ ...SHARES_SOLD, ratio: 100 }], limit: -1 }), /one share/],
    ['a single buy for nothing', order({ legs: [leg(750, 'buy_to_open')], limit: 0 }), /positive for a buy/],
  ])('refuses %s', (_what, each, why) => {
    expect(() => assertValidOrder(each)).toThrow(
      expect.toSatisfy((error) => isTradingError(error, 'ORDER_INVALID') && why.test(error.message)),
    );
  });

  it('refuses legs on different underlyings', () => {
    const foreign: OrderLeg = { symbol: optionSymbol('TWX160115C00065000'), ratio: 1, intent: 'sell_to_open' };
    expect(() => assertValidOrder(order({ legs: [leg(750, 'buy_to_open'), foreign] }))).toThrow(/GOOG, TWX/);
  });

  it('takes an index order whose legs carry the roots of one index', () => {
    const spx = (symbol: string, intent: PositionIntent): OrderLeg => ({
      symbol: optionSymbol(symbol),
      ratio: 1,
      intent,
    });
    const legs = [spx('SPXW160115C02000000', 'buy_to_open'), spx('SPX160115C02010000', 'sell_to_open')];
    expect(() => assertValidOrder(order({ underlying: 'SPX', legs }))).not.toThrow();
  });
});

describe('netPrice', () => {
  it('is positive for a debit and negative for a credit, per unit and share', () => {
    expect(netPrice([leg(750, 'buy_to_open')], [12.35])).toBe(12.35);
    expect(netPrice([leg(750, 'sell_to_close')], [12.35])).toBe(-12.35);
    expect(netPrice([leg(750, 'buy_to_open'), leg(760, 'sell_to_open')], [12.35, 7.2])).toBe(5.15);
    expect(netPrice([leg(750, 'buy_to_open'), leg(760, 'sell_to_open', 2)], [12.35, 7.2])).toBe(-2.05);
    expect(Object.is(netPrice([leg(750, 'sell_to_open'), leg(760, 'buy_to_open')], [1, 1]), 0)).toBe(true);
  });

  it('is not a number when a price is missing', () => {
    expect(netPrice([leg(750, 'buy_to_open'), leg(760, 'sell_to_open')], [12.35])).toBeNaN();
  });

  it('is exact on the cent grid and turns its sign with the sides', () => {
    const legs = fc.array(
      fc.record({
        buy: fc.boolean(),
        ratio: fc.integer({ min: 1, max: 10 }),
        cents: fc.integer({ min: 0, max: 1_000_000 }),
      }),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(legs, (list) => {
        const prices = list.map(({ cents }) => cents / 100);
        const build = (flip: boolean) =>
          list.map(({ buy, ratio }, index) => leg(700 + index, buy === flip ? 'sell_to_open' : 'buy_to_open', ratio));
        const exact = list.reduce((sum, { buy, ratio, cents }) => sum + (buy ? 1 : -1) * ratio * cents, 0);
        expect(netPrice(build(false), prices)).toBe(exact / 100 + 0);
        expect(netPrice(build(true), prices)).toBe(-exact / 100 + 0);
      }),
    );
  });
});

describe('order words', () => {
  it('knows which intents buy, which open, and which states are final', () => {
    const intents: PositionIntent[] = ['buy_to_open', 'buy_to_close', 'sell_to_open', 'sell_to_close'];
    expect(intents.map(sideOf)).toEqual(['buy', 'buy', 'sell', 'sell']);
    expect(intents.map(opens)).toEqual([true, false, true, false]);
    expect((['filled', 'canceled', 'expired', 'rejected'] as const).every(isTerminal)).toBe(true);
    expect((['new', 'partially_filled'] as const).some(isTerminal)).toBe(false);
  });
});
