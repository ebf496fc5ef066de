import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { optionPrice, type Right } from '../european.ts';
import { americanGreeks, type AmericanValue } from './american-option.ts';
import { boundarySolver } from './boundary-solver.ts';
import type { AmericanMode } from './put-solver.ts';
import { baroneAdesiWhaley } from './testing/barone-adesi-whaley.ts';

const folder = join(process.env['TRADING_AGENT_SHARED'] ?? '../shared', 'data/pricing');

interface Row {
  readonly type: Right;
  readonly S: number;
  readonly K: number;
  readonly r: number;
  readonly q: number;
  readonly sigma: number;
  readonly days: number;
  readonly T: number;
  readonly price: number;
  readonly european: number;
  readonly american: number;
  readonly qlHighPrec: number;
  readonly pde: number;
  readonly qlHighPrecision: number;
  readonly precision: number;
  readonly exerciseRegion: boolean;
  readonly greeks: Record<'delta' | 'gamma' | 'vega' | 'theta' | 'rho', number> | null;
}

function rows(file: string): Row[] {
  const found: { rows: Row[] } = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  return found.rows;
}

const terms = (row: Row, years: number) => ({
  spot: row.S,
  strike: row.K,
  years,
  rate: row.r,
  yield: row.q,
  volatility: row.sigma,
  right: row.type,
});
const value = (row: Row, mode: AmericanMode): AmericanValue => americanGreeks(terms(row, row.days / 365), mode);
const worst = (found: Row[], error: (row: Row) => number): number => Math.max(...found.map(error));

