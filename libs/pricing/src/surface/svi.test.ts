import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { butterflyMinimum, calendarMinimum } from './arbitrage.ts';
import { repairButterfly, repairCalendar } from './repair.ts';
import { ssviAsSvi, ssviSlice } from './ssvi.ts';
import {
  type SviParameters,
  butterflyDensity,
  sviDerivatives,
  sviFromJumpWings,
  sviJumpWings,
  sviTotalVariance,
} from './svi.ts';
import { SviFitter } from './svi-fit.ts';

const shared = `${process.env['TRADING_AGENT_SHARED'] ?? '../shared'}/data`;
const file = `${shared}/pricing/svi.json`;

interface Vectors {
  readonly paper: { readonly vogtJW: readonly number[] };
  readonly sets: Readonly<
    Record<
      string,
      SviParameters & {
        readonly t: number;
        readonly jw: readonly number[];
        readonly gMin: number;
        readonly kMin: number;
        readonly butterflyFree: boolean;
      }
    >
  >;
  readonly rows: readonly Readonly<Record<'k' | 'w' | 'dw' | 'd2w' | 'g', number> & { readonly set: string }>[];
}

const vectors: Vectors = existsSync(file)
  ? JSON.parse(readFileSync(file, 'utf8'))
  : { paper: { vogtJW: [] }, sets: {}, rows: [] };

describe.skipIf(!existsSync(file))(`40-digit values of ${file}`, () => {
  it('total variance, derivatives and g', () => {
    expect(vectors.rows.length).toBeGreaterThan(20);
    for (const row of vectors.rows) {
      const p = vectors.sets[row.set];
      expect(p).toBeDefined();
      if (p === undefined) continue;
      const { w, dw, d2w } = sviDerivatives(p, row.k);
      expect(w).toBe(sviTotalVariance(p, row.k));
      for (const [actual, expected] of [
        [w, row.w],
        [dw, row.dw],
        [d2w, row.d2w],
        [butterflyDensity(p, row.k), row.g],
      ] as const) {
        expect(Math.abs(actual - expected)).toBeLessThan(2e-13 * Math.max(1, Math.abs(expected)));
      }
    }
  });

  it.each(Object.entries(vectors.sets))('%s: jump wings, lowest g and the verdict', (_name, set) => {
    const wings = sviJumpWings(set, set.t);
    const { variance, skew, putSlope, callSlope, lowestVariance } = wings;
    for (const [index, value] of [variance, skew, putSlope, callSlope, lowestVariance].entries())
      expect(value).toBeCloseTo(set.jw[index] ?? Number.NaN, 13);
    const back = sviFromJumpWings(wings, set.t);
    for (const key of ['a', 'b', 'rho', 'm', 'sigma'] as const) expect(back?.[key]).toBeCloseTo(set[key], 12);
    const lowest = butterflyMinimum(set);
    expect(lowest.value).toBeCloseTo(set.gMin, 12);
    expect(lowest.at).toBeCloseTo(set.kMin, 5);
    expect(lowest.value >= 0).toBe(set.butterflyFree);
  });

  it("Vogt's slice is flagged and repaired near itself", () => {
    const vogt = vectors.sets['vogt'];
    expect(vogt).toBeDefined();
    if (vogt === undefined) return;
    expect(Object.values(sviJumpWings(vogt, 1)).map((value) => value.toPrecision(7))).toEqual(
      vectors.paper.vogtJW.map((value) => value.toPrecision(7)),
    );
    const repaired = repairButterfly(vogt);
    expect(butterflyMinimum(repaired).value).toBeGreaterThanOrEqual(0);
    expect(sviTotalVariance(repaired, 0)).toBeCloseTo(sviTotalVariance(vogt, 0), 12);
    for (const k of [-0.3, -0.1, 0.1, 0.3]) {
      const distance = Math.sqrt(sviTotalVariance(repaired, k)) - Math.sqrt(sviTotalVariance(vogt, k));
      expect(Math.abs(distance)).toBeLessThan(0.02);
    }
  });
});

