import { type SviParameters, butterflyDensity, sviTotalVariance } from './svi.ts';

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
 * Log-moneyness at points spaced like the hyperbolic sine about the smile's vertex (its bend has the width σ), and about the money
 * (the tilt 1 - k w'/2w bends over sqrt(w)).
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
  eachOffset(p.sigma, Math.max(range.high - p.m, p.m - range.low), (offset, spacing) => {
    visit(p.m + offset, spacing);
    visit(p.m - offset, spacing);
  });
  const scale = Math.sqrt(Math.max(sviTotalVariance(p, 0), 1e-8));
  for (let i = -12; i <= 12; i += 1) visit(0.5 * i * scale, 0.5 * scale);
  visit(range.low, STEP);
  visit(range.high, STEP);
  return { value, at, before: Math.max(range.low, at - gap), after: Math.min(range.high, at + gap) };
}

/** 0, then σ sinh(u) in steps of u until `reach` is passed, with the distance to the next. */
function eachOffset(sigma: number, reach: number, visit: (offset: number, spacing: number) => void): void {
  let e = 1;
  // A vertex far sharper than any strike grid needs no finer scan than a millionth of the reach.
  const scale = Math.max(sigma, 1e-6 * reach);
  for (;;) {
    const offset = 0.5 * scale * (e - 1 / e);
    visit(offset, 1.3 * STEP * 0.5 * scale * (e + 1 / e));
    if (offset > reach) return;
    e *= GROWTH;
  }
}

/**
 * How far the later smile lies above the earlier one at its closest, in total variance within `range`: below zero the two slices
 * cross and allow calendar arbitrage (Gatheral and Jacquier, lemma 2.1).
 */
export function calendarMinimum(earlier: SviParameters, later: SviParameters, range: Examined = EVERYWHERE): Lowest {
  const difference = (k: number): number => sviTotalVariance(later, k) - sviTotalVariance(earlier, k);
  return refine(difference, scanCalendar(earlier, later, range));
}

/** Whether the later smile lies below the earlier one by more than `allowed` anywhere. */
export function hasCalendar(
  earlier: SviParameters,
  later: SviParameters,
  range: Examined = EVERYWHERE,
  allowed = 0,
): boolean {
  const scanned = scanCalendar(earlier, later, range);
  if (scanned.value < -allowed) return true;
  if (scanned.value > CLEAR * sviTotalVariance(earlier, scanned.at)) return false;
  const difference = (k: number): number => sviTotalVariance(later, k) - sviTotalVariance(earlier, k);
  return refine(difference, scanned).value < -allowed;
}

function scanCalendar(earlier: SviParameters, later: SviParameters, range: Examined): Scanned {
  let value = Number.POSITIVE_INFINITY;
  let at = 0;
  let gap = 0;
  const visit = (k: number, spacing: number): void => {
    if (!(k >= range.low && k <= range.high)) return;
    const difference = sviTotalVariance(later, k) - sviTotalVariance(earlier, k);
    if (difference < value) {
      value = difference;
      at = k;
      gap = spacing;
    }
  };
  for (const p of [earlier, later]) {
    eachOffset(p.sigma, Math.max(range.high - p.m, p.m - range.low), (offset, spacing) => {
      visit(p.m + offset, spacing);
      visit(p.m - offset, spacing);
    });
  }
  visit(range.low, STEP);
  visit(range.high, STEP);
  return { value, at, before: Math.max(range.low, at - gap), after: Math.min(range.high, at + gap) };
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
