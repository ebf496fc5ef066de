import { type Label, checkLengths } from './confusion.ts';

/** Probabilities are kept this far from 0 and 1, so that one certain error costs much but not everything. */
const NEAREST = 1e-15;

/**
 * Log loss (binary cross-entropy), in nats: mean of -ln of the probability given to what happened. ln 2 = 0.693 for someone who always
 * says one half. NaN for no cases.
 * @throws {TradingError} `INVALID_VALUE` for different lengths.
 */
export function logLoss(probabilities: readonly number[], actual: readonly Label[]): number {
  checkLengths(probabilities, actual);
  let sum = 0;
  for (const [index, probability] of probabilities.entries()) {
    const given = actual[index] === 1 ? probability : 1 - probability;
    sum -= Math.log(Math.min(1 - NEAREST, Math.max(NEAREST, given)));
  }
  return sum / probabilities.length;
}