const slice = fc.record({
  theta: fc.double({ min: 0.0005, max: 0.8, noNaN: true }),
  rho: fc.double({ min: -0.9, max: 0.6, noNaN: true }),
  eta: fc.double({ min: 0.1, max: 1.05, noNaN: true }),
});
const wild = fc.record({
  a: fc.double({ min: 0, max: 0.1, noNaN: true }),
  b: fc.double({ min: 0.001, max: 1, noNaN: true }),
  rho: fc.double({ min: -1, max: 1, noNaN: true }),
  m: fc.double({ min: -0.5, max: 0.5, noNaN: true }),
  sigma: fc.double({ min: 0.01, max: 0.8, noNaN: true }),
});
const grid = Float64Array.from({ length: 80 }, (_, i) => -0.5 + i / 80);
const pointsOf = (p: SviParameters): Parameters<SviFitter['fit']>[0] => ({
  logMoneyness: grid,
  totalVariances: grid.map((k) => sviTotalVariance(p, k)),
  weights: new Float64Array(80).fill(1),
  count: 80,
});

test('a fit finds a smile that is SVI', () => {
  const fitter = new SviFitter();
  fc.assert(
    fc.property(slice, ({ theta, rho, eta }) => {
      const p = ssviAsSvi(ssviSlice({ rho, eta }, theta));
      const found = fitter.fit(pointsOf(p));
      expect(found).toBeDefined();
      if (found === undefined) return;
      for (const k of grid) {
        const distance = Math.sqrt(sviTotalVariance(found, k)) - Math.sqrt(sviTotalVariance(p, k));
        expect(Math.abs(distance)).toBeLessThan(2e-4 * Math.sqrt(theta));
      }
    }),
  );
});

test.each([
  ['whose vertex lies beyond the quotes, where a search among them ends in a corner', 0.3, -0.9, 0.7, 0.4],
  ['with a wing nearly as steep as wings may be', 1, -0.9, 0, 0.2],
])('a fit finds a smile %s', (_, b, rho, m, sigma) => {
  const p = { a: 0.02, b, rho, m, sigma };
  const found = new SviFitter().fit(pointsOf(p));
  for (const k of grid)
    expect(found === undefined ? 99 : Math.abs(sviTotalVariance(found, k) - sviTotalVariance(p, k))).toBeLessThan(1e-6);
});

test('a wing steeper than wings may be is met as well on either side', () => {
  const steep = (side: number): Parameters<SviFitter['fit']>[0] => ({
    ...pointsOf({ a: 0, b: 0, rho: 0, m: 0, sigma: 1 }),
    totalVariances: grid.map((k) => 0.05 + Math.max(3 * side * (k + 1 / 160), -0.5 * side * (k + 1 / 160))),
  });
  const errorOf = (points: ReturnType<typeof steep>): number => {
    const found = new SviFitter().fit(points);
    if (found === undefined) return Number.NaN;
    return grid.reduce((sum, k, i) => sum + (sviTotalVariance(found, k) - (points.totalVariances[i] ?? 0)) ** 2, 0);
  };
  const [left, right] = [errorOf(steep(-1)), errorOf(steep(1))];
  expect(left).toBeLessThan(1.2);
  expect(left / right).toBeCloseTo(1, 3);
});

test('points without weight have no part, nor do they count', () => {
  const p = { a: 0.02, b: 0.1, rho: -0.4, m: 0.05, sigma: 0.2 };
  const all = pointsOf(p);
  const wrong = all.totalVariances.map((w, i) => (i % 10 === 0 ? w : 7));
  const few = (kept: number) => all.weights.map((_, i) => (i % 10 === 0 && i < 10 * kept ? 1 : 0));
  const found = new SviFitter().fit({ ...all, totalVariances: wrong, weights: few(8) });
  expect(found === undefined ? 99 : Math.abs(sviTotalVariance(found, 0.1) - sviTotalVariance(p, 0.1))).toBeLessThan(
    1e-6,
  );
  expect(new SviFitter().fit({ ...all, totalVariances: wrong, weights: few(4) })).toBeUndefined();
});

test('where a smile has no variance, g says so', () => {
  expect(butterflyDensity({ a: -0.01, b: 0.1, rho: 0, m: 0, sigma: 0.05 }, 0.02)).toBe(Number.NEGATIVE_INFINITY);
});

