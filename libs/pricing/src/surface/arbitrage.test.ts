import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { butterflyMinimum, calendarMinimum, hasButterfly, hasCalendar } from './arbitrage.ts';
import { type SviParameters, butterflyDensity, sviTotalVariance } from './svi.ts';

const RANGE = { low: -3, high: 3 };
const log = (from: number, to: number): fc.Arbitrary<number> =>
  fc.double({ min: Math.log(from), max: Math.log(to), noNaN: true }).map(Math.exp);

/** Smiles of every sharpness, with wings up to the steepest and lowest variances near zero. */
const smile = fc
  .record({
    lowest: log(1e-6, 0.5),
    b: log(1e-4, 2),
    rho: fc.double({ min: -1, max: 1, noNaN: true }),
    m: fc.double({ min: -0.5, max: 0.5, noNaN: true }),
    sigma: log(1e-3, 2),
  })
  .map(({ lowest, b, rho, m, sigma }): SviParameters => {
    const slope = Math.min(b, 2 / (1 + Math.abs(rho)));
    return { a: lowest - slope * sigma * Math.sqrt(1 - rho * rho), b: slope, rho, m, sigma };
  });

/** The lowest value on a grid as dense as the smiles' bends are sharp. */
function lowestOnGrid(f: (k: number) => number, smiles: readonly SviParameters[]): number {
  let lowest = Number.POSITIVE_INFINITY;
  const visit = (k: number): void => {
    if (k >= RANGE.low && k <= RANGE.high) lowest = Math.min(lowest, f(k));
  };
  for (const { m, sigma } of smiles) for (let u = -9; u <= 9; u += 0.05) visit(m + sigma * Math.sinh(u));
  for (let k = RANGE.low; k <= RANGE.high; k += 0.01) visit(k);
  return lowest;
}

describe('the checks see what a dense grid sees', () => {
  it('of one smile: butterflies', () => {
    fc.assert(
      fc.property(smile, (p) => {
        const lowest = lowestOnGrid((k) => butterflyDensity(p, k), [p]);
        // Far from the money g is a figure without quotes behind it, and a millionth of it is none.
        expect(hasButterfly(p, RANGE) || lowest >= -1e-4).toBe(true);
        expect(butterflyMinimum(p, RANGE).value > 0 || lowest <= 0.01).toBe(true);
      }),
    );
  });

  it('of two smiles that hardly cross: where they do', () => {
    fc.assert(
      fc.property(smile, smile, log(1e-7, 1e-2), fc.boolean(), (earlier, other, distance, cross) => {
        const difference = (later: SviParameters) => (k: number) =>
          sviTotalVariance(later, k) - sviTotalVariance(earlier, k);
        const touching = { ...other, a: other.a - lowestOnGrid(difference(other), [earlier, other]) };
        const later = { ...touching, a: touching.a + (cross ? -distance : distance) };
        expect(hasCalendar(earlier, later, RANGE, 1e-10) || !cross).toBe(true);
        const { value, at } = calendarMinimum(earlier, later, RANGE);
        expect(value).toBeLessThanOrEqual((cross ? -distance : distance) + 1e-9);
        expect(value).toBeCloseTo(difference(later)(at), 14);
      }),
    );
  });
});

describe('a narrow dip between the points of a scan', () => {
  it('of g where its first part vanishes', () => {
    const p = {
      a: -0.0029496127070111904,
      b: 0.0017808982063277044,
      rho: -0.5408015768043697,
      m: -0.02329838202315216,
      sigma: 1.9871194823148022,
    };
    const exact = lowestOnGrid((k) => butterflyDensity(p, k), [p]);
    expect(butterflyMinimum(p).value).toBeLessThan(exact + 1e-6);
  });

  it('of the difference, under the bend of a later smile', () => {
    // Apart by a twentieth and more at every point of a scan about either vertex.
    const earlier = {
      a: -0.00026503376300382155,
      b: 0.0008569739333619778,
      rho: -0.2869530515745282,
      m: -0.000009851187200595695,
      sigma: 0.327042618206802,
    };
    const later = {
      a: -0.07434040872817532,
      b: 0.28455865451158213,
      rho: 0.05757329473271966,
      m: -0.06770836940482,
      sigma: 0.2618142132527792,
    };
    const exact = lowestOnGrid((k) => sviTotalVariance(later, k) - sviTotalVariance(earlier, k), [later]);
    expect(exact).toBeLessThan(-3e-6);
    expect(hasCalendar(earlier, later)).toBe(true);
    expect(calendarMinimum(earlier, later).value).toBeLessThan(exact + 1e-9);
  });
});

it('two floors of a difference, either side of the earlier smile’s vertex, are both looked at', () => {
  const earlier = {
    a: 0.000029957696387027828,
    b: 0.03811885134421118,
    rho: 0.7251201681792736,
    m: -0.48831596559089246,
    sigma: 0.00043733444994977584,
  };
  const later = {
    a: -1.2860949112712423,
    b: 0.7373834783072382,
    rho: 0.30253573693335056,
    m: 0.0191359257991328,
    sigma: 1.8314180759484822,
  };
  const exact = lowestOnGrid((k) => sviTotalVariance(later, k) - sviTotalVariance(earlier, k), [earlier, later]);
  expect(exact).toBeLessThan(-1e-4);
  expect(calendarMinimum(earlier, later).value).toBeLessThan(exact + 1e-9);
});

it.each([1, -1])('the ends of the range count, those on side %d too', (side) => {
  // Vogt's example: g falls from the money to its lowest point at 0.78.
  const vogt = { a: -0.041, b: 0.1331, rho: side * 0.306, m: side * 0.3586, sigma: 0.4153 };
  const range = side > 0 ? { low: -0.5, high: 0.7 } : { low: -0.7, high: 0.5 };
  const lowest = butterflyMinimum(vogt, range);
  expect(lowest.at).toBeCloseTo(side * 0.7, 6);
  expect(lowest.value).toBeCloseTo(butterflyDensity(vogt, side * 0.7), 9);
  // Two smiles that part towards one end.
  const earlier = { a: 0.04, b: 0, rho: 0, m: 0, sigma: 1 };
  const later = { a: 0.05, b: 0.1, rho: -side, m: 0, sigma: 0.001 };
  expect(calendarMinimum(earlier, later, { low: -0.33, high: 0.33 }).value).toBeCloseTo(0.01, 3);
  expect(calendarMinimum(later, earlier, range).at).toBeCloseTo(side > 0 ? -0.5 : 0.5, 6);
});

it('smiles that touch do not cross', () => {
  const p = { a: 0.04, b: 0.1, rho: -0.3, m: 0, sigma: 0.1 };
  expect(hasCalendar(p, p, RANGE, 1e-10)).toBe(false);
  expect(hasCalendar(p, { ...p, a: p.a - 0.9e-10 }, RANGE, 1e-10)).toBe(false);
  expect(hasCalendar(p, { ...p, a: p.a - 1.1e-10 }, RANGE, 1e-10)).toBe(true);
});

it('a smile that is none is looked at and left', () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
    for (const key of ['a', 'b', 'rho', 'm', 'sigma'] as const) {
      const p = { a: 0.04, b: 0.1, rho: -0.3, m: 0, sigma: 0.1, [key]: bad };
      expect(butterflyMinimum(p).value).not.toBeNaN();
      expect(calendarMinimum(p, p).value).not.toBeNaN();
    }
});
