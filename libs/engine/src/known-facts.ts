import { addDays, type MarketDate } from '@trading-agent/core';
import {
  type Dividend,
  type KnownReference,
  type Split,
  splitFactor,
  TREASURY_TENORS,
  type TreasuryYields,
} from '@trading-agent/market-data';
import type { CashDividend, TreasuryCurve } from '@trading-agent/pricing';
import type { ComingEvents } from '@trading-agent/strategies';
import type { SessionFacts } from './events.ts';

/** What is known of rates and corporate actions when a session begins. */
export type KnownFacts = Pick<SessionFacts, 'events' | 'liquidity' | 'treasury'>;

/** A curve is looked for in so many days: over the longest run of closed days. */
export const CURVE_DAYS = 14;

/** Cash dividends in dollars that go ex after `date`, nearest first, those of one day as one, per share of `date`. */
export function comingDividends(
  dividends: readonly Dividend[],
  splits: readonly Split[],
  date: MarketDate,
): readonly CashDividend[] {
  const byDay = new Map<MarketDate, number>();
  for (const { symbol, exDate, amount, currency } of dividends) {
    if (exDate <= date || (currency ?? 'USD') !== 'USD' || !(amount > 0)) continue;
    const cash = amount * splitFactor(splits, symbol, date, exDate);
    byDay.set(exDate, (byDay.get(exDate) ?? 0) + cash);
  }
  return [...byDay].map(([exDate, cash]) => ({ exDate, cash })).sort((a, b) => (a.exDate < b.exDate ? -1 : 1));
}

/** The yields by years to maturity. */
export function treasuryCurve({ date, yields }: TreasuryYields): TreasuryCurve {
  const found = new Map(Object.entries(yields));
  return {
    date,
    yields: Object.entries(TREASURY_TENORS).flatMap(([tenor, years]) => {
      const known = found.get(tenor);
      return known === undefined ? [] : [{ years, yield: known }];
    }),
  };
}

/**
 * What reference data at hand says of a session: the newest curve published before it, and the dividends up to `until` that had been declared
 * before it: on a day of its own a board may speak after the close, as many do. A dividend without a date of declaration is not known before it goes
 * ex.
 */
export function recordedFacts(
  known: KnownReference,
  underlyings: readonly string[],
  date: MarketDate,
  until: MarketDate,
): KnownFacts {
  const events: Record<string, ComingEvents> = {};
  for (const symbol of underlyings) {
    const from = addDays(date, 1);
    const found = known.dividends(symbol, from, until, date);
    if (found === undefined) continue;
    const declared = found.filter((one) => (one.declared ?? one.exDate) < date);
    const splits = known.splits(symbol, from, until, date) ?? [];
    events[symbol] = { dividends: comingDividends(declared, splits, date), earnings: null };
  }
  const curve = known.curves(addDays(date, -CURVE_DAYS), addDays(date, -1))?.at(-1);
  return { events, ...(curve === undefined ? {} : { treasury: treasuryCurve(curve) }) };
}
