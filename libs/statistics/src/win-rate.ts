/** Share of trades with a profit above zero, of all trades; NaN for none. */
export function winRate(profits: readonly number[]): number {
  return profits.filter((profit) => profit > 0).length / profits.length;
}