test('no fit of noise has a negative variance, a wing steeper than 2, or a figure that is none', () => {
  const fitter = new SviFitter();
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.double({ min: -3, max: 3, noNaN: true }), fc.double({ min: 0, max: 2, noNaN: true })), {
        minLength: 0,
        maxLength: 30,
      }),
      (points) => {
        const found = fitter.fit({
          logMoneyness: Float64Array.from(points, ([k]) => k),
          totalVariances: Float64Array.from(points, ([, w]) => w),
          weights: new Float64Array(points.length).fill(1),
          count: points.length,
        });
        if (found === undefined) return;
        expect(Object.values(found).every(Number.isFinite)).toBe(true);
        expect(found.b * (1 + Math.abs(found.rho))).toBeLessThanOrEqual(2 + 1e-9);
        for (let k = -6; k <= 6; k += 0.1) expect(sviTotalVariance(found, k)).toBeGreaterThanOrEqual(-1e-12);
      },
    ),
    { numRuns: 500 },
  );
});

test('surface SVI within its bounds has no butterfly', () => {
  fc.assert(
    fc.property(slice, ({ theta, rho, eta }) => {
      const bounded = Math.min(eta, 2 / (1 + Math.abs(rho)));
      expect(butterflyMinimum(ssviAsSvi(ssviSlice({ rho, eta: bounded }, theta))).value).toBeGreaterThan(-1e-9);
    }),
  );
});

test('a repaired smile has no butterfly and keeps its level at the money', () => {
  fc.assert(
    fc.property(wild, (p) => {
      const repaired = repairButterfly(p);
      expect(butterflyMinimum(repaired).value).toBeGreaterThanOrEqual(-1e-9);
      expect(sviTotalVariance(repaired, 0)).toBeCloseTo(sviTotalVariance(p, 0), 6);
    }),
    { numRuns: 500 },
  );
});

test('a repaired smile has no butterfly, however much variance it has', () => {
  for (const a of [1, 4, 9, 25])
    for (const rho of [-0.9, -0.3, 0.5]) {
      const repaired = repairButterfly({ a, b: 4 / (1 + Math.abs(rho)), rho, m: 0.4, sigma: 0.05 });
      expect(butterflyMinimum(repaired).value, `${a} ${rho}`).toBeGreaterThanOrEqual(0);
    }
});

test('repaired smiles do not cross', () => {
  const range = { low: -1, high: 1 };
  fc.assert(
    fc.property(fc.array(wild, { minLength: 2, maxLength: 6 }), slice, (smiles, { rho }) => {
      const slices = smiles.map((svi) => ({ svi: repairButterfly(svi), range }));
      const final = repairCalendar(slices, { rho, eta: 1 });
      for (const [index, later] of final.entries()) {
        expect(butterflyMinimum(later, range).value).toBeGreaterThanOrEqual(-1e-9);
        const earlier = final[index - 1] ?? later;
        expect(calendarMinimum(earlier, later, range).value).toBeGreaterThanOrEqual(-1e-9);
      }
    }),
    { numRuns: 300 },
  );
});

test('a first expiry that is too high sends all that follow on their way, one after the other', () => {
  const range = { low: -1, high: 1 };
  const slices = Array.from({ length: 60 }, (_, i) => ({
    svi: { a: 0.02 + 0.01 * i + (i === 0 ? 0.2 : 0), b: 0.02, rho: -0.4, m: 0, sigma: 0.1 },
    range,
  }));
  const final = repairCalendar(slices, { rho: 0, eta: 1 });
  for (const [index, later] of final.entries()) {
    const earlier = final[index - 1] ?? later;
    expect(calendarMinimum(earlier, later, range).value, `${index}`).toBeGreaterThanOrEqual(-1e-9);
  }
});

test('crossing smiles are found where they cross', () => {
  const earlier = { a: 0.04, b: 0.1, rho: -0.3, m: 0, sigma: 0.2 };
  const later = { a: 0.05, b: 0.05, rho: -0.3, m: 0, sigma: 0.2 };
  const { value, at } = calendarMinimum(earlier, later);
  expect(value).toBeLessThan(0);
  expect(value).toBeCloseTo(sviTotalVariance(later, at) - sviTotalVariance(earlier, at), 14);
  expect(calendarMinimum(earlier, { ...earlier, a: 0.041 }).value).toBeCloseTo(0.001, 12);
});
