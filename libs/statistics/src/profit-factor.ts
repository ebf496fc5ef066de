/**
 * Profit factor: sum of the profits of winning trades over the size of the sum of the losses. NaN when nothing was lost: there is no
 * factor, not an infinite one.
 */
export function profitFactor(profits: readonly number[]): number {
  let won = 0;
  let lost = 0;
  for (const profit of profits) {
    if (profit > 0) won += profit;
    else lost -= profit;
  }
  return lost > 0 ? won / lost : Number.NaN;
}
