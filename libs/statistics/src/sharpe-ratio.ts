import { mean } from './mean.ts';
import { standardDeviation } from './standard-deviation.ts';

/**
 * Sharpe ratio: mean excess return over its sample standard deviation, times sqrt(periodsPerYear) (W. F. Sharpe, "The Sharpe Ratio",
 * Journal of Portfolio Management 21 (1994)). Scaling with the square root takes the returns for independent.
 * NaN for fewer than two returns or when the returns do not vary: there is no ratio, not an infinite one.
 */
export function sharpeRatio(returns: readonly number[], periodsPerYear: number, riskFreePerPeriod = 0): number {
  const excess = returns.map((value) => value - riskFreePerPeriod);
  const centre = mean(excess);
  const deviation = standardDeviation(excess);
  // Equal returns leave a deviation of rounding size, which is not a risk.
  if (!(deviation > 1e-14 * Math.max(1, Math.abs(centre)))) return Number.NaN;
  return (centre / deviation) * Math.sqrt(periodsPerYear);
}
