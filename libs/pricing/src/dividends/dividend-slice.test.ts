import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../european/outcomes.ts';
import { discreteDividendPrice } from './dividend-price.ts';
import { DividendSlice } from './dividend-slice.ts';
import type { SliceColumns } from './slice-columns.ts';
import { FINE } from './heat-solver.ts';
import type { DividendOption } from './model.ts';

const dividends = Array.from({ length: 8 }, (_, k) => ({ years: 0.06 + 0.25 * k, cash: 0.6, proportion: 0 }));
const columns = (count: number): SliceColumns => ({
  volatility: new Float64Array(count),
  delta: new Float64Array(count),
  gamma: new Float64Array(count),
  vega: new Float64Array(count),
  theta: new Float64Array(count),
  rho: new Float64Array(count),
  status: new Uint8Array(count),
});

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
  const out = columns(rows.length);
  slice.implied(
    rows.length,
    spot,
    Float64Array.from(rows, ({ option }) => option.strike),
    Uint8Array.from(rows, ({ option }) => (option.right === 'call' ? 1 : 0)),
    Float64Array.from(rows, ({ value }) => value.price),
    new Float64Array(rows.length).fill(0.3),
    out,
  );
  return out;
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
        expect(outcomeOf(out.status[k] ?? 4), title).toBe('ok');
        const error = Math.abs((out.volatility[k] ?? 0) - option.volatility) * 100 * (out.vega[k] ?? 0);
        expect(error, title).toBeLessThan(tolerance);
        expect(Math.abs((out.delta[k] ?? 0) - value.delta), title).toBeLessThan(1e-3);
        expect(Math.abs((out.theta[k] ?? 0) - value.theta), title).toBeLessThan(5e-4);
        expect(Math.abs((out.gamma[k] ?? 0) - value.gamma), title).toBeLessThan(
          (years > 1 ? 0.04 : 0.01) * (0.4 / (100 * option.volatility * Math.sqrt(years))),
        );
      });
    });
  }

  it('stays good while the spot moves, without new solves for the same strikes', () => {
    const terms = { years: 0.4, rate: 0.03, yield: 0.002, dividends };
    const slice = new DividendSlice(terms, 100);
    solve(slice, 100, chain(0.4, 0.03));
    const solves = slice.solves;
    for (const strike of [95, 100, 105]) {
      const option: DividendOption = {
        ...terms,
        spot: 101,
        strike,
        volatility: 0.25,
        right: 'put',
        exercise: 'american',
      };
      expect(Math.abs(slice.price(101, strike, false, 0.25) - discreteDividendPrice(option, FINE).price)).toBeLessThan(
        1e-3,
      );
    }
    expect(slice.solves).toBe(solves);
  });

  it('types what has no volatility', () => {
    const slice = new DividendSlice({ years: 0.4, rate: 0.03, yield: 0, dividends }, 100);
    const out = columns(6);
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
