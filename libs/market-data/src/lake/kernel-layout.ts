import type { ColumnType } from './feeds.ts';
import { GROUP_ROWS, textBytes } from './row-group.ts';

/** A field of the file: the ticker, a column of the table, or something that nobody wants. */
export type KernelField =
  | { readonly kind: 'ticker' }
  | { readonly kind: 'skip' }
  | {
      readonly kind: 'column';
      readonly type: ColumnType;
      readonly required: boolean;
      /** Nanoseconds that must lie in the day. */
      readonly isTime: boolean;
    };

/** Why the kernel came back. */
export const STATUS = { done: 0, full: 1, ticker: 2, slow: 3 } as const;

/** Most bytes of one file that are parsed at a time, line ends included. */
export const MOST_INPUT = 512 * 1024;
/** The kernel loads whole words and may look so far behind the last line. */
const SLACK = 64;
/** Tickers are compared as two times sixteen bytes; an option's has 23 at most. */
export const MOST_TICKER = 32;

export const POWERS = 0;
export const MAX_DECIMALS = 15;
export const DAY_FROM = 128;
export const DAY_TO = 136;
export const OUT_AT = 144;
export const OUT_ROW = 148;
export const OUT_FILTERED = 152;
export const OUT_FIELD = 156;
export const TICKER = 192;
/** All bits for each byte of the ticker, none behind it. */
export const TICKER_MASK = 224;
const COLUMNS = 256;

const WIDTH = { f64: 8, i32: 4, i64: 8, text: 4 } as const;

export interface Layout {
  /** By field: where its column begins; -1 for a field without one. */
  readonly column: readonly number[];
  /** By field: where the bytes of a text column begin. */
  readonly text: readonly number[];
  readonly input: number;
  readonly pages: number;
}

export function layoutOf(fields: readonly KernelField[]): Layout {
  let at = COLUMNS;
  const column: number[] = [];
  const text: number[] = [];
  for (const field of fields) {
    if (field.kind !== 'column') {
      column.push(-1);
      text.push(-1);
      continue;
    }
    column.push(at);
    at += GROUP_ROWS * WIDTH[field.type];
    text.push(field.type === 'text' ? at : -1);
    if (field.type === 'text') at += textBytes;
  }
  return { column, text, input: at, pages: Math.ceil((at + MOST_INPUT + SLACK) / 65_536) };
}
