import type { MarketDate, Micros } from '@trading-agent/core';
import type { OptionRight } from '@trading-agent/instruments';
import type { ColumnMemory } from './column-memory.ts';
import type { ColumnType } from './feeds.ts';

/** Which rows of one day to read. Every condition that is given must hold. */
export interface LakeQuery {
  readonly feed: string;
  readonly date: MarketDate;
  readonly underlyings?: readonly string[];
  /** As the files spell them: `O:AAPL140613C00090000`, `SPY`, `I:SPX`. */
  readonly tickers?: readonly string[];
  /** Both ends included; conditions on expiry, strike or right leave no stock or index row. */
  readonly expiry?: { readonly from?: MarketDate; readonly to?: MarketDate };
  /** Dollars, both ends included. */
  readonly strike?: { readonly from?: number; readonly to?: number };
  readonly right?: OptionRight;
  /** `[from, to)` on the feed's time column. */
  readonly time?: { readonly from?: Micros; readonly to?: Micros };
  /** All that the file has unless given. */
  readonly columns?: readonly string[];
  /** `micros`: the feed's time column is read as microseconds right away, which costs a third of the memory; `i64` does not have it then. */
  readonly times?: 'nanos' | 'micros';
  /** Reads into the memory of the table before, which is no longer valid then. Texts have memory of their own. */
  readonly memory?: ColumnMemory;
  /** Columns in SharedArrayBuffers, to hand to worker threads without a copy. */
  readonly shared?: boolean;
}

/**
 * Rows of one day, columnar, in file order (by ticker, then time). The columns of numbers lie in one block of memory: who keeps one of them keeps all.
 */
export interface LakeTable {
  readonly feed: string;
  readonly date: MarketDate;
  readonly rows: number;
  /** Distinct tickers of these rows. */
  readonly tickers: readonly string[];
  /** Runs of one ticker: run `i` is rows `runStart[i]` to `runStart[i + 1]`, of ticker `tickers[runTicker[i]]`. */
  readonly runStart: Uint32Array;
  readonly runTicker: Uint32Array;
  readonly columnNames: readonly string[];
  typeOf(name: string): ColumnType;
  /** @throws {TradingError} `INVALID_VALUE` when there is no such column (or of another type), here and below. NaN = blank. */
  f64(name: string): Float64Array;
  /** `NO_INT` = blank. */
  i32(name: string): Int32Array;
  /** Nanoseconds or sequence numbers; `NO_LONG` = blank. */
  i64(name: string): BigInt64Array;
  /** A column of nanoseconds as microseconds, truncated; NaN = blank. */
  micros(name: string): Float64Array;
  text(name: string): TextColumn;
  /** For each row the index of its ticker in `tickers`. */
  rowTickers(): Uint32Array;
}

export interface TextColumn {
  readonly length: number;
  /** Empty = blank. */
  at(row: number): string;
}
