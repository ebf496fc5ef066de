import { mills, millsSlope } from './mills.ts';

/**
 * First guess of the total standard deviation, good to about 1e-4 for ordinary contracts, through the normal (Bachelier) model:
 * with β = V/sqrt(AB) and κ = |A-B|/sqrt(AB) the normal deviation n solves β = n (φ(a) - a Φ(-a)), a = κ/n: one table. The
 * lognormal deviation follows from the short-time expansion n = (κ/x) s (1 - (s/x)² ln(κ/x) + O(s⁴)) with κ = 2 sinh(x/2)
 * (C. Grunspan, "A note on the equivalence between the normal and the lognormal implied volatility", arXiv:1112.1782, 2011).
 */

/** Near the money: g = n/β against v = κ/β in [0, 1]. */
const NEAR_CELLS = 32;
/** Away from it: a against r = sqrt(ln(κ/β) + 1), from r = 1 to where β underflows. */
const FAR_DENSITY = 8;
const FAR_LAST = 28;
const FAR_CELLS = (FAR_LAST - 1) * FAR_DENSITY;
/** Cubic coefficients per cell, in the fraction of the cell. */
const nearTable = cubicCells(NEAR_CELLS, 1 / NEAR_CELLS, nearNode);
const farTable = cubicCells(FAR_CELLS, 1 / FAR_DENSITY, farNode);

interface Node {
  readonly value: number;
  readonly slope: number;
}

/** Hermite cubics between neighbouring nodes. */
function cubicCells(
  cells: number,
  width: number,
  nodeAt: (index: number, previous: Node | undefined) => Node,
): Float64Array {
  const table = new Float64Array(4 * cells);
  let left = nodeAt(0, undefined);
  for (let cell = 0; cell < cells; cell += 1) {
    const right = nodeAt(cell + 1, left);
    const rise = right.value - left.value;
    const from = left.slope * width;
    const to = right.slope * width;
    table.set([left.value, from, 3 * rise - 2 * from - to, from + to - 2 * rise], 4 * cell);
    left = right;
  }
  return table;
}

/** g at v: 1 = g W(v/g), W(a) = φ(a) - a Φ(-a), by the slope g' = Y(-a); the equation is monotone and Newton starts below. */
function nearNode(index: number, previous: Node | undefined): Node {
  const v = index / NEAR_CELLS;
  let g = previous === undefined ? Math.sqrt(2 * Math.PI) : previous.value + previous.slope / NEAR_CELLS;
  for (let step = 0; step < 20; step += 1) {
    const a = v / g;
    const density = Math.exp(-0.5 * a * a) / Math.sqrt(2 * Math.PI);
    g -= (g * density * millsSlope(-a) - 1) / density;
  }
  return { value: g, slope: mills(-v / g) };
}

/** a at L = ln(κ/β) = r² - 1: L = ln a - ln W(a). */
function farNode(index: number, previous: Node | undefined): Node {
  const r = 1 + index / FAR_DENSITY;
  const target = r * r - 1;
  let a = previous === undefined ? 0.3 : previous.value + previous.slope / FAR_DENSITY;
  for (let step = 0; step < 20; step += 1) {
    const excess = Math.log(a / millsSlope(-a)) + 0.5 * a * a + 0.5 * Math.log(2 * Math.PI) - target;
    a -= excess / (1 / a + mills(-a) / millsSlope(-a));
  }
  return { value: a, slope: (2 * r) / (1 / a + mills(-a) / millsSlope(-a)) };
}

/** Guess of s from x = |ln(A/B)|, κ and β in (0, about 1/2). */
export function startDeviation(x: number, kappa: number, beta: number): number {
  let flat: number;
  if (kappa <= beta) {
    const position = (kappa / beta) * NEAR_CELLS;
    const cell = Math.min(position | 0, NEAR_CELLS - 1);
    const f = position - cell;
    const at = 4 * cell;
    const g =
      (nearTable[at] ?? 0) +
      f * ((nearTable[at + 1] ?? 0) + f * ((nearTable[at + 2] ?? 0) + f * (nearTable[at + 3] ?? 0)));
    flat = kappa > 0 ? ((beta * x) / kappa) * g : beta * g;
  } else {
    const position = (Math.sqrt(Math.log(kappa / beta) + 1) - 1) * FAR_DENSITY;
    const cell = Math.min(position | 0, FAR_CELLS - 1);
    const f = position - cell;
    const at = 4 * cell;
    const a =
      (farTable[at] ?? 0) + f * ((farTable[at + 1] ?? 0) + f * ((farTable[at + 2] ?? 0) + f * (farTable[at + 3] ?? 0)));
    flat = x / a;
  }
  const x2 = x * x;
  // ln(κ/x)/x² = ln(sinh(x/2)/(x/2))/x².
  const bend = x2 < 4 ? 1 / 24 - x2 * (1 / 2880 - x2 * (1 / 181_440 - x2 / 9_676_800)) : Math.log(kappa / x) / x2;
  return flat / Math.sqrt(Math.max(1 - 2 * bend * flat * flat, 0.25));
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
