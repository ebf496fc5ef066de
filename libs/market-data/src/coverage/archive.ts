import { nyInstant } from '@trading-agent/calendar';
import { type MarketDate, type Micros, addDays, isTradingError, microsFromNanosText } from '@trading-agent/core';
import { parseOptionSymbol, rootInfo } from '@trading-agent/instruments';
import { type CsvColumns, type CsvFields, readCsv } from '../csv-rows.ts';
import { assertDataFolder, dayFile, daysPresent } from '../flat-file-layout.ts';
import type { QuarantinedRow } from '../market-day.ts';
import { Quarantine } from '../quarantine.ts';

export type AssetClass = 'options' | 'stocks' | 'indices';
export type RowKind = 'quotes' | 'trades' | 'minute-bars' | 'day-bars';

/** One feed of the flat-file layout, named by its folder. */
export interface ArchiveFeed {
  /** `us_options_opra/minute_aggs_v1`. */
  readonly name: string;
  readonly asset: AssetClass;
  readonly kind: RowKind;
}

/** What a row says, unjudged: prices may be negative, crossed or `NaN`. Dollars per share; a blank side is `null`. */
export type ArchiveRow =
  | {
      readonly kind: 'quotes';
      readonly ticker: string;
      readonly at: Micros;
      readonly bid: number | null;
      readonly bidSize: number;
      readonly ask: number | null;
      readonly askSize: number;
    }
  | {
      readonly kind: 'trades';
      readonly ticker: string;
      readonly at: Micros;
      readonly price: number;
      readonly size: number;
      /** What tells two prints of one instant apart: sequence number and id, as the feed writes them. */
      readonly identity: string;
    }
  | {
      readonly kind: 'minute-bars' | 'day-bars';
      readonly ticker: string;
      /** Start of the window. */
      readonly at: Micros;
      readonly open: number;
      readonly high: number;
      readonly low: number;
      readonly close: number;
      /** `null` where the feed has none (indices). */
      readonly volume: number | null;
    };

/** The rows that one day of a feed holds and could not be read. */
export interface ArchiveReading {
  readonly rows: number;
  readonly quarantined: readonly QuarantinedRow[];
  readonly quarantinedTotal: number;
  /** Why the file can't be read to its end; what came before was handed over. */
  readonly broken: string | null;
}

/**
 * Recorded data, whatever it lies in: what coverage, verification and the collector read through. Rows come in the order of the store and
 * one at a time, so that memory does not grow with the file.
 */
export interface DataArchive {
  feeds(): readonly ArchiveFeed[];
  /** Days that have a file, ascending. */
  days(feed: ArchiveFeed): readonly MarketDate[];
  /** Hands over the rows of one day; a day without a file has none. With `underlyings` rows of others may be left out, where that is cheaper. */
  read(
    feed: ArchiveFeed,
    date: MarketDate,
    take: (row: ArchiveRow) => void,
    underlyings?: readonly string[],
  ): Promise<ArchiveReading>;
}

const ASSETS: readonly (readonly [string, AssetClass])[] = [
  ['us_options_opra', 'options'],
  ['us_stocks_sip', 'stocks'],
  ['us_indices', 'indices'],
];
/** Folders of a kind; the sampled ones are what a recording keeps where the ticks themselves are too many. */
const KINDS: readonly (readonly [string, RowKind])[] = [
  ['quotes_v1', 'quotes'],
  ['quotes_v1_1min_samples', 'quotes'],
  ['quotes_v1_1hour_samples', 'quotes'],
  ['trades_v1', 'trades'],
  ['trades_v1_lean_ticks', 'trades'],
  ['minute_aggs_v1', 'minute-bars'],
  ['day_aggs_v1', 'day-bars'],
];

const COLUMNS: Readonly<Record<RowKind, CsvColumns>> = {
  quotes: { required: ['ticker', 'sip_timestamp', 'bid_price', 'bid_size', 'ask_price', 'ask_size'] },
  trades: { required: ['ticker', 'sip_timestamp', 'price', 'size'], optional: ['sequence_number', 'id', 'exchange'] },
  'minute-bars': { required: ['ticker', 'window_start', 'open', 'high', 'low', 'close'], optional: ['volume'] },
  'day-bars': { required: ['ticker', 'window_start', 'open', 'high', 'low', 'close'], optional: ['volume'] },
};