describe.skipIf(!existsSync(folder))(`American values against the vectors in ${folder}`, () => {
  it('are exact to 1e-5 (fast) and 1e-8 (fine) per 100 of spot', () => {
    const found = rows('american_exact.json');
    const error = (mode: AmericanMode) => (row: Row) => (Math.abs(value(row, mode).price - row.american) / row.S) * 100;
    expect(found.length).toBeGreaterThan(50);
    expect(worst(found, error('fast'))).toBeLessThan(1e-5);
    expect(worst(found, error('fine'))).toBeLessThan(1e-8);
  });

  it('stand beside QuantLib at high precision, and their European twins to 1e-12', () => {
    for (const row of rows('american_exact.json')) {
      const intrinsic = Math.max(row.type === 'call' ? row.S - row.K : row.K - row.S, 0);
      // Its scheme is right to about 1e-7 of the spot, and not floored.
      expect(Math.abs(value(row, 'fine').price - Math.max(row.qlHighPrec, intrinsic))).toBeLessThan(1e-6 * row.S);
      const off = Math.abs(optionPrice(terms(row, row.days / 365)) - row.european);
      expect(off).toBeLessThan(Math.max(1e-13, 1e-12 * row.european));
    }
  });

  it('tell the exercise region', () => {
    for (const row of rows('american_exact.json')) {
      expect(value(row, 'fast').outcome === 'exercise-region', JSON.stringify(row)).toBe(row.exerciseRegion);
    }
  });

  it('have the greeks of the vectors, whose own differences are good to about 1e-7', () => {
    const found = rows('american_exact.json').filter((row) => row.greeks !== null);
    const off = (mode: AmericanMode, name: keyof NonNullable<Row['greeks']>, unit: number, perSpot: boolean): number =>
      worst(
        found,
        (row) => Math.abs(value(row, mode)[name] * unit - (row.greeks?.[name] ?? 0)) / (perSpot ? row.S : 1),
      );
    expect(off('fine', 'delta', 1, false)).toBeLessThan(1e-7);
    expect(off('fine', 'gamma', 1, false)).toBeLessThan(1e-7);
    const gamma = (row: Row): number => Math.abs(value(row, 'fine').gamma / (row.greeks?.gamma ?? Number.NaN) - 1);
    expect(
      worst(
        found.filter((row) => (row.greeks?.gamma ?? 0) > 1e-6),
        gamma,
      ),
    ).toBeLessThan(1e-5);
    expect(off('fine', 'vega', 100, true)).toBeLessThan(1e-7);
    expect(off('fine', 'theta', 365, true)).toBeLessThan(1e-7);
    expect(off('fine', 'rho', 100, true)).toBeLessThan(1e-6);
    expect(off('fast', 'delta', 1, false)).toBeLessThan(1e-5);
    expect(off('fast', 'vega', 100, true)).toBeLessThan(1e-5);
    expect(off('fast', 'rho', 100, true)).toBeLessThan(1e-4);
  });

  it('reach the true premiums of the high-precision example of Andersen, Lake and Offengenden', () => {
    const example: {
      common: Row;
      exact: Record<string, number>;
      rows: Record<'l' | 'n' | 'r' | 'premiumFPA' | 'premiumFPB' | 'tol', number>[];
    } = JSON.parse(readFileSync(join(folder, 'alo_highprec.json'), 'utf8'));
    for (const [rate, premium] of Object.entries(example.exact)) {
      const input = terms({ ...example.common, r: Number(rate) }, 1);
      expect(Math.abs(americanGreeks(input).price - optionPrice(input) - premium)).toBeLessThan(1e-8);
    }
    // The other rows are what the scheme gives with so few nodes: off by no more than the file allows, the finest by 6e-7.
    expect(example.rows).toHaveLength(9);
    for (const row of example.rows) {
      const input = terms({ ...example.common, r: row.r }, 1);
      const premium = americanGreeks(input).price - optionPrice(input);
      for (const scheme of [row.premiumFPA, row.premiumFPB])
        expect(Math.abs(premium - scheme), JSON.stringify(row)).toBeLessThan(Math.max(row.tol, 6e-7));
    }
  });

  it('agree with the partial differential equation on 482 wild contracts', () => {
    for (const row of rows('american_pde_random.json')) {
      const { price } = value(row, 'fine');
      const allowed = row.pde > 0.1 ? 5e-3 * row.pde : 5e-4;
      expect(Math.abs(price - row.pde), JSON.stringify(row)).toBeLessThan(allowed);
      const intrinsic = Math.max(row.type === 'call' ? row.S - row.K : row.K - row.S, 0);
      const reference = Math.max(row.qlHighPrecision, intrinsic);
      expect(Math.abs(price - reference) / Math.max(row.S, row.K), JSON.stringify(row)).toBeLessThan(4e-7);
    }
  });

  it('hold at the edges: nothing or everything for spot, strike, time and volatility', () => {
    // SOURCES.md: six rows carry the QD+ approximation; these are the exact values.
    const exact = new Map([
      [22.97383256003585, 23.00030538],
      [8.871505915120776, 8.8653652],
      [99.9874942266127, 99.98748788],
      [0.1159627202107989, 0.11593724],
      [80.37468392429741, 80.39025026],
    ]);
    for (const row of rows('american_qd_edge.json').filter((one) => one.days > 0)) {
      const found = value(row, 'fine');
      const reference = exact.get(row.price);
      const allowed = reference === undefined ? (row.precision > 0 ? row.precision : 5e-3 * row.price) : 1e-6;
      const rounding = 1e-12 * Math.min(row.S, row.K);
      expect(Math.abs(found.price - (reference ?? row.price)), JSON.stringify(row)).toBeLessThanOrEqual(
        Math.max(allowed, rounding),
      );
    }
  });

  it('are the exercise value, typed, of an expired option (the vector calls it worthless)', () => {
    const expired = rows('american_qd_edge.json').filter((row) => row.days === 0);
    expect(expired.map((row) => value(row, 'fine'))).toMatchObject([{ outcome: 'expired', price: 20 }]);
  });

  it('start from the QD+ boundary', () => {
    const found: { rows: { tau: number; boundary: number }[] } = JSON.parse(
      readFileSync(join(folder, 'qdplus_boundary.json'), 'utf8'),
    );
    const solver = boundarySolver(5, 6, 8);
    for (const { tau, boundary } of found.rows) {
      solver.start(tau, 0.1, 0.03, 0.25, 1e-13);
      expect(120 * Math.exp(-(solver.y[4] ?? Number.NaN))).toBeCloseTo(boundary, 10);
    }
  });

  it('are as far from the approximations of Barone-Adesi and Whaley, Ju and Zhong, Bjerksund and Stensland as those are known to be', () => {
    const distance = (row: Row): number => Math.abs(americanGreeks(terms(row, row.T)).price - row.price);
    expect(worst(rows('american_baw_haug.json'), distance)).toBeLessThan(0.04);
    expect(worst(rows('american_ju.json'), distance)).toBeLessThan(0.08);
    // At a volatility of 10 that approximation stays at its European value.
    const usual = rows('american_bjs.json').filter((row) => row.sigma < 1);
    expect(worst(usual, distance)).toBeLessThan(0.04);
    expect(
      worst(
        usual.filter((row) => row.sigma < 0.01),
        distance,
      ),
    ).toBeLessThan(3e-4);
    for (const row of rows('american_bjs.json').filter((one) => one.sigma >= 1)) {
      expect(Math.abs(optionPrice(terms(row, row.T)) - row.price)).toBeLessThan(5e-5);
      expect(distance(row)).toBeLessThan(5);
    }
  });

  it('have an independent Barone-Adesi-Whaley that gives the published table', () => {
    const error = (row: Row): number => Math.abs(baroneAdesiWhaley(terms(row, row.T)) - row.price);
    expect(worst(rows('american_baw_haug.json'), error)).toBeLessThan(3e-3);
  });
});
