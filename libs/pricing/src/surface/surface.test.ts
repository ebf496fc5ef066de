import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { normalCdf } from '../normal.ts';
import { surfaceTotalVariance, surfaceVolatility, volatilityAtDelta } from './interpolation.ts';
import { fitSsviShape, ssviAsSvi, ssviSlice } from './ssvi.ts';
import { type ExpirySmile, SurfaceFitter, quoteWeight } from './surface.ts';
import { sviTotalVariance } from './svi.ts';
import { volatilityPercentile, volatilityRank } from './volatility-rank.ts';

const shape = { rho: -0.5, eta: 0.9 };
/** A smile of the surface SVI above, seen at `count` strikes. */
function smile(
  years: number,
  count: number,
  change: (volatility: number, i: number) => number = (v) => v,
): ExpirySmile {
  const svi = ssviAsSvi(ssviSlice(shape, 0.05 * years));
  const strikes = Float64Array.from({ length: count }, (_, i) => 100 * Math.exp(-0.3 + (0.5 * (i + 0.5)) / count));
  const volatilities = strikes.map((strike, i) =>
    change(Math.sqrt(sviTotalVariance(svi, Math.log(strike / 100)) / years), i),
  );
  return { years, forward: 100, strikes, volatilities };
}
const exact = (k: number, years: number): number =>
  Math.sqrt(sviTotalVariance(ssviAsSvi(ssviSlice(shape, 0.05 * years)), k) / years);

describe('a surface', () => {
  const surface = new SurfaceFitter().fit([smile(1, 40), smile(0.1, 40), smile(0.5, 40)]);

  it('has its slices in order, fits them, and finds no arbitrage in what has none', () => {
    expect(surface.findings).toEqual([]);
    expect(surface.slices.map(({ years }) => years)).toEqual([0.1, 0.5, 1]);
    for (const slice of surface.slices) {
      expect(slice).toMatchObject({ origin: 'svi', points: 40 });
      expect(slice.error).toBeLessThan(1e-5);
    }
  });

  it('interpolates total variance in time, and volatility outside', () => {
    const middle = surfaceTotalVariance(surface, -0.1, 0.3) ?? Number.NaN;
    const ends = (exact(-0.1, 0.1) ** 2 * 0.1 + exact(-0.1, 0.5) ** 2 * 0.5) / 2;
    expect(middle).toBeCloseTo(ends, 6);
    expect(surfaceVolatility(surface, 0.05, 0.05)).toBeCloseTo(exact(0.05, 0.1), 5);
    expect(surfaceVolatility(surface, 0.05, 4)).toBeCloseTo(exact(0.05, 1), 5);
    expect(surfaceVolatility(surface, 0.05, 0)).toBeUndefined();
    expect(surfaceVolatility({ slices: [], findings: [] }, 0, 1)).toBeUndefined();
  });

  it('finds the strike of a delta', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.02, max: 0.98, noNaN: true }),
        fc.double({ min: 0.05, max: 1.5, noNaN: true }),
        (delta, years) => {
          const point = volatilityAtDelta(surface, delta, years);
          expect(point).toBeDefined();
          if (point === undefined) return;
          const s = point.volatility * Math.sqrt(years);
          expect(normalCdf(-point.logMoneyness / s + 0.5 * s)).toBeCloseTo(delta, 9);
        },
      ),
    );
    expect(volatilityAtDelta(surface, 1, 0.5)).toBeUndefined();
    // Along a wing of slope 2 no call's delta is below a half.
    const svi = { a: 0.01, b: 1, rho: 1, m: 0, sigma: 0.1 };
    const steep = {
      slices: [{ years: 1, forward: 100, svi, origin: 'svi', points: 9, error: 0 }],
      findings: [],
    } as const;
    expect(volatilityAtDelta(steep, 0.3, 1)).toBeUndefined();
    expect(volatilityAtDelta(steep, 0.7, 1)).toBeDefined();
  });
});

test('a thin expiry is shaped by the others', () => {
  const { slices } = new SurfaceFitter().fit([smile(0.1, 40), smile(0.5, 3), smile(1, 40), smile(1.5, 1)]);
  expect(slices.map(({ origin }) => origin)).toEqual(['svi', 'ssvi', 'svi', 'ssvi']);
  for (const [index, years] of [0.1, 0.5, 1, 1.5].entries()) {
    const svi = slices[index]?.svi;
    for (const k of [-0.2, 0, 0.1]) {
      const volatility = svi === undefined ? Number.NaN : Math.sqrt(sviTotalVariance(svi, k) / years);
      expect(Math.abs(volatility - exact(k, years))).toBeLessThan(0.004);
    }
  }
});

