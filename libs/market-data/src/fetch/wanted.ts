import type { MarketDate } from '@trading-agent/core';

/**
 * What can be fetched by request. `contracts`: the listing of an underlying as of each day. `chain`: the snapshot of the whole chain as it stands
 * (once a day: a vendor has no snapshots of the past) and the listing of each day. `aggs`: minute bars of the underlying. `option-aggs`: minute bars
 * of every contract that was listed. `daily`: day bars of the underlying. `trades`, `quotes`: ticks of the underlying.
 */
export const FETCHABLE = [
  'contracts',
  'chain',
  'aggs',
  'option-aggs',
  'daily',
  'trades',
  'quotes',
  'dividends',
  'splits',
  'treasury',
  'news',
] as const;
export type Fetchable = (typeof FETCHABLE)[number];

export interface FetchRequest {
  /** Underlyings: stocks (`SPY`), or indices with prefix (`I:SPX`). */
  readonly symbols: readonly string[];
  /** Sessions, oldest first. */
  readonly dates: readonly MarketDate[];
  readonly what: readonly Fetchable[];
  /** The day on which it is asked: snapshots and what is announced are of this day. */
  readonly today: MarketDate;
}

/** How much there is of what that nobody knows before it has been asked for: guesses on the high side for a liquid underlying. */
export interface FetchAssumptions {
  /** Contracts listed of one underlying on one day (SPY: about 10,000; a single stock: 1,000 to 3,000). */
  readonly contractsPerUnderlying: number;
  /** Contracts that a window of days meets per further day, beside those of one day. */
  readonly newContractsPerDay: number;
  readonly tradesPerDay: number;
  readonly quotesPerDay: number;
  readonly articlesPerDay: number;
}

export const FETCH_ASSUMPTIONS: FetchAssumptions = {
  contractsPerUnderlying: 10_000,
  newContractsPerDay: 250,
  tradesPerDay: 700_000,
  quotesPerDay: 3_000_000,
  articlesPerDay: 20,
};

/** What is there already. Of an empty lake nothing. */
export interface FetchState {
  isDone(step: FetchStep, symbol: string, date: MarketDate): boolean;
  /** Every contract of `underlying` that the listings of these days name; `undefined` as long as one of them is not there. */
  contracts(underlying: string, dates: readonly MarketDate[]): readonly string[] | undefined;
  /** Calls that the last job of one day took; `undefined` when there was none. */
  lastCalls(step: FetchStep, symbol: string): number | undefined;
}

export const NOTHING_FETCHED: FetchState = {
  isDone: () => false,
  contracts: () => undefined,
  lastCalls: () => undefined,
};

/** One kind of question. */
export type FetchStep = Exclude<Fetchable, 'chain'> | 'snapshot';

/** Questions that belong together: all their answers are kept, or none. */
export interface FetchJob {
  /** The wish that it serves first. */
  readonly what: Fetchable;
  readonly step: FetchStep;
  /** The underlying; of `option-aggs` the contract once the listings are there; `*` of the treasury. */
  readonly symbol: string;
  /** Days that it is for, oldest first. */
  readonly dates: readonly MarketDate[];
  readonly calls: number;
  /** Whether `calls` is certain, or what was needed last time, or a guess. */
  readonly basis: 'certain' | 'last-time' | 'assumed';
}
