import { assertColumns, type OptionColumns, type VolatilityColumns } from './columns.ts';
import { finishDeviation, relativeStep, SMALL_STEP } from './deviation-solver.ts';
import { NO_QUOTE, OK } from './outcomes.ts';
import { presentValues, refinePresentValue } from './present-value.ts';
import { BLOCK, goals, kappas, modes, normalise, xs } from './quote-block.ts';
import { startDeviation, startNearMaximum } from './solver-start.ts';

/** A forward within this share of the strike and a price below that share of it: 62 bits of the forward would not do. */
const CLOSE = 1 / 16;
const SMALL = 1 / 512;
/** Below the smallest normal number a goal has lost digits, down to all of them. */
const SMALLEST_GOAL = 2 ** -1022;

const spotHigh = new Float64Array(BLOCK);
const spotLow = new Float64Array(BLOCK);
const strikeHigh = new Float64Array(BLOCK);
const strikeLow = new Float64Array(BLOCK);
const deviations = new Float64Array(BLOCK);
const noLow = new Float64Array(BLOCK);
const pending = new Int32Array(BLOCK);

/** Forwards instead of spots, rates and yields; prices without discounting. */
export interface ForwardColumns {
  readonly forward: Float64Array;
  readonly strike: Float64Array;
  readonly years: Float64Array;
  /** 1 for a call, 0 for a put. */
  readonly call: Uint8Array;
}

/**
 * Implied volatilities of the `count` European quotes (dollars per share) from row `first` into the caller's columns. Nothing is allocated per row, no
 * row throws or yields NaN. Outcomes: `ok`, `below-intrinsic`, `above-maximum`, `no-quote` (also where a time value is a smaller part of its
 * forward than doubles reach, about 1e-308), `expired`; the volatility is 0 unless `ok`.
 * Exact to the larger of 1e-14 and what a rounding of the price itself does to it.
 * @throws {TradingError} `INVALID_VALUE` when a column ends before the last row.
 */
export function impliedVolatilityColumns(
  count: number,
  input: OptionColumns,
  price: Float64Array,
  out: VolatilityColumns,
  first = 0,
): void {
  assertColumns(count, [...Object.values(input), price, ...Object.values(out)], first);
  const { spot, strike, years, rate, yield: yields, call } = input;
  for (let from = first; from < first + count; from += BLOCK) {
    const rows = Math.min(BLOCK, first + count - from);
    presentValues(from, rows, spot, yields, years, spotHigh, spotLow);
    presentValues(from, rows, strike, rate, years, strikeHigh, strikeLow);
    for (let i = 0; i < rows; i += 1) {
      const a = spotHigh[i] ?? 0;
      if (Math.abs(a - (strikeHigh[i] ?? 0)) < CLOSE * a && (price[from + i] ?? 0) < SMALL * a) {
        const time = years[from + i] ?? 0;
        refinePresentValue(i, spot[from + i] ?? 0, yields[from + i] ?? 0, time, spotHigh, spotLow);
        refinePresentValue(i, strike[from + i] ?? 0, rate[from + i] ?? 0, time, strikeHigh, strikeLow);
      }
    }
    normalise(from, rows, price, years, call, spotHigh, spotLow, strikeHigh, strikeLow, out.status);
    solve(rows);
    write(from, rows, years, out);
  }
}

/** The same for undiscounted prices on forwards: Black's (1976) model. */
export function impliedBlackVolatilityColumns(
  count: number,
  input: ForwardColumns,
  price: Float64Array,
  out: VolatilityColumns,
  first = 0,
): void {
  assertColumns(count, [...Object.values(input), price, ...Object.values(out)], first);
  const { forward, strike, years, call } = input;
  for (let from = first; from < first + count; from += BLOCK) {
    const rows = Math.min(BLOCK, first + count - from);
    for (let i = 0; i < rows; i += 1) {
      spotHigh[i] = forward[from + i] ?? 0;
      strikeHigh[i] = strike[from + i] ?? 0;
    }
    normalise(from, rows, price, years, call, spotHigh, noLow, strikeHigh, noLow, out.status);
    solve(rows);
    write(from, rows, years, out);
  }
}

/** From the block's goals to its deviations. */
function solve(rows: number): void {
  for (let i = 0; i < rows; i += 1) {
    const goal = goals[i] ?? 0;
    const x = xs[i] ?? 0;
    deviations[i] = (modes[i] ?? 1) > 0 ? startDeviation(x, kappas[i] ?? 0, goal) : startNearMaximum(x, goal);
  }
  let open = 0;
  for (let i = 0; i < rows; i += 1) {
    const s = deviations[i] ?? 0;
    const step = relativeStep(s, xs[i] ?? 0, goals[i] ?? 0, modes[i] ?? 1);
    deviations[i] = s * (1 + Math.min(Math.max(step, -0.5), 1));
    pending[open] = i;
    open += Math.abs(step) < SMALL_STEP ? 0 : 1;
  }
  for (let k = 0; k < open; k += 1) {
    const i = pending[k] ?? 0;
    deviations[i] = finishDeviation(deviations[i] ?? 0, xs[i] ?? 0, goals[i] ?? 0, modes[i] ?? 1);
  }
}

function write(from: number, rows: number, years: Float64Array, out: VolatilityColumns): void {
  const { volatility, status } = out;
  for (let i = 0; i < rows; i += 1) {
    const row = from + i;
    const found = (deviations[i] ?? 0) / Math.sqrt(years[row] ?? 1);
    const fine = status[row] === OK && found > 0 && found < Number.MAX_VALUE && (goals[i] ?? 0) >= SMALLEST_GOAL;
    volatility[row] = fine ? found : 0;
    if (status[row] === OK && !fine) status[row] = NO_QUOTE;
  }
}
