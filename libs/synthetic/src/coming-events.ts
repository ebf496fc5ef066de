import type { MarketDate } from '@trading-agent/core';
import { type MarketIdentity, SyntheticMarket } from './synthetic-market.ts';
import { VOLATILITY_INDEX } from './underlyings.ts';

export interface ComingEventsRequest extends MarketIdentity {
  readonly symbols: readonly string[];
  /** The session that asks. */
  readonly date: MarketDate;
  /** Last day that is asked about. */
  readonly until: MarketDate;
}

/** What a name has made known of the days ahead. */
export interface SyntheticEvents {
  /** Nearest first; dollars per share of `date`. */
  readonly dividends: readonly { readonly exDate: MarketDate; readonly cash: number }[];
  /** The next session before whose open results come out; `null` when none is within reach. */
  readonly earnings: MarketDate | null;
}

/**
 * What is due for synthetic names after `date`, as known on it: names pay and report by a calendar of their own, and say for a whole year what they
 * pay a quarter. For the year after, what they pay now is the best that is known.
 * @throws {TradingError} `UNKNOWN_SYMBOL`, `OUT_OF_RANGE`, `NOT_A_SESSION`.
 */
export function generateComingEvents(request: ComingEventsRequest): Readonly<Record<string, SyntheticEvents>> {
  const { symbols, date, until, ...identity } = request;
  const market = new SyntheticMarket(identity, date);
  const ahead = market.walk.sessions.flatMap((session, index) =>
    session > date && session <= until ? [{ session, index }] : [],
  );
  const found: Record<string, SyntheticEvents> = {};
  for (const symbol of symbols.toSorted()) {
    if (symbol === VOLATILITY_INDEX) continue;
    const { calendar, days } = market.underlying(symbol);
    const cash = days.at(-1)?.quarterly ?? 0;
    found[symbol] = {
      dividends: ahead.flatMap(({ session, index }) =>
        calendar.exDividend[index] === 1 && cash > 0 ? [{ exDate: session, cash }] : [],
      ),
      earnings: ahead.find(({ index }) => calendar.earnings[index] === 1)?.session ?? null,
    };
  }
  return found;
}
