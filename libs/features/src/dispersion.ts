import { type Indicator, checkPeriod } from './indicator.ts';
import { Window } from './window.ts';

/** Standard deviation of the last `period` values: `population` divides by n, `sample` by n - 1. */
export function standardDeviation(period: number, kind: 'population' | 'sample'): Indicator<number, number> {
  checkPeriod(period, kind === 'sample' ? 2 : 1);
  const window = new Window(period);
  return {
    push: (value) => {
      window.push(value);
      return window.full ? Math.sqrt(window.variance(kind === 'sample' ? 1 : 0)) : null;
    },
  };
}

export interface BollingerBands {
  readonly middle: number;
  readonly upper: number;
  readonly lower: number;
  /** Population standard deviation of the window. */
  readonly deviation: number;
}

/** Bollinger bands: simple average and `width` population standard deviations around it (J. Bollinger, 2001). */
export function bollingerBands(period = 20, width = 2): Indicator<number, BollingerBands> {
  checkPeriod(period);
  const window = new Window(period);
  return {
    push: (value) => {
      window.push(value);
      if (!window.full) return null;
      const middle = window.mean;
      const deviation = Math.sqrt(window.variance(0));
      return { middle, upper: middle + width * deviation, lower: middle - width * deviation, deviation };
    },
  };
}