test('a thin expiry that is moved says so', () => {
  const high = smile(0.5, 3, (volatility) => 2 * volatility);
  const { slices, findings } = new SurfaceFitter().fit([smile(0.1, 40), high, smile(1, 40)]);
  expect(slices[1]?.origin).toBe('repaired');
  expect(findings.every(({ repaired }) => repaired)).toBe(true);
});

test('the common shape is free of arbitrage however steep the smiles are, and one without variance has no say', () => {
  const steep = ssviAsSvi(ssviSlice({ rho: -0.8, eta: 3 }, 0.05));
  const logMoneyness = Float64Array.from({ length: 9 }, (_, i) => -0.4 + 0.1 * i);
  const points = {
    logMoneyness,
    totalVariances: logMoneyness.map((k) => sviTotalVariance(steep, k)),
    weights: new Float64Array(9).fill(1),
    count: 9,
  };
  const found = fitSsviShape([{ points, theta: 0.05 }]);
  expect(found.eta * (1 + Math.abs(found.rho))).toBeLessThanOrEqual(2);
  expect(found.eta).toBeGreaterThan(0.9);
  const none = { points: { ...points, totalVariances: new Float64Array(9) }, theta: 0 };
  expect(fitSsviShape([none, { points, theta: 0.05 }])).toEqual(found);
});

test('noise is flagged and repaired, or only flagged', () => {
  const noisy = [0.1, 0.15, 0.2, 0.5].map((years, j) =>
    smile(years, 30, (volatility, i) => volatility + 0.03 * Math.sin(7 * i + 3 * j)),
  );
  const flagged = new SurfaceFitter().fit(noisy, { repair: false });
  expect(flagged.findings.length).toBeGreaterThan(0);
  expect(flagged.findings.every(({ repaired, value }) => !repaired && value < 0)).toBe(true);
  const repaired = new SurfaceFitter().fit(noisy);
  expect(repaired.findings.every((finding) => finding.repaired)).toBe(true);
  expect(new Set(repaired.slices.map(({ origin }) => origin))).toContain('repaired');
  for (const slice of repaired.slices) expect(slice.error).toBeLessThan(0.03);
});

test('quotes that are none are left out; nothing usable leaves no slice', () => {
  const broken = smile(0.5, 30, (volatility, i) => [volatility, Number.NaN, 0, -1, Infinity, volatility][i % 6] ?? 0);
  const { slices } = new SurfaceFitter().fit([broken, smile(1, 0), { ...smile(2, 10), forward: Number.NaN }]);
  expect(slices).toHaveLength(1);
  expect(slices[0]).toMatchObject({ points: 10 });
});

test('a figure that is none ends in no loop and takes no part: beyond what its square or its logarithm can be', () => {
  const at = (changed: number): ExpirySmile => smile(0.5, 30, (volatility, i) => (i === 7 ? changed : volatility));
  for (const changed of [1e200, 1e-200]) {
    const { slices } = new SurfaceFitter().fit([at(changed)]);
    expect(slices[0]).toMatchObject({ points: 29, origin: 'svi' });
    expect(slices[0]?.error).toBeLessThan(1e-5);
  }
  const good = smile(0.5, 30);
  for (const bad of [
    { ...good, forward: Number.POSITIVE_INFINITY },
    { ...good, years: Number.POSITIVE_INFINITY },
    { ...good, years: 1e-300 },
    { ...good, strikes: good.strikes.map((strike) => strike * 1e-300), forward: 1e300 },
  ])
    expect(new SurfaceFitter().fit([bad]).slices).toEqual([]);
});

test('expiries that cross only where one of them has no quotes are left alone', () => {
  const of = (years: number, from: number, to: number, volatility: (k: number) => number): ExpirySmile => {
    const strikes = Float64Array.from({ length: 30 }, (_, i) => 100 * Math.exp(from + ((to - from) * i) / 29));
    return { years, forward: 100, strikes, volatilities: strikes.map((strike) => volatility(Math.log(strike / 100))) };
  };
  const wide = of(0.5, -0.5, 0.3, (k) => 0.2 + 0.8 * Math.max(0, -0.1 - k));
  const narrow = of(0.7, -0.06, 0.06, () => 0.2);
  const { slices, findings } = new SurfaceFitter().fit([wide, narrow]);
  const [earlier, later] = slices.map(({ svi }) => sviTotalVariance(svi, -0.4));
  expect(earlier).toBeGreaterThan(later ?? Number.NaN);
  expect(findings.filter(({ kind }) => kind === 'calendar')).toEqual([]);
});

