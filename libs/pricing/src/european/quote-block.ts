import { ABOVE_MAXIMUM, BELOW_INTRINSIC, EXPIRED, NO_QUOTE, OK } from './outcomes.ts';
import { logOnePlus } from './present-value.ts';

/**
 * Quotes in normal form. With A = S exp(-qT) and B = K exp(-rT) as double-doubles: x = |ln(A/B)|, κ = |A-B|/sqrt(AB) and the goal,
 * in units of sqrt(AB): the time value β, or, where that is more than half of its maximum min(A,B), what is missing to it. All
 * subtractions happen before any rounding, so the digits of a price deep in the money are used to the last.
 */
export const BLOCK = 256;
export const xs = new Float64Array(BLOCK);
export const kappas = new Float64Array(BLOCK);
export const goals = new Float64Array(BLOCK);
/** 1: the goal is the time value; -1: it is the distance to the maximum. */
export const modes = new Float64Array(BLOCK);

/** A - B, rounded once. */
const gap = new Float64Array(BLOCK);
/**
 * High words of `gap` at odd places: their sign bits steer without a branch, which random contracts would mispredict half of the time
 * (every platform of the engine is little-endian).
 */
const gapWords = new Int32Array(gap.buffer);
/** No price of anything: products of several such figures would leave the range of a double. */
const LARGEST_AMOUNT = 1e140;
const SMALLEST_AMOUNT = 1e-140;
const LARGEST_QUOTE = 1e300;

/** Rows without an answer get their status here and harmless figures in the block. */
export function normalise(
  from: number,
  count: number,
  price: Float64Array,
  years: Float64Array,
  call: Uint8Array,
  spotHigh: Float64Array,
  spotLow: Float64Array,
  strikeHigh: Float64Array,
  strikeLow: Float64Array,
  status: Uint8Array,
): void {
  for (let i = 0; i < count; i += 1) {
    const row = from + i;
    const a = spotHigh[i] ?? 0;
    const b = strikeHigh[i] ?? 0;
    const al = spotLow[i] ?? 0;
    const bl = strikeLow[i] ?? 0;
    const quote = price[row] ?? 0;
    // Any number above zero is a call, as for the greeks.
    const isCall = (0 - (call[row] ?? 0)) >>> 31;
    const rounded = a - b;
    const part = rounded - a;
    const tail = a - (rounded - part) - (b + part) + (al - bl);
    gap[i] = rounded + tail;
    const below = (gapWords[2 * i + 1] ?? 0) >>> 31;
    const inside = isCall ^ below;
    const low = below * a + (1 - below) * b;
    const scale = 1 / low;
    const ratio = Math.abs(gap[i] ?? 0) * scale;
    // Intrinsic value as high + low: the gap's size when in the money, else nothing.
    const sign = inside * (1 - 2 * below);
    const exactHigh = sign * rounded;
    const left = quote - exactHigh;
    const leftPart = left - quote;
    const value = left + (quote - (left - leftPart) - (exactHigh + leftPart) - sign * tail);
    const top = isCall * a + (1 - isCall) * b;
    const room = top - quote;
    const roomPart = room - top;
    const rest = room + (top - (room - roomPart) - (quote + roomPart) + (isCall * al + (1 - isCall) * bl));
    const usable = low > SMALLEST_AMOUNT && a + b < LARGEST_AMOUNT && quote > 0 && quote < LARGEST_QUOTE;
    const time = years[row] ?? 0;
    const outcome = !usable
      ? NO_QUOTE
      : !(time > 0)
        ? time <= 0
          ? EXPIRED
          : NO_QUOTE
        : !(value > 0)
          ? BELOW_INTRINSIC
          : !(rest > 0)
            ? ABOVE_MAXIMUM
            : OK;
    status[row] = outcome;
    if (outcome === OK) {
      const unit = 1 / Math.sqrt(1 + ratio);
      const share = value * scale;
      const lower = share < 0.5;
      xs[i] = logOnePlus(ratio);
      kappas[i] = ratio * unit;
      modes[i] = lower ? 1 : -1;
      goals[i] = (lower ? share : rest * scale) * unit;
    } else {
      xs[i] = 0.1;
      kappas[i] = 0.1;
      modes[i] = 1;
      goals[i] = 0.1;
    }
  }
}
