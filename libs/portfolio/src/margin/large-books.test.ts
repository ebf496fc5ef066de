import { marketDate, seededRandom, usdToNumber, ZERO_USD } from '@trading-agent/core';
import { formatOptionSymbol, optionContract } from '@trading-agent/instruments';
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
  }, 30_000);
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

  it('says so when the work allowed ran out', () => {
    expect(solveInteger(knapsack, 1)).toBeNull();
    const cut = solveInteger(knapsack, 3);
    expect(cut === null || !cut.proven || cut.cost === 9).toBe(true);
  });
});
