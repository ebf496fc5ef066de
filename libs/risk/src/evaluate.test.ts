import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson, micros, usd, usdFromMicros } from '@trading-agent/core';
import { type OptionContract, optionContract, optionSymbol, type Order } from '@trading-agent/instruments';
import { COVERED_MARGIN } from '@trading-agent/portfolio';
import { A_CALL, A_HIGHER_CALL, AN_INSTANT, after, anOrder, aQuote, aVertical } from '@trading-agent/testkit';
import { describe, expect, it } from 'vitest';
import type { ClosedTrade, OpeningIntent, RecentOrder, RiskContext } from './context.ts';
import { evaluateClosing, evaluateOpening, type RiskVerdict } from './evaluate.ts';
import { OPENING_RULES } from './opening-rules.ts';
import { aContext, anExposure, anIntent, HOUSE, on, QUOTES, quotesOf, SESSION } from './testing/situation.ts';

const [boughtQuote = aQuote(), soldQuote = aQuote()] = QUOTES;
/** Held beside the order, far out of the money. */
const FAR = optionSymbol('GOOG160115C00850000');

/** Rule, number and limit of what failed. */
function failures(verdict: RiskVerdict): unknown[] {
  return verdict.kind === 'approved' ? [] : verdict.failed.map(({ rule, actual, limit }) => [rule, actual, limit]);
}

const five = Array.from({ length: 5 }, () => anExposure());
const closing = aVertical({
  legs: [
    { symbol: A_CALL, ratio: 1, intent: 'buy_to_open' },
    { symbol: A_HIGHER_CALL, ratio: 1, intent: 'sell_to_close' },
  ],
});
/** Options on 90 shares after a spin-off. */
const adjusted = [optionContract(A_CALL, { adjusted: true }), optionContract(A_HIGHER_CALL)];
const borrowed = [A_CALL, A_HIGHER_CALL].map((symbol) => optionContract(symbol, { underlying: 'TWX' }));

/** An order that has nothing in common with the vertical. */
function another(id: number, secondsAgo: number): RecentOrder {
  const symbol = optionSymbol(`TWX160115P000${60 + (id % 40)}000`);
  const order = anOrder({
    clientOrderId: `other-${id}`,
    legs: [{ symbol, ratio: 1, intent: 'buy_to_open' }],
    limit: 1,
  });
  return { at: after(-secondsAgo), order };
}

const others = (count: number, secondsAgo: number): RecentOrder[] =>
  Array.from({ length: count }, (_, id) => another(id, secondsAgo));

function trade(over: Partial<ClosedTrade> & { readonly minutesAgo: number }): ClosedTrade {
  const { minutesAgo, ...rest } = over;
  return { underlying: 'GOOG', closedAt: after(-60 * minutesAgo), profit: usd(10), stopped: false, ...rest };
}

/** The greeks of one unit within a hair of what is allowed. */
function greeks(scope: 'underlying' | 'net', name: 'delta' | 'gamma' | 'vega' | 'theta'): RiskContext {
  return aContext({ limits: { greeks: { ...HOUSE.greeks, [scope]: { ...HOUSE.greeks[scope], [name]: 1e-6 } } } });
}

const MODEL_BELOW = (contract: OptionContract): number => (contract.symbol === A_CALL ? 6 : 9.55);
const expensive = { price: (symbol: string) => (symbol === 'GOOG' ? 760 : symbol === A_CALL ? 12.4 : 9.55) };

