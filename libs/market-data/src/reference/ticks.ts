import type { MarketDate, Micros } from '@trading-agent/core';

/** One trade of the past. `nanos` is exact; `at` is the same instant cut to microseconds. */
export interface TradeTick {
  readonly symbol: string;
  readonly at: Micros;
  /** Nanoseconds since the epoch, as the consolidated tape stamped it. */
  readonly nanos: bigint;
  /** Nanoseconds since the epoch at the exchange; option trades before about 2020 know milliseconds only. */
  readonly participantNanos: bigint | null;
  /** Dollars per share. */
  readonly price: number;
  /** Contracts or shares. */
  readonly size: number;
  /** The vendor's number of the exchange, see `exchanges`. */
  readonly exchange: number | null;
  /** The vendor's numbers, see `conditions`. */
  readonly conditions: readonly number[];
  readonly correction: number | null;
  readonly sequence: number | null;
  /** The vendor's id of the trade, stocks only. */
  readonly id: string | null;
}

/** One quote of the past. A side that nobody quotes (absent or at 0) is `null` with size 0. */
export interface QuoteTick {
  readonly symbol: string;
  readonly at: Micros;
  readonly nanos: bigint;
  readonly bid: number | null;
  /** Contracts, or round lots or shares of a stock as the vendor reports them. */
  readonly bidSize: number;
  readonly bidExchange: number | null;
  readonly ask: number | null;
  readonly askSize: number;
  readonly askExchange: number | null;
  readonly conditions: readonly number[];
  readonly sequence: number | null;
}

export interface TickQuery {
  readonly symbol: string;
  /** A whole market date, or an interval of nanoseconds since the epoch: from inclusive, to exclusive. */
  readonly during: MarketDate | { readonly from: bigint; readonly to: bigint };
  /** Oldest first unless `desc`. */
  readonly order?: 'asc' | 'desc';
  /** Rows per page, at most 50,000, which is also what is asked for unless given. */
  readonly pageSize?: number;
}
