import { type MarketDate, MICROS_PER_SECOND, TradingError, addDays } from '@trading-agent/core';
import { nyInstant } from '@trading-agent/calendar';
import { splitRow } from '../csv-rows.ts';
import { type ColumnSpec, type FeedSpec, NO_INT, NO_LONG } from './feeds.ts';
import { GROUP_ROWS, type GroupColumn, groupColumn } from './row-group.ts';
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

/** Longer lines than this are no rows; they are quarantined by their beginning. */
const MAX_LINE = 64 * 1024;
const MAX_DECIMALS = 15;
const POWERS = Float64Array.from({ length: MAX_DECIMALS + 1 }, (_, exponent) => 10 ** exponent);
const NUMBER = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const INTEGER = /^-?\d{1,19}$/;
const INT64 = 2n ** 63n;

const SKIP = 0;
const TICKER = 1;
const F64 = 2;
const I32 = 3;
const I64 = 4;
const TEXT = 5;
const OPERATIONS = { f64: F64, i32: I32, i64: I64, text: TEXT } as const;

/**
 * Turns the bytes of one flat file into row groups of typed columns, mapped by header name. A fast pass reads plain rows byte by byte;
 * whatever it does not know (quotes, exponents, odd lengths, bad numbers) it leaves to a slow pass that decides: row or quarantine.
 * Numbers come out as `Number(text)` gives them, nanoseconds exactly.
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
  #rest: Uint8Array = new Uint8Array(0);
  #buffer = new Uint8Array(0);
  #line = 0;
  #overlong = false;
  #groupRow = 0;
  #runTicker = -1;
  #width = 0;
  #operation = new Uint8Array(0);
  #required = new Uint8Array(0);
  #isTime = new Uint8Array(0);
  #fieldName: readonly string[] = [];
  #f64: Float64Array[] = [];
  #i32: Int32Array[] = [];
  #i64: Int32Array[] = [];
  /** By field: the group column it goes to. */
  #column: (GroupColumn | undefined)[] = [];
  #group: GroupColumn[] = [];
  /** The ticker of the row before, as its bytes; length 0: none to compare with. */
  #tickerBytes = new Uint8Array(64);
  #tickerLength = 0;
  #tickerIndex = -1;
  #tickerKept = false;
  #tickerFirst = false;

  constructor(options: RowParserOptions) {
    this.#options = options;
    this.#firstSecond = nyInstant(options.date, '00:00') / MICROS_PER_SECOND;
    this.#lastSecond = nyInstant(addDays(options.date, 1), '00:00') / MICROS_PER_SECOND;
  }

  /** The next bytes of the uncompressed file; lines may be cut anywhere. */
  push(chunk: Uint8Array): void {
    let bytes = chunk;
    if (this.#rest.length > 0) {
      // The line that the chunk before began, and this chunk, in a buffer that is used again and again.
      const length = this.#rest.length + chunk.length;
      if (this.#buffer.length < length) this.#buffer = new Uint8Array(length * 2);
      this.#buffer.set(this.#rest);
      this.#buffer.set(chunk, this.#rest.length);
      bytes = this.#buffer.subarray(0, length);
    }
    const end = bytes.lastIndexOf(10) + 1;
    let from = 0;
    if (end > 0 && this.#overlong) {
      from = bytes.indexOf(10) + 1;
      this.#overlong = false;
    }
    if (end > from) this.#lines(bytes, from, end);
    // A copy: the chunk itself is not held.
    this.#rest = this.#overlong ? new Uint8Array(0) : bytes.slice(end);
    if (this.#rest.length > MAX_LINE) {
      this.#line += 1;
      this.#bad(`the line is longer than ${MAX_LINE} bytes`, this.#rest, 0, this.#rest.length);
      if (this.#line === 1) throw this.#broken('the first line is no header');
      this.#rest = new Uint8Array(0);
      this.#overlong = true;
    }
  }

  /** @throws {TradingError} `DATA_FILE_BROKEN` for a file without header or in which no row can be read. */
  end(): void {
    if (this.#rest.length > 0) {
      const last = new Uint8Array(this.#rest.length + 1);
      last.set(this.#rest);
      last[this.#rest.length] = 10;
      this.#lines(last, 0, last.length);
    }
    if (this.#width === 0) throw this.#broken('there is no header row');
    this.#flush();
    if (this.rows === 0 && this.quarantined > 0) throw this.#broken(`none of ${this.quarantined} rows can be read`);
  }

  #lines(bytes: Uint8Array, from: number, end: number): void {
    let at = from;
    if (this.#line === 0) {
      const stop = bytes.indexOf(10, at);
      this.#line = 1;
      this.#header(text(bytes, at, stop));
      at = stop + 1;
    }
    while (at < end) {
      this.#line += 1;
      const next = this.#fast(bytes, at);
      if (next > 0) {
        at = next;
        continue;
      }
      const stop = bytes.indexOf(10, at);
      this.#slow(bytes, at, stop);
      at = stop + 1;
    }
  }

  /** Reads the row at `from`; gives where the next one begins, or -1 when the row is not a plain one (nothing is kept of it then). */
  #fast(bytes: Uint8Array, from: number): number {
    const row = this.#groupRow;
    const width = this.#width;
    const operation = this.#operation;
    const required = this.#required;
    let at = from;
    for (let field = 0; field < width; field++) {
      const stop = field === width - 1 ? 10 : 44;
      switch (operation[field] ?? SKIP) {
        case F64: {
          const start = at;
          let mantissa = 0;
          let byte = bytes[at] ?? 0;
          while (byte >= 48 && byte <= 57) {
            mantissa = mantissa * 10 + byte - 48;
            byte = bytes[++at] ?? 0;
          }
          let decimals = 0;
          if (byte === 46) {
            const point = at;
            byte = bytes[++at] ?? 0;
            while (byte >= 48 && byte <= 57) {
              mantissa = mantissa * 10 + byte - 48;
              byte = bytes[++at] ?? 0;
            }
            decimals = at - point - 1;
            if (decimals === 0 || point === start) return -1;
          }
          if (byte !== stop || at - start > MAX_DECIMALS) return -1;
          const values = this.#f64[field];
          if (values === undefined) return -1;
          if (at === start) {
            if (required[field] === 1) return -1;
            values[row] = Number.NaN;
          } else values[row] = decimals === 0 ? mantissa : mantissa / (POWERS[decimals] ?? 1);
          at += 1;
          break;
        }
        case I64: {
          // Ten digits and the other nine: seconds and nanoseconds.
          const start = at;
          let head = 0;
          let tail = 0;
          let byte = bytes[at] ?? 0;
          const middle = at + 10;
          while (byte >= 48 && byte <= 57 && at < middle) {
            head = head * 10 + byte - 48;
            byte = bytes[++at] ?? 0;
          }
          while (byte >= 48 && byte <= 57) {
            tail = tail * 10 + byte - 48;
            byte = bytes[++at] ?? 0;
          }
          const length = at - start;
          if (byte !== stop) return -1;
          const words = this.#i64[field];
          if (words === undefined) return -1;
          let low: number;
          let high: number;
          if (length === 19) {
            if (head > 9_000_000_000) return -1;
            if (this.#isTime[field] === 1 && (head < this.#firstSecond || head >= this.#lastSecond)) return -1;
            // head * 1e9 + tail in two words, every step below 2^53.
            const upper = Math.floor(head / 65_536) * 1e9;
            const rest = (head % 65_536) * 1e9 + tail + (upper % 65_536) * 65_536;
            low = rest % 4_294_967_296;
            high = Math.floor(upper / 65_536) + Math.floor(rest / 4_294_967_296);
          } else if (length === 0 && required[field] === 0) {
            low = 0;
            high = NO_INT;
          } else if (length > 0 && length <= 10 && this.#isTime[field] === 0) {
            low = head % 4_294_967_296;
            high = Math.floor(head / 4_294_967_296);
          } else return -1;
          words[2 * row] = low | 0;
          words[2 * row + 1] = high;
          at += 1;
          break;
        }
        case TICKER: {
          const length = this.#tickerLength;
          const known = this.#tickerBytes;
          let same = length > 0 && bytes[at + length] === stop;
          for (let byte = length - 1; same && byte >= 0; byte--) same = bytes[at + byte] === known[byte];
          if (same) at += length + 1;
          else {
            at = this.#newTicker(bytes, at, stop);
            if (at < 0) return -1;
          }
          if (!this.#tickerKept) {
            if (!this.#tickerFirst) return -1;
            this.filtered += 1;
            return bytes.indexOf(10, at - 1) + 1;
          }
          break;
        }
        case I32: {
          const start = at;
          let value = 0;
          let byte = bytes[at] ?? 0;
          while (byte >= 48 && byte <= 57) {
            value = value * 10 + byte - 48;
            byte = bytes[++at] ?? 0;
          }
          if (byte !== stop || at - start > 9) return -1;
          const values = this.#i32[field];
          if (values === undefined) return -1;
          if (at === start) {
            if (required[field] === 1) return -1;
            values[row] = NO_INT;
          } else values[row] = value;
          at += 1;
          break;
        }
        case TEXT: {
          const start = at;
          let byte = bytes[at] ?? 0;
          while (byte !== 44 && byte !== 10 && byte !== 34 && byte !== 13) byte = bytes[++at] ?? 10;
          const column = this.#column[field];
          if (byte !== stop || column?.type !== 'text') {
            this.#forget();
            return -1;
          }
          column.block.push(row, bytes, start, at);
          at += 1;
          break;
        }
        default: {
          let byte = bytes[at] ?? 0;
          while (byte !== 44 && byte !== 10 && byte !== 34 && byte !== 13) byte = bytes[++at] ?? 10;
          if (byte !== stop) return -1;
          at += 1;
        }
      }
    }
    this.#take();
    return at;
  }

  /** Counts the row whose columns have been written. */
  #take(): void {
    if (this.#tickerIndex !== this.#runTicker) {
      this.runs.push(this.rows, this.#tickerIndex);
      this.#runTicker = this.#tickerIndex;
    }
    this.rows += 1;
    this.#groupRow += 1;
    if (this.#groupRow === GROUP_ROWS) this.#flush();
  }

  /** Takes back what the row at hand put into the text blocks. */
  #forget(): void {
    for (const column of this.#group) if (column.type === 'text') column.block.cut(this.#groupRow);
  }

  /** Another ticker than the row before; -1 when it is not a plain one. */
  #newTicker(bytes: Uint8Array, from: number, stop: number): number {
    let at = from;
    let byte = bytes[at] ?? 0;
    while (byte !== 44 && byte !== 10 && byte !== 34 && byte !== 13) byte = bytes[++at] ?? 10;
    if (byte !== stop || at === from || at - from > this.#tickerBytes.length) return -1;
    if (this.#setTicker(text(bytes, from, at)) !== undefined) return -1;
    this.#tickerBytes.set(bytes.subarray(from, at));
    this.#tickerLength = at - from;
    return at + 1;
  }

  /** Makes `name` the ticker at hand, or says why it can't be. */
  #setTicker(name: string): string | undefined {
    this.#tickerLength = 0;
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
    this.#forget();
    const end = stop > from && bytes[stop - 1] === 13 ? stop - 1 : stop;
    if (end === from) return;
    const cells = end - from > MAX_LINE ? undefined : splitRow(text(bytes, from, end));
    let reason: string | undefined;
    if (cells === undefined) reason = 'a quoted field is not closed, or the line is too long';
    else if (cells.length !== this.#width) reason = `expected ${this.#width} fields, found ${cells.length}`;
    else {
      reason = this.#setTicker(cells[this.#operation.indexOf(TICKER)] ?? '');
      if (reason === undefined && !this.#tickerKept) {
        this.filtered += 1;
        return;
      }
      for (let field = 0; field < cells.length && reason === undefined; field++) {
        reason = this.#cell(field, cells[field] ?? '');
      }
    }
    if (reason === undefined) this.#take();
    else {
      this.#forget();
      this.#bad(reason, bytes, from, end);
    }
  }

  #cell(field: number, cell: string): string | undefined {
    const column = this.#column[field];
    if (column === undefined) return undefined;
    const name = this.#fieldName[field] ?? '';
    const row = this.#groupRow;
    if (cell === '' && this.#required[field] === 1) return `${name} is blank`;
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
        if (this.#isTime[field] === 1) {
          const second = Number(value / 1_000_000_000n);
          if (second < this.#firstSecond || second >= this.#lastSecond) return `${name} ${cell} lies outside the day`;
        }
        column.values[row] = value;
        return undefined;
      }
      case 'text': {
        const bytes = Buffer.from(cell);
        column.block.push(row, bytes, 0, bytes.length);
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
    this.#width = names.length;
    this.#fieldName = names;
    this.columns = spec.columns.filter(({ name }) => names.includes(name));
    this.ignoredColumns = names.filter(
      (name) => name !== 'ticker' && !spec.columns.some((known) => known.name === name),
    );
    this.#group = this.columns.map(({ type }) => groupColumn(type));
    this.#operation = new Uint8Array(names.length);
    this.#required = new Uint8Array(names.length);
    this.#isTime = new Uint8Array(names.length);
    this.#f64 = names.map(() => new Float64Array(0));
    this.#i32 = names.map(() => new Int32Array(0));
    this.#i64 = names.map(() => new Int32Array(0));
    this.#column = names.map(() => undefined);
    for (const [field, name] of names.entries()) {
      const index = this.columns.findIndex((known) => known.name === name);
      const known = this.columns[index];
      const column = this.#group[index];
      this.#operation[field] = name === 'ticker' ? TICKER : known ? OPERATIONS[known.type] : SKIP;
      if (known === undefined || column === undefined) continue;
      this.#required[field] = known.required ? 1 : 0;
      this.#isTime[field] = name === spec.time ? 1 : 0;
      this.#column[field] = column;
      if (column.type === 'f64') this.#f64[field] = column.values;
      if (column.type === 'i32') this.#i32[field] = column.values;
      if (column.type === 'i64') this.#i64[field] = column.words;
    }
    // Only where the ticker comes first may a row be skipped before its other fields are looked at.
    this.#tickerFirst = this.#operation[0] === TICKER;
  }

  #flush(): void {
    if (this.#groupRow === 0) return;
    this.#options.onGroup(this.#group, this.#groupRow);
    this.#groupRow = 0;
    this.#forget();
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
