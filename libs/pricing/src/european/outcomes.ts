/**
 * What became of a contract in a batch: the index into this list is the number in the status array.
 * - `ok`: the figures are what was asked for
 * - `exercise-region`: an American option quoted at its exercise value, which no single volatility explains
 * - `below-intrinsic`: at or below the (discounted) intrinsic value: no volatility gives so low a price
 * - `above-maximum`: at or above what an infinite volatility gives
 * - `no-quote`: no usable price of the option or of its underlying, or an input that is no number
 * - `expired`: no time left; figures, where any are given, are those at expiry
 */
export const OUTCOMES = ['ok', 'exercise-region', 'below-intrinsic', 'above-maximum', 'no-quote', 'expired'] as const;

export type Outcome = (typeof OUTCOMES)[number];

/** Numbers of the outcomes in status arrays. */
export const OK = 0;
export const EXERCISE_REGION = 1;
export const BELOW_INTRINSIC = 2;
export const ABOVE_MAXIMUM = 3;
export const NO_QUOTE = 4;
export const EXPIRED = 5;

/** The name behind a number of a status array. */
export function outcomeOf(status: number): Outcome {
  return OUTCOMES[status] ?? 'no-quote';
}
