import { type SviParameters, butterflyDensity, butterflyTilt, sviTotalVariance } from './svi.ts';

/** Where a condition is nearest to being broken. */
export interface Lowest {
  readonly value: number;
  /** Log-moneyness. */
  readonly at: number;
}

/** Log-moneyness between which a smile is examined. */
export interface Examined {
  readonly low: number;
  readonly high: number;
}

/** What is examined when nothing else is said: strikes from a twentieth to twenty times the forward. */
export const EVERYWHERE: Examined = { low: -3, high: 3 };
const STEP = 0.2;
const GROWTH = Math.exp(STEP);
/** A vertex far sharper than any strike grid needs no finer scan than this part of the reach. */
const SHARPEST = 1e-6;
/** Of a scan: sinh(0.2 x 80) is 4.4 million, more than the reach in units of the finest scale. */
const MOST_OFFSETS = 80;
const GOLDEN = 0.5 * (Math.sqrt(5) - 1);

/**
 * The lowest g(k) within `range`; below zero the slice has butterfly arbitrage there. Far out the wings decide: g tends to
 * (4 - β²)/16 with β the wing's slope, at least 0 where the fit's bound β <= 2 holds.
 */
export function butterflyMinimum(p: SviParameters, range: Examined = EVERYWHERE): Lowest {
  return refine((k) => butterflyDensity(p, k), scanButterfly(p, range));
}

/** A scanned g above this is not brought below zero by what lies between the scan's points. */
const CLEAR = 0.05;

/** Whether g falls below `least`; looks for the exact lowest point only where the scan leaves it open. */
export function hasButterfly(p: SviParameters, range: Examined = EVERYWHERE, least = 0): boolean {
  const scanned = scanButterfly(p, range);
  if (scanned.value < least) return true;
  return scanned.value < CLEAR && refine((k) => butterflyDensity(p, k), scanned).value < least;
}

interface Scanned extends Lowest {
  readonly before: number;
  readonly after: number;
}

/**
 * Log-moneyness at points spaced like the hyperbolic sine about the smile's vertex (its bend has the width σ), and where the tilt
 * 1 - k w'/2w vanishes: only the curvature holds g up there, and that may be a narrow dip.
 */
function scanButterfly(p: SviParameters, range: Examined): Scanned {
  let value = Number.POSITIVE_INFINITY;
  let at = 0;
  let gap = 0;
  const visit = (k: number, spacing: number): void => {
    if (!(k >= range.low && k <= range.high)) return;
    const g = butterflyDensity(p, k);
    if (g < value) {
      value = g;
      at = k;
      gap = spacing;
    }
  };
  const reach = Math.max(range.high - p.m, p.m - range.low);
  for (const side of [1, -1]) {
    let before = p.m;
    let tiltBefore = butterflyTilt(p, before);
    eachOffset(p.sigma, reach, (offset, spacing) => {
      const k = p.m + side * offset;
      visit(k, spacing);
      const tilt = butterflyTilt(p, k);
      if (tilt > 0 !== tiltBefore > 0)
        visit(
          zeroBetween((x) => butterflyTilt(p, x), before, k),
          Math.abs(k - before),
        );
      before = k;
      tiltBefore = tilt;
    });
  }
  visit(range.low, STEP);
  visit(range.high, STEP);
  return { value, at, before: Math.max(range.low, at - gap), after: Math.min(range.high, at + gap) };
}

/** By bisection: f has opposite signs at `from` and `to`. */
function zeroBetween(f: (k: number) => number, from: number, to: number): number {
  let [here, there] = [from, to];
  const positive = f(from) > 0;
  for (let step = 0; step < 30; step += 1) {
    const middle = 0.5 * (here + there);
    if (f(middle) > 0 === positive) here = middle;
    else there = middle;
  }
  return 0.5 * (here + there);
}

/** 0, then σ sinh(u) in steps of u until `reach` is passed, with the distance to the next. */
function eachOffset(sigma: number, reach: number, visit: (offset: number, spacing: number) => void): void {
  let e = 1;
  const scale = Math.max(sigma, SHARPEST * reach);
  for (let count = 0; count < MOST_OFFSETS; count += 1) {
    const offset = 0.5 * scale * (e - 1 / e);
    visit(offset, 1.3 * STEP * 0.5 * scale * (e + 1 / e));
    if (!(offset <= reach)) return;
    e *= GROWTH;
  }
}

