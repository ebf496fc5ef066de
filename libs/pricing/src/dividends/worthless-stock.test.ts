import { describe, expect, it } from 'vitest';
import { newChainColumns } from '../american/chain-columns.ts';
import { outcomeOf } from '../european/outcomes.ts';
import { discreteDividendPrice } from './dividend-price.ts';
import { DividendSlice } from './dividend-slice.ts';
import { FAST, FINE } from './heat-resolution.ts';
import type { DividendOption } from './model.ts';
import { putByPrices } from './testing/price-grid.ts';

const quarterly = (first: number, cash: number, days: number) =>
  Array.from({ length: Math.ceil((days - first) / 91) }, (_, k) => ({
    years: (first + 91 * k) / 365,
    cash,
    proportion: 0,
  }));

describe('puts on a stock that may not be able to pay its dividends', () => {
  // The fast grid once ended above what was still to be paid, and was 1.4e-2 off here.
  it.each([
    [133.71, 0.5833, 0.02, 0.02, 2, 5],
    [65.31, 0.4325, 0.03, 0, 3, 30],
    [263.35, 0.369, 0.03, 0, 3, 30],
    // And a little below one dividend, 1.2e-3 off.
    [268.5, 0.5584, 0.02, 0.02, 2, 5],
  ] as const)(
    'strike %d at %d: within 3e-4 per 100 of the larger of price and strike',
    (strike, volatility, rate, borrow, cash, first) => {
      const option: DividendOption = {
        spot: 100,
        strike,
        years: 913 / 365,
        rate,
        yield: borrow,
        volatility,
        right: 'put',
        exercise: 'american',
        dividends: quarterly(first, cash, 913),
      };
      const exact = putByPrices(option);
      const most = 3e-6 * Math.max(100, strike);
      expect(Math.abs(discreteDividendPrice(option, FINE).price - exact)).toBeLessThan(most);
      expect(Math.abs(discreteDividendPrice(option, FAST).price - exact)).toBeLessThan(most);
    },
  );
});

/** Where a chain's volatility once gave a price more than 1e-3 beside its quote: steep roots, bends before dividends, a node's exercise, few strikes. */
describe('contracts of a chain that are hard to tell', () => {
  it.each([
    ['put', 730, 330.31, 0.5882, 0.04, 0, 0.4, 2],
    ['put', 150, 197.97, 0.5713, 0.04, 0, 0.4, 2],
    ['put', 365, 389.3, 0.7937, 0.04, 0, 0.4, 2],
    ['put', 730, 241.85, 0.5584, 0.04, 0, 0.4, 2],
    ['call', 540, 17.51, 0.8527, 0.04, 0, 0.4, 2],
    ['call', 540, 58.28, 0.3196, 0.05, 0, 1, 1],
    ['call', 540, 88, 0.2549, 0.05, 0, 1, 1],
    ['call', 730, 56.47, 0.6491, 0.02, 0.02, 2, 5],
    ['put', 913, 145.88, 0.2822, 0.05, 0, 0.12, 40],
    ['put', 913, 84.41, 0.2622, 0.05, 0, 1, 1],
    ['put', 180, 174.88, 0.9407, 0.04, 0, 0.4, 2],
    ['put', 540, 305.58, 0.9352, 0.04, 0, 0.4, 2],
    ['put', 730, 366.48, 0.9352, 0.04, 0, 0.4, 2],
    ['put', 913, 290.12, 0.9472, 0.05, 0, 0.5, 45],
  ] as const)(
    'a %s of %d days at %d reprices within 1e-3',
    (right, days, strike, volatility, rate, borrow, cash, first) => {
      const terms = { years: days / 365, rate, yield: borrow, dividends: quarterly(first, cash, days) };
      const option: DividendOption = { ...terms, spot: 100, strike, volatility, right, exercise: 'american' };
      const { price } = discreteDividendPrice(option, FINE);
      // Four quotes: no longer so few that each is solved for itself.
      const column = (value: number): Float64Array => new Float64Array(4).fill(value);
      const out = newChainColumns(4);
      const call = new Uint8Array(4).fill(right === 'call' ? 1 : 0);
      new DividendSlice(terms, 100).implied(4, 100, column(strike), call, column(price), column(0), out);
      expect(out.status[0]).toBe(0);
      const again = discreteDividendPrice({ ...option, volatility: out.volatility[0] ?? 0 }, FINE).price;
      expect(Math.abs(again - price)).toBeLessThan(1e-3);
    },
  );
});

describe('quotes next to exercise at strikes of many times the price', () => {
  // At an error of a share of the strike such a quote once had a volatility of 0.76, where the put is exercised.
  it.each([
    [6959.14, 730, 0.05, 0.5, 45, 0.0025, 'above-maximum'],
    [2442.05, 913, 0.04, 0.4, 2, 0.005, 'ok'],
    [2118.37, 540, 0.04, 0.4, 2, 0.005, 'ok'],
    [3812.4, 913, 0.05, 0.5, 45, 0.003, 'above-maximum'],
  ] as const)('strike %d, %d days: a volatility that gives the quote within 1e-3, or none', (...row) => {
    const [strike, days, rate, cash, first, above, outcome] = row;
    const terms = { years: days / 365, rate, yield: 0, dividends: quarterly(first, cash, days) };
    const price = strike - 100 + above;
    const column = (value: number): Float64Array => new Float64Array(4).fill(value);
    const out = newChainColumns(4);
    new DividendSlice(terms, 100).implied(4, 100, column(strike), new Uint8Array(4), column(price), column(0), out);
    expect(outcomeOf(out.status[0] ?? 0)).toBe(outcome);
    if (outcome !== 'ok') return;
    const volatility = out.volatility[0] ?? 0;
    const option = { ...terms, spot: 100, strike, volatility, right: 'put', exercise: 'american' } as const;
    expect(Math.abs(discreteDividendPrice(option, FINE).price - price)).toBeLessThan(1e-3);
  });
});