const SOLE_REFUSALS: readonly [failed: readonly [string, unknown, unknown], why: string, OpeningIntent, RiskContext][] =
  [
    [['halted', 1, 0], 'an operator halted', anIntent(), aContext({ halted: 'kill switch' })],
    [['account-tradable', 0, 1], 'the broker blocks the account', anIntent(), aContext({ accountTradable: false })],
    [['session-hours', 0, 0], 'it is the close', anIntent(), aContext({ session: { ...SESSION, close: AN_INSTANT } })],
    [
      ['session-hours', -1, 0],
      'it is before the open',
      anIntent(),
      aContext({ session: { ...SESSION, open: after(1) } }),
    ],
    [['opens-only', 1, 0], 'a leg closes', anIntent({ order: closing }), aContext()],
    [
      ['tradable-contracts', 1, 0],
      'a contract is adjusted, which covers nothing',
      anIntent({ contracts: adjusted }),
      aContext({ marginTerms: { ...COVERED_MARGIN, uncovered: true } }),
    ],
    [['tradable-contracts', 2, 0], 'the contracts are of another stock', anIntent({ contracts: borrowed }), aContext()],
    [['stated-risk', 1, 0], 'the loss is understated by $1', anIntent({ maxLossPerUnit: usd(299) }), aContext()],
    [['stated-risk', 1, 0], 'the capital is understated by $1', anIntent({ committedPerUnit: usd(299) }), aContext()],
    [
      ['quoted-sides', 1, 0],
      'nobody bids for what is sold',
      anIntent(),
      aContext({ quote: quotesOf([boughtQuote, { ...soldQuote, bid: 0 }]) }),
    ],
    [
      ['stale-quotes', 91, 90],
      'a quote is 91 s old',
      anIntent(),
      aContext({ quote: quotesOf([boughtQuote, { ...soldQuote, at: after(-91) }]) }),
    ],
    [
      ['stale-quotes', Number.MAX_SAFE_INTEGER, 90],
      'a quote is from the future',
      anIntent(),
      aContext({ quote: quotesOf([boughtQuote, { ...soldQuote, at: after(2) }]) }),
    ],
    [
      ['stale-marks', 901, 900],
      'what is held was last quoted 901 s ago',
      anIntent(),
      aContext({
        holdings: { options: [{ contract: optionContract(FAR), quantity: 1 }], stocks: [] },
        quote: quotesOf([boughtQuote, soldQuote, { ...soldQuote, symbol: FAR, bid: 0.4, ask: 0.5, at: after(-901) }]),
      }),
    ],
    [['option-level', 2, 3], 'spreads are not allowed', anIntent(), aContext({ optionsLevel: 2 })],
    [['daily-loss', 5, 5], 'the day has lost 5%', anIntent(), aContext({ equity: usd(23_750) })],
    [['max-positions', 6, 5], 'five are open', anIntent(), aContext({ exposures: five })],
    [['risk-per-trade', 300, 275], 'a unit loses $300', anIntent(), aContext({ limits: { riskPerTrade: 0.011 } })],
    [
      ['position-size', 5_001, 5_000],
      'GOOG already binds $4,701',
      anIntent(),
      aContext({ exposures: [anExposure({ underlying: 'GOOG', committed: usd(4_701) })] }),
    ],
    [
      ['portfolio-risk', 3_751, 3_750],
      '$3,451 are at risk already',
      anIntent(),
      aContext({ exposures: [anExposure({ maxLoss: usd(3_451) })] }),
    ],
    [
      ['correlation', 0.71, 0.7],
      'it moves with what is held',
      anIntent(),
      aContext({ exposures: [anExposure()], correlation: () => 0.71 }),
    ],
    [
      ['correlation', 0.9, 0.7],
      'it moves against what is held',
      anIntent(),
      aContext({ exposures: [anExposure()], correlation: () => -0.9 }),
    ],
    [
      ['correlation', 1, 0.7],
      'the history is too short',
      anIntent(),
      aContext({ exposures: [anExposure()], correlation: () => null }),
    ],
    [
      ['opposite-held', 1, 0],
      'another structure is short the call',
      anIntent(),
      aContext({ exposure: (symbol) => (symbol === A_CALL ? -1 : 0) }),
    ],
    [['buying-power', 300, 299.99], 'a cent is missing', anIntent(), aContext({ availableFunds: usd(299.99) })],
    // (3.00 - 2.85) / (12.40 + 9.55)
    [['price-collar', 0.6834, 0.5], 'the market is too wide', anIntent(), aContext({ orders: { priceCollar: 0.005 } })],
    [['order-rate', 61, 60], 'sixty were sent within the hour', anIntent(), aContext({ recentOrders: others(60, 61) })],
    [
      ['order-burst', 11, 10],
      'ten were sent within the minute',
      anIntent(),
      aContext({ recentOrders: others(10, 59) }),
    ],
    [
      ['duplicate-intent', 1, 0],
      'the same legs were sent half a minute ago',
      anIntent(),
      aContext({ recentOrders: [{ at: after(-30), order: aVertical({ clientOrderId: 'before', limit: 2.9 }) }] }),
    ],
    [
      ['duplicate-intent', 1, 0],
      'an order of that id was sent long ago',
      anIntent(),
      aContext({
        recentOrders: [{ ...another(1, 3_000), order: { ...another(1, 0).order, clientOrderId: 'vertical-1' } }],
      }),
    ],
    [
      ['duplicate-intent', 1, 0],
      'the same legs are still working',
      anIntent(),
      aContext({ workingOrders: [aVertical({ clientOrderId: 'before' })] }),
    ],
    [
      ['wash-trade', 1, 0],
      'the call is being sold elsewhere',
      anIntent(),
      aContext({
        workingOrders: [anOrder({ legs: [{ symbol: A_CALL, ratio: 1, intent: 'sell_to_close' }], limit: -12 })],
      }),
    ],
    [['fat-finger', 2, 1], 'the order has two contracts', anIntent(), aContext({ orders: { maxContracts: 1 } })],
    // (3.00 - (6.00 - 9.55)) / (6.00 + 9.55)
    [
      ['model-price', 42.1222, 35],
      'the neighbours say it is worth less',
      anIntent(),
      aContext({ valuation: { modelPrice: MODEL_BELOW } }),
    ],
    [
      ['model-price', Number.MAX_SAFE_INTEGER, 35],
      'there are no neighbours',
      anIntent(),
      aContext({ valuation: { modelPrice: () => null } }),
    ],
    [
      ['expiry-day', 22, 23],
      'it expires too soon',
      anIntent(),
      aContext({ limits: { expiry: { minDays: 23, deliveryDays: 2 } } }),
    ],
    // 100 shares at $760 against twice the equity.
    [
      ['delivery', 76_000, 50_000],
      'the call sold is in the money and may be assigned',
      anIntent(),
      aContext({ market: expensive, limits: { expiry: { minDays: 1, deliveryDays: 22 } } }),
    ],
    [
      ['day-trading', 4, 3],
      'a small account has no day trade left',
      anIntent(),
      aContext({ equity: usd(24_000), startOfDayEquity: usd(24_000), dayTrades: { done: 2, pending: 1 } }),
    ],
    [
      ['day-trading', 300, 299.99],
      'maintenance margin would be owed within the day',
      anIntent(),
      aContext({
        ...on('2026-06-04'),
        maintenanceExcess: usd(299.99),
        limits: { expiry: { minDays: -9_999, deliveryDays: -9_999 } },
      }),
    ],
    [
      ['cooldown', 60, 1_800],
      'the last trade in it lost a minute ago',
      anIntent(),
      aContext({ history: { closedTrades: [trade({ minutesAgo: 1, profit: usd(-1) })] } }),
    ],
    [
      ['stop-loss-guard', 3, 2],
      'three stops were hit elsewhere',
      anIntent(),
      aContext({
        history: {
          closedTrades: [1, 2, 119].map((minutesAgo) => trade({ minutesAgo, underlying: 'TWX', stopped: true })),
        },
      }),
    ],
    [
      ['drawdown-lock', 4, 4],
      'the session fell 4% from its peak',
      anIntent(),
      aContext({ history: { drawdown: 0.04 } }),
    ],
    [
      ['low-profit-lock', -1, 0],
      'three trades in it earned nothing',
      anIntent(),
      aContext({
        history: {
          closedTrades: [-31, 20, 10].map((profit, index) => trade({ minutesAgo: 60 - index, profit: usd(profit) })),
        },
      }),
    ],
    [
      ['volatility-halt', 5, 4],
      'it moves five times as much',
      anIntent(),
      aContext({ history: { volatilityRatio: () => 5 } }),
    ],
    [
      ['volatility-halt', Number.MAX_SAFE_INTEGER, 4],
      'its volatility is not known',
      anIntent(),
      aContext({ history: { volatilityRatio: () => null } }),
    ],
    ...(['underlying', 'net'] as const).flatMap((scope) =>
      (['delta', 'gamma', 'vega', 'theta'] as const).map(
        (name): [[string, unknown, unknown], string, OpeningIntent, RiskContext] => [
          [`${scope}-${name}`, expect.any(Number), 0.0001],
          `${scope} ${name} is all but used up`,
          anIntent(),
          greeks(scope, name),
        ],
      ),
    ),
    [
      ['stress-loss', expect.any(Number), 25],
      'the grid shows a loss of more than $25',
      anIntent(),
      aContext({ limits: { stress: { ...HOUSE.stress, maxLoss: 0.001 } } }),
    ],
  ];

