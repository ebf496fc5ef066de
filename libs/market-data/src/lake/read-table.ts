import { type MarketDate, TradingError } from '@trading-agent/core';
import type { ColumnFile } from './column-file.ts';
import { type ColumnType, requireFeed } from './feeds.ts';
import { type Column, ColumnReader, type RowRange, type Selection, toMicros } from './column-reader.ts';
import type { LakeQuery, LakeTable, TextColumn } from './table.ts';
import { dayNumber } from './ticker-table.ts';

/**
 * Reads what `query` asks for. Only the row groups and columns wanted are touched; values go from the file into their arrays.
 * @throws {TradingError} `INVALID_VALUE` for a column that the file lacks.
 */
export function readTable(file: ColumnFile, query: LakeQuery, timeColumn: string): LakeTable {
  const available = file.footer.columns;
  const names = query.columns ?? available.map(({ name }) => name);
  const types = new Map(available.map(({ name, type }) => [name, type]));
  for (const name of names) if (!types.has(name)) throw unknownColumn(name, [...types.keys()]);

  if (takesAll(query)) return wholeTable(file, query, names);
  let selection = selectRuns(file, query);
  if (query.time) selection = selectTimes(selection, new ColumnReader(file), timeColumn, query.time);
  return tableOf(file, query, selection, names);
}

/** Rows `[from, to)` of the file with all columns. */
export function readRows(
  file: ColumnFile,
  query: Pick<LakeQuery, 'feed' | 'date' | 'times'>,
  from: number,
  to: number,
): LakeTable {
  const { start, ticker } = file.runs();
  const ranges: RowRange[] = [];
  const tickers: number[] = [];
  for (let run = lastUpTo(start, from); run < start.length && (start[run] ?? 0) < to; run++) {
    const first = Math.max(from, start[run] ?? 0);
    const last = Math.min(to, start[run + 1] ?? file.footer.rows);
    ranges.push({ from: first, to: last });
    tickers.push(ticker[run] ?? 0);
  }
  const names = file.footer.columns.map(({ name }) => name);
  return tableOf(file, query, { rows: to - from, ranges, tickers }, names);
}

