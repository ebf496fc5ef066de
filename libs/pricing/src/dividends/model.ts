import { type Right } from '../european.ts';

/**
 * One dividend in the jump model: at its ex instant the underlying falls from S to max(S (1 - proportion) - cash, 0). Between the
 * instants it is a geometric Brownian motion (the "spot" or piecewise lognormal model: Haug, Haug and Lewis, "Back to basics: a new
 * approach to the discrete dividend problem", Wilmott 2003).
 */
export interface DiscreteDividend {
  /** Years of 365 days from the valuation to the ex instant. Those at or before 0 or after expiry have no part. */
  readonly years: number;
  /** Dollars per share. */
  readonly cash: number;
  /** Fraction of the price, 0 for a cash dividend. */
  readonly proportion: number;
}

/** An option on a stock that pays dividends at known instants. */
export interface DividendOption {
  readonly spot: number;
  readonly strike: number;
  readonly years: number;
  /** Continuously compounded, decimal. */
  readonly rate: number;
  /** What the stock costs or pays continuously besides its dividends (borrow fee), decimal. */
  readonly yield: number;
  readonly volatility: number;
  readonly right: Right;
  readonly exercise: 'american' | 'european';
  readonly dividends: readonly DiscreteDividend[];
}

/** Dividends strictly between now and expiry that pay anything, nearest to expiry first (the order of backward induction). */
export function backwardDividends(dividends: readonly DiscreteDividend[], years: number): readonly DiscreteDividend[] {
  if (isBackward(dividends, years)) return dividends;
  return dividends
    .filter((one) => one.years > 0 && one.years < years && (one.cash > 0 || one.proportion > 0))
    .toSorted((a, b) => b.years - a.years);
}

/** Whether nothing is left to do: a slice orders its dividends once for all its solves. */
function isBackward(dividends: readonly DiscreteDividend[], years: number): boolean {
  let later = years;
  for (let k = 0; k < dividends.length; k += 1) {
    const one = dividends[k];
    if (one === undefined || !(one.years > 0 && one.years < years && one.years <= later)) return false;
    if (!(one.cash > 0 || one.proportion > 0)) return false;
    later = one.years;
  }
  return true;
}

/** Whether every figure is a number, no cash is negative and no proportion outside [0, 1); those that have no part count too. */
function dividendsUsable(dividends: readonly DiscreteDividend[]): boolean {
  return dividends.every(
    ({ years, cash, proportion }) =>
      Number.isFinite(years) && Number.isFinite(cash) && cash >= 0 && proportion >= 0 && proportion < 1,
  );
}

/** A rate times years beyond this is no rate. */
const MOST_GROWTH = 100;

/** Whether years, rate, yield and dividends of an expiry are ones that can be priced with. */
export function termsUsable(terms: Pick<DividendOption, 'years' | 'rate' | 'yield' | 'dividends'>): boolean {
  const { years, rate } = terms;
  return (
    [years, rate, terms.yield].every((one) => Number.isFinite(one)) &&
    Math.abs(rate * years) < MOST_GROWTH &&
    Math.abs(terms.yield * years) < MOST_GROWTH &&
    dividendsUsable(terms.dividends)
  );
}

/** The forward at `years` of a stock that pays `dividends`: spot carried at rate - yield, every dividend taken off as it falls. */
export function dividendForward(
  option: Pick<DividendOption, 'spot' | 'years' | 'rate' | 'yield' | 'dividends'>,
): number {
  const carry = option.rate - option.yield;
  let forward = option.spot;
  let at = 0;
  for (const one of option.dividends
    .filter((d) => d.years > 0 && d.years <= option.years)
    .toSorted((a, b) => a.years - b.years)) {
    forward = forward * Math.exp(carry * (one.years - at)) * (1 - one.proportion) - one.cash;
    at = one.years;
  }
  return forward * Math.exp(carry * (option.years - at));
}

/**
 * Announced and near dividends are dollars, far ones move with the price: the part in cash is 1 up to `cashUntil` years, falls linearly,
 * and is 0 from `proportionalFrom` on. The rest becomes a proportion of the forward just before, so that no forward changes.
 */
export function blendDividends(
  dividends: readonly { readonly years: number; readonly cash: number }[],
  market: { readonly spot: number; readonly rate: number; readonly yield: number },
  blend: { readonly cashUntil: number; readonly proportionalFrom: number },
): readonly DiscreteDividend[] {
  const carry = market.rate - market.yield;
  const blended: DiscreteDividend[] = [];
  let forward = market.spot;
  let at = 0;
  for (const { years, cash } of dividends.filter((d) => d.years > 0).toSorted((a, b) => a.years - b.years)) {
    forward *= Math.exp(carry * (years - at));
    at = years;
    const width = blend.proportionalFrom - blend.cashUntil;
    const inCash =
      width > 0 ? Math.min(1, Math.max(0, (blend.proportionalFrom - years) / width)) : years <= blend.cashUntil ? 1 : 0;
    const paid = Math.min(cash, forward);
    blended.push({ years, cash: paid * inCash, proportion: forward > 0 ? (paid * (1 - inCash)) / forward : 0 });
    forward -= paid;
  }
  return blended;
}
