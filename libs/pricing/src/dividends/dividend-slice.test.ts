import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../european/outcomes.ts';
import { certainPrice, discreteDividendPrice } from './dividend-price.ts';
import { DividendSlice } from './dividend-slice.ts';
import { newChainColumns } from '../american/chain-columns.ts';
import { FINE } from './heat-resolution.ts';
import type { DividendOption } from './model.ts';
import { randomStream } from '../european/testing/random-contracts.ts';

const dividends = Array.from({ length: 8 }, (_, k) => ({ years: 0.06 + 0.25 * k, cash: 0.6, proportion: 0 }));
/** Contracts of one expiry, priced by the fine solver on a smile. */
function chain(years: number, rate: number, spot = 100) {
  const contracts: DividendOption[] = [];
  for (let m = -2.5; m <= 2.5; m += 0.5) {
    for (const right of ['call', 'put'] as const) {
      const volatility = 0.25 - 0.025 * m + 0.01 * m * m;
      const strike = Math.round(spot * Math.exp(m * volatility * Math.sqrt(years)));
      contracts.push({ spot, strike, years, rate, yield: 0.002, volatility, right, exercise: 'american', dividends });
    }
  }
  return contracts
    .map((option) => ({ option, value: discreteDividendPrice(option, FINE) }))
    .filter(({ value }) => value.kind === 'ok' && value.price > 0.005);
}

function solve(
  slice: DividendSlice,
  spot: number,
  rows: readonly { readonly option: DividendOption; readonly value: { readonly price: number } }[],
) {
  const out = newChainColumns(rows.length);
  slice.implied(
    rows.length,
    spot,
    Float64Array.from(rows, ({ option }) => option.strike),
    Uint8Array.from(rows, ({ option }) => (option.right === 'call' ? 1 : 0)),
    Float64Array.from(rows, ({ value }) => value.price),
    new Float64Array(rows.length),
    out,
  );
  return out;
}

/** Per 0.01, by central differences of the fine mode. */
function byDifferences(option: DividendOption) {
  const at = (change: Partial<DividendOption>) => discreteDividendPrice({ ...option, ...change }, FINE).price;
  const { volatility, rate } = option;
  return {
    vega:
      (0.01 * (at({ volatility: 1.01 * volatility }) - at({ volatility: 0.99 * volatility }))) / (0.02 * volatility),
    rho: (0.01 * (at({ rate: rate + 5e-4 }) - at({ rate: rate - 5e-4 }))) / 1e-3,
  };
}

/** One contract as a slice of its own, no guess given. */
function alone(option: DividendOption, price: number) {
  const { years, rate, spot } = option;
  const out = solve(new DividendSlice({ years, rate, yield: option.yield, dividends: option.dividends }, spot), spot, [
    { option, value: { price } },
  ]);
  return { status: outcomeOf(out.status[0] ?? 4), volatility: out.volatility[0] ?? 0 };
}

