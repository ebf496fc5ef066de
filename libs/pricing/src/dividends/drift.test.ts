import { describe, expect, it } from 'vitest';
import { americanGreeks } from '../american/american-option.ts';
import { newChainColumns } from '../american/chain-columns.ts';
import type { Right } from '../european.ts';
import { discreteDividendPrice } from './dividend-price.ts';
import { DividendSlice } from './dividend-slice.ts';
import { finiteDifferencePrice } from './finite-difference.ts';
import { FINE } from './heat-resolution.ts';
import type { DiscreteDividend, DividendOption } from './model.ts';

const SPOT = 100;
const CASH = 0.2775;

/** Rate, yield or fee, volatility, years, strike, right: prices that drift towards exercise. */
const DRIFTING: readonly (readonly [number, number, number, number, number, Right])[] = [
  [-0.0645, 0.1653, 0.1712, 2.3, 100.7, 'call'],
  [0.04, 0.1653, 0.1712, 2.3, 100.7, 'call'],
  [0.04, 0.15, 0.4, 2.5, 90, 'call'],
  [0.04, 0.5, 0.8, 0.5, 110, 'call'],
  [0.1653, -0.0645, 0.1712, 2.3, 99.3, 'put'],
  [0.1653, 0.04, 0.1712, 2.3, 99.3, 'put'],
  [0.1, 0, 0.1712, 2.3, 100, 'put'],
];

describe('a price that drifts towards exercise', () => {
  // Half a minute later the dividend is paid and collocation, which shares no arithmetic, knows the rest.
  const terms = (row: (typeof DRIFTING)[number]): DividendOption => {
    const [rate, fee, volatility, years, strike, right] = row;
    const dividends = [{ years: 1e-6, cash: CASH, proportion: 0 }];
    return { spot: SPOT, strike, years, rate, yield: fee, volatility, right, exercise: 'american', dividends };
  };

  it.each(DRIFTING)('rate %d, yield %d, volatility %d, %d years: the %d %s is exact within 1e-3 per 100', (...row) => {
    const option = terms(row);
    const value = americanGreeks({ ...option, spot: SPOT - CASH }, 'fine').price;
    expect(Math.abs(discreteDividendPrice(option).price - value)).toBeLessThan(1e-3);
    expect(Math.abs(discreteDividendPrice(option, FINE).price - value)).toBeLessThan(2e-4);
  });
});

const quarterly = (first: number, cash: number, days: number): readonly DiscreteDividend[] =>
  Array.from({ length: Math.ceil((days - first) / 91) }, (_, k) => {
    return { years: (first + 91 * k) / 365, cash, proportion: 0 };
  });

it.each([
  [0.04, 0.4, 0.15, 240, 208.5, 0.3755],
  [0.04, 0.4, 0.15, 180, 216.8, 0.397],
  [0.03, 0.6, 0.08, 730, 213.3, 0.2365],
])(
  'rate %d, dividend %d, fee %d, %d days: a put at %d is held above r/q of the strike and exercised below, within the grid',
  (rate, cash, fee, days, strike, volatility) => {
    const base = { spot: SPOT, strike, years: days / 365, rate, yield: fee, volatility, right: 'put' } as const;
    const option = { ...base, exercise: 'american', dividends: quarterly(20, cash, days) } as const;
    const value = finiteDifferencePrice(option, { nodes: 1000, steps: 1000 }).price;
    expect(Math.abs(discreteDividendPrice(option).price - value)).toBeLessThan(3e-4);
  },
);

it('a chain of a stock that is dear to borrow gives its quotes again within 1.5e-3 per 100', () => {
  const [rate, fee, days] = [0.04, 0.15, 730];
  const terms = { years: days / 365, rate, yield: fee, dividends: quarterly(20, 0.4, days) };
  const strikes = [60, 70, 78.5, 84.1, 90.1, 96.6, 103.5, 110.9, 130, 160, 200];
  const quotes = strikes.flatMap((strike) => (['call', 'put'] as const).map((right) => ({ strike, right })));
  const priced = quotes.map((quote) => {
    const option = { ...terms, ...quote, spot: SPOT, volatility: 0.4, exercise: 'american' } as const;
    const { kind, price } = discreteDividendPrice(option, FINE);
    return { option, kind, price };
  });
  const count = quotes.length;
  const out = newChainColumns(count);
  new DividendSlice(terms, SPOT).implied(
    count,
    SPOT,
    Float64Array.from(quotes, ({ strike }) => strike),
    Uint8Array.from(quotes, ({ right }) => (right === 'call' ? 1 : 0)),
    Float64Array.from(priced, ({ price }) => price),
    new Float64Array(count),
    out,
  );
  const told = priced.filter((_, i) => out.status[i] === 0);
  expect(told.length).toBeGreaterThan(count - 4);
  const misses = priced.map(({ option, price }, i) =>
    out.status[i] === 0
      ? Math.abs(discreteDividendPrice({ ...option, volatility: out.volatility[i] ?? 0 }, FINE).price - price)
      : 0,
  );
  expect(Math.max(...misses)).toBeLessThan(1.5e-3);
});
