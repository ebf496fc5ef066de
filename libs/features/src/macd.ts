import type { Indicator } from './indicator.ts';
import { exponentialMovingAverage } from './moving-average.ts';

export interface Macd {
  /** Fast minus slow exponential average. */
  readonly macd: number;
  /** Exponential average of `macd`. */
  readonly signal: number;
  readonly histogram: number;
}

/** Moving average convergence/divergence (G. Appel); 12, 26 and 9 by convention. Warm after slow + signal - 1 values. */
export function movingAverageConvergence(fast = 12, slow = 26, signal = 9): Indicator<number, Macd> {
  const fastAverage = exponentialMovingAverage(fast);
  const slowAverage = exponentialMovingAverage(slow);
  const signalAverage = exponentialMovingAverage(signal);
  return {
    push: (value) => {
      const quick = fastAverage.push(value);
      const steady = slowAverage.push(value);
      if (quick === null || steady === null) return null;
      const macd = quick - steady;
      const smooth = signalAverage.push(macd);
      return smooth === null ? null : { macd, signal: smooth, histogram: macd - smooth };
    },
  };
}
