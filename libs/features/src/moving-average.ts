import { type Indicator, checkPeriod } from './indicator.ts';
import { Window } from './window.ts';

/** Simple moving average: the mean of the last `period` values. */
export function simpleMovingAverage(period: number): Indicator<number, number> {
  checkPeriod(period);
  const window = new Window(period);
  return {
    push: (value) => {
      window.push(value);
      return window.full ? window.mean : null;
    },
  };
}

/** A recursive average that starts from the simple average of its first `period` values, then moves by `weight` of the difference. */
function recursiveAverage(period: number, weight: number): Indicator<number, number> {
  checkPeriod(period);
  let count = 0;
  let average = 0;
  return {
    push: (value) => {
      count += 1;
      if (count <= period) average += (value - average) / count;
      else average += weight * (value - average);
      return count < period ? null : average;
    },
  };
}

/** Exponential moving average with weight 2 / (period + 1), seeded with the simple average of the first `period` values. */
export function exponentialMovingAverage(period: number): Indicator<number, number> {
  return recursiveAverage(period, 2 / (period + 1));
}

/** Wilder's smoothing: weight 1 / period (J. W. Wilder, "New Concepts in Technical Trading Systems", 1978). */
export function wilderAverage(period: number): Indicator<number, number> {
  return recursiveAverage(period, 1 / period);
}