describe('an order that opens', () => {
  it('passes when nothing speaks against it, with the numbers of every rule', () => {
    const verdict = evaluateOpening(anIntent(), aContext());
    expect(failures(verdict)).toEqual([]);
    expect(verdict.kind === 'approved' && verdict.approved.checks.length).toBe(OPENING_RULES.length);
    expect(verdict.kind === 'approved' && verdict.approved.order).toEqual(aVertical());
  });

  it.each(SOLE_REFUSALS)('is refused by %s alone when %s', (failed, _why, intent, context) => {
    expect(failures(evaluateOpening(intent, context))).toEqual([failed]);
  });

  it('is refused alone by every rule there is', () => {
    const verdict = evaluateOpening(anIntent(), aContext());
    const rules = verdict.kind === 'approved' ? verdict.approved.checks.map(({ rule }) => rule) : [];
    expect(rules).toEqual(OPENING_RULES.map(({ code }) => code));
    expect(new Set(rules).size).toBe(OPENING_RULES.length);
    expect(rules.filter((rule) => !SOLE_REFUSALS.some(([[refused]]) => refused === rule))).toEqual([]);
  });

  it('finds every rule explained in docs/risk.md', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/risk.md'), 'utf8');
    const told = new Set([...page.matchAll(/`([a-z-]+)`/g)].map(([, name = '']) => name));
    // A row names its first rule in full and the others by what differs.
    const isTold = (code: string): boolean => told.has(code) || told.has(code.replace(/^underlying/, ''));
    expect(OPENING_RULES.map(({ code }) => code).filter((code) => !isTold(code))).toEqual([]);
  });

  it('passes at the very limit of what is counted in dollars, orders and seconds', () => {
    const context = aContext({
      equity: usd(10_000),
      startOfDayEquity: usd(10_000),
      availableFunds: usd(300),
      recentOrders: others(59, 61),
      session: { open: AN_INSTANT, close: micros(AN_INSTANT + 1) },
      exposures: [
        anExposure({ maxLoss: usd(900), committed: usd(1) }),
        anExposure({ underlying: 'GOOG', maxLoss: usd(300), committed: usd(1_700) }),
        anExposure({ maxLoss: usd(0) }),
        anExposure({ maxLoss: usd(0) }),
      ],
      correlation: () => 0.7,
      quote: quotesOf(QUOTES.map((quote) => ({ ...quote, at: after(-90) }))),
    });
    expect(failures(evaluateOpening(anIntent(), context))).toEqual([]);
  });

  it('is told every rule that it breaks, in order', () => {
    const context = aContext({ halted: 'x', optionsLevel: 0, recentOrders: others(99, 61) });
    expect(failures(evaluateOpening(anIntent(), context)).map((failed) => JSON.stringify(failed))).toEqual([
      '["halted",1,0]',
      '["option-level",0,3]',
      '["order-rate",100,60]',
    ]);
  });

  it('with a loss that has no bound never passes, whatever is stated', () => {
    const naked = anOrder({ legs: [{ symbol: A_CALL, ratio: 1, intent: 'sell_to_open' }], limit: -12.3 });
    const contracts = [optionContract(A_CALL)];
    const of = (maxLossPerUnit: OpeningIntent['maxLossPerUnit']): unknown[] =>
      failures(evaluateOpening({ order: naked, contracts, maxLossPerUnit, committedPerUnit: usd(1) }, aContext())).map(
        (failed) => Array.isArray(failed) && failed[0],
      );
    expect(of(null)).toEqual(['risk-per-trade', 'portfolio-risk', 'stress-loss', 'buying-power']);
    expect(of(usd(100))).toEqual(['stated-risk', 'stress-loss', 'buying-power']);
  });

  it('at any price never passes', () => {
    const market = anIntent({ order: aVertical({ type: 'market', limit: null }) });
    expect(failures(evaluateOpening(market, aContext())).map((failed) => Array.isArray(failed) && failed[0])).toEqual([
      'stated-risk',
      'buying-power',
      'price-collar',
      'model-price',
    ]);
  });

  it('against a crossed or half-quoted market never passes', () => {
    for (const broken of [{ bid: 9.7 }, { ask: null }, { bid: null }, { bid: Number.NaN }]) {
      const quote = quotesOf([boughtQuote, { ...soldQuote, ...broken }]);
      expect(evaluateOpening(anIntent(), aContext({ quote })).kind).toBe('refused');
    }
  });

  it('of an account that started with nothing, or less, never passes', () => {
    for (const equity of [usd(0), usd(-100)]) {
      const context = aContext({ startOfDayEquity: equity, equity });
      expect(failures(evaluateOpening(anIntent(), context))).toContainEqual(['daily-loss', Number.MAX_SAFE_INTEGER, 5]);
    }
  });

  it('that is malformed is a defect, not a refusal', () => {
    expect(() => evaluateOpening(anIntent({ order: aVertical({ quantity: 0 }) }), aContext())).toThrow(
      expect.objectContaining({ code: 'ORDER_INVALID' }),
    );
  });
});

