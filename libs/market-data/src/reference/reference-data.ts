import type { MarketDate } from '@trading-agent/core';
import type { OptionSymbol } from '@trading-agent/instruments';
import type { BarQuery, DaySummary, DetailedBar } from './bars.ts';
import type { ContractFilter, ContractListQuery, ListedContract } from './contracts.ts';
import type { ActionQuery, Dividend, Split, TreasuryYields } from './corporate-actions.ts';
import type { TechnicalAnalysis } from './indicators.ts';
import type {
  ConditionInfo,
  ExchangeInfo,
  Holiday,
  MarketStatus,
  TickerDetails,
  TickerInfo,
  TickerQuery,
} from './listings.ts';
import type { NewsArticle, NewsQuery } from './news.ts';
import type { InstrumentSnapshot, LastTrade, OptionSnapshot, SnapshotAnswer, StockSnapshot } from './snapshots.ts';
import type { QuoteTick, TickQuery, TradeTick } from './ticks.ts';
import type { Quote } from '@trading-agent/instruments';

/** A row of an answer that could not be read, with its text as it came. */
export interface QuarantinedAnswer {
  /** Path of the request. */
  readonly path: string;
  /** 0-based number of the row in its page. */
  readonly index: number;
  readonly reason: string;
  /** At most 2,000 characters. */
  readonly text: string;
}

/**
 * Everything a market data vendor answers on request, whoever it is. Symbols are ours: options without prefix, indices `I:SPX`.
 *
 * Rows that can't be read are left out, kept in `quarantine()` and counted; they never break the rest of an answer.
 * @throws {TradingError} every method: `FEED_AUTH`, `FEED_NOT_ENTITLED` (from the second time on without a call), `FEED_NOT_FOUND` (single
 * things only; lists are empty), `FEED_BAD_REQUEST`, `FEED_BUDGET_SPENT`, `FEED_RATE_LIMITED`, `FEED_UNAVAILABLE`, `FEED_BAD_MESSAGE`,
 * `TIMEOUT`, `CANCELLED`.
 */
export interface ReferenceData extends TechnicalAnalysis {
  contracts(query: ContractListQuery): Promise<readonly ListedContract[]>;
  /** One contract, also one that has expired when `asOf` is a day on which it lived. */
  contract(symbol: OptionSymbol, asOf?: MarketDate): Promise<ListedContract>;

  chain(query: ContractFilter & { readonly underlying: string }): Promise<readonly OptionSnapshot[]>;
  optionSnapshot(underlying: string, symbol: OptionSymbol): Promise<OptionSnapshot>;
  /** Any number of instruments of any class. */
  snapshots(symbols: readonly string[]): Promise<SnapshotAnswer<InstrumentSnapshot>>;
  /** `I:SPX`, `I:VIX`, … */
  indices(symbols: readonly string[]): Promise<SnapshotAnswer<InstrumentSnapshot>>;
  stockSnapshot(symbol: string): Promise<StockSnapshot>;

  /** Oldest first, each window once; windows without trades are missing. */
  bars(query: BarQuery): Promise<readonly DetailedBar[]>;
  /** The last finished day; `null` when nothing traded. */
  previousBar(symbol: string): Promise<DetailedBar | null>;
  /** All stocks of one day. */
  groupedBars(date: MarketDate): Promise<readonly DetailedBar[]>;
  daySummary(symbol: string, date: MarketDate): Promise<DaySummary>;

  /** A page at a time, so that a day of a million trades needs no memory. */
  trades(query: TickQuery): AsyncIterable<readonly TradeTick[]>;
  quotes(query: TickQuery): AsyncIterable<readonly QuoteTick[]>;
  lastTrade(symbol: string): Promise<LastTrade>;
  /** Stocks only: of an option ask for its snapshot. */
  lastQuote(symbol: string): Promise<Quote>;

  marketStatus(): Promise<MarketStatus>;
  holidays(): Promise<readonly Holiday[]>;
  exchanges(assetClass: 'stocks' | 'options'): Promise<readonly ExchangeInfo[]>;
  conditions(assetClass: 'stocks' | 'options'): Promise<readonly ConditionInfo[]>;
  tickers(query: TickerQuery): Promise<readonly TickerInfo[]>;
  ticker(symbol: string, asOf?: MarketDate): Promise<TickerDetails>;

  /** Oldest first. */
  dividends(query: ActionQuery): Promise<readonly Dividend[]>;
  splits(query: ActionQuery): Promise<readonly Split[]>;
  /** Oldest first; days without any yield are left out. */
  treasuryYields(from: MarketDate, to: MarketDate): Promise<readonly TreasuryYields[]>;
  news(query: NewsQuery): Promise<readonly NewsArticle[]>;

  /** The last rows that could not be read (at most 200 are kept) and how many there were in all. */
  quarantine(): { readonly rows: readonly QuarantinedAnswer[]; readonly total: number };
  /** Ends what is under way with `CANCELLED`. */
  close(): Promise<void>;
}