/**
 * A folder in the flat-file layout as an archive.
 * @throws {TradingError} `DATA_FOLDER_MISSING` when it is no folder.
 */
export function openFlatFileArchive(dataDir: string): DataArchive {
  assertDataFolder(dataDir);
  return {
    feeds: () =>
      ASSETS.flatMap(([folder, asset]) =>
        KINDS.map(([type, kind]) => ({ name: `${folder}/${type}`, asset, kind })),
      ).filter((feed) => daysPresent(dataDir, feed.name).length > 0),
    days: (feed) => daysPresent(dataDir, feed.name),
    async read(feed, date, take) {
      const quarantine = new Quarantine();
      const file = dayFile(dataDir, feed.name, date);
      let rows = 0;
      if (file === undefined) return { rows, quarantined: [], quarantinedTotal: 0, broken: null };
      const from = nyInstant(date, '00:00');
      const to = nyInstant(addDays(date, 1), '00:00');
      const parse = parser(feed.kind);
      let broken: string | null = null;
      try {
        await readCsv(file, COLUMNS[feed.kind], quarantine, (fields) => {
          const row = parse(fields);
          if (typeof row === 'string') return row;
          if (row.at < from || row.at >= to) return `the time ${fields[1] ?? ''} lies outside the day`;
          rows += 1;
          take(row);
          return undefined;
        });
      } catch (error) {
        if (!isTradingError(error, 'DATA_FILE_BROKEN')) throw error;
        broken = error.message;
      }
      return { rows, quarantined: quarantine.rows, quarantinedTotal: quarantine.total, broken };
    },
  };
}

type Parse = (fields: CsvFields) => ArchiveRow | string;

/** Rows of one ticker stand together: its text is copied once, so that no row keeps the chunk alive that it was read from. */
function parser(kind: RowKind): Parse {
  let ticker = '';
  const name = (text: string): string => {
    if (text !== ticker) ticker = Buffer.from(text).toString();
    return ticker;
  };
  return (fields) => {
    const [text = '', stamp = '', a = '', b = '', c = '', d = '', e = ''] = fields;
    if (text === '') return 'the ticker is missing';
    if (!/^\d{10,19}$/.test(stamp)) return `not a nanosecond timestamp: "${stamp.slice(0, 40)}"`;
    const at = microsFromNanosText(stamp);
    const unread = [a, b, c, d].find((value) => value !== '' && number(value) === null);
    if (unread !== undefined && kind !== 'trades') return `not a number: "${unread.slice(0, 40)}"`;
    switch (kind) {
      case 'quotes':
        return {
          kind,
          ticker: name(text),
          at,
          bid: number(a),
          bidSize: number(b) ?? 0,
          ask: number(c),
          askSize: number(d) ?? 0,
        };
      case 'trades': {
        const price = number(a);
        const size = number(b);
        if (price === null || size === null) return `price or size is not a number: "${a.slice(0, 40)}"`;
        return { kind, ticker: name(text), at, price, size, identity: `${c}/${d}/${e}` };
      }
      case 'minute-bars':
      case 'day-bars': {
        const open = number(a);
        const high = number(b);
        const low = number(c);
        const close = number(d);
        if (open === null || high === null || low === null || close === null) return 'a price of the bar is missing';
        const volume = number(e);
        if (e !== '' && volume === null) return `volume is not a number: "${e.slice(0, 40)}"`;
        return { kind, ticker: name(text), at, open, high, low, close, volume };
      }
    }
  };
}

const DECIMAL = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A decimal number; `null` for a blank or for anything else. */
function number(text: string): number | null {
  if (!DECIMAL.test(text)) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/** The underlying that a ticker of a feed belongs to; `null` when the ticker is none. Options of an index have it without `I:`. */
export function underlyingOf(asset: AssetClass, ticker: string): string | null {
  if (asset === 'indices') return ticker.startsWith('I:') ? ticker.slice(2) : ticker;
  if (asset === 'stocks') return ticker;
  try {
    return rootInfo(parseOptionSymbol(ticker).root).underlying;
  } catch (error) {
    if (!isTradingError(error)) throw error;
    return null;
  }
}
