import { blackSlope, outOfTheMoneyComplement, outOfTheMoneyValue } from './black.ts';
import { forwardPrice, type OptionTerms } from './european.ts';

export interface ImpliedVolatilityInput extends OptionTerms {
  /** Option price in dollars per share; `null` (or anything not positive and finite) is no quote. */
  readonly price: number | null;
}

/**
 * - `below-intrinsic`: at or below the discounted intrinsic value: no volatility gives so low a price
 * - `above-maximum`: at or above what an infinite volatility gives
 * - `no-quote`: no usable price of the option or of its underlying
 * - `expired`: no time left
 */
export type ImpliedVolatility =
  | { readonly kind: 'ok'; readonly volatility: number }
  | { readonly kind: 'below-intrinsic' | 'above-maximum' | 'no-quote' | 'expired' };

/** Beyond this total standard deviation the distance to the maximum underflows. */
const LARGEST_DEVIATION = 76;
const MOST_STEPS = 128;

/**
 * The volatility at which the European value equals `price`: Newton's method inside a shrinking bracket, on the scale where the
 * value is nearly linear: its logarithm against 1/s² below the inflection point s = sqrt(2|ln(F/K)|), the logarithm of its distance
 * to the maximum above it (P. Jäckel, "Let's Be Rational", Wilmott 2015, for the choice of branches). Never throws, never NaN.
 */
export function impliedVolatility(input: ImpliedVolatilityInput): ImpliedVolatility {
  const { price, strike, years, rate, spot, right } = input;
  if (price === null || !(price > 0) || !Number.isFinite(price)) return { kind: 'no-quote' };
  if (!(years > 0)) return { kind: Number.isNaN(years) ? 'no-quote' : 'expired' };
  const forward = forwardPrice(input);
  const undiscounted = price * Math.exp(rate * years);
  const usable = spot > 0 && strike > 0 && forward > 0;
  if (!usable || ![forward, strike, years, undiscounted].every((value) => Number.isFinite(value))) {
    return { kind: 'no-quote' };
  }
  const target = undiscounted - Math.max(right === 'call' ? forward - strike : strike - forward, 0);
  const maximum = Math.min(forward, strike);
  const ratio = Math.max(forward, strike) / maximum;
  if (!Number.isFinite(ratio)) return { kind: 'no-quote' };
  if (!(target / maximum > 0)) return { kind: 'below-intrinsic' };
  if (target >= maximum) return { kind: 'above-maximum' };
  const deviation = totalDeviation(ratio, target / maximum, (maximum - target) / maximum);
  if (deviation >= LARGEST_DEVIATION) return { kind: 'above-maximum' };
  const volatility = deviation / Math.sqrt(years);
  return volatility > 0 && Number.isFinite(volatility) ? { kind: 'ok', volatility } : { kind: 'below-intrinsic' };
}

/**
 * Total standard deviation of the out-of-the-money option with the nearer of forward and strike scaled to 1 and the other to
 * `ratio` >= 1; `target` is its value in (0, 1), `rest` what is missing to the maximum 1.
 */
function totalDeviation(ratio: number, target: number, rest: number): number {
  const inflection = Math.sqrt(2 * Math.log(ratio));
  const lower = inflection > 0 && target < outOfTheMoneyValue(1, ratio, inflection);
  return lower ? solveLower(ratio, target, inflection) : solveUpper(ratio, target, rest, inflection);
}

/** Below the inflection point: ln V is nearly linear in u = 1/s², because V ~ exp(-ln²(F/K) / 2s²). */
function solveLower(ratio: number, target: number, inflection: number): number {
  const goal = Math.log(target);
  const step = (s: number): Step => {
    const value = outOfTheMoneyValue(1, ratio, s);
    if (!(value > 0)) return { excess: -1, next: Number.NaN };
    const excess = Math.log(value) - goal;
    // d ln V / du = (dV/ds / V) · ds/du with ds/du = -s³/2.
    const slope = (-0.5 * blackSlope(1, ratio, s) * s * s * s) / value;
    const u = 1 / (s * s) - excess / slope;
    return { excess, next: u > 0 ? 1 / Math.sqrt(u) : Number.NaN };
  };
  return bracketedNewton(step, 0, inflection, inflection);
}

/** From the inflection point up: V is concave, and ln(max - V) keeps its slope where V itself has become flat. */
function solveUpper(ratio: number, target: number, missing: number, inflection: number): number {
  const goal = Math.log(missing);
  const nearMaximum = target > 0.5;
  const step = (s: number): Step => {
    const slope = blackSlope(1, ratio, s);
    if (nearMaximum) {
      const rest = outOfTheMoneyComplement(1, ratio, s);
      if (!(rest > 0)) return { excess: 1, next: Number.NaN };
      const excess = goal - Math.log(rest);
      return { excess, next: s - (excess * rest) / slope };
    }
    const excess = outOfTheMoneyValue(1, ratio, s) - target;
    return { excess, next: s - excess / slope };
  };
  // At the money V ≈ s / sqrt(2π): Brenner and Subrahmanyam (1988).
  const start = Math.max(inflection, target * Math.sqrt(2 * Math.PI));
  return bracketedNewton(step, inflection, LARGEST_DEVIATION, start);
}

interface Step {
  /** Sign says on which side of the root the point lies. */
  readonly excess: number;
  /** Newton's proposal; NaN when there is none. */
  readonly next: number;
}

/** Newton with bisection whenever a proposal leaves the bracket; stops when the point no longer moves by more than rounding. */
function bracketedNewton(step: (s: number) => Step, from: number, to: number, start: number): number {
  let low = from;
  let high = to;
  let s = start;
  for (let count = 0; count < MOST_STEPS; count += 1) {
    const { excess, next } = step(s);
    if (excess === 0) return s;
    if (excess < 0) low = Math.max(low, s);
    else high = Math.min(high, s);
    const proposal = next > low && next < high ? next : 0.5 * (low + high);
    if (Math.abs(proposal - s) <= 2 * Number.EPSILON * s) return proposal;
    s = proposal;
  }
  return s;
}
