import { assertColumns, type GreekColumns, type HigherGreekColumns, type OptionColumns } from './columns.ts';
import { EXPIRED, NO_QUOTE, OK } from './outcomes.ts';
import { KERNEL_ROWS, type KernelKind } from './simd/black-kernel.ts';
import { flags, inputs, kernelRunner, runKernel, type RunKernel } from './simd/black-runner.ts';

const DAYS_PER_YEAR = 365;
const PER_POINT = 0.01;
/** No price of anything; products of several such figures would leave the range of a double. */
const LARGEST_AMOUNT = 1e140;
const SMALLEST_AMOUNT = 1e-140;

/**
 * Prices and first-order greeks (with gamma) of the `count` contracts from row `first` into the caller's columns; formulas in
 * `simd/black-kernel.ts`. Nothing is allocated per row; a row never throws and never yields NaN or an infinity; figures may replace a column
 * of the input. Outcomes: `ok` (a volatility of zero or less gives the certain outcome); `expired` (no time left: the figures at expiry);
 * `no-quote` (spot or strike not between 1e-140 and 1e140, or an input or a result that is no finite number: zeros).
 * @throws {TradingError} `INVALID_VALUE` when a column ends before the last row.
 */
export function priceColumns(
  count: number,
  input: OptionColumns,
  volatility: Float64Array,
  out: GreekColumns,
  first = 0,
): void {
  pricedBy(runKernel, count, input, volatility, out, first);
}

let madePortable: RunKernel | undefined;
/** Made when first asked for: displays and studies do without. */
function portableKernel(): RunKernel {
  madePortable ??= kernelRunner(false);
  return madePortable;
}

/**
 * As `priceColumns`, without the processor's fused multiply-add, whose last bits are not those of a processor without it: the same bits on
 * every machine, for figures that decide something. About half the speed.
 * @throws {TradingError} as `priceColumns`.
 */
export function portablePriceColumns(
  count: number,
  input: OptionColumns,
  volatility: Float64Array,
  out: GreekColumns,
  first = 0,
): void {
  pricedBy(portableKernel(), count, input, volatility, out, first);
}

function pricedBy(
  run: RunKernel,
  count: number,
  input: OptionColumns,
  volatility: Float64Array,
  out: GreekColumns,
  first: number,
): void {
  const figures = [out.price, out.delta, out.gamma, out.vega, out.theta, out.rho];
  inBlocks(run, 'greeks', count, input, volatility, figures, out.status, first, (i, row) => {
    writeCertain(i, row, out);
  });
}

/**
 * Vanna, volga and charm of the `count` contracts from row `first`, under the same rules as `priceColumns`; where the outcome is certain vanna and volga
 * are zero and charm is what the dividend yield takes off delta.
 * @throws {TradingError} `INVALID_VALUE` when a column ends before the last row.
 */
export function higherGreekColumns(
  count: number,
  input: OptionColumns,
  volatility: Float64Array,
  out: HigherGreekColumns,
  first = 0,
): void {
  higherBy(runKernel, count, input, volatility, out, first);
}

/**
 * As `higherGreekColumns`, the same bits on every machine (see `portablePriceColumns`).
 * @throws {TradingError} as `higherGreekColumns`.
 */
export function portableHigherGreekColumns(
  count: number,
  input: OptionColumns,
  volatility: Float64Array,
  out: HigherGreekColumns,
  first = 0,
): void {
  higherBy(portableKernel(), count, input, volatility, out, first);
}

function higherBy(
  run: RunKernel,
  count: number,
  input: OptionColumns,
  volatility: Float64Array,
  out: HigherGreekColumns,
  first: number,
): void {
  inBlocks(
    run,
    'higher-greeks',
    count,
    input,
    volatility,
    [out.vanna, out.volga, out.charm],
    out.status,
    first,
    (i, row) => {
      writeHigherCertain(i, row, out);
    },
  );
}

