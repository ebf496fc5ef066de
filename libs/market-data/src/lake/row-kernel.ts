import { TradingError } from '@trading-agent/core';
import { webAssembly } from '@trading-agent/web-assembly';
import { kernelOf } from './kernel-code.ts';
import {
  DAY_FROM,
  DAY_TO,
  type KernelField,
  layoutOf,
  MAX_DECIMALS,
  MOST_INPUT,
  MOST_TICKER,
  OUT_AT,
  OUT_FIELD,
  OUT_FILTERED,
  OUT_ROW,
  POWERS,
  TICKER,
  TICKER_MASK,
} from './kernel-layout.ts';
import { type GroupColumn, groupColumn } from './row-group.ts';

/** Compiled code by field list: the days of a feed are alike. */
const modules = new Map<string, object>();

/**
 * Parses plain rows of one kind of file into the arrays of a row group, in WebAssembly that is written for its fields. What it does not know
 * (quotes, signs, exponents, blanks where a value is needed, times of another day) it leaves to the caller, row by row.
 *
 * Eight digits are read as one word (D. Lemire, "Quickly parsing eight digits", 2018); a decimal is its digits divided by a power of ten, which is
 * what `Number(text)` gives up to 15 digits.
 */
export class RowKernel {
  /** Where the input lies: put bytes here and call `run`. */
  readonly input: Buffer;
  /** By field. */
  readonly columns: readonly (GroupColumn | undefined)[];
  /** After `run`: where it stopped (from the beginning of the input), the next row of the group, and rows of unwanted tickers. */
  at = 0;
  row = 0;
  filtered = 0;
  /** After `ticker`: where the unknown ticker begins. */
  field = 0;

  readonly #run: (at: number, end: number, row: number, tickerLength: number, skips: number) => number;
  readonly #view: DataView;
  readonly #ticker: Uint8Array;
  readonly #tickerMask: Uint8Array;
  readonly #inputAt: number;
  #tickerLength = 0;
  #skips = 0;

  /** `day`: the nanoseconds in which times must lie, from and to. */
  constructor(fields: readonly KernelField[], day: { readonly from: bigint; readonly to: bigint }) {
    const layout = layoutOf(fields);
    const key = JSON.stringify(fields);
    let module = modules.get(key);
    if (module === undefined) modules.set(key, (module = new webAssembly.Module(kernelOf(fields, layout))));
    const memory = new webAssembly.Memory({ initial: layout.pages });
    const { run } = new webAssembly.Instance(module, { m: { m: memory } }).exports;
    if (typeof run !== 'function') throw new TradingError('INTERNAL', 'The row kernel exports no function');
    this.#run = (at, end, row, tickerLength, skips) => Number(run(at, end, row, tickerLength, skips));
    this.#view = new DataView(memory.buffer);
    new Float64Array(memory.buffer, POWERS, MAX_DECIMALS + 1).set(
      Array.from({ length: MAX_DECIMALS + 1 }, (_, exponent) => 10 ** exponent),
    );
    this.#view.setBigUint64(DAY_FROM, day.from, true);
    this.#view.setBigUint64(DAY_TO, day.to, true);
    this.#ticker = new Uint8Array(memory.buffer, TICKER, MOST_TICKER);
    this.#tickerMask = new Uint8Array(memory.buffer, TICKER_MASK, MOST_TICKER);
    this.#inputAt = layout.input;
    this.input = Buffer.from(memory.buffer, layout.input, MOST_INPUT);
    this.columns = fields.map((field, index) =>
      field.kind === 'column' ? groupColumn(field.type, memory.buffer, layout.column[index] ?? 0) : undefined,
    );
  }

  /** Rows with the ticker `input[from, to)` are read (`skips`: passed over) without coming back. */
  setTicker(from: number, to: number, skips: boolean): void {
    for (let at = from; at < to; at++) this.#ticker[at - from] = this.input[at] ?? 0;
    if (this.#tickerLength !== to - from) {
      this.#tickerLength = to - from;
      this.#tickerMask.fill(0).fill(0xff, 0, this.#tickerLength);
    }
    this.#skips = skips ? 1 : 0;
  }

  /** The next row comes back whatever its ticker. */
  forgetTicker(): void {
    this.#tickerLength = 0;
  }

  /** Reads rows of `input[from, end)`, which ends with a line, into the group from `row` on. */
  run(from: number, end: number, row: number): number {
    const base = this.#inputAt;
    const status = this.#run(base + from, base + end, row, this.#tickerLength, this.#skips);
    this.at = this.#view.getInt32(OUT_AT, true) - base;
    this.row = this.#view.getInt32(OUT_ROW, true);
    this.filtered = this.#view.getInt32(OUT_FILTERED, true);
    this.field = this.#view.getInt32(OUT_FIELD, true) - base;
    return status;
  }
}