describe('a call sold against shares', () => {
  const order = anOrder({ legs: [{ symbol: A_CALL, ratio: 1, intent: 'sell_to_open' }], limit: -12.3 });
  const covered: OpeningIntent = {
    order,
    contracts: [optionContract(A_CALL)],
    maxLossPerUnit: usd(0),
    committedPerUnit: usd(0),
    shares: 100,
  };
  const rich = { equity: usd(250_000), startOfDayEquity: usd(250_000), availableFunds: usd(0) };
  const holding = (shares: number): RiskContext =>
    aContext({ ...rich, holdings: { options: [], stocks: [{ symbol: 'GOOG', quantity: shares }] } });

  it('passes when they are held, and needs no money', () => {
    const verdict = evaluateOpening(covered, holding(100));
    expect(failures(verdict)).toEqual([]);
    expect(evaluateOpening({ ...covered, order: { ...order, quantity: 3 } }, holding(250))).toMatchObject({
      kind: 'reduced',
      approved: { order: { quantity: 2 } },
    });
  });

  it('is uncovered when they are not', () => {
    expect(failures(evaluateOpening(covered, holding(99)))).toEqual([['buying-power', Number.MAX_SAFE_INTEGER, 0]]);
  });

  it('does not pass for covered with fewer than it needs', () => {
    expect(failures(evaluateOpening({ ...covered, shares: 99 }, holding(100)))).toEqual([
      ['stated-risk', Number.MAX_SAFE_INTEGER, 0],
    ]);
  });
});