describe('one expiry on the lattice', () => {
  for (const [years, rate, tolerance] of [
    [0.03, 0.02, 1e-3],
    [0.1, 0.05, 1e-3],
    [0.4, 0.005, 2e-3],
    [0.4, 0.05, 2e-3],
    [1, 0.02, 1.5e-3],
    [2, 0.05, 2e-3],
  ] as const) {
    it(`${years} years at ${rate}: volatilities come back within ${tolerance} dollars of price per 100, greeks with them`, () => {
      const rows = chain(years, rate);
      const out = solve(new DividendSlice({ years, rate, yield: 0.002, dividends }, 100), 100, rows);
      rows.forEach(({ option, value }, k) => {
        const title = JSON.stringify(option);
        // Without time value no volatility is told.
        const told = value.price > certainPrice({ ...option, volatility: 0 }) + 1e-7 * option.strike;
        expect(outcomeOf(out.status[k] ?? 4), title).toBe(told ? 'ok' : 'below-intrinsic');
        if (!told) return;
        const error = Math.abs((out.volatility[k] ?? 0) - option.volatility) * 100 * (out.vega[k] ?? 0);
        expect(error, title).toBeLessThan(tolerance);
        expect(Math.abs((out.delta[k] ?? 0) - value.delta), title).toBeLessThan(1e-3);
        expect(Math.abs((out.theta[k] ?? 0) - value.theta), title).toBeLessThan(5e-4);
        const { vega, rho } = byDifferences({ ...option, volatility: out.volatility[k] ?? 0 });
        expect(Math.abs((out.vega[k] ?? 0) - vega), title).toBeLessThan(1e-4 + 2e-3 * vega);
        expect(Math.abs((out.rho[k] ?? 0) - rho), title).toBeLessThan(1e-3 + 1e-2 * Math.abs(rho));
        expect(Math.abs((out.gamma[k] ?? 0) - value.gamma), title).toBeLessThan(
          (years > 1 ? 0.04 : 0.01) * (0.4 / (100 * option.volatility * Math.sqrt(years))),
        );
      });
    });
  }

  it('finds the volatility of far strikes, where the lattice would give the price once more at a volatility beyond it', () => {
    const paid = [
      [0.099313, 0.986861],
      [0.345567, 0.767398],
      [0.685601, 0.990016],
      [0.941091, 1.069591],
      [1.085017, 0.889093],
    ] as const;
    const option: DividendOption = {
      spot: 100,
      strike: 304.35,
      years: 1.162,
      rate: 0.0146,
      yield: 0,
      volatility: 0.564,
      right: 'call',
      exercise: 'american',
      dividends: paid.map(([ex, cash]) => ({ years: ex, cash, proportion: 0 })),
    };
    const far = alone(option, discreteDividendPrice(option, FINE).price);
    expect(far.status).toBe('ok');
    expect(far.volatility).toBeCloseTo(0.564, 3);
    // Next to nothing out of the money in price, deep in the money by volatility: whatever is told must give the price again.
    const near = { ...option, strike: 18.34 };
    const deep = alone(near, 81.69);
    const again = discreteDividendPrice({ ...near, volatility: deep.volatility }, FINE).price;
    expect(deep.status !== 'ok' || Math.abs(again - 81.69) < 1e-3, JSON.stringify(deep)).toBe(true);
    const slice = new DividendSlice({ years: 1.162, rate: 0.0146, yield: 0, dividends: option.dividends }, 100);
    for (const volatility of [2, 5, 7, 9]) {
      expect(slice.price(100, 304.35, true, volatility)).toBeLessThanOrEqual(100);
      expect(slice.price(100, 304.35, false, volatility)).toBeLessThanOrEqual(304.35);
      expect(slice.price(100, 304.35, false, volatility)).toBeGreaterThanOrEqual(204.35);
    }
  });

  it('random contracts alone, without a guess, reprice within 1e-3 per 100', () => {
    const next = randomStream(77);
    let solved = 0;
    for (let n = 0; n < 400; n += 1) {
      const years = 0.05 + 0.95 * next();
      const volatility = 0.18 + 0.3 * next();
      const first = 0.02 + 0.2 * next();
      const cash = 0.2 + 0.4 * next();
      const option: DividendOption = {
        spot: 100,
        strike: Math.round(100 * Math.exp((3 * next() - 1.5) * volatility * Math.sqrt(years))),
        years,
        rate: 0.05 * next(),
        yield: 0,
        volatility,
        right: next() < 0.5 ? 'call' : 'put',
        exercise: 'american',
        dividends: Array.from({ length: 5 }, (_, k) => ({ years: first + 0.25 * k, cash, proportion: 0 })),
      };
      const { kind, price } = discreteDividendPrice(option, FINE);
      const least = certainPrice({ ...option, volatility: 0 });
      if (kind !== 'ok' || price < least + 2e-3 || price < 0.01) continue;
      const found = alone(option, price);
      expect(found.status, JSON.stringify(option)).toBe('ok');
      const again = discreteDividendPrice({ ...option, volatility: found.volatility }, FINE).price;
      expect(Math.abs(again - price), JSON.stringify(option)).toBeLessThan(1e-3);
      solved += 1;
    }
    expect(solved).toBeGreaterThan(300);
  });

  it('a contract whose lower neighbour in volatility is exercised at once does not settle on the slope to it', () => {
    const option: DividendOption = {
      spot: 100,
      strike: 126,
      years: 0.878286954422947,
      rate: 0.04324429169064388,
      yield: 0,
      volatility: 0.2039582770736888,
      right: 'put',
      exercise: 'american',
      dividends: Array.from({ length: 4 }, (_, k) => ({
        years: 0.15586897775530814 + 0.25 * k,
        cash: 0.22255522860214116,
        proportion: 0,
      })),
    };
    const { price } = discreteDividendPrice(option, FINE);
    expect(price).toBeLessThan(26.003);
    const found = alone(option, price);
    expect(found.status).toBe('ok');
    const again = discreteDividendPrice({ ...option, volatility: found.volatility }, FINE).price;
    expect(Math.abs(again - price)).toBeLessThan(2e-4);
  });

  it('stays good while the spot moves, without new solves for the same strikes', () => {
    const terms = { years: 0.4, rate: 0.03, yield: 0.002, dividends };
    const slice = new DividendSlice(terms, 100);
    const at = (spot: number) =>
      [95, 100, 105].map((strike) => {
        const rest = { volatility: 0.25, right: 'put', exercise: 'american' } as const;
        const option: DividendOption = { ...terms, ...rest, spot, strike };
        return Math.abs(slice.price(spot, strike, false, 0.25) - discreteDividendPrice(option, FINE).price);
      });
    expect(Math.max(...at(100))).toBeLessThan(1e-3);
    const { solves } = slice;
    expect(Math.max(...at(101))).toBeLessThan(1e-3);
    expect(slice.solves).toBe(solves);
  });

  it('does not tell greeks that no double holds', () => {
    const tiny = [{ years: 0.1, cash: 1e-309, proportion: 0 }];
    const out = newChainColumns(1);
    const one = (value: number): Float64Array => Float64Array.of(value);
    const slice = new DividendSlice({ years: 0.3, rate: 0.02, yield: 0, dividends: tiny }, 1e-307);
    slice.implied(1, 1e-307, one(1e-307), Uint8Array.of(1), one(4e-310), one(0), out);
    expect(Object.values(out).every(([value]) => Number.isFinite(value))).toBe(true);
    expect(outcomeOf(out.status[0] ?? 0)).toBe('no-quote');
  });

  it('refuses the dividends and rates that the price of one contract refuses', () => {
    const one = { years: 0.2, cash: 1, proportion: 0 };
    const terms = { years: 0.5, rate: 0.02, yield: 0, dividends: [one] };
    for (const bad of [
      { ...terms, dividends: [one, { ...one, cash: Number.NaN }] },
      { ...terms, dividends: [{ ...one, cash: -5 }] },
      { ...terms, dividends: [{ ...one, proportion: 1 }] },
      { ...terms, dividends: [{ ...one, proportion: 2 }] },
      { ...terms, dividends: [{ ...one, years: Number.NaN }] },
      { ...terms, rate: Number.NaN },
      { ...terms, rate: 2000 },
    ]) {
      const option = { ...bad, spot: 100, strike: 100, volatility: 0.2, right: 'call', exercise: 'american' } as const;
      expect(discreteDividendPrice(option).kind).toBe('no-quote');
      const out = newChainColumns(1);
      out.volatility[0] = 9;
      const one_ = (value: number): Float64Array => Float64Array.of(value);
      new DividendSlice(bad, 100).implied(1, 100, one_(100), Uint8Array.of(1), one_(6), one_(0.2), out);
      expect(outcomeOf(out.status[0] ?? 0), JSON.stringify(bad)).toBe('no-quote');
      expect(out.volatility[0]).toBe(0);
    }
  });

  it('types what has no volatility', () => {
    const slice = new DividendSlice({ years: 0.4, rate: 0.03, yield: 0, dividends }, 100);
    const out = newChainColumns(6);
    const strike = Float64Array.of(80, 80, 100, 100, 140, 100);
    const price = Float64Array.of(19, 101, 0, Number.NaN, 40, 1e300);
    slice.implied(6, 100, strike, Uint8Array.of(1, 1, 1, 0, 0, 0), price, new Float64Array(6), out);
    expect(Array.from(out.status, (status) => outcomeOf(status))).toEqual([
      'below-intrinsic',
      'above-maximum',
      'no-quote',
      'no-quote',
      'exercise-region',
      'above-maximum',
    ]);
    for (const column of Object.values(out)) for (const value of column) expect(Number.isFinite(value)).toBe(true);
    const expired = new DividendSlice({ years: 0, rate: 0.03, yield: 0, dividends }, 100);
    expired.implied(1, 100, strike, Uint8Array.of(1), Float64Array.of(25), new Float64Array(1), out);
    expect(outcomeOf(out.status[0] ?? 4)).toBe('expired');
  });
});