/** The last of ascending `values` that is not above `limit`; the first when all are. */
function lastUpTo(values: Uint32Array, limit: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

function tableOf(
  file: ColumnFile,
  query: Pick<LakeQuery, 'feed' | 'date' | 'shared' | 'times' | 'memory'>,
  selection: Selection,
  names: readonly string[],
): LakeTable {
  const reader = readerOf(file, query);
  const { ranges } = selection;
  const runStart = new Uint32Array(ranges.length + 1);
  const runTicker = new Uint32Array(ranges.length);
  const own = new Int32Array(file.footer.tickers.count).fill(-1);
  const kept: number[] = [];
  let runs = 0;
  let row = 0;
  for (const [index, range] of ranges.entries()) {
    const ticker = selection.tickers[index] ?? 0;
    if (own[ticker] === -1) own[ticker] = kept.push(ticker) - 1;
    const position = own[ticker] ?? 0;
    if (runs === 0 || runTicker[runs - 1] !== position) {
      runStart[runs] = row;
      runTicker[runs] = position;
      runs += 1;
    }
    row += range.to - range.from;
  }
  runStart[runs] = row;
  const tickerNames = kept.length === 0 ? [] : file.tickerNames();
  return new ReadTable({
    feed: query.feed,
    date: query.date,
    rows: selection.rows,
    tickers: () => kept.map((ticker) => tickerNames[ticker] ?? ''),
    runStart: runStart.slice(0, runs + 1),
    runTicker: runTicker.slice(0, runs),
    columns: reader.columns(names, selection),
  });
}

/** The whole file: its own runs and tickers. */
function wholeTable(file: ColumnFile, query: LakeQuery, names: readonly string[]): LakeTable {
  const reader = readerOf(file, query);
  const { rows } = file.footer;
  const { start, ticker } = file.runs();
  const runStart = new Uint32Array(start.length + 1);
  runStart.set(start);
  runStart[start.length] = rows;
  const all = { rows, ranges: rows === 0 ? [] : [{ from: 0, to: rows }], tickers: [] };
  return new ReadTable({
    feed: query.feed,
    date: query.date,
    rows,
    tickers: file.laterTickerNames(),
    runStart,
    runTicker: ticker,
    columns: reader.columns(names, all),
  });
}

function takesAll({ underlyings, tickers, expiry, strike, right, time }: LakeQuery): boolean {
  return [underlyings, tickers, expiry, strike, right, time].every((condition) => condition === undefined);
}

function selectRuns(file: ColumnFile, query: LakeQuery): Selection {
  const { rows, underlyings } = file.footer;
  const { start, ticker } = file.runs();
  const wanted = wantedTickers(file, query, underlyings);
  const ranges: RowRange[] = [];
  const tickers: number[] = [];
  let selected = 0;
  for (let run = 0; run < start.length; run++) {
    const own = ticker[run] ?? 0;
    if (wanted !== undefined && wanted[own] !== 1) continue;
    const from = start[run] ?? 0;
    const to = start[run + 1] ?? rows;
    ranges.push({ from, to });
    tickers.push(own);
    selected += to - from;
  }
  return { rows: selected, ranges, tickers };
}

/** A mark for each ticker that meets the conditions; `undefined` when all do. */
function wantedTickers(file: ColumnFile, query: LakeQuery, names: readonly string[]): Uint8Array | undefined {
  const { underlyings, tickers, expiry, strike, right } = query;
  const options = expiry !== undefined || strike !== undefined || right !== undefined;
  if (!options && underlyings === undefined && tickers === undefined) return undefined;
  const facts = file.tickerFacts();
  const wanted = new Uint8Array(file.footer.tickers.count).fill(1);
  const drop = (keep: (index: number) => boolean): void => {
    for (let index = 0; index < wanted.length; index++) if (wanted[index] === 1 && !keep(index)) wanted[index] = 0;
  };
  if (underlyings !== undefined) {
    const set = new Set(underlyings);
    const marks = names.map((name) => set.has(name));
    drop((index) => marks[facts.underlying[index] ?? 0] ?? false);
  }
  if (options) {
    const firstDay = expiry?.from === undefined ? 1 : dayNumber(expiry.from);
    const lastDay = expiry?.to === undefined ? Number.POSITIVE_INFINITY : dayNumber(expiry.to);
    const least = Math.ceil((strike?.from ?? 0) * 1000 - 1e-6);
    const most = Math.floor((strike?.to ?? Number.POSITIVE_INFINITY) * 1000 + 1e-6);
    const side = right === undefined ? 0 : right === 'call' ? 1 : 2;
    drop((index) => {
      const day = facts.expiry[index] ?? 0;
      const price = facts.strike[index] ?? 0;
      const own = facts.right[index] ?? 0;
      return (
        own !== 0 &&
        (side === 0 || own === side) &&
        day >= firstDay &&
        day <= lastDay &&
        price >= least &&
        price <= most
      );
    });
  }
  if (tickers !== undefined) {
    const set = new Set(tickers);
    const all = file.tickerNames();
    drop((index) => set.has(all[index] ?? ''));
  }
  return wanted;
}

function selectTimes(
  all: Selection,
  reader: ColumnReader,
  column: string,
  time: NonNullable<LakeQuery['time']>,
): Selection {
  const stamps = reader.micros(column, all);
  const from = time.from ?? Number.NEGATIVE_INFINITY;
  const to = time.to ?? Number.POSITIVE_INFINITY;
  const ranges: RowRange[] = [];
  const tickers: number[] = [];
  let rows = 0;
  let at = 0;
  for (const [index, range] of all.ranges.entries()) {
    let first = -1;
    for (let row = range.from; row <= range.to; row++) {
      const stamp = row < range.to ? (stamps[at++] ?? Number.NaN) : Number.NaN;
      const kept = stamp >= from && stamp < to;
      if (kept && first < 0) first = row;
      if (!kept && first >= 0) {
        ranges.push({ from: first, to: row });
        tickers.push(all.tickers[index] ?? 0);
        rows += row - first;
        first = -1;
      }
    }
  }
  return { rows, ranges, tickers };
}

class ReadTable implements LakeTable {
  readonly feed: string;
  readonly date: MarketDate;
  readonly rows: number;
  readonly runStart: Uint32Array;
  readonly runTicker: Uint32Array;
  readonly columnNames: readonly string[];
  readonly #columns: ReadonlyMap<string, Column>;
  readonly #tickersOf: () => readonly string[];
  #tickers: readonly string[] | undefined;

  constructor(
    parts: Pick<LakeTable, 'feed' | 'date' | 'rows' | 'runStart' | 'runTicker'> & {
      readonly tickers: () => readonly string[];
      readonly columns: ReadonlyMap<string, Column>;
    },
  ) {
    this.feed = parts.feed;
    this.date = parts.date;
    this.rows = parts.rows;
    this.#tickersOf = parts.tickers;
    this.runStart = parts.runStart;
    this.runTicker = parts.runTicker;
    this.#columns = parts.columns;
    this.columnNames = [...parts.columns.keys()];
  }

  get tickers(): readonly string[] {
    return (this.#tickers ??= this.#tickersOf());
  }

  typeOf(name: string): ColumnType {
    const column = this.#columns.get(name);
    if (column === undefined) throw unknownColumn(name, this.columnNames);
    return column.type === 'micros' ? 'i64' : column.type;
  }

  f64(name: string): Float64Array {
    const column = this.#columns.get(name);
    if (column?.type !== 'f64') throw unknownColumn(name, this.columnNames);
    return column.values;
  }

  i32(name: string): Int32Array {
    const column = this.#columns.get(name);
    if (column?.type !== 'i32') throw unknownColumn(name, this.columnNames);
    return column.values;
  }

  i64(name: string): BigInt64Array {
    const column = this.#columns.get(name);
    if (column?.type !== 'i64') throw unknownColumn(name, this.columnNames);
    return column.values;
  }

  micros(name: string): Float64Array {
    const column = this.#columns.get(name);
    if (column?.type === 'micros') return column.values;
    const nanos = this.i64(name);
    const values = new Float64Array(nanos.length);
    toMicros(new Uint32Array(nanos.buffer, nanos.byteOffset, nanos.length * 2), values);
    return values;
  }

  text(name: string): TextColumn {
    const column = this.#columns.get(name);
    if (column?.type !== 'text') throw unknownColumn(name, this.columnNames);
    return column.values;
  }

  rowTickers(): Uint32Array {
    const rows = new Uint32Array(this.rows);
    for (const [run, ticker] of this.runTicker.entries()) rows.fill(ticker, this.runStart[run], this.runStart[run + 1]);
    return rows;
  }
}

function readerOf(
  file: ColumnFile,
  { feed, times, shared, memory }: Pick<LakeQuery, 'feed' | 'shared' | 'times' | 'memory'>,
): ColumnReader {
  const micros = times === 'micros' ? requireFeed(feed).time : undefined;
  return new ColumnReader(file, { shared: shared ?? false, micros, memory });
}

function unknownColumn(name: string, known: readonly string[]): TradingError {
  return new TradingError('INVALID_VALUE', `There is no such column "${name}"`, {
    hint: `There are ${known.join(', ')}; f64, i32, i64 and text must fit the column's type.`,
    details: { column: name },
  });
}
