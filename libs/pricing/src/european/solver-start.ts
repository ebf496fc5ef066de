import { mills, millsSlope } from './mills.ts';

/**
 * First guess of the total standard deviation, good to about 1e-4 for ordinary contracts, through the normal (Bachelier) model:
 * with β = V/sqrt(AB) and κ = |A-B|/sqrt(AB) the normal deviation n solves β = n (φ(a) - a Φ(-a)), a = κ/n: one table. The
 * lognormal deviation follows from the short-time expansion n = (κ/x) s (1 - (s/x)² ln(κ/x) + O(s⁴)) with κ = 2 sinh(x/2)
 * (C. Grunspan, "A note on the equivalence between the normal and the lognormal implied volatility", arXiv:1112.1782, 2011).
 */

/**
 * Table of m = g/(1 + v), with g = n/β and v = κ/β, against r = sqrt(ln(1 + v) + 1): smooth from sqrt(2π) at the money down to about
 * 1/sqrt(2 ln v) far from it. Cubic coefficients per cell, in the fraction of the cell.
 */
const CELLS_PER_UNIT = 16;
const LAST = 28;
const CELLS = (LAST - 1) * CELLS_PER_UNIT;
const table = cubicCells();

interface Node {
  readonly value: number;
  readonly slope: number;
}

/** Hermite cubics between neighbouring nodes. */
function cubicCells(): Float64Array {
  const cubics = new Float64Array(4 * CELLS);
  let left = node(1);
  for (let cell = 0; cell < CELLS; cell += 1) {
    const right = node(1 + (cell + 1) / CELLS_PER_UNIT);
    const rise = right.value - left.value;
    const from = left.slope / CELLS_PER_UNIT;
    const to = right.slope / CELLS_PER_UNIT;
    cubics.set([left.value, from, 3 * rise - 2 * from - to, from + to - 2 * rise], 4 * cell);
    left = right;
  }
  return cubics;
}

/** m at r; dg/dv = Y(-a). */
function node(r: number): Node {
  const v = Math.expm1(r * r - 1);
  const g = v < 1 ? nearRatio(v) : v / farMoneyness(Math.log(v));
  const value = g / (1 + v);
  return { value, slope: 2 * r * (mills(-v / g) - value) };
}

/** g from 1 = g W(v/g), W(a) = φ(a) - a Φ(-a), whose derivative in g is φ(a). */
function nearRatio(v: number): number {
  let g = Math.sqrt(2 * Math.PI) + 0.6 * v;
  for (let step = 0; step < 20; step += 1) {
    const a = v / g;
    const density = Math.exp(-0.5 * a * a) / Math.sqrt(2 * Math.PI);
    const next = g - (g * density * millsSlope(-a) - 1) / density;
    if (next === g) break;
    g = next;
  }
  return g;
}

/** a from ln v = ln a - ln W(a). */
function farMoneyness(target: number): number {
  let a = Math.max(0.28, Math.sqrt(2 * target) - 1);
  for (let step = 0; step < 20; step += 1) {
    const excess = Math.log(a / millsSlope(-a)) + 0.5 * a * a + 0.5 * Math.log(2 * Math.PI) - target;
    const next = Math.max(0.1, a - excess / (1 / a + mills(-a) / millsSlope(-a)));
    if (next === a) break;
    a = next;
  }
  return a;
}

/** Guess of s from x = |ln(A/B)|, κ and β in (0, about 1/2). */
export function startDeviation(x: number, kappa: number, beta: number): number {
  const position = (Math.sqrt(Math.log(1 + kappa / beta) + 1) - 1) * CELLS_PER_UNIT;
  const cell = Math.min(position | 0, CELLS - 1);
  const f = position - cell;
  const at = 4 * cell;
  const m = (table[at] ?? 0) + f * ((table[at + 1] ?? 0) + f * ((table[at + 2] ?? 0) + f * (table[at + 3] ?? 0)));
  const flat = (beta + kappa) * m * (kappa > 0 ? x / kappa : 1);
  const x2 = x * x;
  // 24 ln(κ/x)/x², ln(κ/x) = ln(sinh(x/2)/(x/2)).
  const bend = x2 < 4 ? 1 - x2 * (1 / 120 - x2 * (1 / 7560 - x2 / 403_200)) : (24 * Math.log(kappa / x)) / x2;
  // At the money s = 2 sqrt(2) erf⁻¹(β): its series in u = flat² serves elsewhere with the bent u.
  const u = Math.min(bend * flat * flat, 3);
  return flat * (1 + u * (1 / 24 + u * (7 / 1920 + u * (127 / 322_560 + u * (4369 / 92_897_280)))));
}

/**
 * Guess of s where the value is more than half of its maximum: `rest` = what is missing to the maximum, as a share of it, equals
 * 2Φ(-s/2) at the money; inverted by Abramowitz and Stegun 26.2.23 and shifted by x.
 */
export function startNearMaximum(x: number, rest: number): number {
  const w = Math.sqrt(-2 * Math.log(0.5 * rest));
  const z = w - (2.515_517 + w * (0.802_853 + w * 0.010_328)) / (1 + w * (1.432_788 + w * (0.189_269 + w * 0.001_308)));
  return z + Math.sqrt(z * z + 2 * x);
}
