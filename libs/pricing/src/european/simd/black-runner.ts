import { TradingError } from '@trading-agent/core';
import { webAssembly } from '@trading-agent/web-assembly';
import type { OptionColumns } from '../columns.ts';
import { slopeTable, valueTable } from '../mills.ts';
import { tableHigh, tableLow } from '../present-value.ts';
import {
  blackKernel,
  FLAG,
  INPUTS,
  KERNEL_ROWS,
  type KernelKind,
  LOG_NODES,
  OUTPUTS,
  PAGES,
  TABLES,
} from './black-kernel.ts';
import { roundsProductsOnce } from './relaxed-vectors.ts';

/** Copying element by element costs less than a view up to about so many rows. */
const FEW_ROWS = 48;

const memory = new webAssembly.Memory({ initial: PAGES });
const doubles = (offset: number, length: number): Float64Array => new Float64Array(memory.buffer, offset, length);
const columnAt = (offset: number): Float64Array => doubles(offset, KERNEL_ROWS);

/** By row of the last run: 1 when its figures stand, 0 when it is not a row for the kernel, 2 when they left the range of a double. */
export const flags = columnAt(FLAG);
/** The rows of the last run as the kernel read them; `call` is above zero for a call. */
export const inputs = {
  spot: columnAt(INPUTS.spot),
  strike: columnAt(INPUTS.strike),
  years: columnAt(INPUTS.years),
  rate: columnAt(INPUTS.rate),
  yield: columnAt(INPUTS.yield),
  volatility: columnAt(INPUTS.volatility),
  call: columnAt(INPUTS.call),
};
const outputs = OUTPUTS.map(columnAt);

doubles(TABLES.value, valueTable.length).set(valueTable);
doubles(TABLES.slope, slopeTable.length).set(slopeTable);
doubles(TABLES.power, 2 * tableHigh.length).set(
  Float64Array.from(
    { length: 2 * tableHigh.length },
    (_, index) => (index % 2 === 0 ? tableHigh : tableLow)[index >> 1] ?? 0,
  ),
);
doubles(TABLES.node, 2 * (LOG_NODES + 1)).set(
  Float64Array.from({ length: 2 * (LOG_NODES + 1) }, (_, index) => {
    const node = 1 + (index >> 1) / LOG_NODES;
    return index % 2 === 0 ? 1 / node : Math.log(node);
  }),
);
type Kernel = (bytes: number) => void;

function compile(kind: KernelKind, relaxed: boolean): Kernel {
  const instance = new webAssembly.Instance(new webAssembly.Module(blackKernel(kind, relaxed)), { m: { m: memory } });
  const run = instance.exports['run'];
  if (typeof run !== 'function') throw new TradingError('INTERNAL', 'The pricing kernel exports no function');
  return (bytes) => {
    run(bytes);
  };
}

function copyIn(from: number, rows: number, source: Float64Array | Uint8Array, target: Float64Array): void {
  if (rows > FEW_ROWS) {
    target.set(source.subarray(from, from + rows));
    return;
  }
  for (let i = 0; i < rows; i += 1) target[i] = source[from + i] ?? 0;
}

function copyOut(from: number, rows: number, source: Float64Array, target: Float64Array): void {
  if (rows > FEW_ROWS) {
    target.set(rows === KERNEL_ROWS ? source : source.subarray(0, rows), from);
    return;
  }
  for (let i = 0; i < rows; i += 1) target[from + i] = source[i] ?? 0;
}

/**
 * Runs a kernel over at most `KERNEL_ROWS` rows from row `from` and copies its figures into `out`; `flags` says which stand. True when
 * every row's do.
 */
export type RunKernel = (
  kind: KernelKind,
  from: number,
  rows: number,
  input: OptionColumns,
  volatility: Float64Array,
  out: readonly Float64Array[],
) => boolean;

/** `relaxed`: only where `roundsProductsOnce` says so. */
export function kernelRunner(relaxed: boolean): RunKernel {
  const kernels = { greeks: compile('greeks', relaxed), 'higher-greeks': compile('higher-greeks', relaxed) };
  return (kind, from, rows, input, volatility, out) => {
    copyIn(from, rows, input.spot, inputs.spot);
    copyIn(from, rows, input.strike, inputs.strike);
    copyIn(from, rows, input.years, inputs.years);
    copyIn(from, rows, input.rate, inputs.rate);
    copyIn(from, rows, input.yield, inputs.yield);
    copyIn(from, rows, volatility, inputs.volatility);
    copyIn(from, rows, input.call, inputs.call);
    kernels[kind](16 * ((rows + 1) >> 1));
    for (let index = 0; index < out.length; index += 1) {
      const source = outputs[index];
      const target = out[index];
      if (source !== undefined && target !== undefined) copyOut(from, rows, source, target);
    }
    for (let i = 0; i < rows; i += 1) if (flags[i] !== 1) return false;
    return true;
  };
}

export const runKernel: RunKernel = kernelRunner(roundsProductsOnce());
