import { micros, usd } from '@trading-agent/core';
import { optionContract, type Order } from '@trading-agent/instruments';
import { A_CALL, AN_INSTANT, after, anOrder, aQuote, aVertical } from '@trading-agent/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OpeningIntent, RiskContext } from './context.ts';
import { evaluateOpening } from './evaluate.ts';
import { OPENING_RULES } from './opening-rules.ts';
import { others } from './testing/past.ts';
import { aContext, anExposure, anIntent, QUOTES, quotesOf } from './testing/situation.ts';
import { failures } from './testing/verdicts.ts';

const [boughtQuote = aQuote(), soldQuote = aQuote()] = QUOTES;

describe('an order that opens', () => {
  it('passes when nothing speaks against it, with the numbers of every rule', () => {
    const verdict = evaluateOpening(anIntent(), aContext());
    expect(failures(verdict)).toEqual([]);
    expect(verdict.kind === 'approved' && verdict.approved.checks.length).toBe(OPENING_RULES.length);
    expect(verdict.kind === 'approved' && verdict.approved.order).toEqual(aVertical());
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
    const asks = fc
      .integer({ min: 2, max: 9_999 })
      .chain((asked) => fc.record({ asked: fc.constant(asked), most: fc.integer({ min: 1, max: asked - 1 }) }));
    fc.assert(
      fc.property(asks, ({ asked: quantity, most }) => {
        const context = aContext({
          equity: millions,
          startOfDayEquity: millions,
          availableFunds: usd(300 * most + 299),
          maintenanceExcess: millions,
          orders: { maxContracts: 100_000 },
        });
        const verdict = evaluateOpening(anIntent({ order: asked(quantity) }), context);
        expect(verdict.kind === 'reduced' && verdict.approved.order.quantity).toBe(most);
      }),
    );
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
