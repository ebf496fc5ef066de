/**
 * Annualised downside deviation: sqrt(mean(min(r - required, 0)²)) * sqrt(periodsPerYear), over all periods, those above the required
 * return counting as 0 (F. A. Sortino and L. N. Price, Journal of Investing 3 (1994)). NaN for no returns.
 */
export function downsideDeviation(returns: readonly number[], periodsPerYear: number, requiredPerPeriod = 0): number {
  let squares = 0;
  for (const value of returns) squares += Math.min(value - requiredPerPeriod, 0) ** 2;
  return Math.sqrt(squares / returns.length) * Math.sqrt(periodsPerYear);
}
