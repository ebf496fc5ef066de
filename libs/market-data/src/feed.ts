import type { MarketDate } from '@trading-agent/core';
import type { Bar, OptionContract, OptionSymbol, Quote, Trade } from '@trading-agent/instruments';
import type { Observable } from 'rxjs';

export type FeedEvent =
  | { readonly kind: 'quote'; readonly quote: Quote }
  | { readonly kind: 'bar'; readonly bar: Bar }
  | { readonly kind: 'trade'; readonly trade: Trade };

/** Which stream an event came from: counted separately by a lockstep market. */
export type FeedChannel = 'options' | 'stocks';

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
  /** Minute bars of underlyings. Resolves when the vendor has acknowledged. */
  subscribeBars(underlyings: readonly string[]): Promise<void>;
  /** Quotes of option contracts, replacing none of the earlier ones. Resolves when acknowledged. */
  subscribeQuotes(symbols: readonly OptionSymbol[]): Promise<void>;
  /** All events of both channels in arrival order; an unrecoverable fault is an error. */
  readonly events: Observable<FeedEvent & { readonly channel: FeedChannel }>;
  close(): Promise<void>;
}
