import type { ColumnFile } from './column-file.ts';
import { type ColumnMemory, newBlock } from './column-memory.ts';
import type { ColumnType } from './feeds.ts';
import type { TextColumn } from './table.ts';

/** Rows `[from, to)` of the file. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

export interface Selection {
  readonly rows: number;
  readonly ranges: readonly RowRange[];
  /** By range its ticker, an index into the file's table. */
  readonly tickers: readonly number[];
}

const WIDTH = { f64: 8, i32: 4, i64: 8 } as const;
const MICROS_IN_HIGH_WORD = 4_294_967;
const NANOS_LEFT_IN_HIGH_WORD = 296;

export type Column =
  | { readonly type: 'f64'; readonly values: Float64Array }
  | { readonly type: 'i32'; readonly values: Int32Array }
  | { readonly type: 'i64'; readonly values: BigInt64Array }
  | { readonly type: 'micros'; readonly values: Float64Array }
  | { readonly type: 'text'; readonly values: TextColumn };

/**
 * Takes columns of selected rows out of a file: values go from it into their arrays. The numbers of all columns lie in one block of memory: for each
 * large block by itself the collector of garbage would go through everything there is.
 */
export class ColumnReader {
  readonly #file: ColumnFile;
  readonly #shared: boolean;
  readonly #micros: string | undefined;
  readonly #memory: ColumnMemory | undefined;

  /** `micros` names the column of nanoseconds that is wanted in microseconds. */
  constructor(
    file: ColumnFile,
    {
      shared = false,
      micros,
      memory,
    }: {
      readonly shared?: boolean;
      readonly micros?: string | undefined;
      readonly memory?: ColumnMemory | undefined;
    } = {},
  ) {
    this.#file = file;
    this.#shared = shared;
    this.#micros = micros;
    this.#memory = memory;
  }

