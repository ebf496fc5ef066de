import type { OptionColumns } from './columns.ts';
import { mills, millsSlope } from './mills.ts';
import { NO_QUOTE, OK } from './outcomes.ts';
import { decay, logOnePlus, presentValues } from './present-value.ts';

/**
 * Black-Scholes-Merton values of many contracts (Black and Scholes 1973; Merton 1973; greeks after Haug, "The Complete Guide to
 * Option Pricing Formulas", 2nd edition, 2007, chapter 2), arranged so that no digit is lost in the wings.
 *
 * With A = S exp(-qT), B = K exp(-rT), x = ln(A/B), s = σ sqrt(T), h = -|x|/s, t = s/2, z1 = h + t, z2 = h - t the
 * out-of-the-money side is worth min(A,B) Φ(z1) - max(A,B) Φ(z2), and because min(A,B) φ(z1) = max(A,B) φ(z2) =: P that is
 * P D with D = Y(z1) - Y(z2), Y the Mills ratio: the exponent is out of the difference. D keeps its digits for small t by its
 * Taylor series in t; where the value is most of its maximum, min(A,B) - P (Y(-z1) + Y(z2)) is used (P. Jäckel, "Let's Be
 * Rational", Wilmott 2015, section 3, has the same regions with other approximations).
 *
 * The rows pass in blocks through short loops over scratch columns: each loop stays small enough for the engine to inline its
 * kernel and to overlap neighbouring rows, and nothing is allocated.
 */
export const BLOCK = 256;
const INVERSE_SQRT_TWO_PI = 0.398_942_280_401_432_7;
/** Below this total standard deviation the outcome is certain: nothing moves a double. */
const SMALLEST_DEVIATION = 1e-100;
/** Beyond this one every density is 0 and every value at its maximum. */
const LARGEST_DEVIATION = 200;
/** Present values beyond these leave no room for the products. */
const LARGEST_VALUE = 1e150;
const SMALLEST_VALUE = 1e-150;
/** Below this h the density has underflowed for every pair of finite doubles; keeps powers of h finite. */
const LOWEST_H = -60;
/** Half deviation under which D comes from its series: there Y(z1) - Y(z2) would lose more than five bits. */
const SERIES_BELOW = 1 / 32;
/** Above this z1 the distance to the maximum is the smaller figure. */
const COMPLEMENT_ABOVE = 0.75;

/** A: spot less dividends, today's dollars. */
export const spotValue = new Float64Array(BLOCK);
/** B: strike discounted. */
export const strikeValue = new Float64Array(BLOCK);
const spotLow = new Float64Array(BLOCK);
const strikeLow = new Float64Array(BLOCK);
/** A - B, rounded once. */
export const gap = new Float64Array(BLOCK);
/**
 * High words of `gap` at odd places: their sign bits steer without a branch, which random contracts would mispredict half of the time
 * (every platform of the engine is little-endian).
 */
export const gapWords = new Int32Array(gap.buffer);
/** min(A,B), max(A,B). */
const lower = new Float64Array(BLOCK);
const higher = new Float64Array(BLOCK);
/** s = σ sqrt(T). */
export const deviation = new Float64Array(BLOCK);
/** |x| = |ln(A/B)|. */
export const moneyness = new Float64Array(BLOCK);
/** P = min(A,B) φ(z1) = A φ(d1) = B φ(d2). */
export const density = new Float64Array(BLOCK);
/** Φ(z1), 1 - Φ(z1), Φ(z2), 1 - Φ(z2) of each row. */
export const exercise = new Float64Array(4 * BLOCK);
/** Value of the out-of-the-money side. */
export const timeValue = new Float64Array(BLOCK);

