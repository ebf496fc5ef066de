import type { MarketDate } from '@trading-agent/core';
import type { ColumnType } from './feeds.ts';

/**
 * What one day of one feed holds and from what it was made. It is written last, so that a day is in the lake exactly when its manifest
 * is, and holds no wall clock: the same file gives the same bytes.
 */
export interface DayManifest {
  readonly format: 1;
  readonly feed: string;
  readonly date: MarketDate;
  readonly rows: number;
  /** Distinct tickers. */
  readonly tickers: number;
  readonly underlyings: readonly string[];
  /** Rows left out because they can't be read; they are in the quarantine file. */
  readonly quarantined: number;
  /** Rows left out by the filter. */
  readonly filtered: number;
  /** Sorted; `null`: everything was taken. */
  readonly filter: readonly string[] | null;
  readonly columns: readonly { readonly name: string; readonly type: ColumnType }[];
  /** Columns of the source that no schema names. */
  readonly ignoredColumns: readonly string[];
  readonly source: FileFacts;
  /** Columnar cache, Parquet, quarantine (JSON lines; absent when nothing is quarantined), relative to the lake. */
  readonly cache: FileFacts;
  readonly parquet: FileFacts | null;
  readonly quarantine: FileFacts | null;
}

export interface FileFacts {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** One row that could not be used, a line of the quarantine file. */
export interface QuarantinedLine {
  /** 1-based, of the uncompressed source. */
  readonly line: number;
  readonly reason: string;
  /** The row as it stands in the source, at most 4,096 bytes of it. */
  readonly text: string;
}
