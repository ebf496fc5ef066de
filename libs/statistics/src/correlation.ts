import { TradingError } from '@trading-agent/core';
import { mean } from './mean.ts';

/**
 * Pearson's correlation coefficient of two series of equal length, in [-1, 1]; NaN for fewer than two points or when a series does
 * not vary.
 * @throws {TradingError} `INVALID_VALUE` for different lengths.
 */
export function correlation(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) {
    throw new TradingError('INVALID_VALUE', `Expected series of equal length, were ${a.length} and ${b.length}`);
  }
  if (a.length < 2) return Number.NaN;
  const meanA = mean(a);
  const meanB = mean(b);
  let products = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (const [index, valueA] of a.entries()) {
    const fromA = valueA - meanA;
    const fromB = (b[index] ?? 0) - meanB;
    products += fromA * fromB;
    squaresA += fromA * fromA;
    squaresB += fromB * fromB;
  }
  const scale = Math.sqrt(squaresA) * Math.sqrt(squaresB);
  return scale > 0 ? Math.min(1, Math.max(-1, products / scale)) : Number.NaN;
}
