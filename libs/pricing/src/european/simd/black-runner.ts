import { TradingError } from '@trading-agent/core';
import type { OptionColumns } from '../columns.ts';
import { slopeTable, valueTable } from '../mills.ts';
import { tableHigh, tableLow } from '../present-value.ts';
import { blackKernel, FLAG, INPUTS, KERNEL_ROWS, LOG_NODES, OUTPUTS, PAGES, TABLES } from './black-kernel.ts';

/** Copying element by element costs less than a view up to about so many rows. */
const FEW_ROWS = 48;

/** What is used of the engine's WebAssembly object: the compiler's library without the browser's has no types of it. */
interface WebAssemblyRuntime {
  readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
}
const runtime: WebAssemblyRuntime = Reflect.get(globalThis, 'WebAssembly');

const memory = new runtime.Memory({ initial: PAGES });
const doubles = (offset: number, length: number): Float64Array => new Float64Array(memory.buffer, offset, length);
const columnAt = (offset: number): Float64Array => doubles(offset, KERNEL_ROWS);

/** 1 when the kernel's figures of a row stand, 0 when it is not a row for the kernel, 2 when they left the range of a double. */
export const flags = columnAt(FLAG);
const inputs = {
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
doubles(TABLES.powerHigh, tableHigh.length).set(tableHigh);
doubles(TABLES.powerLow, tableLow.length).set(tableLow);
const nodes = Float64Array.from({ length: LOG_NODES + 1 }, (_, index) => 1 + index / LOG_NODES);
doubles(TABLES.node, nodes.length).set(nodes);
doubles(TABLES.overNode, nodes.length).set(nodes.map((node) => 1 / node));
doubles(TABLES.logNode, nodes.length).set(nodes.map((node) => Math.log(node)));

function compile(kind: 'greeks' | 'higher-greeks'): (bytes: number) => void {
  const instance = new runtime.Instance(new runtime.Module(blackKernel(kind)), { m: { m: memory } });
  const run = instance.exports['run'];
  if (typeof run !== 'function') throw new TradingError('INTERNAL', 'The pricing kernel exports no function');
  return (bytes) => {
    run(bytes);
  };
}
const kernels = { greeks: compile('greeks'), 'higher-greeks': compile('higher-greeks') };

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

/** Runs a kernel over at most `KERNEL_ROWS` rows from row `from` and copies its figures into `out`; `flags` says which stand. */
export function runKernel(
  kind: 'greeks' | 'higher-greeks',
  from: number,
  rows: number,
  input: OptionColumns,
  volatility: Float64Array,
  out: readonly Float64Array[],
): void {
  copyIn(from, rows, input.spot, inputs.spot);
  copyIn(from, rows, input.strike, inputs.strike);
  copyIn(from, rows, input.years, inputs.years);
  copyIn(from, rows, input.rate, inputs.rate);
  copyIn(from, rows, input.yield, inputs.yield);
  copyIn(from, rows, volatility, inputs.volatility);
  for (let i = 0; i < rows; i += 1) inputs.call[i] = (input.call[from + i] ?? 0) & 1;
  kernels[kind](16 * ((rows + 1) >> 1));
  for (let index = 0; index < out.length; index += 1) {
    const source = outputs[index];
    const target = out[index];
    if (source !== undefined && target !== undefined) copyOut(from, rows, source, target);
  }
}
