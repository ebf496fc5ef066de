import { TradingError } from '@trading-agent/core';
import { webAssembly } from '@trading-agent/web-assembly';
import { LoopAssembler } from '../../simd/loop-assembler.ts';
import { exponentialTable, normalTable } from '../normal-table.ts';

/**
 * The memory that the American kernels of a thread share. It never grows (views of it would be lost) and is only reserved, never given back:
 * what lies in it belongs to the modes' node counts, not to options. Pages that nothing touches cost nothing.
 */
const PAGES = 160;
const PAGE = 65_536;
/** Bytes for the constants of one kernel. */
const POOL = 1_024;

const memory = new webAssembly.Memory({ initial: PAGES });
let used = 0;

/** Address of so many bytes, zeros, that nobody else has. */
function reserve(bytes: number): number {
  const at = used;
  used += Math.ceil(bytes / 64) * 64;
  if (used > PAGES * PAGE) throw new TradingError('INTERNAL', 'The American pricing kernels are out of memory');
  return at;
}

/** A column of doubles that kernels and JavaScript both see. */
export interface Column {
  readonly at: number;
  readonly values: Float64Array;
}

export function newColumn(length: number): Column {
  const at = reserve(8 * length);
  return { at, values: new Float64Array(memory.buffer, at, length) };
}

/** 32-bit integers that kernels and JavaScript both see. */
export function newWords(length: number): { readonly at: number; readonly values: Int32Array } {
  const at = reserve(4 * length);
  return { at, values: new Int32Array(memory.buffer, at, length) };
}

export function columnOf(values: ArrayLike<number>): Column {
  const column = newColumn(values.length);
  column.values.set(values);
  return column;
}

/** Tables of `normal-table.ts`. */
export const NORMAL = columnOf(normalTable);
export const POWERS = columnOf(exponentialTable);

/** Compiles what `body` assembles when it is run for the first time: assembling takes milliseconds in a new process, and few need every kernel. */
export function kernel(body: (w: LoopAssembler) => void): () => void {
  let run: (() => unknown) | undefined;
  return () => {
    (run ??= compiled(body))();
  };
}

function compiled(body: (w: LoopAssembler) => void): () => unknown {
  const w = new LoopAssembler(reserve(POOL));
  const code = w.module(() => {
    body(w);
  });
  if (w.constants * 16 > POOL) throw new TradingError('INTERNAL', 'An American pricing kernel has too many constants');
  const { run } = new webAssembly.Instance(new webAssembly.Module(code), { m: { m: memory } }).exports;
  if (!isFunction(run)) throw new TradingError('INTERNAL', 'An American pricing kernel exports no function');
  return run;
}

function isFunction(value: unknown): value is () => unknown {
  return typeof value === 'function';
}
