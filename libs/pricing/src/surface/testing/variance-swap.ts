/** What the replicating portfolio needs besides its options. */
export interface VarianceSwapTerms {
  readonly spot: number;
  readonly rate: number;
  readonly yield: number;
  readonly years: number;
}

/** One option of the portfolio: strike and its price, dollars. */
export interface PricedStrike {
  readonly strike: number;
  readonly price: number;
}

/**
 * Fair variance per year of a swap from puts up to and calls from the boundary strike S* (the lowest call strike), by the piecewise linear
 * replication of the log payoff: K. Demeterfi, E. Derman, M. Kamal, J. Zou, "More than you ever wanted to know about volatility swaps"
 * (Goldman Sachs 1999), equations 26-28 and appendix A. Beyond the outermost strikes the payoff is continued with the slope to a strike
 * `wing` further out. Undefined when calls or puts are missing, or puts do not end where calls begin.
 */
export function varianceSwapRate(
  terms: VarianceSwapTerms,
  puts: readonly PricedStrike[],
  calls: readonly PricedStrike[],
  wing: number,
): number | undefined {
  const { spot, years } = terms;
  const upward = calls.toSorted((one, other) => one.strike - other.strike);
  const downward = puts.toSorted((one, other) => other.strike - one.strike);
  const boundary = upward[0]?.strike;
  if (boundary === undefined || downward[0]?.strike !== boundary || !(years > 0 && spot > 0)) return undefined;
  const payoff = (strike: number): number =>
    (2 / years) * ((strike - boundary) / boundary - Math.log(strike / boundary));
  const value = sideValue(upward, payoff, wing) + sideValue(downward, payoff, -wing);
  const drift = (terms.rate - terms.yield) * years;
  const hedge = drift - ((spot / boundary) * Math.exp(drift) - 1) - Math.log(boundary / spot);
  return (2 / years) * hedge + Math.exp(terms.rate * years) * value;
}

/** Worth of the options on one side: each strike carries the change of the payoff's slope there. */
function sideValue(outwards: readonly PricedStrike[], payoff: (strike: number) => number, wing: number): number {
  let held = 0;
  let value = 0;
  for (const [index, { strike, price }] of outwards.entries()) {
    const next = outwards[index + 1]?.strike ?? strike + wing;
    const slope = Math.abs((payoff(next) - payoff(strike)) / (next - strike));
    value += (slope - held) * price;
    held = slope;
  }
  return value;
}
