import { downsideDeviation } from './downside-deviation.ts';
import { mean } from './mean.ts';

/**
 * Sortino ratio: annualised mean return over the required one, per annualised downside deviation (F. A. Sortino and L. N. Price,
 * Journal of Investing 3 (1994)). NaN for no returns or when no period fell short: there is no ratio, not an infinite one.
 */
export function sortinoRatio(returns: readonly number[], periodsPerYear: number, requiredPerPeriod = 0): number {
  const downside = downsideDeviation(returns, periodsPerYear, requiredPerPeriod);
  if (!(downside > 0)) return Number.NaN;
  return ((mean(returns) - requiredPerPeriod) * periodsPerYear) / downside;
}
