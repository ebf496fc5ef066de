import { type MarketDate, type Micros, isTradingError, micros } from '@trading-agent/core';
import { ColumnMemory } from '../lake/column-memory.ts';
import { type FeedKind, feedSpec } from '../lake/feeds.ts';
import { type Lake, lakeAt } from '../lake/lake.ts';
import type { LakeTable } from '../lake/table.ts';
import { type ArchiveFeed, type ArchiveRow, type DataArchive, type RowKind, openFlatFileArchive } from './archive.ts';

const KINDS: Readonly<Partial<Record<FeedKind, RowKind>>> = {
  quotes: 'quotes',
  trades: 'trades',
  minute: 'minute-bars',
  day: 'day-bars',
};

/**
 * The folder as an archive: a lake when it has the manifest of at least one day, otherwise flat files.
 * @throws {TradingError} `DATA_FOLDER_MISSING` when it is no folder.
 */
export function openArchive(dir: string): DataArchive {
  const lake = lakeAt(dir);
  return lake ? openLakeArchive(lake) : openFlatFileArchive(dir);
}

export function openLakeArchive(lake: Lake): DataArchive {
  // A table has been handed over row by row before the next one is read.
  const memory = new ColumnMemory();
  return {
    feeds: () =>
      lake.feeds().flatMap((name): ArchiveFeed[] => {
        const spec = feedSpec(name);
        const kind = spec && KINDS[spec.kind];
        return spec && kind && lake.days(name).length > 0 ? [{ name, asset: spec.assets, kind }] : [];
      }),
    days: (feed) => lake.days(feed.name),
    async read(feed, date, take, underlyings) {
      const manifest = lake.manifest(feed.name, date);
      const quarantined = manifest === undefined ? [] : quarantineOf(lake, feed.name, date);
      const reading = { quarantined, quarantinedTotal: manifest?.quarantined ?? 0 };
      if (manifest === undefined) return { rows: 0, ...reading, broken: null };
      try {
        const table = lake.read({
          feed: feed.name,
          date,
          times: 'micros',
          memory,
          ...(underlyings && { underlyings }),
        });
        handOver(table, feed.kind, take);
        return { rows: table.rows, ...reading, broken: null };
      } catch (error) {
        if (!isTradingError(error, 'DATA_FILE_BROKEN')) throw error;
        return { rows: 0, ...reading, broken: error.message };
      }
    },
  };
}

function quarantineOf(lake: Lake, feed: string, date: MarketDate) {
  const file = lake.manifest(feed, date)?.quarantine?.file ?? feed;
  return lake
    .quarantined(feed, date)
    .slice(0, 1_000)
    .map(({ line, reason, text }) => ({ file, line, reason, text }));
}

function handOver(table: LakeTable, kind: RowKind, take: (row: ArchiveRow) => void): void {
  const has = (name: string): boolean => table.columnNames.includes(name);
  const numbers = (name: string): Float64Array | undefined => (has(name) ? table.f64(name) : undefined);
  const at = table.micros(kind === 'quotes' || kind === 'trades' ? 'sip_timestamp' : 'window_start');
  const time = (row: number): Micros => micros(at[row] ?? 0);
  const each = (rowOf: (ticker: string, row: number) => ArchiveRow): void => {
    for (let run = 0; run < table.runTicker.length; run += 1) {
      const ticker = table.tickers[table.runTicker[run] ?? 0] ?? '';
      const end = table.runStart[run + 1] ?? table.rows;
      for (let row = table.runStart[run] ?? 0; row < end; row += 1) take(rowOf(ticker, row));
    }
  };
  if (kind === 'quotes') {
    const [bid, ask, bidSize, askSize] = ['bid_price', 'ask_price', 'bid_size', 'ask_size'].map(numbers);
    each((ticker, row) => ({
      kind,
      ticker,
      at: time(row),
      bid: known(bid, row),
      ask: known(ask, row),
      bidSize: known(bidSize, row) ?? 0,
      askSize: known(askSize, row) ?? 0,
    }));
  } else if (kind === 'trades') {
    const [price, size] = ['price', 'size'].map(numbers);
    const sequence = has('sequence_number') ? table.i64('sequence_number') : undefined;
    const texts = ['id', 'exchange'].flatMap((name) => (has(name) ? [table.text(name)] : []));
    each((ticker, row) => ({
      kind,
      ticker,
      at: time(row),
      price: known(price, row) ?? Number.NaN,
      size: known(size, row) ?? Number.NaN,
      identity: [sequence?.[row] ?? '', ...texts.map((text) => text.at(row))].join('/'),
    }));
  } else {
    const [open, high, low, close, volume] = ['open', 'high', 'low', 'close', 'volume'].map(numbers);
    each((ticker, row) => ({
      kind,
      ticker,
      at: time(row),
      open: known(open, row) ?? Number.NaN,
      high: known(high, row) ?? Number.NaN,
      low: known(low, row) ?? Number.NaN,
      close: known(close, row) ?? Number.NaN,
      volume: known(volume, row),
    }));
  }
}

function known(column: Float64Array | undefined, row: number): number | null {
  const value = column?.[row];
  return value === undefined || Number.isNaN(value) ? null : value;
}