describe('an order that is too large', () => {
  const asked = (quantity: number): Order => aVertical({ quantity });

  it('is reduced to the most units that pass, with the evidence for them and for what was asked', () => {
    const verdict = evaluateOpening(anIntent({ order: asked(5) }), aContext());
    expect(verdict).toMatchObject({
      kind: 'reduced',
      asked: 5,
      failed: [{ rule: 'risk-per-trade', actual: 1_500, limit: 750 }],
      approved: { order: { quantity: 2 } },
    });
    if (verdict.kind !== 'reduced') return;
    expect(verdict.approved.checks.map(({ rule }) => rule)).toEqual(OPENING_RULES.map(({ code }) => code));
    expect(verdict.approved.checks.find(({ rule }) => rule === 'risk-per-trade')).toMatchObject({ actual: 600 });
  });

  it('is reduced by the tightest rule, whichever it is', () => {
    const most = (context: RiskContext): unknown => {
      const verdict = evaluateOpening(anIntent({ order: asked(9) }), context);
      return verdict.kind === 'reduced' ? verdict.approved.order.quantity : verdict.kind;
    };
    const rich = { equity: usd(250_000), startOfDayEquity: usd(250_000), maintenanceExcess: usd(250_000) };
    expect(most(aContext({ ...rich, availableFunds: usd(1_000) }))).toBe(3);
    expect(most(aContext({ ...rich, availableFunds: usd(250_000), orders: { maxContracts: 13 } }))).toBe(6);
    expect(
      most(aContext({ ...rich, availableFunds: usd(250_000), exposures: [anExposure({ maxLoss: usd(36_300) })] })),
    ).toBe(4);
    expect(most(aContext({ ...rich, availableFunds: usd(250_000) }))).toBe('approved');
  });

  it('finds the most units among very many', () => {
    const millions = usd(100_000_000);
    const context = aContext({
      equity: millions,
      startOfDayEquity: millions,
      availableFunds: usd(300 * 777 + 299),
      maintenanceExcess: millions,
      orders: { maxContracts: 100_000 },
    });
    const verdict = evaluateOpening(anIntent({ order: asked(9_999) }), context);
    expect(verdict.kind === 'reduced' && verdict.approved.order.quantity).toBe(777);
  });

  it('is refused when one unit is too much, with the numbers of one unit', () => {
    const verdict = evaluateOpening(anIntent({ order: asked(5) }), aContext({ limits: { riskPerTrade: 0.011 } }));
    expect(verdict).toMatchObject({ kind: 'refused', quantity: 1, failed: [{ rule: 'risk-per-trade', actual: 300 }] });
  });

  it('is refused when something else is in the way as well', () => {
    const verdict = evaluateOpening(anIntent({ order: asked(5) }), aContext({ halted: 'x' }));
    expect(verdict).toMatchObject({
      kind: 'refused',
      quantity: 5,
      failed: [{ rule: 'halted' }, { rule: 'risk-per-trade', actual: 1_500 }],
    });
  });
});

