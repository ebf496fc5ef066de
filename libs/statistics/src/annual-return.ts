import { totalReturn } from './total-return.ts';

/**
 * Compound annual growth rate: (1 + total return)^(1 / years) - 1 with years = periods / periodsPerYear. NaN for no periods, -1 for a
 * total loss. Definition as in empyrical (`annual_return`).
 */
export function annualReturn(returns: readonly number[], periodsPerYear: number): number {
  if (returns.length === 0) return Number.NaN;
  return Math.max(0, 1 + totalReturn(returns)) ** (periodsPerYear / returns.length) - 1;
}
