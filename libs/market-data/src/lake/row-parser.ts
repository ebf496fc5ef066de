import { type MarketDate, MICROS_PER_SECOND, TradingError, addDays } from '@trading-agent/core';
import { nyInstant } from '@trading-agent/calendar';
import { splitRow } from '../csv-rows.ts';
import { type ColumnSpec, type FeedSpec, NO_INT, NO_LONG } from './feeds.ts';
import { GROUP_ROWS, type GroupColumn, MAX_LINE } from './row-group.ts';
import { type KernelField, MOST_TICKER, STATUS } from './kernel-layout.ts';
import { RowKernel } from './row-kernel.ts';
import { Runs, TickerTable, tickerFacts } from './ticker-table.ts';

export interface RowParserOptions {
  readonly spec: FeedSpec;
  readonly date: MarketDate;
  /** For messages. */
  readonly file: string;
  /** Underlyings to keep; all unless given. */
  readonly filter?: ReadonlySet<string>;
  /** A full (or the last) row group; its arrays are reused after the call. */
  readonly onGroup: (columns: readonly GroupColumn[], rows: number) => void;
  readonly onBadRow: (line: number, reason: string, text: string) => void;
}

const NUMBER = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const INTEGER = /^-?\d{1,19}$/;
const INT64 = 2n ** 63n;
const NANOS = 1_000_000_000n;

/**
 * Turns the bytes of one flat file into row groups of typed columns, mapped by header name. A kernel reads plain rows; whatever it does not know
 * (quotes, exponents, odd lengths, bad numbers) it leaves to a slow pass that decides: row or quarantine. Numbers come out as `Number(text)` gives
 * them, nanoseconds exactly.
 */
export class RowParser {
  readonly tickers = new TickerTable();
  readonly runs = new Runs();
  rows = 0;
  quarantined = 0;
  filtered = 0;
  columns: readonly ColumnSpec[] = [];
  ignoredColumns: readonly string[] = [];

  readonly #options: RowParserOptions;
  readonly #firstSecond: number;
  readonly #lastSecond: number;
  /** Bytes before the header's end, then nothing: later the kernel's input holds what is left of a line. */
  #head: Uint8Array = new Uint8Array(0);
  #kernel: RowKernel | undefined;
  /** Bytes at the beginning of the kernel's input that are a line without its end. */
  #rest = 0;
  #line = 0;
  #overlong = false;
  #groupRow = 0;
  #runTicker = -1;
  #fields: readonly KernelField[] = [];
  #tickerField = 0;
  #fieldName: readonly string[] = [];
  #group: GroupColumn[] = [];
  #tickerIndex = -1;
  #tickerKept = false;

  constructor(options: RowParserOptions) {
    this.#options = options;
    this.#firstSecond = nyInstant(options.date, '00:00') / MICROS_PER_SECOND;
    this.#lastSecond = nyInstant(addDays(options.date, 1), '00:00') / MICROS_PER_SECOND;
  }

