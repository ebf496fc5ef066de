import { describe, expect, it } from 'vitest';
import { DividendSlice } from '../dividends/dividend-slice.ts';
import { finiteDifferencePrice } from '../dividends/finite-difference.ts';
import { optionPrice } from '../european.ts';
import { EarlyExerciseTable, EarlyExerciseValue } from './early-exercise.ts';

describe('premiums deep in the money with dividends', () => {
  // Read from the lattice of a chain they were 5e-3 to 2e-2 dollars off here.
  it.each([
    ['put', 33, 730, 0.04, 0.4, 2],
    ['put', 28, 365, 0.04, 0.6, 20],
    ['call', 167.4, 60, 0.05, 1, 1],
    ['call', 303, 365, 0.04, 1.5, 20],
  ] as const)('a %s at 100 of a stock at %d, %d days: within 3e-3 dollars of finite differences', (...row) => {
    const [right, spot, days, rate, cash, first] = row;
    const dividends = Array.from({ length: Math.ceil((days - first) / 91) }, (_, k) => ({
      years: (first + 91 * k) / 365,
      cash,
      proportion: 0,
    }));
    const terms = { years: days / 365, rate, yield: 0, dividends };
    const paid = dividends.reduce((sum, one) => sum + one.cash * Math.exp(-rate * one.years), 0);
    const table = new EarlyExerciseTable(new DividendSlice(terms, 100), 100, right === 'call', paid);
    const option = { ...terms, strike: 100, volatility: 0.6, right } as const;
    const american = { ...option, spot, exercise: 'american' } as const;
    const exact = finiteDifferencePrice(american, { nodes: 600, steps: 300 }).price;
    const european = optionPrice({ ...option, spot: spot - paid });
    const told = new EarlyExerciseValue(table, 100).premium(spot, 0.6);
    expect(Math.abs(told - Math.max(0, exact - european))).toBeLessThan(3e-3);
  });
});
