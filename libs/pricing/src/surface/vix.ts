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

/** Mid-prices of one strike; `undefined` for a side that is not quoted. */
interface Mids {
  readonly strike: number;
  readonly call: number | undefined;
  readonly put: number | undefined;
}

/**
 * Variance of one expiry by the exchange's recipe (Cboe, "The CBOE Volatility Index - VIX", white paper 2009, steps 1 and 2):
 * σ² = 2/T Σ ΔK/K² e^{rT} Q(K) - (F/K0 - 1)²/T. Options without a bid are left out, and none further out after two such strikes in a row; one
 * whose ask is missing or below its bid counts as one without a bid.
 * Undefined when no strike has both mid-prices, none lies below the forward, or what comes out is no variance.
 */
export function modelFreeVariance(
  quotes: readonly StrikeQuotes[],
  years: number,
  rate: number,
): ModelFreeVariance | undefined {
  if (!(years > 0)) return undefined;
  const sorted = quotes
    .filter(({ strike }) => strike > 0)
    .map(({ strike, callBid, callAsk, putBid, putAsk }): Mids => {
      return { strike, call: midOf(callBid, callAsk), put: midOf(putBid, putAsk) };
    })
    .toSorted((one, other) => one.strike - other.strike);
  const growth = Math.exp(rate * years);
  let forward: number | undefined;
  let gap = Number.POSITIVE_INFINITY;
  for (const { strike, call, put } of sorted) {
    if (call === undefined || put === undefined || Math.abs(call - put) >= gap) continue;
    gap = Math.abs(call - put);
    forward = strike + growth * (call - put);
  }
  if (forward === undefined) return undefined;
  const level = forward;
  const middle = sorted.findLastIndex(
    ({ strike, call, put }) => strike <= level && (call !== undefined || put !== undefined),
  );
  const center = sorted[middle];
  if (center === undefined) return undefined;

  const chosen = [
    ...quoted(sorted.slice(0, middle).toReversed(), 'put').toReversed(),
    { strike: center.strike, price: 0.5 * ((center.call ?? center.put ?? 0) + (center.put ?? center.call ?? 0)) },
    ...quoted(sorted.slice(middle + 1), 'call'),
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
  const variance = (2 * growth * sum - offset * offset) / years;
  if (!(variance > 0 && Number.isFinite(variance))) return undefined;
  return { variance, forward, atTheMoney: center.strike, options: chosen.length };
}

function midOf(bid: number, ask: number): number | undefined {
  return bid > 0 && ask >= bid && Number.isFinite(ask) ? 0.5 * (bid + ask) : undefined;
}

/** From the money outwards: what is quoted, until two strikes in a row are not. */
function quoted(outwards: readonly Mids[], right: 'call' | 'put'): { strike: number; price: number }[] {
  const found: { strike: number; price: number }[] = [];
  let missing = 0;
  for (const quote of outwards) {
    const price = quote[right];
    if (price !== undefined) {
      found.push({ strike: quote.strike, price });
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
