import type { MarketDate, Micros } from '@trading-agent/core';
import type { OptionContract, Quote } from '@trading-agent/instruments';

export interface Greeks {
  /** Per dollar of the underlying. */
  readonly delta: number;
  readonly gamma: number;
  /** Dollars per share and calendar day. */
  readonly theta: number;
  /** Dollars per share and volatility point (0.01). */
  readonly vega: number;
}

/** What a session has done so far; `null` where unknown. Percentages are in percent. */
export interface SessionFigures {
  readonly open: number | null;
  readonly high: number | null;
  readonly low: number | null;
  readonly close: number | null;
  readonly volume: number | null;
  readonly vwap: number | null;
  readonly previousClose: number | null;
  readonly change: number | null;
  readonly changePercent: number | null;
}

export interface LastTrade {
  readonly at: Micros;
  readonly nanos: bigint;
  readonly price: number;
  readonly size: number;
  readonly exchange: number | null;
  readonly conditions: readonly number[];
}

/** `delayed` data are 15 minutes old; `null` when the vendor does not say. */
export type Timeliness = 'real-time' | 'delayed' | null;

/** One option as it stands. Whatever the plan or the market does not give is `null`. */
export interface OptionSnapshot {
  readonly contract: OptionContract;
  readonly quote: Quote | null;
  readonly timeliness: Timeliness;
  readonly lastTrade: LastTrade | null;
  readonly day: SessionFigures | null;
  /** The market date that `day` belongs to: an option that did not trade today still shows its last day. */
  readonly dayDate: MarketDate | null;
  readonly greeks: Greeks | null;
  /** Decimal: 0.25 is 25 %. */
  readonly impliedVolatility: number | null;
  /** Contracts, as of the end of the previous day. */
  readonly openInterest: number | null;
  readonly breakEven: number | null;
  readonly fairMarketValue: number | null;
  /** Price of a stock, value of an index. */
  readonly underlyingPrice: number | null;
  readonly underlyingAt: Micros | null;
}

export type InstrumentClass = 'stocks' | 'options' | 'indices' | 'fx' | 'crypto' | 'other';

/** Any instrument as it stands; `option` holds what only options have. */
export interface InstrumentSnapshot {
  readonly symbol: string;
  readonly kind: InstrumentClass;
  readonly name: string | null;
  readonly marketStatus: string | null;
  readonly session: SessionFigures | null;
  readonly quote: Quote | null;
  readonly lastTrade: LastTrade | null;
  /** Last price, or the value of an index. */
  readonly price: number | null;
  readonly at: Micros | null;
  readonly timeliness: Timeliness;
  readonly option: OptionSnapshot | null;
}

/** Answer to a question about many instruments: those that were refused stand apart, by the symbols asked for. */
export interface SnapshotAnswer<T> {
  readonly rows: readonly T[];
  readonly notFound: readonly string[];
  readonly notEntitled: readonly string[];
  /** Refused for another reason: the vendor's word for it. */
  readonly refused: readonly { readonly symbol: string; readonly reason: string }[];
}

/** A stock as it stands. Between about 3:30 and 4:00 New York time the vendor clears its figures: zeros are `null`. */
export interface StockSnapshot {
  readonly symbol: string;
  readonly at: Micros | null;
  readonly day: SessionFigures | null;
  readonly previousDay: SessionFigures | null;
  readonly quote: Quote | null;
  readonly lastTrade: LastTrade | null;
}
