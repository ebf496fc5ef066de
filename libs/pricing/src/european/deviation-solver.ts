import { mills, millsSlope } from './mills.ts';

/**
 * Total standard deviation s from a goal in normal form (see quote-block.ts), on the logarithm of the value.
 *
 * b(s) = φ(h) φ(t) sqrt(2π) D(s) with h = -x/s, t = s/2, hence ln b = -(h² + t²)/2 - ln sqrt(2π) + ln D: one logarithm and no exponential
 * per step, and because b' = φ(h) φ(t) sqrt(2π) its derivatives are rational in D: with E = s/D and Q = h² - t²
 *   s f' = E,  s f''/f' = Q - E,  s² f'''/f' = Q² - 3h² - t² - 3QE + 2E².
 * The distance to the maximum has the same form with -(Y(-z1) + Y(z2)) for D. One step of Householder's third-order method
 * (A. S. Householder, "The Numerical Treatment of a Single Nonlinear Equation", 1970; used on prices in P. Jäckel, "Let's Be
 * Rational", Wilmott 2015) takes the error of 1e-4 of the start to its fourth power.
 */
const LOG_SQRT_TWO_PI = 0.918_938_533_204_672_7;
const SERIES_BELOW = 1 / 32;

/** D = Y(h + t) - Y(h - t) for h <= 0, h + t <= 1, relative accuracy kept for small t. */
function millsDifference(h: number, t: number): number {
  if (t >= SERIES_BELOW) return mills(h + t) - mills(h - t);
  const y1 = millsSlope(h);
  const y2 = mills(h) + h * y1;
  const y3 = 2 * y1 + h * y2;
  const y4 = 3 * y2 + h * y3;
  const y5 = 4 * y3 + h * y4;
  const y7 = 6 * y5 + h * (5 * y4 + h * y5);
  const w = t * t;
  return 2 * t * (y1 + (w / 6) * (y3 + (w / 20) * (y5 + (w / 42) * y7)));
}

/** A relative step below this leaves an error far below rounding: the next one would be of its fourth power. */
export const SMALL_STEP = 2e-4;
/** Plain steps before the bracketed search takes over. */
const PLAIN_STEPS = 6;
const SAFE_STEPS = 200;

/** The proposed change of s as a share of s. `mode` 1: `goal` is the value; -1: the distance to the maximum; both over sqrt(AB). */
export function relativeStep(s: number, x: number, goal: number, mode: number): number {
  const h = -x / s;
  const t = 0.5 * s;
  const spread = mode > 0 ? millsDifference(h, t) : mills(-h - t) + mills(h - t);
  const h2 = h * h;
  const t2 = t * t;
  const elasticity = (mode * s) / spread;
  const excess = Math.log(spread / goal) - 0.5 * (h2 + t2) - LOG_SQRT_TWO_PI;
  const newton = -excess / elasticity;
  const q = h2 - t2;
  const second = q - elasticity;
  const third = q * q - 3 * h2 - t2 - elasticity * (3 * q - 2 * elasticity);
  return (newton * (1 + 0.5 * second * newton)) / (1 + newton * (second + newton * third * (1 / 6)));
}

/** Continues from `s` to the root; used when the first step was not small. Always returns a positive number. */
export function finishDeviation(s: number, x: number, goal: number, mode: number): number {
  // Where the kernels are defined: h + t at most 1 for the value, at least 0 for the distance to the maximum.
  const lowest = mode > 0 ? 0 : Math.sqrt(2 * x);
  const highest = mode > 0 ? 1 + Math.sqrt(1 + 2 * x) : Number.MAX_VALUE;
  let current = s;
  for (let count = 0; count < PLAIN_STEPS; count += 1) {
    const step = relativeStep(current, x, goal, mode);
    const next = current * (1 + Math.min(Math.max(step, -0.5), 1));
    if (!(next > lowest && next < highest)) break;
    current = next;
    if (Math.abs(step) < SMALL_STEP) return current;
  }
  return safeDeviation(x, goal, mode);
}

/** Householder's step inside a shrinking bracket, halving the bracket's logarithm where the step leaves it. */
function safeDeviation(x: number, goal: number, mode: number): number {
  let low = mode > 0 ? Math.max(x / 50, goal) : Math.sqrt(2 * x);
  let high = mode > 0 ? 1 + Math.sqrt(1 + 2 * x) : low + 100;
  let s = 0.5 * (low + high);
  for (let count = 0; count < SAFE_STEPS; count += 1) {
    const step = relativeStep(s, x, goal, mode);
    if (step > 0) low = Math.max(low, s);
    else high = Math.min(high, s);
    const next = s * (1 + step);
    if (Math.abs(step) < SMALL_STEP && next > 0) return next;
    s = next > low && next < high ? next : low > 0 ? Math.sqrt(low * high) : 0.5 * high;
    if (!(high - low > Number.EPSILON * s)) return s;
  }
  return s;
}