describe('a number that is none', () => {
  const nan = usdFromMicros(1) * Number.NaN;
  const limits = ['maxPositions', 'riskPerTrade', 'maxPositionSize', 'dailyLoss', 'portfolioRisk', 'correlation'];
  const orders = Object.keys(HOUSE.orders).filter((name) => name !== 'duplicateSeconds');

  it.each(['equity', 'startOfDayEquity', 'availableFunds', 'optionsLevel', 'at'])(
    'in the account (%s) never passes and can be journaled',
    (field) => {
      const verdict = evaluateOpening(anIntent(), { ...aContext(), [field]: nan });
      expect(verdict.kind).toBe('refused');
      expect(canonicalJson(verdict)).toContain('refused');
    },
  );

  it.each(limits)('as the limit %s never passes and can be journaled', (limit) => {
    const context = aContext({ limits: { [limit]: nan }, exposures: [anExposure()] });
    const verdict = evaluateOpening(anIntent(), context);
    expect(verdict.kind).toBe('refused');
    expect(canonicalJson(verdict)).toContain('refused');
  });

  it.each(orders)('as the order limit %s never passes and can be journaled', (limit) => {
    const verdict = evaluateOpening(anIntent(), aContext({ orders: { [limit]: nan } }));
    expect(verdict.kind).toBe('refused');
    expect(canonicalJson(verdict)).toContain('refused');
  });

  it('as a volatility or a price of the stock makes the risk unknown, of what is held as well', () => {
    const held = { options: [{ contract: optionContract('TWX160115C00070000'), quantity: 1 }], stocks: [] };
    const unknown = [
      aContext({ valuation: { volatility: () => null } }),
      aContext({ valuation: { volatility: () => nan } }),
      aContext({ market: { price: (symbol) => (symbol === 'GOOG' ? null : 12.4) } }),
      aContext({ holdings: held }),
    ];
    for (const context of unknown) {
      const verdict = evaluateOpening(anIntent(), context);
      expect(failures(verdict).map((failed) => Array.isArray(failed) && failed[0])).toContain('net-delta');
      expect(failures(verdict).map((failed) => Array.isArray(failed) && failed[0])).toContain('stress-loss');
      expect(canonicalJson(verdict)).toContain('refused');
    }
  });

  it('as a correlation (a stock that did not move) never passes and can be journaled', () => {
    const verdict = evaluateOpening(anIntent(), aContext({ exposures: [anExposure()], correlation: () => nan }));
    expect(failures(verdict)).toEqual([['correlation', Number.MAX_SAFE_INTEGER, 0.7]]);
    expect(canonicalJson(verdict)).toContain('refused');
  });

  it('as what is held can not be closed', () => {
    const order = anOrder({ legs: [{ symbol: A_CALL, ratio: 1, intent: 'sell_to_close' }], limit: -12.3 });
    expect(failures(evaluateClosing({ order, held: () => nan }, aContext()))).toEqual([
      ['closes-held', Number.MAX_SAFE_INTEGER, 0],
    ]);
  });
});

