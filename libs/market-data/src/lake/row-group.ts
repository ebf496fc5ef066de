import type { ColumnType } from './feeds.ts';

export const GROUP_ROWS = 65_536;

/** UTF-8 texts of one row group, one behind the other. */
export class TextBlock {
  readonly ends = new Uint32Array(GROUP_ROWS);
  #bytes = Buffer.allocUnsafe(GROUP_ROWS);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The texts so far; valid until the next `push`. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  push(row: number, source: Uint8Array, from: number, to: number): void {
    const end = this.#length + to - from;
    if (end > this.#bytes.length) {
      const wider = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, end));
      wider.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = wider;
    }
    for (let at = this.#length, byte = from; byte < to; at++, byte++) this.#bytes[at] = source[byte] ?? 0;
    this.#length = end;
    this.ends[row] = end;
  }

  /** Forgets what rows from `row` on pushed. */
  cut(row: number): void {
    this.#length = row === 0 ? 0 : (this.ends[row - 1] ?? 0);
  }
}

export type GroupColumn =
  | { readonly type: 'f64'; readonly values: Float64Array }
  | { readonly type: 'i32'; readonly values: Int32Array }
  | { readonly type: 'i64'; readonly values: BigInt64Array; readonly words: Int32Array }
  | { readonly type: 'text'; readonly block: TextBlock };

/** An empty column of one row group. */
export function groupColumn(type: ColumnType): GroupColumn {
  switch (type) {
    case 'f64':
      return { type, values: new Float64Array(GROUP_ROWS) };
    case 'i32':
      return { type, values: new Int32Array(GROUP_ROWS) };
    case 'i64': {
      const values = new BigInt64Array(GROUP_ROWS);
      return { type, values, words: new Int32Array(values.buffer) };
    }
    case 'text':
      return { type, block: new TextBlock() };
  }
}

/** Bytes of the first `rows` rows as they stand in the cache. */
export function columnBytes(column: GroupColumn, rows: number): readonly Uint8Array[] {
  if (column.type === 'text') {
    return [new Uint8Array(column.block.ends.buffer, 0, rows * 4), column.block.bytes];
  }
  return [new Uint8Array(column.values.buffer, 0, rows * column.values.BYTES_PER_ELEMENT)];
}
