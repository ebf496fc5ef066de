/** Compound return over all periods from simple per-period returns: Π(1 + r) - 1; 0 for none. */
export function totalReturn(returns: readonly number[]): number {
  let growth = 1;
  for (const value of returns) growth *= 1 + value;
  return growth - 1;
}
