import { usd } from '@trading-agent/core';
import { type OptionContract, optionContract, type Order, type PositionIntent } from '@trading-agent/instruments';
import { COVERED_MARGIN } from '@trading-agent/portfolio';
import { A_CALL, A_HIGHER_CALL, after, anOrder, aQuote, aVertical } from '@trading-agent/testkit';
import { describe, expect, it } from 'vitest';
import type { OpeningIntent, RiskContext } from '../context.ts';
import { OrderEffect } from '../order-effect.ts';
import { aContext, anIntent, on, QUOTES, quotesOf } from '../testing/situation.ts';
import { dayTrading } from './day-trading.ts';
import { delivery } from './delivery.ts';
import { duplicateIntent } from './duplicate-intent.ts';
import { fatFinger } from './fat-finger.ts';
import { optionLevel } from './option-level.ts';
import { priceCollar } from './price-collar.ts';
import type { Measure, OpeningRule } from './rule.ts';
import { freshMarks } from './stale-marks.ts';
import { statedRisk } from './stated-risk.ts';
import { washTrade } from './wash-trade.ts';

const UNKNOWN = Number.MAX_SAFE_INTEGER;

function measure(rule: OpeningRule, intent: OpeningIntent, context: RiskContext): Measure {
  return rule.check({ order: intent.order, intent, context, effect: new OrderEffect(intent, context) });
}

const number = (rule: OpeningRule, intent: OpeningIntent, context = aContext()): number =>
  measure(rule, intent, context).actual;

/** One leg of `symbol`, or the vertical with the ratios. */
function of(legs: readonly (readonly [symbol: string, intent: PositionIntent, ratio?: number])[], over = {}): Order {
  return aVertical({ legs: legs.map(([symbol, intent, ratio = 1]) => ({ symbol, ratio, intent })), ...over });
}

const intentOf = (order: Order, over: Partial<OpeningIntent> = {}): OpeningIntent =>
  anIntent({ order, contracts: order.legs.map(({ symbol }) => optionContract(symbol)), ...over });

describe('delivery', () => {
  /** The contracts end tomorrow at the latest; GOOG is at 750. */
  const near = { ...on('2016-01-14') };
  const bought = intentOf(of([[A_CALL, 'buy_to_open']]));
  const holding = (contract: OptionContract, quantity: number, shares = 0): RiskContext =>
    aContext({
      ...near,
      holdings: {
        options: [{ contract, quantity }],
        stocks: shares === 0 ? [] : [{ symbol: 'GOOG', quantity: shares }],
      },
    });

  it.each([
    ['a put sold brings its strike in stock', holding(optionContract('GOOG160115P00760000'), -2), 152_000],
    ['a call sold takes the stock at its price', holding(optionContract('GOOG160115C00740000'), -1), 75_000],
    ['... but for the shares that are held', holding(optionContract('GOOG160115C00740000'), -1, 60), 30_000],
    ['... of which more than enough are no credit', holding(optionContract('GOOG160115C00740000'), -1, 500), 0],
    ['... and short shares cover nothing', holding(optionContract('GOOG160115C00740000'), -1, -100), 75_000],
    ['nothing at the money', holding(optionContract('GOOG160115P00750000'), -1), 0],
    ['nothing out of the money', holding(optionContract('GOOG160115C00760000'), -1), 0],
    ['nothing by what was bought', holding(optionContract('GOOG160115P00760000'), 1), 0],
    ['nothing that ends later', holding(optionContract('GOOG160122P00760000'), -1), 0],
    [
      'nothing that nobody can exercise early',
      holding(optionContract('GOOG160115P00760000', { style: 'european' }), -1),
      0,
    ],
  ])('%s', (_what, context, dollars) => {
    expect(number(delivery, bought, context)).toBe(dollars);
  });

  it('counts what the order sells, all its units', () => {
    const sold = intentOf(of([['GOOG160115P00760000', 'sell_to_open']], { quantity: 3 }));
    expect(number(delivery, sold, aContext(near))).toBe(228_000);
  });

  it('is limited to the stock that the account may hold: twice the equity on margin, the equity in a cash account', () => {
    expect(measure(delivery, bought, aContext(near)).limit).toBe(50_000);
    const cash = aContext({ ...near, marginTerms: { ...COVERED_MARGIN, account: 'cash' } });
    expect(measure(delivery, bought, cash).limit).toBe(25_000);
  });

  it('is not known without a price of the stock', () => {
    const market = { price: () => null };
    const context = { ...holding(optionContract('GOOG160115P00760000'), -1), market };
    expect(measure(delivery, bought, context)).toMatchObject({ passed: false, actual: UNKNOWN });
  });
});