/**
 * How far the later smile lies above the earlier one at its closest, in total variance within `range`: below zero the two slices
 * cross and allow calendar arbitrage (Gatheral and Jacquier, lemma 2.1).
 */
export function calendarMinimum(earlier: SviParameters, later: SviParameters, range: Examined = EVERYWHERE): Lowest {
  return lowestDifference(earlier, later, range, Number.POSITIVE_INFINITY);
}

/** Whether the later smile lies below the earlier one by more than `allowed` anywhere. */
export function hasCalendar(
  earlier: SviParameters,
  later: SviParameters,
  range: Examined = EVERYWHERE,
  allowed = 0,
): boolean {
  return lowestDifference(earlier, later, range, -allowed).value < -allowed;
}

/**
 * What may lie between two points of a scan, as part of b σ²/r with r = sqrt((k - m)² + σ²) at either: both smiles are convex, so that the
 * difference is nowhere further below its chord than h²/8 of the later one's curvature b σ²/r³, and the points are h <= (e^0.2 - 1) r apart.
 */
const DIP = (Math.expm1(STEP) ** 2 * GROWTH) / 8;

/**
 * The lowest difference of two smiles: exact where it is below `below`, else a scanned one. Scanned about the later smile's vertex, where
 * alone it can dip between the points; then every gap that may hold something lower is searched.
 */
function lowestDifference(earlier: SviParameters, later: SviParameters, range: Examined, below: number): Lowest {
  const difference = (k: number): number => sviTotalVariance(later, k) - sviTotalVariance(earlier, k);
  let best: Lowest = { value: Number.POSITIVE_INFINITY, at: 0 };
  let leastBound = Number.POSITIVE_INFINITY;
  const square = later.sigma * later.sigma;
  const eachPoint = (visit: (k: number, value: number, bound: number, spacing: number) => void): void => {
    const point = (k: number, spacing: number): void => {
      const x = k - later.m;
      const value = difference(k);
      visit(k, value, value - (DIP * later.b * square) / Math.sqrt(x * x + square), spacing);
    };
    eachOffset(later.sigma, Math.max(range.high - later.m, later.m - range.low), (offset, spacing) => {
      if (later.m + offset >= range.low && later.m + offset <= range.high) point(later.m + offset, spacing);
      if (later.m - offset >= range.low && later.m - offset <= range.high) point(later.m - offset, spacing);
    });
    point(range.low, STEP);
    point(range.high, STEP);
  };
  eachPoint((at, value, bound) => {
    if (value < best.value) best = { value, at };
    if (bound < leastBound) leastBound = bound;
  });
  if (leastBound >= Math.min(best.value, below)) return best;
  eachPoint((at, value, bound, spacing) => {
    if (bound >= Math.min(best.value, below)) return;
    // Either side alone: a point may have a floor on both.
    const [before, after] = [Math.max(range.low, at - spacing), Math.min(range.high, at + spacing)];
    for (const side of [
      { before, after: at },
      { before: at, after },
    ]) {
      const found = refine(difference, { value, at, ...side });
      if (found.value < best.value) best = found;
    }
  });
  return best;
}

/** Golden section inside the bracket of a scan. */
function refine(f: (k: number) => number, scanned: Scanned): Lowest {
  let low = scanned.before;
  let high = scanned.after;
  let left = high - GOLDEN * (high - low);
  let right = low + GOLDEN * (high - low);
  let fLeft = f(left);
  let fRight = f(right);
  for (let step = 0; step < 60 && high - low > 1e-9; step += 1) {
    if (fLeft < fRight) {
      high = right;
      right = left;
      fRight = fLeft;
      left = high - GOLDEN * (high - low);
      fLeft = f(left);
    } else {
      low = left;
      left = right;
      fLeft = fRight;
      right = low + GOLDEN * (high - low);
      fRight = f(right);
    }
  }
  const at = fLeft < fRight ? left : right;
  const value = Math.min(fLeft, fRight);
  return value < scanned.value ? { value, at } : { value: scanned.value, at: scanned.at };
}
