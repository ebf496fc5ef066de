import { EXAMINED, calendarMinimum, hasButterfly, hasCalendar } from './arbitrage.ts';
import { ssviAsSvi } from './ssvi.ts';
import { type SviParameters, lowestTotalVariance, sviFromJumpWings, sviJumpWings, sviTotalVariance } from './svi.ts';

/** Bisection steps towards the arbitrage-free end of a blend: the rest is a thousandth of the way. */
const BLEND_STEPS = 10;
/** By how much g clears zero after the first repair; the second may use it up. */
const MARGIN = 1e-6;
const VARIANCE_MARGIN = 1e-9;

/** How far the lowest variance goes to its arbitrage-free figure, tried one after the other. */
const LEVELS: readonly number[] = [0, 0.25, 0.5, 1];

/**
 * A slice near `p` without butterfly arbitrage for |k| <= `reach`, with p's at-the-money variance and skew: the wings' slopes and the
 * lowest variance move towards those of a surface-SVI slice, as in Gatheral and Jacquier, section 5.1, as little as needed; of a few
 * ways there the one that changes the smile least within two and a half deviations.
 */
export function repairButterfly(p: SviParameters, reach: number = EXAMINED): SviParameters {
  const free = nearestSsvi(p);
  const passes = (candidate: SviParameters): boolean => !hasButterfly(candidate, reach, MARGIN);
  let best = firstOnTheWay((share) => blend(p, free, share), free, passes);
  let distance = distanceBetween(p, best);
  const from = sviJumpWings(p, 1);
  const to = sviJumpWings(free, 1);
  for (const level of LEVELS) {
    const candidate = firstOnTheWay(
      (share) =>
        sviFromJumpWings(
          {
            variance: from.variance,
            skew: from.skew,
            putSlope: mix(from.putSlope, to.putSlope, share),
            callSlope: mix(from.callSlope, to.callSlope, share),
            lowestVariance: mix(from.lowestVariance, to.lowestVariance, level),
          },
          1,
        ),
      best,
      passes,
    );
    const candidateDistance = distanceBetween(p, candidate);
    if (candidateDistance >= distance) continue;
    best = candidate;
    distance = candidateDistance;
  }
  return best;
}

function distanceBetween(p: SviParameters, candidate: SviParameters): number {
  const scale = Math.sqrt(Math.max(sviTotalVariance(p, 0), VARIANCE_MARGIN));
  let sum = 0;
  for (let x = -2.5; x <= 2.5; x += 0.25) {
    const difference = sviTotalVariance(candidate, x * scale) - sviTotalVariance(p, x * scale);
    sum += difference * difference;
  }
  return sum;
}

/**
 * `later` moved up as little as this repair can, so that it lies nowhere below `earlier` and stays free of butterfly arbitrage: wings at least as
 * steep as the earlier ones, then a raised level; where that bends the smile too much, on the way to the earlier smile lifted as a whole.
 */
export function repairCalendar(earlier: SviParameters, later: SviParameters, reach: number = EXAMINED): SviParameters {
  const passes = (candidate: SviParameters): boolean =>
    !hasButterfly(candidate, reach, 0) && !hasCalendar(earlier, candidate, reach);
  const raised = raise(earlier, steepen(earlier, later), reach);
  if (passes(raised)) return raised;
  const lift = Math.max(sviTotalVariance(later, 0) - sviTotalVariance(earlier, 0), 0) + VARIANCE_MARGIN;
  const lifted = { ...earlier, a: earlier.a + lift };
  return firstOnTheWay((share) => blend(raised, lifted, share), lifted, passes);
}

function steepen(earlier: SviParameters, later: SviParameters): SviParameters {
  const left = Math.max(later.b * (1 - later.rho), earlier.b * (1 - earlier.rho));
  const right = Math.max(later.b * (1 + later.rho), earlier.b * (1 + earlier.rho));
  const b = 0.5 * (left + right);
  const steeper = { ...later, b, rho: b > 0 ? (right - left) / (2 * b) : 0 };
  return { ...steeper, a: steeper.a + sviTotalVariance(later, 0) - sviTotalVariance(steeper, 0) };
}

function raise(earlier: SviParameters, later: SviParameters, reach: number): SviParameters {
  const { value } = calendarMinimum(earlier, later, reach);
  return value >= 0 ? later : { ...later, a: later.a - value + VARIANCE_MARGIN };
}

/** The first point of the way (share 0 to 1) that passes, by bisection; `end` when none is found. */
function firstOnTheWay(
  way: (share: number) => SviParameters | undefined,
  end: SviParameters,
  passes: (candidate: SviParameters) => boolean,
): SviParameters {
  let failing = 0;
  let passing = 1;
  let best = end;
  for (let step = 0; step < BLEND_STEPS; step += 1) {
    const share = 0.5 * (failing + passing);
    const candidate = way(share);
    if (candidate !== undefined && lowestTotalVariance(candidate) > 0 && passes(candidate)) {
      passing = share;
      best = candidate;
    } else failing = share;
  }
  return best;
}

const mix = (x: number, y: number, share: number): number => x + share * (y - x);

/** Parameters between two slices, the level set so that the at-the-money total variance is between theirs too. */
function blend(from: SviParameters, to: SviParameters, share: number): SviParameters {
  const b = mix(from.b, to.b, share);
  const candidate = {
    a: 0,
    b,
    rho: b > 0 ? mix(from.b * from.rho, to.b * to.rho, share) / b : 0,
    m: mix(from.m, to.m, share),
    sigma: mix(from.sigma, to.sigma, share),
  };
  const level = mix(sviTotalVariance(from, 0), sviTotalVariance(to, 0), share);
  return { ...candidate, a: level - sviTotalVariance(candidate, 0) };
}

/**
 * The surface-SVI slice with the at-the-money total variance θ and skew of `p`, its curvature as near to p's as the butterfly conditions
 * allow: with X = φ sqrt(θ) and s = |ρ| X (fixed by the skew), X² + s X <= 4 and X + s <= 4 / sqrt(θ).
 */
function nearestSsvi(p: SviParameters): SviParameters {
  const theta = Math.max(sviTotalVariance(p, 0), VARIANCE_MARGIN);
  const root = Math.sqrt(theta);
  const skew = (p.b * (p.rho - p.m / Math.sqrt(p.m * p.m + p.sigma * p.sigma))) / root;
  const most = (s: number): number => Math.min(0.5 * (Math.sqrt(s * s + 16) - s), 4 / root - s);
  let s = Math.min(Math.abs(skew), 0.999 * Math.SQRT2, 1.999 / root);
  const x = Math.min(Math.max((2 * p.b) / root, 1.001 * s, 1e-4), 0.999 * most(s));
  s = Math.min(s, 0.999 * x);
  return ssviAsSvi({ theta, rho: (Math.sign(skew) * s) / x, phi: x / root });
}
