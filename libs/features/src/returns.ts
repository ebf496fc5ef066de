import { type Indicator, checkPeriod } from './indicator.ts';
import { standardDeviation } from './dispersion.ts';
import { Window } from './window.ts';

/** Log return over `lag` observations: ln(value / value `lag` ago). Warm after `lag` + 1 values; values must be positive. */
export function logReturn(lag = 1): Indicator<number, number> {
  checkPeriod(lag);
  const window = new Window(lag);
  return {
    push: (value) => {
      const before = window.full ? window.oldest : null;
      window.push(value);
      return before === null ? null : Math.log(value / before);
    },
  };
}

/**
 * Historical (close-to-close) volatility: sample standard deviation of the last `period` log returns, annualised with the square root
 * of `periodsPerYear` (J. Hull, "Options, Futures and Other Derivatives", estimating volatility from historical data).
 */
export function historicalVolatility(period: number, periodsPerYear: number): Indicator<number, number> {
  const returns = logReturn();
  const deviation = standardDeviation(period, 'sample');
  return {
    push: (value) => {
      const change = returns.push(value);
      const spread = change === null ? null : deviation.push(change);
      return spread === null ? null : spread * Math.sqrt(periodsPerYear);
    },
  };
}
