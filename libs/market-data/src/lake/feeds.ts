import { type MarketDate, TradingError } from '@trading-agent/core';

/**
 * How a column is held. `f64`: double, NaN = blank. `i32`: 32-bit integer, `NO_INT` = blank. `i64`: 64-bit integer (nanoseconds, sequence
 * numbers), `NO_LONG` = blank. `text`: UTF-8, empty = blank.
 */
export type ColumnType = 'f64' | 'i32' | 'i64' | 'text';
export const NO_INT = -2_147_483_648;
export const NO_LONG = -(2n ** 63n);

export interface ColumnSpec {
  readonly name: string;
  readonly type: ColumnType;
  /** A file without it, or a row where it is blank, can't be used. */
  readonly required: boolean;
}

export type FeedKind = 'trades' | 'quotes' | 'minute' | 'day' | 'values';

export interface FeedSpec {
  /** `us_options_opra/minute_aggs_v1`: the folder below the bucket, the data folder and the lake. */
  readonly feed: string;
  readonly assets: 'options' | 'stocks' | 'indices';
  readonly kind: FeedKind;
  /** The column by which rows have their instant, nanoseconds. */
  readonly time: string;
  /** Every column known of the feed but `ticker`; a file may lack those not required. */
  readonly columns: readonly ColumnSpec[];
  /** Too large to be ingested whole: underlyings must be named. */
  readonly filterRequired: boolean;
}

const column = (type: ColumnType, required: boolean, ...names: string[]): ColumnSpec[] =>
  names.map((name) => ({ name, type, required }));

const COLUMNS: Record<FeedKind, { time: string; columns: readonly ColumnSpec[] }> = {
  minute: bars(),
  day: bars(),
  values: {
    time: 'timestamp',
    columns: [...column('f64', true, 'value'), ...column('i64', true, 'timestamp')],
  },
  trades: {
    time: 'sip_timestamp',
    columns: [
      ...column('f64', true, 'price', 'size'),
      ...column('i64', true, 'sip_timestamp'),
      ...column('i64', false, 'participant_timestamp', 'trf_timestamp', 'sequence_number'),
      ...column('i32', false, 'correction', 'tape', 'trf_id'),
      // The vendor numbers exchanges, older sources give the SIP letter.
      ...column('text', false, 'exchange', 'conditions', 'id', 'lean_sale_condition_hex', 'lean_suspicious'),
    ],
  },
  quotes: {
    time: 'sip_timestamp',
    columns: [
      // A side that nobody quotes is blank.
      ...column('f64', false, 'bid_price', 'bid_size', 'ask_price', 'ask_size'),
      ...column('i64', true, 'sip_timestamp'),
      ...column('i64', false, 'participant_timestamp', 'trf_timestamp', 'sequence_number'),
      ...column('i32', false, 'bid_exchange', 'ask_exchange', 'tape'),
      ...column('text', false, 'conditions', 'indicators'),
    ],
  },
};

function bars(): { time: string; columns: readonly ColumnSpec[] } {
  return {
    time: 'window_start',
    columns: [
      ...column('f64', true, 'open', 'high', 'low', 'close'),
      ...column('f64', false, 'volume'),
      ...column('i64', true, 'window_start'),
      ...column('i32', false, 'transactions'),
    ],
  };
}

const FEED =
  /^(us_options_opra|us_stocks_sip|us_indices)\/((trades|quotes|minute_aggs|day_aggs|values)_v1(_[a-z0-9_]+)?)$/;
const ASSETS = { us_options_opra: 'options', us_stocks_sip: 'stocks', us_indices: 'indices' } as const;
const KINDS = { trades: 'trades', quotes: 'quotes', minute_aggs: 'minute', day_aggs: 'day', values: 'values' } as const;

/** What is known of a feed by its name; `undefined` for a name that is none. `_samples` and other endings keep the columns of their stem. */
export function feedSpec(feed: string): FeedSpec | undefined {
  const match = FEED.exec(feed);
  if (!match) return undefined;
  const assets = ASSETS[match[1] as keyof typeof ASSETS];
  const kind = KINDS[match[3] as keyof typeof KINDS];
  return { feed, assets, kind, ...COLUMNS[kind], filterRequired: kind === 'quotes' && match[4] === undefined };
}

/** @throws {TradingError} `INVALID_VALUE` when `feed` is no feed of the flat-file layout. */
export function requireFeed(feed: string): FeedSpec {
  const spec = feedSpec(feed);
  if (spec) return spec;
  throw new TradingError('INVALID_VALUE', `"${feed}" is not a feed of the flat files`, {
    hint: 'Expected for instance us_options_opra/minute_aggs_v1 or us_stocks_sip/day_aggs_v1.',
    details: { feed },
  });
}

/** `<feed>/YYYY/MM/YYYY-MM-DD` as the bucket, the data folder and the lake have it, without an ending. */
export function dayPath(feed: string, date: MarketDate): string {
  return `${feed}/${date.slice(0, 4)}/${date.slice(5, 7)}/${date}`;
}
