import { marketDate, seededRandom, usdToNumber, ZERO_USD } from '@trading-agent/core';
import { formatOptionSymbol, optionContract } from '@trading-agent/instruments';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collateralPerUnit } from '../payoff.ts';
import { solveInteger } from './integer-programme.ts';
import { marginOf } from './margin.ts';
import { COVERED_MARGIN, type HeldOption, type Holdings, type MarginTerms } from './terms.ts';

const EXPIRIES = ['2026-03-20', '2026-04-17', '2026-05-15', '2026-06-18'].map(marketDate);

function option(expiry: number, right: 'call' | 'put', strike: number, quantity: number): HeldOption {
  const symbol = formatOptionSymbol({
    root: 'ABC',
    expiry: EXPIRIES[expiry] ?? marketDate('2026-03-20'),
    right,
    strike,
  });
  return { contract: optionContract(symbol), quantity };
}

const market = { price: (symbol: string) => (symbol === 'ABC' ? 100 : 3) };
const NAKED: MarginTerms = { ...COVERED_MARGIN, uncovered: true };

/** Thirteen condors on one underlying. */
const condors: Holdings = {
  options: Array.from({ length: 13 }, (_, index) => {
    const [expiry, inner, lots] = [index % 4, 4 + index, 1 + (index % 3)];
    return [
      option(expiry, 'put', 95 - inner, lots),
      option(expiry, 'put', 100 - inner, -lots),
      option(expiry, 'call', 100 + inner, -lots),
      option(expiry, 'call', 105 + inner, lots),
    ];
  }).flat(),
  stocks: [],
};

describe('fifty positions of one underlying', () => {
  it('that balance are proven the cheapest: one wing of each condor can lose, all of one side at once', () => {
    const margin = marginOf(condors, market, COVERED_MARGIN);
    expect(margin.proven).toBe(true);
    expect(margin.groups).toHaveLength(4);
    const lots = condors.options.reduce((sum, { quantity }) => sum + Math.max(0, quantity), 0) / 2;
    expect(usdToNumber(margin.initial ?? ZERO_USD)).toBe(500 * lots);
    // One expiry ends after the other: each must hold by itself.
    const legs = condors.options.map(({ contract, quantity }) => ({ contract, signedRatio: quantity }));
    expect(margin.initial).toBeGreaterThanOrEqual(collateralPerUnit(legs) ?? 0);
  });

  it('that do not balance are grouped within the work allowed, validly, the same every time', () => {
    const random = seededRandom('large-books');
    const drawn = new Map<string, HeldOption>();
    while (drawn.size < 56) {
      const quantity = (random.next() < 0.55 ? 1 : -1) * (1 + random.int(4));
      const one = option(random.int(4), random.next() < 0.5 ? 'call' : 'put', 70 + random.int(13) * 5, quantity);
      drawn.set(one.contract.symbol, one);
    }
    const holdings: Holdings = { options: [...drawn.values()], stocks: [{ symbol: 'ABC', quantity: 730 }] };
    const margin = marginOf(holdings, market, NAKED);
    expect(margin).toEqual(marginOf(holdings, market, NAKED));
    expect(margin.initial).not.toBeNull();
    expect(margin.maintenance ?? 0).toBeLessThanOrEqual(margin.initial ?? 0);
    const counted = new Map<string, number>();
    for (const { legs } of margin.groups)
      for (const { symbol, quantity } of legs) counted.set(symbol, (counted.get(symbol) ?? 0) + quantity);
    const held = new Map<string, number>([['ABC', 730]]);
    for (const { contract, quantity } of holdings.options) held.set(contract.symbol, quantity);
    expect(new Map([...counted].filter(([, quantity]) => quantity !== 0))).toEqual(held);
  });
});

