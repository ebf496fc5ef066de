import type { ColumnType } from './feeds.ts';

export const GROUP_ROWS = 65_536;
/** Longer lines than this are no rows; they are quarantined by their beginning. */
export const MAX_LINE = 64 * 1024;
/** A group whose texts are longer than this is full, whatever its rows: one more row always fits. */
export const TEXT_SOFT_LIMIT = 1024 * 1024;
export const textBytes = TEXT_SOFT_LIMIT + MAX_LINE;

/** UTF-8 texts of one row group, one behind the other, in memory that the row kernel writes too. */
export class TextBlock {
  readonly ends: Uint32Array;
  readonly #bytes: Uint8Array;

  constructor(buffer: ArrayBuffer, offset: number) {
    this.ends = new Uint32Array(buffer, offset, GROUP_ROWS);
    this.#bytes = new Uint8Array(buffer, offset + this.ends.byteLength, textBytes);
  }

  /** Bytes of the first `rows` texts. */
  bytes(rows: number): Uint8Array {
    return this.#bytes.subarray(0, this.#end(rows));
  }

  isFull(rows: number): boolean {
    return this.#end(rows) > TEXT_SOFT_LIMIT;
  }

  put(row: number, text: Uint8Array): void {
    const from = this.#end(row);
    this.#bytes.set(text, from);
    this.ends[row] = from + text.length;
  }

  #end(rows: number): number {
    return rows === 0 ? 0 : (this.ends[rows - 1] ?? 0);
  }
}

export type GroupColumn =
  | { readonly type: 'f64'; readonly values: Float64Array }
  | { readonly type: 'i32'; readonly values: Int32Array }
  | { readonly type: 'i64'; readonly values: BigInt64Array }
  | { readonly type: 'text'; readonly block: TextBlock };

/** A column of one row group in `buffer` from `offset` on: the values, or the ends of the texts and `textBytes` for them. */
export function groupColumn(type: ColumnType, buffer: ArrayBuffer, offset: number): GroupColumn {
  switch (type) {
    case 'f64':
      return { type, values: new Float64Array(buffer, offset, GROUP_ROWS) };
    case 'i32':
      return { type, values: new Int32Array(buffer, offset, GROUP_ROWS) };
    case 'i64':
      return { type, values: new BigInt64Array(buffer, offset, GROUP_ROWS) };
    case 'text':
      return { type, block: new TextBlock(buffer, offset) };
  }
}

/** Bytes of the first `rows` rows as they stand in the cache. */
export function columnBytes(column: GroupColumn, rows: number): readonly Uint8Array[] {
  if (column.type === 'text') {
    const { ends } = column.block;
    return [new Uint8Array(ends.buffer, ends.byteOffset, rows * 4), column.block.bytes(rows)];
  }
  const { values } = column;
  return [new Uint8Array(values.buffer, values.byteOffset, rows * values.BYTES_PER_ELEMENT)];
}
