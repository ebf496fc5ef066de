import { EVERYWHERE, type Examined, hasButterfly, hasCalendar } from './arbitrage.ts';
import { type SsviShape, ssviAsSvi, ssviSlice } from './ssvi.ts';
import { type SviParameters, lowestTotalVariance, sviFromJumpWings, sviJumpWings, sviTotalVariance } from './svi.ts';

/** Bisection steps towards the arbitrage-free end of a blend: the rest is a thousandth of the way. */
const BLEND_STEPS = 10;
/** Total variance by which a slice may lie below the one before it: rounding. */
export const CALENDAR_ALLOWED = 1e-10;
/** By how much g clears zero after the first repair; the second may use it up. */
const MARGIN = 1e-6;
const VARIANCE_MARGIN = 1e-9;

/** How far the lowest variance goes to its arbitrage-free figure, tried one after the other. */
const LEVELS: readonly number[] = [0, 0.25, 0.5, 1];

/**
 * A slice near `p` without butterfly arbitrage within `range`, with p's at-the-money variance and skew: the wings' slopes and the
 * lowest variance move towards those of a surface-SVI slice, as in Gatheral and Jacquier, section 5.1, as little as needed; of a few
 * ways there the one that changes the smile least within two and a half deviations.
 */
export function repairButterfly(p: SviParameters, range: Examined = EVERYWHERE): SviParameters {
  const free = nearestSsvi(p);
  const passes = (candidate: SviParameters): boolean => !hasButterfly(candidate, range, MARGIN);
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

/** A slice of a surface to be freed of arbitrage. */
export interface RepairSlice {
  readonly svi: SviParameters;
  /** Where it is examined; two slices are compared where both are. */
  readonly range: Examined;
}

/** A fit of one slice's quotes and, with a total weight of `share` times theirs, of the curve `towards`. */
export type Refit = (index: number, towards: SviParameters, share: number) => SviParameters | undefined;

/** Weight of the surface SVI in the refits that are tried first: quotes keep the say where they are dense. */
export const PRIORS: readonly number[] = [0.003, 0.03, 0.3, 3];
/** Steps of the blend that follows. */
const SHARES = 12;
const MOST_STEPS = PRIORS.length + SHARES;

/**
 * Moves slices (in order of time) towards the surface SVI of `shape` until none crosses the one before and none has butterfly arbitrage,
 * each no further than it must go: whoever takes part in a violation goes one step further, and all is looked at again. Steps are refits
 * that see more and more of the surface SVI (where `refit` is given), then blends of parameters. It ends, because at the far end stands a
 * surface that is free of both (Gatheral and Jacquier, theorems 4.1 and 4.2).
 * @returns the slices, unchanged ones as the same objects
 */
export function repairCalendar(slices: readonly RepairSlice[], shape: SsviShape, refit?: Refit): SviParameters[] {
  const targets = surfaceTargets(slices, shape);
  const steps = slices.map(() => 0);
  const bases = slices.map((slice) => slice.svi);
  const result = [...bases];
  let dirty = slices.map(() => true);
  const advance = (index: number): boolean => {
    const target = targets[index];
    const base = bases[index];
    const step = (steps[index] ?? MOST_STEPS) + 1;
    if (step > MOST_STEPS || target === undefined || base === undefined) return false;
    steps[index] = step;
    const share = PRIORS[step - 1];
    if (share === undefined) {
      result[index] = step === MOST_STEPS ? target : blend(base, target, (step - PRIORS.length) / SHARES);
      return true;
    }
    const again = refit?.(index, target, share);
    if (again === undefined) return advance(index);
    bases[index] = again;
    result[index] = again;
    return true;
  };
  // Every sweep but the last takes a step, and one that follows from another's comes late: slices may go their ways one after the other.
  for (let sweep = 0; sweep <= slices.length * MOST_STEPS && dirty.includes(true); sweep += 1) {
    const push = violations(slices, result, dirty);
    dirty = push.map((wanted, index) => wanted && advance(index));
  }
  return result;
}

/** Which slices take part in a violation; looks only where something has changed. */
function violations(
  slices: readonly RepairSlice[],
  result: readonly SviParameters[],
  dirty: readonly boolean[],
): boolean[] {
  const found = slices.map(() => false);
  for (const [index, { range }] of slices.entries()) {
    const svi = result[index];
    const before = slices[index - 1];
    const earlier = result[index - 1];
    if (svi === undefined) continue;
    if (dirty[index] === true && hasButterfly(svi, range, 0)) found[index] = true;
    if (before === undefined || earlier === undefined || !(dirty[index] === true || dirty[index - 1] === true))
      continue;
    if (!hasCalendar(earlier, svi, overlap(before.range, range), CALENDAR_ALLOWED)) continue;
    found[index] = true;
    found[index - 1] = true;
  }
  return found;
}

/** The surface SVI of `shape` at the slices' at-the-money levels, made to rise with time. */
export function surfaceTargets(slices: readonly { readonly svi: SviParameters }[], shape: SsviShape): SviParameters[] {
  const levels = rising(slices.map(({ svi }) => Math.max(sviTotalVariance(svi, 0), VARIANCE_MARGIN)));
  return levels.map((theta) => ssviAsSvi(ssviSlice(shape, theta)));
}

export function overlap(one: Examined, other: Examined): Examined {
  return { low: Math.max(one.low, other.low), high: Math.min(one.high, other.high) };
}

/** The nearest rising sequence in least squares (pool adjacent violators). */
function rising(values: readonly number[]): number[] {
  const pools: { sum: number; count: number }[] = [];
  for (const value of values) {
    let pool = { sum: value, count: 1 };
    for (;;) {
      const last = pools.at(-1);
      if (last === undefined || last.sum / last.count <= pool.sum / pool.count) break;
      pools.pop();
      pool = { sum: pool.sum + last.sum, count: pool.count + last.count };
    }
    pools.push(pool);
  }
  return pools.flatMap(({ sum, count }) => Array.from({ length: count }, () => sum / count));
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