/** Present values, ln(A/B) and σ sqrt(T). A row that is unusable, expired or certain gets harmless figures and the status `no-quote`. */
export function carry(
  from: number,
  count: number,
  input: OptionColumns,
  volatility: Float64Array,
  status: Uint8Array,
): void {
  const { spot, strike, years, rate, yield: yields } = input;
  presentValues(from, count, spot, yields, years, spotValue, spotLow);
  presentValues(from, count, strike, rate, years, strikeValue, strikeLow);
  for (let i = 0; i < count; i += 1) {
    const row = from + i;
    const presentSpot = spotValue[i] ?? 0;
    const presentStrike = strikeValue[i] ?? 0;
    const rounded = presentSpot - presentStrike;
    // What the subtraction rounded off (D. E. Knuth, The Art of Computer Programming 2, 4.2.2).
    const part = rounded - presentSpot;
    const rest = presentSpot - (rounded - part) - (presentStrike + part);
    const total = rounded + (rest + ((spotLow[i] ?? 0) - (strikeLow[i] ?? 0)));
    const sigma = volatility[row] ?? 0;
    const s = Math.min(sigma * Math.sqrt(years[row] ?? 0), LARGEST_DEVIATION);
    gap[i] = total;
    const below = (gapWords[2 * i + 1] ?? 0) >>> 31;
    const low = below * presentSpot + (1 - below) * presentStrike;
    lower[i] = low;
    higher[i] = (1 - below) * presentSpot + below * presentStrike;
    moneyness[i] = logOnePlus(Math.abs(total) / low);
    deviation[i] = s;
    status[row] = OK;
    // One comparison finds all that is not a plain row: NaN and infinities fail it too.
    const plain =
      s > SMALLEST_DEVIATION &&
      sigma <= Number.MAX_VALUE &&
      low > SMALLEST_VALUE &&
      presentSpot + presentStrike < LARGEST_VALUE;
    if (!plain) {
      spotValue[i] = 1;
      strikeValue[i] = 1;
      lower[i] = 1;
      higher[i] = 1;
      gap[i] = 0;
      moneyness[i] = 0;
      deviation[i] = 1;
      status[row] = NO_QUOTE;
    }
  }
}

/** Φ(z1), Φ(z2), the present density P and the time value of a block. */
export function distribution(count: number): void {
  for (let i = 0; i < count; i += 1) {
    const s = deviation[i] ?? 0;
    const h = Math.max(-(moneyness[i] ?? 0) / s, LOWEST_H);
    const t = 0.5 * s;
    const z1 = h + t;
    const z2 = h - t;
    const low = lower[i] ?? 0;
    const high = higher[i] ?? 1;
    const phi = INVERSE_SQRT_TWO_PI * decay(-0.5 * z1 * z1);
    const present = low * phi;
    density[i] = present;
    let first: number;
    let firstRest: number;
    let second: number;
    let value: number;
    if (t < SERIES_BELOW) {
      const y1 = millsSlope(h);
      const y0 = mills(h);
      const y2 = y0 + h * y1;
      const y3 = 2 * y1 + h * y2;
      const y4 = 3 * y2 + h * y3;
      const y5 = 4 * y3 + h * y4;
      const y6 = 5 * y4 + h * y5;
      const y7 = 6 * y5 + h * y6;
      const w = t * t;
      const odd = t * (y1 + w * (1 / 6) * (y3 + w * (1 / 20) * (y5 + w * (1 / 42) * y7)));
      const even = y0 + w * (1 / 2) * (y2 + w * (1 / 12) * (y4 + w * (1 / 30) * y6));
      value = 2 * present * odd;
      first = phi * (even + odd);
      firstRest = 1 - first;
      second = even - odd;
    } else if (z1 < COMPLEMENT_ABOVE) {
      const y1 = mills(z1);
      second = mills(z2);
      value = present * (y1 - second);
      first = phi * y1;
      firstRest = 1 - first;
    } else {
      const y1 = mills(-z1);
      second = mills(z2);
      value = low - present * (y1 + second);
      firstRest = phi * y1;
      first = 1 - firstRest;
    }
    // φ(z2) max(A,B) = φ(z1) min(A,B).
    second *= present / high;
    timeValue[i] = value;
    exercise[4 * i] = first;
    exercise[4 * i + 1] = firstRest;
    exercise[4 * i + 2] = second;
    exercise[4 * i + 3] = 1 - second;
  }
}
