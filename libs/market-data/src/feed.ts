import type { MarketDate, Micros } from '@trading-agent/core';
import type { Bar, OptionContract, OptionSymbol, Quote, Ticker } from '@trading-agent/instruments';
import type { Observable } from 'rxjs';
import type { FeedChannel, FeedEvent } from './stream/feed-event.ts';

export interface ContractQuery {
  readonly underlying: string;
  readonly asOf: MarketDate;
  readonly expiryFrom: MarketDate;
  readonly expiryTo: MarketDate;
}

export interface ChainSnapshotRow {
  readonly contract: OptionContract;
  readonly quote: Quote | null;
  readonly impliedVolatility: number | null;
  readonly openInterest: number | null;
}

/** What can be streamed of an instrument. */
export const STREAM_KINDS = [
  'quotes',
  'trades',
  'second-bars',
  'minute-bars',
  'fair-values',
  'index-values',
  'limit-bands',
] as const;
export type StreamKind = (typeof STREAM_KINDS)[number];

/** Instruments by name, or all of a channel where the vendor allows it (never option quotes or fair values). */
export type StreamSymbols = readonly Ticker[] | { readonly allOf: FeedChannel };

/**
 * A market data vendor, whoever it is. Calls time out and throw `TradingError`s with `FEED_*` codes.
 * Option quotes are limited to 1,000 contracts per connection.
 */
export interface MarketFeed {
  contracts(query: ContractQuery): Promise<readonly OptionContract[]>;
  chainSnapshot(query: ContractQuery): Promise<readonly ChainSnapshotRow[]>;
  /** Minute bars of `symbol` from the start of `from` to the end of `to` (market dates, inclusive), oldest first. */
  minuteBars(symbol: string, from: MarketDate, to: MarketDate): Promise<readonly Bar[]>;
  /** Opens the streams and authenticates. Events flow after `subscribe…` calls. */
  connect(): Promise<void>;
  /**
   * Minute bars of underlyings, beside the earlier ones. Resolves when the vendor has acknowledged.
   * @param since up to when the caller knows the bars: what has ended since is a gap that is filled and closed like any other
   */
  subscribeBars(underlyings: readonly string[], since?: Micros): Promise<void>;
  /** Makes `symbols` the option contracts whose quotes are streamed, instead of the earlier ones. Resolves when what is new is acknowledged. */
  selectQuotes(symbols: readonly OptionSymbol[]): Promise<void>;
  /**
   * Makes `tickers` the stocks whose quotes are streamed, instead of the earlier ones. Not every plan has them: one that says so throws, one that
   * sends none does not.
   */
  selectStockQuotes(tickers: readonly Ticker[]): Promise<void>;
  /** All events of all channels in arrival order, gaps among them; an unrecoverable fault is an error. */
  readonly events: Observable<FeedEvent & { readonly channel: FeedChannel }>;
  close(): Promise<void>;
}
