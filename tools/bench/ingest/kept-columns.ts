import type { GroupColumn } from '../../../libs/market-data/src/lake/row-group.ts';

export type Numbers = Float64Array | Int32Array;

/** Rows of one block: an array for each row group is so many of them that the collector of garbage takes a fifth of the time. */
const BLOCK_ROWS = 1 << 20;

/** Keeps the columns of all row groups, in blocks that are made once and never copied. */
export class KeptColumns {
  readonly #blocks: (Numbers | BigInt64Array)[][] = [];
  #rows = 0;

  add(columns: readonly GroupColumn[], rows: number): void {
    for (let done = 0; done < rows;) {
      const at = this.#rows % BLOCK_ROWS;
      const count = Math.min(rows - done, BLOCK_ROWS - at);
      if (at === 0) this.#blocks.push(columns.map(newBlock));
      for (const [index, column] of columns.entries()) this.#put(column, index, { at, from: done, to: done + count });
      done += count;
      this.#rows += count;
    }
  }

  /** Of a column of numbers; 64-bit integers have none. */
  sum(index: number): number {
    let total = 0;
    for (const [number, block] of this.#blocks.entries()) {
      const values = block[index];
      if (values === undefined || values instanceof BigInt64Array) continue;
      total += sum(values.subarray(0, this.#rows - number * BLOCK_ROWS));
    }
    return total;
  }

  #put(column: GroupColumn, index: number, { at, from, to }: { at: number; from: number; to: number }): void {
    const target = this.#blocks.at(-1)?.[index];
    if (column.type === 'f64' && target instanceof Float64Array) target.set(column.values.subarray(from, to), at);
    else if (column.type === 'i32' && target instanceof Int32Array) target.set(column.values.subarray(from, to), at);
    else if (column.type === 'i64' && target instanceof BigInt64Array) target.set(column.values.subarray(from, to), at);
    else throw new Error('Minute bars have numbers only');
  }
}

export function sum(values: Numbers): number {
  let total = 0;
  for (let row = 0; row < values.length; row++) total += values[row] ?? 0;
  return total;
}

function newBlock({ type }: GroupColumn): Numbers | BigInt64Array {
  if (type === 'i64') return new BigInt64Array(BLOCK_ROWS);
  return type === 'i32' ? new Int32Array(BLOCK_ROWS) : new Float64Array(BLOCK_ROWS);
}