  /** The next bytes of the uncompressed file; lines may be cut anywhere. */
  push(chunk: Uint8Array): void {
    const bytes = this.#kernel === undefined ? this.#readHead(chunk) : chunk;
    if (this.#kernel === undefined) return;
    for (let at = 0; at < bytes.length;) {
      const room = this.#kernel.input.length - this.#rest;
      const part = bytes.subarray(at, at + room);
      at += part.length;
      this.#take(this.#kernel, part);
    }
  }

  /** @throws {TradingError} `DATA_FILE_BROKEN` for a file without header or in which no row can be read. */
  end(): void {
    if (this.#kernel === undefined && this.#head.length > 0) this.push(Uint8Array.of(10));
    if (this.#kernel === undefined) throw this.#broken('there is no header row');
    if (this.#rest > 0) this.#take(this.#kernel, Uint8Array.of(10));
    this.#flush();
    if (this.rows === 0 && this.quarantined > 0) throw this.#broken(`none of ${this.quarantined} rows can be read`);
  }

  /** Gathers the first line; gives what lies behind it. */
  #readHead(chunk: Uint8Array): Uint8Array {
    const head = Buffer.concat([this.#head, chunk]);
    const stop = head.indexOf(10);
    if (stop > MAX_LINE || (stop < 0 && head.length > MAX_LINE)) {
      this.#line = 1;
      this.#bad(`the line is longer than ${MAX_LINE} bytes`, head, 0, head.length);
      throw this.#broken('the first line is no header');
    }
    this.#head = head;
    if (stop < 0) return new Uint8Array(0);
    this.#line = 1;
    this.#header(text(head, 0, stop));
    this.#head = new Uint8Array(0);
    return head.subarray(stop + 1);
  }

  /** Puts `part` behind what is left of the line before and reads all lines that are whole. */
  #take(kernel: RowKernel, part: Uint8Array): void {
    const { input } = kernel;
    input.set(part, this.#rest);
    const length = this.#rest + part.length;
    // What was left over has no line end.
    const last = part.lastIndexOf(10);
    const end = last < 0 ? 0 : this.#rest + last + 1;
    let from = 0;
    if (end > 0 && this.#overlong) {
      from = input.indexOf(10) + 1;
      this.#overlong = false;
    }
    if (end > from) this.#lines(kernel, from, end);
    if (this.#overlong) this.#rest = 0;
    else {
      input.copyWithin(0, end, length);
      this.#rest = length - end;
    }
    if (this.#rest > MAX_LINE) {
      this.#line += 1;
      this.#bad(`the line is longer than ${MAX_LINE} bytes`, input, 0, this.#rest);
      this.#rest = 0;
      this.#overlong = true;
    }
  }

  #lines(kernel: RowKernel, from: number, end: number): void {
    for (let at = from; at < end;) {
      const before = this.#groupRow;
      const status = kernel.run(at, end, before);
      const rows = kernel.row - before;
      if (rows > 0) this.#count(rows);
      this.filtered += kernel.filtered;
      this.#line += rows + kernel.filtered;
      at = kernel.at;
      if (status === STATUS.done) return;
      if (status === STATUS.full) this.#flush();
      else if (status === STATUS.slow || !this.#newTicker(kernel)) {
        this.#line += 1;
        const stop = kernel.input.indexOf(10, at);
        this.#slow(kernel.input, at, stop);
        at = stop + 1;
      }
    }
  }

  /** Counts rows of the ticker at hand whose columns have been written. */
  #count(rows: number): void {
    if (this.#tickerIndex !== this.#runTicker) {
      this.runs.push(this.rows, this.#tickerIndex);
      this.#runTicker = this.#tickerIndex;
    }
    this.rows += rows;
    this.#groupRow += rows;
  }

  /** Takes up the ticker that the kernel does not know; false when it is not a plain one. */
  #newTicker(kernel: RowKernel): boolean {
    const { input, field } = kernel;
    const stop = this.#tickerField === this.#fields.length - 1 ? 10 : 44;
    let at = field;
    let byte = input[at] ?? 10;
    while (byte !== 44 && byte !== 10 && byte !== 34 && byte !== 13) byte = input[++at] ?? 10;
    if (byte !== stop || at === field || at - field > MOST_TICKER) return false;
    if (this.tickers.addFollowing(input, field, at)) {
      // Of the same underlying as one that is kept.
      this.#tickerIndex = this.tickers.count - 1;
      this.#tickerKept = true;
      kernel.setTicker(field, at, false);
      return true;
    }
    // A ticker is ASCII: what is none is refused, and read once more as what it is.
    if (this.#setTicker(input.toString('latin1', field, at)) !== undefined) return false;
    kernel.setTicker(field, at, !this.#tickerKept);
    return true;
  }

  /** Makes `name` the ticker at hand, or says why it can't be. */
  #setTicker(name: string): string | undefined {
    const known = this.tickers.indexOf(name);
    if (known !== undefined) {
      this.#tickerIndex = known;
      this.#tickerKept = true;
      return undefined;
    }
    const facts = tickerFacts(this.#options.spec.assets, name);
    if (typeof facts === 'string') return facts;
    const { filter } = this.#options;
    this.#tickerKept = filter === undefined || filter.has(facts.underlying);
    if (this.#tickerKept) this.#tickerIndex = this.tickers.add(name, facts);
    return undefined;
  }

  #slow(bytes: Uint8Array, from: number, stop: number): void {
    const end = stop > from && bytes[stop - 1] === 13 ? stop - 1 : stop;
    if (end === from) return;
    if (this.#isFull()) this.#flush();
    const cells = end - from > MAX_LINE ? undefined : splitRow(text(bytes, from, end));
    let reason: string | undefined;
    if (cells === undefined) reason = 'a quoted field is not closed, or the line is too long';
    else if (cells.length !== this.#fields.length)
      reason = `expected ${this.#fields.length} fields, found ${cells.length}`;
    else {
      this.#kernel?.forgetTicker();
      reason = this.#setTicker(cells[this.#tickerField] ?? '');
      if (reason === undefined && !this.#tickerKept) {
        this.filtered += 1;
        return;
      }
      for (let field = 0; field < cells.length && reason === undefined; field++) {
        reason = this.#cell(field, cells[field] ?? '');
      }
    }
    if (reason === undefined) this.#count(1);
    else this.#bad(reason, bytes, from, end);
  }

  #isFull(): boolean {
    if (this.#groupRow === GROUP_ROWS) return true;
    return this.#group.some((column) => column.type === 'text' && column.block.isFull(this.#groupRow));
  }

  #cell(field: number, cell: string): string | undefined {
    const known = this.#fields[field];
    const column = this.#kernel?.columns[field];
    if (known?.kind !== 'column' || column === undefined) return undefined;
    const name = this.#fieldName[field] ?? '';
    const row = this.#groupRow;
    if (cell === '' && known.required) return `${name} is blank`;
    switch (column.type) {
      case 'f64': {
        const value = cell === '' ? Number.NaN : Number(cell);
        if (cell !== '' && !(NUMBER.test(cell) && Number.isFinite(value))) return notA('number', name, cell);
        column.values[row] = value;
        return undefined;
      }
      case 'i32': {
        const value = cell === '' ? NO_INT : Number(cell);
        if (cell !== '' && !(INTEGER.test(cell) && value > NO_INT && value <= 2_147_483_647)) {
          return notA('32-bit integer', name, cell);
        }
        column.values[row] = value;
        return undefined;
      }
      case 'i64': {
        if (cell !== '' && !INTEGER.test(cell)) return notA('64-bit integer', name, cell);
        const value = cell === '' ? NO_LONG : BigInt(cell);
        if (cell !== '' && (value <= NO_LONG || value >= INT64)) return notA('64-bit integer', name, cell);
        if (known.isTime) {
          const second = Number(value / 1_000_000_000n);
          if (second < this.#firstSecond || second >= this.#lastSecond) return `${name} ${cell} lies outside the day`;
        }
        column.values[row] = value;
        return undefined;
      }
      case 'text': {
        column.block.put(row, Buffer.from(cell));
        return undefined;
      }
    }
  }

  #header(line: string): void {
    const names = (splitRow(line.replace(/^\uFEFF/, '').replace(/\r$/, '')) ?? []).map((name) => name.trim());
    const { spec } = this.#options;
    const missing = [{ name: 'ticker', required: true }, ...spec.columns]
      .filter(({ name, required }) => required && !names.includes(name))
      .map(({ name }) => name);
    const twice = names.filter((name, index) => names.indexOf(name) !== index);
    if (missing.length > 0) throw this.#broken(`the header lacks ${missing.join(', ')}`);
    if (twice.length > 0) throw this.#broken(`the header names ${twice.join(', ')} twice`);
    this.#fieldName = names;
    this.columns = spec.columns.filter(({ name }) => names.includes(name));
    this.ignoredColumns = names.filter(
      (name) => name !== 'ticker' && !spec.columns.some((known) => known.name === name),
    );
    this.#tickerField = names.indexOf('ticker');
    this.#fields = names.map((name): KernelField => {
      if (name === 'ticker') return { kind: 'ticker' };
      const known = this.columns.find((column) => column.name === name);
      if (known === undefined) return { kind: 'skip' };
      return { kind: 'column', type: known.type, required: known.required, isTime: name === spec.time };
    });
    const day = { from: BigInt(this.#firstSecond) * NANOS, to: BigInt(this.#lastSecond) * NANOS };
    const kernel = new RowKernel(this.#fields, day);
    this.#kernel = kernel;
    this.#group = this.columns.flatMap(({ name }) => kernel.columns[names.indexOf(name)] ?? []);
  }

  #flush(): void {
    if (this.#groupRow === 0) return;
    this.#options.onGroup(this.#group, this.#groupRow);
    this.#groupRow = 0;
  }

  #bad(reason: string, bytes: Uint8Array, from: number, end: number): void {
    this.quarantined += 1;
    this.#options.onBadRow(this.#line, reason, text(bytes, from, Math.min(end, from + 4_096)));
  }

  #broken(why: string): TradingError {
    const { file } = this.#options;
    return new TradingError('DATA_FILE_BROKEN', `${file}: ${why}`, {
      hint: 'The file is damaged or of another kind: fetch it again, or look at its first lines.',
      details: { file, line: this.#line },
    });
  }
}

function text(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('utf8');
}

function notA(what: string, name: string, cell: string): string {
  return `${name} is not a ${what}: "${cell.slice(0, 40)}"`;
}