test('a volatility near zero does not take the whole smile with it', () => {
  const { slices } = new SurfaceFitter().fit([
    smile(0.5, 30, (volatility, i) => (i === 7 ? 1e-5 : volatility)),
    smile(1, 40),
  ]);
  const svi = slices[0]?.svi;
  const level = svi === undefined ? Number.NaN : Math.sqrt(sviTotalVariance(svi, 0) / 0.5);
  expect(Math.abs(level - exact(0, 0.5))).toBeLessThan(0.025);
});

test('strikes count once: three of them determine no smile of five figures', () => {
  const strikes = Float64Array.from({ length: 12 }, (_, i) => 95 + 5 * (i % 3));
  const volatilities = Float64Array.from({ length: 12 }, (_, i) => [0.24, 0.22, 0.21][i % 3] ?? 0);
  const [slice] = new SurfaceFitter().fit([{ years: 0.5, forward: 100, strikes, volatilities }, smile(1, 40)]).slices;
  expect(slice).toMatchObject({ origin: 'ssvi', points: 12 });
});

test('of two smiles of one time only the one that is bent is repaired', () => {
  // Axel Vogt's example, which Gatheral and Jacquier give (section 3.1).
  const vogt = { a: -0.041, b: 0.1331, rho: 0.306, m: 0.3586, sigma: 0.4153 };
  const strikes = Float64Array.from({ length: 60 }, (_, i) => 100 * Math.exp(-1.5 + i * 0.05));
  const one = { years: 1, forward: 100, strikes };
  const flat = { ...one, volatilities: strikes.map(() => 0.05) };
  const bent = { ...one, volatilities: strikes.map((k) => Math.sqrt(sviTotalVariance(vogt, Math.log(k / 100)))) };
  const { slices, findings } = new SurfaceFitter().fit([flat, bent]);
  expect(slices.map(({ origin }) => origin)).toEqual(['svi', 'repaired']);
  expect(findings).toMatchObject([{ kind: 'butterfly', repaired: true }]);
});

test('distances count in volatility: a fit between 20% and 60% does not go by the variances', () => {
  const torn: ExpirySmile = {
    years: 0.25,
    forward: 100,
    strikes: Float64Array.from({ length: 40 }, (_, i) => 80 + i),
    volatilities: Float64Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? 0.2 : 0.6)),
  };
  const [slice] = new SurfaceFitter().fit([torn], { repair: false }).slices;
  const level = slice === undefined ? Number.NaN : Math.sqrt(sviTotalVariance(slice.svi, 0) / 0.25);
  // Distances of variances over twice the volatility: the harmonic mean of the variances, 26.8%; their plain mean is 44.7%.
  expect(level).toBeGreaterThan(0.25);
  expect(level).toBeLessThan(0.29);
  // The distance itself is one of volatilities, all alike: to 20% and 60%.
  expect(slice?.error).toBeCloseTo(Math.sqrt(((level - 0.2) ** 2 + (level - 0.6) ** 2) / 2), 2);
});

test('a quote counts by its vega and spread', () => {
  expect(quoteWeight(0.1, 0.05)).toBeCloseTo((10 / 0.05) ** 2, 6);
  expect(quoteWeight(0.1, 0)).toBe(quoteWeight(0.1, 0.01));
  expect(quoteWeight(0.1, 0.01)).toBeCloseTo((10 / 0.01) ** 2, 3);
  expect(quoteWeight(0, 0.05)).toBe(0);
  expect(quoteWeight(0.1, Number.NaN)).toBe(0);
});

test('rank and percentile', () => {
  const history = [0.1, 0.2, 0.15, 0.4, Number.NaN];
  expect(volatilityRank(0.25, history)).toBeCloseTo(0.5, 14);
  expect(volatilityPercentile(0.25, history)).toBe(0.75);
  // An equal day is not below.
  expect(volatilityPercentile(0.2, history)).toBe(0.5);
  expect(volatilityRank(0.5, history)).toBeGreaterThan(1);
  expect(volatilityRank(0.2, [0.2, 0.2])).toBeUndefined();
  expect(volatilityRank(Number.NaN, history)).toBeUndefined();
  expect(volatilityPercentile(0.2, [])).toBeUndefined();
});
