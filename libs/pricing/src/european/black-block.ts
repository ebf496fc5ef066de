import type { OptionColumns } from './columns.ts';
import { mills, millsSlope } from './mills.ts';
import { NO_QUOTE, OK } from './outcomes.ts';
import { presentValues } from './present-value.ts';

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
/** |A - B|. */
export const difference = new Float64Array(BLOCK);
/** s = σ sqrt(T). */
export const deviation = new Float64Array(BLOCK);
/** x = ln(A/B). */
export const moneyness = new Float64Array(BLOCK);
/** P = min(A,B) φ(z1) = A φ(d1) = B φ(d2). */
export const density = new Float64Array(BLOCK);
/** Φ(z1). */
export const near = new Float64Array(BLOCK);
/** 1 - Φ(z1). */
export const nearRest = new Float64Array(BLOCK);
/** Φ(z2). */
export const far = new Float64Array(BLOCK);
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
    const gap = presentSpot - presentStrike;
    // What the subtraction rounded off (D. E. Knuth, The Art of Computer Programming 2, 4.2.2).
    const part = gap - presentSpot;
    const rounded = presentSpot - (gap - part) - (presentStrike + part);
    const total = gap + (rounded + ((spotLow[i] ?? 0) - (strikeLow[i] ?? 0)));
    const size = Math.log1p(Math.abs(total) / Math.min(presentSpot, presentStrike));
    const sigma = volatility[row] ?? 0;
    const s = Math.min(sigma * Math.sqrt(years[row] ?? 0), LARGEST_DEVIATION);
    // One comparison finds all that is not a plain row: NaN and infinities fail it too.
    const plain =
      s > SMALLEST_DEVIATION &&
      sigma <= Number.MAX_VALUE &&
      Math.min(presentSpot, presentStrike) > 0 &&
      presentSpot + presentStrike < 1e300;
    if (!plain) {
      spotValue[i] = 1;
      strikeValue[i] = 1;
    }
    difference[i] = plain ? Math.abs(total) : 0;
    moneyness[i] = plain ? (total < 0 ? -size : size) : 0;
    deviation[i] = plain ? s : 1;
    status[row] = plain ? OK : NO_QUOTE;
  }
}

/** Φ(z1), Φ(z2), the present density P and the time value of a block. */
export function distribution(count: number): void {
  for (let i = 0; i < count; i += 1) {
    const s = deviation[i] ?? 0;
    const h = Math.max(-Math.abs(moneyness[i] ?? 0) / s, LOWEST_H);
    const t = 0.5 * s;
    const z1 = h + t;
    const z2 = h - t;
    const low = Math.min(spotValue[i] ?? 0, strikeValue[i] ?? 0);
    const high = Math.max(spotValue[i] ?? 0, strikeValue[i] ?? 0);
    const phi = INVERSE_SQRT_TWO_PI * Math.exp(-0.5 * z1 * z1);
    const present = low * phi;
    density[i] = present;
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
      const odd = t * (y1 + (w / 6) * (y3 + (w / 20) * (y5 + (w / 42) * y7)));
      const even = y0 + (w / 2) * (y2 + (w / 12) * (y4 + (w / 30) * y6));
      timeValue[i] = 2 * present * odd;
      near[i] = phi * (even + odd);
      nearRest[i] = 1 - phi * (even + odd);
      far[i] = (present / high) * (even - odd);
    } else if (z1 < COMPLEMENT_ABOVE) {
      const y1 = mills(z1);
      const y2 = mills(z2);
      timeValue[i] = present * (y1 - y2);
      near[i] = phi * y1;
      nearRest[i] = 1 - phi * y1;
      far[i] = (present / high) * y2;
    } else {
      const y1 = mills(-z1);
      const y2 = mills(z2);
      timeValue[i] = low - present * (y1 + y2);
      near[i] = 1 - phi * y1;
      nearRest[i] = phi * y1;
      far[i] = (present / high) * y2;
    }
  }
}