describe('the option level', () => {
  it.each([
    ['selling what is covered', of([[A_CALL, 'sell_to_open']]), 1],
    ['buying', of([[A_CALL, 'buy_to_open']]), 2],
    ['two legs', aVertical(), 3],
  ])('for %s is %3$i', (_what, order, level) => {
    expect(measure(optionLevel, intentOf(order), aContext({ optionsLevel: level }))).toMatchObject({
      passed: true,
      limit: level,
    });
    expect(measure(optionLevel, intentOf(order), aContext({ optionsLevel: level - 1 })).passed).toBe(false);
  });
});

describe('the same order', () => {
  const before = (order: Order): RiskContext => aContext({ workingOrders: [order] });
  const ids = { clientOrderId: 'before' };

  it('is one with the same contracts, sides and ratios, whatever its limit, size and order of legs', () => {
    const turned = of(
      [
        [A_HIGHER_CALL, 'sell_to_open'],
        [A_CALL, 'buy_to_open'],
      ],
      { ...ids, limit: 1, quantity: 7 },
    );
    expect(number(duplicateIntent, anIntent(), before(turned))).toBe(1);
  });

  it.each([
    [
      'other ratios',
      [
        [A_CALL, 'buy_to_open'],
        [A_HIGHER_CALL, 'sell_to_open', 2],
      ],
    ],
    [
      'other sides',
      [
        [A_CALL, 'sell_to_open'],
        [A_HIGHER_CALL, 'buy_to_open'],
      ],
    ],
    [
      'a leg more',
      [
        [A_CALL, 'buy_to_open'],
        [A_HIGHER_CALL, 'sell_to_open'],
        ['GOOG160115C00760000', 'buy_to_open'],
      ],
    ],
    ['a leg fewer', [[A_CALL, 'buy_to_open']]],
  ] as const)('is none with %s', (_what, legs) => {
    expect(number(duplicateIntent, anIntent(), before(of(legs, ids)))).toBe(0);
  });
});

describe('a wash trade', () => {
  it.each([
    ['sell_to_close', 1],
    ['sell_to_open', 1],
    ['buy_to_close', 0],
    ['buy_to_open', 0],
  ] as const)('of a call that is bought, while a %s of it works: %i', (intent, legs) => {
    const working = anOrder({ clientOrderId: 'other', legs: [{ symbol: A_CALL, ratio: 1, intent }] });
    expect(number(washTrade, anIntent(), aContext({ workingOrders: [working] }))).toBe(legs);
  });
});

describe('ratios', () => {
  const ratio = of([
    [A_CALL, 'buy_to_open', 1],
    [A_HIGHER_CALL, 'sell_to_open', 2],
  ]);

  it('count as often as they are: contracts of the order', () => {
    expect(number(fatFinger, intentOf({ ...ratio, quantity: 4 }))).toBe(12);
  });

  it('count as often as they are: midpoints of the package', () => {
    // 12.40 - 2 x 9.55 = -6.70 net, 31.50 gross; 3.00 is 9.70 beyond.
    expect(number(priceCollar, intentOf(ratio))).toBeCloseTo((100 * 9.7) / 31.5, 4);
  });
});

describe('the stated risk of what is sold beside shares', () => {
  const nothing = { maxLossPerUnit: usd(0), committedPerUnit: usd(0), shares: 100 };
  it.each([
    ['a call', A_CALL, 0],
    ['a put, which no share covers', 'GOOG160115P00750000', UNKNOWN],
  ])('%s', (_what, symbol, understated) => {
    expect(number(statedRisk, intentOf(of([[symbol, 'sell_to_open']], { limit: -5 }), nothing))).toBe(understated);
  });
});

describe('marks', () => {
  it.each([
    [-900, 900],
    [1, 0],
    [2, UNKNOWN],
  ])('dated %d seconds from now are %d seconds old', (dated, age) => {
    const symbol = 'GOOG160115P00700000';
    const holdings = { options: [{ contract: optionContract(symbol), quantity: 1 }], stocks: [] };
    const quote = quotesOf([...QUOTES, aQuote({ symbol, at: after(dated) })]);
    expect(number(freshMarks, anIntent(), aContext({ holdings, quote }))).toBe(age);
  });
});

describe('a pattern day trader', () => {
  it.each([
    ['whose day began with enough may lose on', 25_000, 24_000, 0],
    ['whose day began with less gains no right by gaining', 24_999.99, 26_000, 4],
  ])('%s', (_what, start, now, trades) => {
    const context = aContext({
      startOfDayEquity: usd(start),
      equity: usd(now),
      dayTrades: { done: 2, pending: 1 },
    });
    expect(measure(dayTrading, anIntent(), context)).toMatchObject({ passed: trades < 4, actual: trades, limit: 3 });
  });
});
