import { annualReturn } from './annual-return.ts';
import { maxDrawdownOfReturns } from './max-drawdown.ts';

/**
 * Calmar ratio: compound annual return over the size of the maximum drawdown (T. W. Young, Futures, October 1991; here over the whole
 * record instead of 36 months). NaN when nothing was ever lost: there is no ratio, not an infinite one.
 */
export function calmarRatio(returns: readonly number[], periodsPerYear: number): number {
  const drawdown = maxDrawdownOfReturns(returns);
  if (!(drawdown < 0)) return Number.NaN;
  return annualReturn(returns, periodsPerYear) / -drawdown;
}
