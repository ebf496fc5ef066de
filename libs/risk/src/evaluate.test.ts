import { canonicalJson, micros, usd, usdFromMicros } from '@trading-agent/core';
import { optionContract } from '@trading-agent/instruments';
import { A_CALL, A_HIGHER_CALL, AN_INSTANT, after, anOrder, aQuote, aVertical } from '@trading-agent/testkit';
import { describe, expect, it } from 'vitest';
import type { OpeningIntent, RiskContext } from './context.ts';
import { evaluateClosing, evaluateOpening, OPENING_RULES, type RiskVerdict } from './evaluate.ts';
import { aContext, anExposure, anIntent, QUOTES, quotesOf, SESSION } from './testing/situation.ts';

const [boughtQuote = aQuote(), soldQuote = aQuote()] = QUOTES;

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
const borrowed = [optionContract(A_CALL, { underlying: 'TWX' }), optionContract(A_HIGHER_CALL)];

const SOLE_REFUSALS: readonly [failed: readonly [string, number, number], why: string, OpeningIntent, RiskContext][] = [
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
  [['tradable-contracts', 1, 0], 'a contract is adjusted', anIntent({ contracts: adjusted }), aContext()],
  [['tradable-contracts', 1, 0], 'a contract is of another stock', anIntent({ contracts: borrowed }), aContext()],
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
  [['option-level', 2, 3], 'spreads are not allowed', anIntent(), aContext({ optionsLevel: 2 })],
  [['daily-loss', 5, 5], 'the day has lost 5%', anIntent(), aContext({ equity: usd(23_750) })],
  [['max-positions', 6, 5], 'five are open', anIntent(), aContext({ exposures: five })],
  [['risk-per-trade', 900, 750], 'three units lose $900', anIntent({ order: aVertical({ quantity: 3 }) }), aContext()],
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
  [['price-collar', 0.6834, 0.5], 'the market is too wide', anIntent(), aContext({ limits: { priceCollar: 0.005 } })],
  [['order-rate', 61, 60], 'sixty were sent within the hour', anIntent(), aContext({ ordersInLastHour: 60 })],
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
    expect(new Set(rules).size).toBe(OPENING_RULES.length);
    expect(rules.filter((rule) => !SOLE_REFUSALS.some(([[refused]]) => refused === rule))).toEqual([]);
  });

  it('passes at the very limit of what is counted in dollars, orders and seconds', () => {
    const context = aContext({
      equity: usd(10_000),
      startOfDayEquity: usd(10_000),
      availableFunds: usd(300),
      ordersInLastHour: 59,
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
    const context = aContext({ halted: 'x', optionsLevel: 0, ordersInLastHour: 99 });
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
    expect(of(null)).toEqual(['risk-per-trade', 'portfolio-risk']);
    expect(of(usd(100))).toEqual(['stated-risk']);
  });

  it('at any price never passes', () => {
    const market = anIntent({ order: aVertical({ type: 'market', limit: null }) });
    expect(failures(evaluateOpening(market, aContext())).map((failed) => Array.isArray(failed) && failed[0])).toEqual([
      'stated-risk',
      'price-collar',
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

describe('a number that is none', () => {
  const nan = usdFromMicros(1) * Number.NaN;
  const limits = Object.keys(aContext().limits);

  it.each(['equity', 'startOfDayEquity', 'availableFunds', 'optionsLevel', 'ordersInLastHour', 'at'])(
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
      ordersInLastHour: 1_000,
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