describe('an order that closes', () => {
  const order = aVertical({
    legs: [
      { symbol: A_CALL, ratio: 1, intent: 'sell_to_close' },
      { symbol: A_HIGHER_CALL, ratio: 1, intent: 'buy_to_close' },
    ],
    quantity: 2,
    limit: -2.7,
  });
  const holding =
    (long: number, short: number) =>
    (symbol: string): number =>
      symbol === A_CALL ? long : symbol === A_HIGHER_CALL ? short : 0;

  it('passes in a halted, blocked, losing and over-full account: it takes risk away', () => {
    const context = aContext({
      halted: 'kill switch',
      accountTradable: false,
      equity: usd(1),
      availableFunds: usd(-5_000),
      exposures: five,
      recentOrders: others(1_000, 1),
      quote: quotesOf(QUOTES.map((quote) => ({ ...quote, at: after(-3_600) }))),
    });
    expect(failures(evaluateClosing({ order, held: holding(2, -2) }, context))).toEqual([]);
  });

  it.each([
    ['less is held than it would sell', 1, -2, 1],
    ['less is owed than it would buy', 2, -1, 1],
    ['nothing is held', 0, 0, 2],
    ['the positions are the other way round', -2, 2, 2],
    ['one leg is gone', 2, 0, 2],
  ])('is refused when %s', (_why, long, short, excess) => {
    expect(failures(evaluateClosing({ order, held: holding(long, short) }, aContext()))).toEqual([
      ['closes-held', excess, 0],
    ]);
  });

  it('is refused when a leg of it opens', () => {
    const legs = [
      { symbol: A_CALL, ratio: 1, intent: 'sell_to_close' },
      { symbol: A_HIGHER_CALL, ratio: 1, intent: 'sell_to_open' },
    ] as const;
    const verdict = evaluateClosing({ order: { ...order, legs }, held: holding(2, 2) }, aContext());
    expect(failures(verdict)).toEqual([['closes-held', 2, 0]]);
  });

  it('is refused outside the session and where a side is not quoted', () => {
    const intent = { order, held: holding(2, -2) };
    const closed = aContext({ session: { ...SESSION, close: AN_INSTANT } });
    expect(failures(evaluateClosing(intent, closed))).toEqual([['session-hours', 0, 0]]);
    const unquoted = aContext({
      quote: quotesOf([
        { ...boughtQuote, bid: null },
        { ...soldQuote, ask: null },
      ]),
    });
    expect(failures(evaluateClosing(intent, unquoted))).toEqual([['quoted-sides', 2, 0]]);
  });
});
