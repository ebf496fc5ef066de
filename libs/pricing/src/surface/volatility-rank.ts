/**
 * Where `current` stands between the lowest and the highest of `history`, in [0, 1] when it lies inside; above 1 or below 0 when it
 * sets a new extreme. Undefined without a range.
 */
export function volatilityRank(current: number, history: readonly number[]): number | undefined {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of history) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return high > low && Number.isFinite(current) ? (current - low) / (high - low) : undefined;
}

/** Share of `history` that lies below `current`, in [0, 1]; undefined without a history. Days without a figure (NaN) don't count. */
export function volatilityPercentile(current: number, history: readonly number[]): number | undefined {
  const known = history.filter((value) => Number.isFinite(value));
  if (known.length === 0 || !Number.isFinite(current)) return undefined;
  return known.filter((value) => value < current).length / known.length;
}
