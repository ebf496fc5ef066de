import type { Micros } from '@trading-agent/core';

/** A symbol of anything quoted: a stock ticker (`GOOG`), an index (`I:VIX`) or an `OptionSymbol`. */
export type Ticker = string;

/**
 * The national best bid and offer of one instrument. A side that is `null` is not quoted: nothing can be sold there (bid) or
 * bought there (ask). Prices in dollars per share, sizes in contracts (options) or shares.
 */
export interface Quote {
  readonly symbol: Ticker;
  readonly at: Micros;
  readonly bid: number | null;
  readonly bidSize: number;
  readonly ask: number | null;
  readonly askSize: number;
}

/** One aggregate window `[start, end)`. It may be used from `end` on, never before. */
export interface Bar {
  readonly symbol: Ticker;
  readonly start: Micros;
  readonly end: Micros;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

export interface Trade {
  readonly symbol: Ticker;
  readonly at: Micros;
  readonly price: number;
  readonly size: number;
}

/** Midpoint, or `null` unless both sides are quoted. */
export function midpoint(quote: Quote): number | null {
  return quote.bid === null || quote.ask === null ? null : (quote.bid + quote.ask) / 2;
}
