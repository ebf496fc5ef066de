/**
 * Largest fall of an equity curve from a peak so far, as a negative fraction of that peak (-0.25 = a quarter lost); 0 when it never
 * fell, NaN for no points. Points that follow a peak of zero or less have no fraction and are not counted.
 */
export function maxDrawdown(equity: readonly number[]): number {
  if (equity.length === 0) return Number.NaN;
  let peak = Number.NEGATIVE_INFINITY;
  let worst = 0;
  for (const value of equity) {
    peak = Math.max(peak, value);
    if (peak > 0) worst = Math.min(worst, value / peak - 1);
  }
  return worst;
}

/** `maxDrawdown` of the curve that starts from 1 and grows by simple per-period returns; NaN for none. */
export function maxDrawdownOfReturns(returns: readonly number[]): number {
  if (returns.length === 0) return Number.NaN;
  const equity = [1];
  let level = 1;
  for (const value of returns) {
    level *= 1 + value;
    equity.push(level);
  }
  return maxDrawdown(equity);
}