  columns(names: readonly string[], selection: Selection): Map<string, Column> {
    const types = names.map((name) => this.#file.footer.columns.find((column) => column.name === name)?.type ?? 'f64');
    const sizes = types.map((type) => (type === 'text' ? 0 : padded(selection.rows * WIDTH[type])));
    const block = this.#block(sizes.reduce((total, size) => total + size, 0));
    let at = 0;
    return new Map(
      names.map((name, index) => {
        const column = this.#column(name, types[index] ?? 'f64', selection, block, at);
        at += sizes[index] ?? 0;
        return [name, column];
      }),
    );
  }

  #column(name: string, type: ColumnType, selection: Selection, block: ArrayBufferLike, at: number): Column {
    const { rows } = selection;
    if (type === 'text') return { type, values: this.#texts(name, selection) };
    if (type === 'i64' && name === this.#micros) {
      const values = new Float64Array(block, at, rows);
      this.#microsInto(name, selection, values);
      return { type: 'micros', values };
    }
    const width = WIDTH[type];
    this.#numbers(name, width, selection, new Uint8Array(block, at, rows * width));
    if (type === 'f64') return { type, values: new Float64Array(block, at, rows) };
    if (type === 'i32') return { type, values: new Int32Array(block, at, rows) };
    return { type, values: new BigInt64Array(block, at, rows) };
  }

  /** The values of a fixed-width column, one after the other. */
  #numbers(name: string, width: number, selection: Selection, target: Uint8Array): void {
    const index = this.#file.footer.columns.findIndex((column) => column.name === name);
    let done = 0;
    this.#byGroup(selection, (group, parts, rows) => {
      const offset = group.offsets[index] ?? 0;
      const first = parts[0]?.from ?? 0;
      const last = parts.at(-1)?.to ?? 0;
      // One read for rows that lie close together, and the pieces out of it.
      if (parts.length === 1 || rows === last - first) {
        this.#file.read(target.subarray(done, done + rows * width), offset + first * width);
        done += rows * width;
        return;
      }
      const span = new Uint8Array((last - first) * width);
      this.#file.read(span, offset + first * width);
      for (const { from, to } of parts) {
        target.set(span.subarray((from - first) * width, (to - first) * width), done);
        done += (to - from) * width;
      }
    });
  }

  /** Microseconds of a column of nanoseconds. */
  micros(name: string, selection: Selection): Float64Array {
    const values = new Float64Array(this.#block(selection.rows * 8), 0, selection.rows);
    this.#microsInto(name, selection, values);
    return values;
  }

  /** A group at a time through one piece of memory, which stays in the processor's cache. */
  #microsInto(name: string, selection: Selection, values: Float64Array): void {
    const index = this.#file.footer.columns.findIndex((column) => column.name === name);
    let words = new Uint32Array(0);
    let done = 0;
    this.#byGroup(selection, (group, parts) => {
      const first = parts[0]?.from ?? 0;
      const span = (parts.at(-1)?.to ?? 0) - first;
      if (words.length < span * 2) words = new Uint32Array(span * 2);
      this.#file.read(new Uint8Array(words.buffer, 0, span * 8), (group.offsets[index] ?? 0) + first * 8);
      for (const { from, to } of parts) {
        toMicros(words.subarray((from - first) * 2, (to - first) * 2), values.subarray(done, done + to - from));
        done += to - from;
      }
    });
  }

  #block(bytes: number): ArrayBufferLike {
    return this.#memory?.take(bytes, this.#shared) ?? newBlock(bytes, this.#shared);
  }

  #texts(name: string, selection: Selection): TextColumn {
    const index = this.#file.footer.columns.findIndex((column) => column.name === name);
    const ends = new Uint32Array(selection.rows);
    const blocks: Uint8Array[] = [];
    let row = 0;
    let total = 0;
    this.#byGroup(selection, (group, parts) => {
      const offset = group.offsets[index] ?? 0;
      const groupEnds = new Uint32Array(group.rows);
      this.#file.read(new Uint8Array(groupEnds.buffer), offset);
      const texts = new Uint8Array(group.texts[index] ?? 0);
      this.#file.read(texts, offset + Math.ceil((group.rows * 4) / 8) * 8);
      for (const { from, to } of parts) {
        const first = from === 0 ? 0 : (groupEnds[from - 1] ?? 0);
        for (let at = from; at < to; at++) ends[row++] = total + (groupEnds[at] ?? 0) - first;
        const block = texts.subarray(first, groupEnds[to - 1] ?? first);
        blocks.push(block);
        total += block.length;
      }
    });
    return new Texts(ends, Buffer.concat(blocks));
  }

  /** The selection cut at the group borders: for each group touched its row ranges, counted from its first row. */
  #byGroup(
    selection: Selection,
    visit: (group: ColumnFile['footer']['groups'][number], parts: readonly RowRange[], rows: number) => void,
  ): void {
    let begin = 0;
    let next = 0;
    let taken = 0;
    for (const group of this.#file.footer.groups) {
      const end = begin + group.rows;
      const parts: RowRange[] = [];
      let rows = 0;
      while (next < selection.ranges.length) {
        const range = selection.ranges[next];
        if (range === undefined || range.from >= end) break;
        const from = Math.max(range.from, begin, taken);
        const to = Math.min(range.to, end);
        const last = parts.at(-1);
        if (last !== undefined && last.to === from - begin)
          parts[parts.length - 1] = { from: last.from, to: to - begin };
        else parts.push({ from: from - begin, to: to - begin });
        rows += to - from;
        taken = to;
        if (range.to > end) break;
        next += 1;
      }
      if (parts.length > 0) visit(group, parts, rows);
      begin = end;
    }
  }
}

function padded(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

class Texts implements TextColumn {
  readonly length: number;
  readonly #ends: Uint32Array;
  readonly #bytes: Buffer;

  constructor(ends: Uint32Array, bytes: Buffer) {
    this.length = ends.length;
    this.#ends = ends;
    this.#bytes = bytes;
  }

  at(row: number): string {
    return this.#bytes.toString('utf8', row === 0 ? 0 : this.#ends[row - 1], this.#ends[row]);
  }
}

/** Nanoseconds (two words of 32 bits each) to microseconds, truncated: no step exceeds 2^53. */
export function toMicros(words: Uint32Array, micros: Float64Array): void {
  for (let row = 0, word = 0; row < micros.length; row++, word += 2) {
    const high = words[word + 1] ?? 0;
    micros[row] =
      high >= 0x80000000
        ? Number.NaN
        : high * MICROS_IN_HIGH_WORD + Math.floor((high * NANOS_LEFT_IN_HIGH_WORD + (words[word] ?? 0)) / 1000);
  }
}
