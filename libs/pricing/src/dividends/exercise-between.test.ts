import { describe, expect, it } from 'vitest';
import { newChainColumns } from '../american/chain-columns.ts';
import { outcomeOf } from '../european/outcomes.ts';
import { discreteDividendPrice } from './dividend-price.ts';
import { DividendSlice } from './dividend-slice.ts';
import { finiteDifferencePrice } from './finite-difference.ts';
import { FINE } from './heat-resolution.ts';
import type { DividendOption } from './model.ts';

const put: DividendOption = {
  spot: 100,
  strike: 102,
  years: 1,
  rate: 0.01,
  yield: -0.03,
  volatility: 0.2,
  right: 'put',
  exercise: 'american',
  dividends: [{ years: 0.6, cash: 1.2, proportion: 0 }],
};

/** Puts on a stock that grows by a yield below zero: near zero the dividend is worth waiting for, nearer the strike it is not. */
const puts: readonly DividendOption[] = [
  put,
  { ...put, rate: 0.02, yield: -0.06, volatility: 0.25 },
  { ...put, rate: 0, yield: -0.06, volatility: 0.094 },
  { ...put, strike: 114, years: 1.36, rate: 0.006, yield: -0.024, volatility: 0.13 },
  {
    ...put,
    years: 1.87,
    rate: 0.0034,
    yield: -0.059,
    volatility: 0.245,
    dividends: [0.89, 1.09, 1.65, 1.71].map((years) => ({ years, cash: 0.6, proportion: 0 })),
  },
];

describe('where exercise pays between two prices only', () => {
  it.each(puts)('a put at rate $rate and yield $yield stands beside the reference', (option) => {
    const { price } = finiteDifferencePrice(option, { nodes: 800, steps: 400 });
    expect(price).toBeGreaterThan(discreteDividendPrice({ ...option, exercise: 'european' }).price + 0.05);
    expect(Math.abs(discreteDividendPrice(option).price - price)).toBeLessThan(8e-4);
    expect(Math.abs(discreteDividendPrice(option, FINE).price - price)).toBeLessThan(8e-4);
  });

  it.each([
    { ...put, right: 'call' as const, rate: -0.034, yield: -0.0044, volatility: 0.37, years: 2.8 },
    { ...put, rate: 0.005, yield: -0.04 },
    { ...put, rate: -0.004, yield: -0.034, volatility: 0.37, years: 2.8 },
  ])('volatilities of a slice of $right contracts at rate $rate and yield $yield come back', (option) => {
    const strikes = [80, 95, 105, 130];
    const prices = strikes.map((strike) => discreteDividendPrice({ ...option, strike }, FINE));
    const count = strikes.length;
    const out = newChainColumns(count);
    const price = Float64Array.from(prices, (one) => one.price);
    const call = new Uint8Array(count).fill(option.right === 'call' ? 1 : 0);
    new DividendSlice(option, option.spot).implied(
      count,
      option.spot,
      Float64Array.from(strikes),
      call,
      price,
      new Float64Array(count),
      out,
    );
    const found = strikes.flatMap((strike, k) => {
      if (outcomeOf(out.status[k] ?? 0) !== 'ok') return [];
      const again = discreteDividendPrice({ ...option, strike, volatility: out.volatility[k] ?? 0 }, FINE);
      return [Math.abs(again.price - (price[k] ?? 0))];
    });
    expect(found.length).toBeGreaterThan(1);
    expect(Math.max(...found)).toBeLessThan(3e-3);
  });
});