/** @param writeCertain figures of element `i` of the kernel's block, which is `row` of the columns, other than zeros */
function inBlocks(
  run: RunKernel,
  kind: KernelKind,
  count: number,
  input: OptionColumns,
  volatility: Float64Array,
  figures: readonly Float64Array[],
  status: Uint8Array,
  first: number,
  writeCertain: (i: number, row: number) => void,
): void {
  assertColumns(count, [...Object.values(input), volatility, ...figures, status], first);
  for (let from = first; from < first + count; from += KERNEL_ROWS) {
    const rows = Math.min(KERNEL_ROWS, first + count - from);
    if (run(kind, from, rows, input, volatility, figures)) {
      status.fill(OK, from, from + rows);
      continue;
    }
    for (let i = 0; i < rows; i += 1) {
      const row = from + i;
      const done = flags[i] === 1;
      const outcome = done ? OK : flags[i] === 2 ? NO_QUOTE : edgeOutcome(i);
      status[row] = outcome;
      if (done) continue;
      for (const column of figures) column[row] = 0;
      if (outcome !== NO_QUOTE) writeCertain(i, row);
    }
  }
}

/** What the kernel leaves aside: unusable, expired, or certain. Its copy of the row is read: the caller's may hold figures by now. */
function edgeOutcome(i: number): number {
  const spot = inputs.spot[i] ?? 0;
  const strike = inputs.strike[i] ?? 0;
  const years = inputs.years[i] ?? 0;
  const rate = inputs.rate[i] ?? 0;
  const dividend = inputs.yield[i] ?? 0;
  if (!Number.isFinite(spot + strike + years + rate + dividend + (inputs.volatility[i] ?? 0))) return NO_QUOTE;
  if (!(spot > SMALLEST_AMOUNT) || !(strike > SMALLEST_AMOUNT) || spot + strike >= LARGEST_AMOUNT) return NO_QUOTE;
  if (years <= 0) return EXPIRED;
  if (spot * Math.exp(-dividend * years) + strike * Math.exp(-rate * years) >= LARGEST_AMOUNT) return NO_QUOTE;
  // Every figure of a certain option is below the sum of these.
  const spotFigures = (spot + 1) * (1 + Math.abs(dividend)) * Math.exp(-dividend * years);
  const strikeFigures = strike * (1 + Math.abs(rate) + years) * Math.exp(-rate * years);
  return Number.isFinite(spotFigures + strikeFigures) ? OK : NO_QUOTE;
}

/** 1 when a certain option is exercised, 0 when it is not, one half exactly at the money. */
function certainExercise(i: number, years: number): number {
  const x =
    Math.log((inputs.spot[i] ?? 1) / (inputs.strike[i] ?? 1)) +
    ((inputs.rate[i] ?? 0) - (inputs.yield[i] ?? 0)) * years;
  const toCall = x > 0 ? 1 : x === 0 ? 0.5 : 0;
  return inputs.call[i] === 0 ? 1 - toCall : toCall;
}

function writeCertain(i: number, row: number, out: GreekColumns): void {
  const years = Math.max(inputs.years[i] ?? 0, 0);
  const rate = inputs.rate[i] ?? 0;
  const dividend = inputs.yield[i] ?? 0;
  const sign = inputs.call[i] === 0 ? -1 : 1;
  const presentSpot = (inputs.spot[i] ?? 0) * Math.exp(-dividend * years);
  const presentStrike = (inputs.strike[i] ?? 0) * Math.exp(-rate * years);
  const exercised = certainExercise(i, years);
  out.price[row] = Math.max(sign * (presentSpot - presentStrike), 0);
  if (exercised === 0) return;
  out.delta[row] = sign * Math.exp(-dividend * years) * exercised;
  if (years === 0) return;
  out.theta[row] = ((sign * (dividend * presentSpot - rate * presentStrike)) / DAYS_PER_YEAR) * exercised;
  out.rho[row] = sign * years * presentStrike * exercised * PER_POINT;
}

function writeHigherCertain(i: number, row: number, out: HigherGreekColumns): void {
  const years = inputs.years[i] ?? 0;
  const dividend = inputs.yield[i] ?? 0;
  const exercised = years > 0 ? certainExercise(i, years) : 0;
  const sign = inputs.call[i] === 0 ? -1 : 1;
  if (exercised > 0) out.charm[row] = (sign * dividend * Math.exp(-dividend * years) * exercised) / DAYS_PER_YEAR;
}
