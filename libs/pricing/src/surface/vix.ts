/** Quotes of one strike, dollars; a missing side is 0. */
export interface StrikeQuotes {
  readonly strike: number;
  readonly callBid: number;
  readonly callAsk: number;
  readonly putBid: number;
  readonly putAsk: number;
}

export interface ModelFreeVariance {
  /** Per year. */
  readonly variance: number;
  /** From put-call parity at the strike where call and put are nearest. */
  readonly forward: number;
  /** Highest strike not above the forward: puts count below, calls above, both at it. */
  readonly atTheMoney: number;
  /** Options that entered the sum (both at the money count as one). */
  readonly options: number;
}

/** Minutes of 365 days. */
const MINUTES_PER_YEAR = 525_600;
const MINUTES_OF_30_DAYS = 43_200;

/**
 * Variance of one expiry by the exchange's recipe (Cboe, "The CBOE Volatility Index - VIX", white paper 2009, steps 1 and 2):
 * σ² = 2/T Σ ΔK/K² e^{rT} Q(K) - (F/K0 - 1)²/T. Options without a bid are left out, and none further out after two such strikes in a row.
 * Undefined when no strike has both mid-prices or none lies below the forward.
 */
export function modelFreeVariance(
  quotes: readonly StrikeQuotes[],
  years: number,
  rate: number,
): ModelFreeVariance | undefined {
  const sorted = quotes.toSorted((one, other) => one.strike - other.strike);
  const growth = Math.exp(rate * years);
  let nearest: StrikeQuotes | undefined;
  let gap = Number.POSITIVE_INFINITY;
  for (const quote of sorted) {
    if (!(quote.callBid > 0 && quote.putBid > 0 && years > 0)) continue;
    const difference = Math.abs(callMid(quote) - putMid(quote));
    if (difference >= gap) continue;
    gap = difference;
    nearest = quote;
  }
  if (nearest === undefined) return undefined;
  const forward = nearest.strike + growth * (callMid(nearest) - putMid(nearest));
  const middle = sorted.findLastIndex((quote) => quote.strike <= forward);
  const center = sorted[middle];
  if (center === undefined) return undefined;

  const puts = quoted(sorted.slice(0, middle).toReversed(), (quote) => quote.putBid).toReversed();
  const calls = quoted(sorted.slice(middle + 1), (quote) => quote.callBid);
  const chosen = [
    ...puts.map((quote) => ({ strike: quote.strike, price: putMid(quote) })),
    { strike: center.strike, price: 0.5 * (callMid(center) + putMid(center)) },
    ...calls.map((quote) => ({ strike: quote.strike, price: callMid(quote) })),
  ];
  if (chosen.length < 2) return undefined;
  let sum = 0;
  for (const [index, { strike, price }] of chosen.entries()) {
    const below = chosen[index - 1]?.strike;
    const above = chosen[index + 1]?.strike;
    const width =
      below === undefined || above === undefined ? (above ?? strike) - (below ?? strike) : 0.5 * (above - below);
    sum += (width / (strike * strike)) * price;
  }
  const offset = forward / center.strike - 1;
  return {
    variance: (2 * growth * sum - offset * offset) / years,
    forward,
    atTheMoney: center.strike,
    options: chosen.length,
  };
}

const callMid = (quote: StrikeQuotes): number => 0.5 * (quote.callBid + quote.callAsk);
const putMid = (quote: StrikeQuotes): number => 0.5 * (quote.putBid + quote.putAsk);

/** From the money outwards: what has a bid, until two strikes in a row have none. */
function quoted(outwards: readonly StrikeQuotes[], bid: (quote: StrikeQuotes) => number): StrikeQuotes[] {
  const found: StrikeQuotes[] = [];
  let missing = 0;
  for (const quote of outwards) {
    if (bid(quote) > 0) {
      found.push(quote);
      missing = 0;
      continue;
    }
    missing += 1;
    if (missing === 2) break;
  }
  return found;
}

/** Variance of one expiry and its time in minutes, as the exchange counts it. */
export interface TermVariance {
  readonly variance: number;
  readonly minutes: number;
}

/**
 * The index from the two expiries around thirty days, in points (61.22): total variances interpolated in minutes to 30 days
 * (white paper, step 3). Outside the two expiries it extrapolates, as the recipe does. NaN-free: undefined when the result is no variance.
 */
export function volatilityIndex(near: TermVariance, next: TermVariance): number | undefined {
  const span = next.minutes - near.minutes;
  const total =
    (((near.minutes / MINUTES_PER_YEAR) * near.variance * (next.minutes - MINUTES_OF_30_DAYS) +
      (next.minutes / MINUTES_PER_YEAR) * next.variance * (MINUTES_OF_30_DAYS - near.minutes)) /
      span) *
    (MINUTES_PER_YEAR / MINUTES_OF_30_DAYS);
  return total >= 0 && Number.isFinite(total) ? 100 * Math.sqrt(total) : undefined;
}

/** Years of the recipe's clock: whole minutes over 525,600. */
export function yearsOfMinutes(minutes: number): number {
  return minutes / MINUTES_PER_YEAR;
}
