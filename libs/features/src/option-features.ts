import type { OptionRight } from '@trading-agent/instruments';

/** One contract of a chain as it was known at one time; `null` is unknown. */
export interface OptionObservation {
  readonly right: OptionRight;
  readonly strike: number;
  /** Contracts traded today. */
  readonly volume: number | null;
  readonly openInterest: number | null;
  /** Decimal. */
  readonly impliedVolatility: number | null;
}

/**
 * Put/call ratio of a chain by volume or by open interest: sum over puts divided by sum over calls; unknown figures are left out.
 * `null` where no call has any.
 */
export function putCallRatio(rows: Iterable<OptionObservation>, by: 'volume' | 'openInterest'): number | null {
  let puts = 0;
  let calls = 0;
  for (const row of rows) {
    const count = row[by] ?? 0;
    if (row.right === 'put') puts += count;
    else calls += count;
  }
  return calls > 0 ? puts / calls : null;
}

/**
 * At-the-money implied volatility of one expiry: per strike the mean of the sides that have one, linear in strike between the nearest
 * strikes around `forward`; the nearest alone when all lie on one side. `null` without any volatility.
 */
export function atTheMoneyVolatility(rows: Iterable<OptionObservation>, forward: number): number | null {
  const sums = new Map<number, { sum: number; count: number }>();
  for (const { strike, impliedVolatility } of rows) {
    if (impliedVolatility === null) continue;
    const entry = sums.get(strike) ?? { sum: 0, count: 0 };
    sums.set(strike, { sum: entry.sum + impliedVolatility, count: entry.count + 1 });
  }
  let below: number | null = null;
  let above: number | null = null;
  for (const strike of sums.keys()) {
    if (strike <= forward && (below === null || strike > below)) below = strike;
    if (strike >= forward && (above === null || strike < above)) above = strike;
  }
  const at = (strike: number): number | null => {
    const entry = sums.get(strike);
    return entry === undefined ? null : entry.sum / entry.count;
  };
  const lower = below === null ? null : at(below);
  const upper = above === null ? null : at(above);
  if (below === null || above === null || lower === null || upper === null) return lower ?? upper;
  return above === below ? lower : lower + ((upper - lower) * (forward - below)) / (above - below);
}
