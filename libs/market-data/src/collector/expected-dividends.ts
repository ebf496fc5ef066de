import { type MarketDate, addDays, daysBetween } from '@trading-agent/core';
import type { Dividend, Split } from '../reference/corporate-actions.ts';
import { splitFactor } from './adjustments.ts';

/** Cash that one share is expected to pay. */
export interface ExpectedDividend {
  readonly exDate: MarketDate;
  /** Dollars per share of the day from which it is seen. */
  readonly amount: number;
  /** `declared`: announced by then. `foretold`: the last regular payment again, at the pace of the year before. */
  readonly basis: 'declared' | 'foretold';
}

/** Payments between which so many days lie are those of one pace: monthly, quarterly, half-yearly, yearly. */
const PACES = [
  { least: 25, most: 36, days: 30.4375 },
  { least: 80, most: 103, days: 91.3125 },
  { least: 165, most: 200, days: 182.625 },
  { least: 345, most: 385, days: 365.25 },
] as const;
/** A foretold payment that is late by more than this was not made: nothing more is foretold. */
const LATE_DAYS = 20;

/**
 * What a share will pay after `date`, up to `until`, from the dividends that were known on `date` (those of the 400 days before included). Declared
 * ones as they are; after the last of them, when the two latest regular payments lie a known pace apart, the last amount again at that pace.
 * A symbol that has paid once or irregularly is foretold nothing. Only payments in dollars. Each amount is per share of its ex-date, and told per
 * share of `date`: `splits` are those between the oldest dividend and `until`. A later one that nobody knew of tells nothing: the dividend had been
 * declared per share of before it.
 */
export function foretoldDividends(
  known: readonly Dividend[],
  splits: readonly Split[],
  date: MarketDate,
  until: MarketDate,
): readonly ExpectedDividend[] {
  const inDollars = known
    .filter(({ currency }) => currency === null || currency === 'USD')
    .map((one) => ({ ...one, amount: one.amount * sharesPerShare(splits, one, date) }))
    .sort((a, b) => (a.exDate < b.exDate ? -1 : 1));
  const declared = inDollars
    .filter(({ exDate }) => exDate > date && exDate <= until)
    .map(({ exDate, amount }): ExpectedDividend => ({ exDate, amount, basis: 'declared' }));
  // Where nobody says which kind it was, it counts as regular when it keeps the pace.
  const regular = inDollars.filter(({ kind }) => kind === 'regular' || kind === 'other');
  const [before, last] = regular.slice(-2);
  if (!before || !last) return declared;
  const between = daysBetween(before.exDate, last.exDate);
  const pace = PACES.find(({ least, most }) => between >= least && between <= most);
  if (!pace || daysBetween(last.exDate, date) > pace.days + LATE_DAYS) return declared;
  const foretold: ExpectedDividend[] = [];
  for (let number = 1; ; number += 1) {
    const exDate = addDays(last.exDate, Math.round(number * pace.days));
    if (exDate > until) break;
    // A payment that is due by now and was not seen is expected tomorrow.
    const shown = exDate > date ? exDate : addDays(date, 1);
    if (shown <= until) foretold.push({ exDate: shown, amount: last.amount, basis: 'foretold' });
  }
  return [...declared, ...foretold].sort((a, b) => (a.exDate < b.exDate ? -1 : 1));
}

/** Shares of the dividend's ex-date for one of `date`, whichever is earlier. */
function sharesPerShare(splits: readonly Split[], { symbol, exDate }: Dividend, date: MarketDate): number {
  return splitFactor(splits, symbol, date, exDate) / splitFactor(splits, symbol, exDate, date);
}
