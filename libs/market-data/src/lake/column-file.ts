import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { TradingError } from '@trading-agent/core';
import { DurableFile } from './durable-file.ts';
import type { ColumnType } from './feeds.ts';
import { type GroupColumn, columnBytes } from './row-group.ts';
import type { Runs, TickerTable } from './ticker-table.ts';

/*
 * Layout, little-endian, every block on a multiple of 8 bytes:
 *   "TALAKE01", row groups (each column's values; texts as end offsets and bytes), ticker table, runs, footer (JSON),
 *   then 24 bytes: footer offset (f64), footer length (u32), CRC-32 of the footer (u32), "TALAKE01".
 * A group's values stand as typed arrays hold them, so that reading is a copy from the file into the array.
 */
const MAGIC = Buffer.from('TALAKE01');
const TAIL = 24;
const MOST_FOOTER_BYTES = 256 * 1024 * 1024;

export interface ColumnFileFooter {
  readonly rows: number;
  readonly columns: readonly { readonly name: string; readonly type: ColumnType }[];
  readonly underlyings: readonly string[];
  /** Rows, then for each column its offset, for texts followed by the length of their bytes. */
  readonly groups: readonly {
    readonly rows: number;
    readonly offsets: readonly number[];
    readonly texts: readonly number[];
  }[];
  readonly tickers: {
    readonly count: number;
    readonly names: number;
    readonly nameBytes: number;
    readonly facts: number;
  };
  readonly runs: { readonly count: number; readonly start: number };
}

export class ColumnFileWriter {
  readonly #out: DurableFile;
  readonly #groups: { rows: number; offsets: number[]; texts: number[] }[] = [];

  constructor(temporary: string) {
    this.#out = new DurableFile(temporary);
    this.#out.write(MAGIC);
  }

  group(columns: readonly GroupColumn[], rows: number): void {
    const group = { rows, offsets: [] as number[], texts: [] as number[] };
    for (const column of columns) {
      const parts = columnBytes(column, rows);
      group.offsets.push(this.#out.bytes);
      group.texts.push(parts[1]?.length ?? 0);
      for (const part of parts) this.#block(part);
    }
    this.#groups.push(group);
  }

  finish(columns: ColumnFileFooter['columns'], tickers: TickerTable, runs: Runs): { bytes: number; sha256: string } {
    const { names, facts } = tickers;
    const namesAt = this.#block(names);
    const [factsAt = 0] = facts.map((words) => this.#block(bytesOf(words)));
    const runsAt = this.#block(bytesOf(runs.start));
    this.#block(bytesOf(runs.ticker));
    const footer: ColumnFileFooter = {
      rows: this.#groups.reduce((sum, { rows }) => sum + rows, 0),
      columns: columns.map(({ name, type }) => ({ name, type })),
      underlyings: tickers.underlyings,
      groups: this.#groups,
      tickers: { count: tickers.count, names: namesAt, nameBytes: names.length, facts: factsAt },
      runs: { count: runs.count, start: runsAt },
    };
    const json = Buffer.from(JSON.stringify(footer));
    const tail = Buffer.alloc(TAIL);
    tail.writeDoubleLE(this.#block(json), 0);
    tail.writeUInt32LE(json.length, 8);
    tail.writeUInt32LE(crc32(json), 12);
    tail.set(MAGIC, 16);
    this.#out.write(tail);
    return { bytes: this.#out.bytes, sha256: this.#out.finish() };
  }

  abandon(): void {
    this.#out.abandon();
  }

  #block(bytes: Uint8Array): number {
    const at = this.#out.bytes;
    this.#out.write(bytes);
    const over = bytes.length % 8;
    if (over > 0) this.#out.write(new Uint8Array(8 - over));
    return at;
  }
}

/** An open columnar cache file. Close it. */
export class ColumnFile {
  readonly footer: ColumnFileFooter;
  readonly #descriptor: number;
  readonly #file: string;
  #tickerNames: readonly string[] | undefined;
  #runs: { start: Uint32Array; ticker: Uint32Array } | undefined;

  /** @throws {TradingError} `DATA_FILE_BROKEN` when the file is none, or not whole. */
  constructor(file: string) {
    this.#file = file;
    this.#descriptor = openSync(file, 'r');
    try {
      this.footer = this.#readFooter();
    } catch (error) {
      closeSync(this.#descriptor);
      throw error;
    }
  }

  read(target: Uint8Array, position: number): void {
    let done = 0;
    while (done < target.length) {
      const count = readSync(this.#descriptor, target, done, target.length - done, position + done);
      if (count === 0) throw this.#broken('it ends early');
      done += count;
    }
  }

  /** Kept once made: rows are asked for window by window. */
  tickerNames(): readonly string[] {
    return (this.#tickerNames ??= this.laterTickerNames()());
  }

  /** Reads the names now and makes texts of them when asked: who looks at numbers only needs none. The file may be closed by then. */
  laterTickerNames(): () => string[] {
    const { count, names, nameBytes } = this.footer.tickers;
    const bytes = Buffer.allocUnsafe(nameBytes);
    this.read(bytes, names);
    return () => (count === 0 ? [] : bytes.toString('latin1').split('\n'));
  }

  /** Index into `underlyings`, expiry as YYYYMMDD, strike in thousandths, right (1 call, 2 put), by ticker. */
  tickerFacts(): { underlying: Uint32Array; expiry: Uint32Array; strike: Uint32Array; right: Uint32Array } {
    const { count, facts } = this.footer.tickers;
    const stride = padded(count * 4);
    const list = (index: number): Uint32Array => this.#words(facts + index * stride, count);
    return { underlying: list(0), expiry: list(1), strike: list(2), right: list(3) };
  }

  /** Where each run begins and its ticker; read once, to be left as they are. */
  runs(): { start: Uint32Array; ticker: Uint32Array } {
    const { count, start } = this.footer.runs;
    return (this.#runs ??= { start: this.#words(start, count), ticker: this.#words(start + padded(count * 4), count) });
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #words(position: number, count: number): Uint32Array {
    const words = new Uint32Array(count);
    this.read(bytesOf(words), position);
    return words;
  }

  #readFooter(): ColumnFileFooter {
    const { size } = fstatSync(this.#descriptor);
    if (size < MAGIC.length + TAIL) throw this.#broken('it is too short');
    const tail = Buffer.alloc(TAIL);
    this.read(tail, size - TAIL);
    const position = tail.readDoubleLE(0);
    const length = tail.readUInt32LE(8);
    if (!tail.subarray(16).equals(MAGIC)) throw this.#broken('it does not end as one');
    if (!(position >= 0) || length > MOST_FOOTER_BYTES || position + length > size)
      throw this.#broken('its footer is misplaced');
    const json = Buffer.allocUnsafe(length);
    this.read(json, position);
    if (crc32(json) !== tail.readUInt32LE(12)) throw this.#broken('its footer is damaged');
    // Written by ColumnFileWriter and covered by the checksum.
    const footer: ColumnFileFooter = JSON.parse(json.toString());
    return footer;
  }

  #broken(why: string): TradingError {
    return new TradingError('DATA_FILE_BROKEN', `${this.#file} is not a columnar cache: ${why}`, {
      hint: 'Ingest the day again.',
      details: { file: this.#file },
    });
  }
}

function padded(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}
