import fc from 'fast-check';
import { expect, it } from 'vitest';
import { discreteDividendPrice, discreteDividendPrices } from './dividend-price.ts';
import type { DividendOption } from './model.ts';

it('prices at many spots from one grid are those of each for itself, within 5e-4 per 100 of spot and strike', () => {
  fc.assert(
    fc.property(
      fc.record({
        strike: fc.double({ min: 70, max: 140, noNaN: true }),
        years: fc.double({ min: 0.05, max: 1.5, noNaN: true }),
        rate: fc.double({ min: 0, max: 0.07, noNaN: true }),
        volatility: fc.double({ min: 0.12, max: 0.7, noNaN: true }),
        cash: fc.double({ min: 0.05, max: 2, noNaN: true }),
        first: fc.double({ min: 0.01, max: 0.25, noNaN: true }),
        right: fc.constantFrom('call' as const, 'put' as const),
        exercise: fc.constantFrom('american' as const, 'european' as const),
      }),
      ({ cash, first, ...terms }) => {
        const dividends = [0, 1, 2, 3].map((k) => ({ years: first + 0.25 * k, cash, proportion: 0 }));
        const option: DividendOption = { ...terms, spot: 100, yield: 0, dividends };
        const deviation = terms.volatility * Math.sqrt(terms.years);
        const spots = Float64Array.from({ length: 9 }, (_, k) => terms.strike * Math.exp(0.6 * (k - 4) * deviation));
        const out = new Float64Array(9);
        expect(discreteDividendPrices(option, 9, spots, out)).toBe(true);
        spots.forEach((spot, k) => {
          const alone = discreteDividendPrice({ ...option, spot }).price;
          expect(Math.abs((out[k] ?? Number.NaN) - alone), `at ${spot}`).toBeLessThan(
            5e-6 * Math.max(spot, terms.strike),
          );
        });
      },
    ),
    { numRuns: 40 },
  );
});

const spots = Float64Array.from({ length: 9 }, (_, k) => 76 + 6 * k);

it('no grid: at two boundaries, no volatility, a price of nothing or figures that are none nothing is written', () => {
  const option = { spot: 100, strike: 100, years: 0.5, rate: 0.03, yield: 0, volatility: 0.2, right: 'put' } as const;
  const american: DividendOption = { ...option, exercise: 'american', dividends: [] };
  for (const change of [
    { rate: -0.02, yield: -0.06 },
    { volatility: 0 },
    { volatility: 50 },
    { volatility: Number.NaN },
    { strike: 0 },
    { strike: 1e9 },
    { years: 0 },
  ]) {
    const out = new Float64Array(9).fill(-7);
    expect(discreteDividendPrices({ ...american, ...change }, 9, spots, out), JSON.stringify(change)).toBe(false);
    expect([...out]).toEqual([...new Float64Array(9).fill(-7)]);
  }
  const out = new Float64Array(1);
  expect(discreteDividendPrices(american, 1, Float64Array.of(0), out)).toBe(false);
});