describe('shares beside many options', () => {
  const covered = Array.from({ length: 4 }, (_, index) => option(index, 'call', 102.5 + 3 * index, -1));
  const held = (options: readonly HeldOption[], quantity: number): Holdings => ({
    options,
    stocks: [{ symbol: 'ABC', quantity }],
  });

  it.each([
    // Shares that are too few to cover a contract change nothing, more of them nothing either: the puts of the condors lose all the same.
    ['an odd lot beside condors', held(condors.options, 37), 12_500 + 1_850],
    ['seven lots and a part beside condors', held(condors.options, 730), 12_500 + 36_500],
    ['covered calls beside condors', held([...condors.options, ...covered], 437), 12_500 + 21_850],
    [
      'condors beside covered calls that lack a lot (one is not covered)',
      held([...condors.options, ...covered], 337),
      null,
    ],
  ])('%s are grouped by proof', (_, holdings, initial) => {
    const margin = marginOf(holdings, market, COVERED_MARGIN);
    expect(margin.proven).toBe(true);
    expect(margin.initial === null ? null : usdToNumber(margin.initial)).toBe(initial);
    expect(margin.uncovered.length > 0).toBe(initial === null);
  });
});

describe('a search', () => {
  const knapsack = {
    // Cheapest cover of 7 by 3 (cost 4), 4 (cost 5) and a costly stand-in: 3 + 4 costs 9.
    costs: [4, 5, 100],
    whole: [true, true, true],
    rows: [{ terms: [[0, 3] as const, [1, 4] as const, [2, 1] as const], right: 7, start: 2 }],
  };

  it('finds whole numbers where the fraction would be cheaper', () => {
    expect(solveInteger(knapsack, 1_000)).toEqual({ values: [1, 1, 0], cost: 9, proven: true });
  });

  it('is what trying every whole number finds, whatever is known before', () => {
    const small = fc.integer({ min: -3, max: 3 });
    const drawn = fc.record({
      costs: fc.array(fc.integer({ min: -4, max: 9 }), { minLength: 3, maxLength: 3 }),
      bounds: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 3, maxLength: 3 }),
      limits: fc.array(fc.record({ by: fc.array(small, { minLength: 3, maxLength: 3 }), right: fc.nat(6) }), {
        maxLength: 3,
      }),
      balance: fc.array(small, { minLength: 3, maxLength: 3 }),
      known: fc.boolean(),
    });
    fc.assert(
      fc.property(drawn, ({ costs, bounds, limits, balance, known }) => {
        const terms = (by: readonly number[]) => by.map((coefficient, index) => [index, coefficient] as const);
        const programme = {
          costs,
          whole: [true, true, true],
          rows: [
            ...bounds.map((right, index) => ({ terms: [[index, 1] as const], right })),
            ...limits.map(({ by, right }) => ({ terms: terms(by), right })),
            { terms: terms(balance), right: 0, balanced: true },
          ],
        };
        const sum = (by: readonly number[], values: readonly number[]): number =>
          by.reduce((total, factor, index) => total + factor * (values[index] ?? 0), 0);
        let least = 0;
        for (let code = 0; code < 64; code++) {
          const values = [code & 3, (code >> 2) & 3, code >> 4];
          const fits =
            values.every((value, index) => value <= (bounds[index] ?? 0)) &&
            limits.every(({ by, right }) => sum(by, values) <= right) &&
            sum(balance, values) === 0;
          if (fits) least = Math.min(least, sum(costs, values));
        }
        const first = known ? { values: [0, 0, 0], cost: 0, step: 1 } : null;
        const found = solveInteger(programme, 10_000, first);
        expect(found?.proven).toBe(true);
        expect(found?.cost).toBeCloseTo(least, 6);
        expect(sum(costs, found?.values ?? [])).toBeCloseTo(least, 6);
        expect(sum(balance, found?.values ?? [])).toBeCloseTo(0, 6);
      }),
      { numRuns: 500 },
    );
  });

  it('says so when the work allowed ran out', () => {
    expect(solveInteger(knapsack, 1)).toBeNull();
    const cut = solveInteger(knapsack, 3);
    expect(cut === null || !cut.proven || cut.cost === 9).toBe(true);
  });
});
