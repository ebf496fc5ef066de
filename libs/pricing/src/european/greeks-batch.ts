import { assertColumns, type GreekColumns, type HigherGreekColumns, type OptionColumns } from './columns.ts';
import { EXPIRED, NO_QUOTE, OK } from './outcomes.ts';
import { KERNEL_ROWS } from './simd/black-kernel.ts';
import { flags, kernelRunner, runKernel, type RunKernel } from './simd/black-runner.ts';

const DAYS_PER_YEAR = 365;
const PER_POINT = 0.01;
/** No price of anything; products of several such figures would leave the range of a double. */
const LARGEST_AMOUNT = 1e140;
const SMALLEST_AMOUNT = 1e-140;

/**
 * Prices and first-order greeks (with gamma) of the `count` contracts from row `first` into the caller's columns; formulas in
 * `simd/black-kernel.ts`. Nothing is allocated per row; a row never throws and never yields NaN or an infinity. Outcomes: `ok` (a volatility
 * of zero or less gives the certain outcome); `expired` (no time left: the figures at expiry); `no-quote` (spot or strike not between
 * 1e-140 and 1e140, or an input or a result that is no finite number: zeros).
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

let portableKernel: RunKernel | undefined;

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
  portableKernel ??= kernelRunner(false);
  pricedBy(portableKernel, count, input, volatility, out, first);
}

function pricedBy(
  run: RunKernel,
  count: number,
  input: OptionColumns,
  volatility: Float64Array,
  out: GreekColumns,
  first: number,
): void {
  assertColumns(count, [...Object.values(input), volatility, ...Object.values(out)], first);
  const figures = [out.price, out.delta, out.gamma, out.vega, out.theta, out.rho];
  for (let from = first; from < first + count; from += KERNEL_ROWS) {
    const rows = Math.min(KERNEL_ROWS, first + count - from);
    if (run('greeks', from, rows, input, volatility, figures)) {
      out.status.fill(OK, from, from + rows);
      continue;
    }
    for (let i = 0; i < rows; i += 1) {
      const row = from + i;
      if (flags[i] === 1) out.status[row] = OK;
      else if (flags[i] === 2) clear(row, out);
      else writeEdge(row, input, volatility, out);
    }
  }
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
  assertColumns(count, [...Object.values(input), volatility, ...Object.values(out)], first);
  const figures = [out.vanna, out.volga, out.charm];
  for (let from = first; from < first + count; from += KERNEL_ROWS) {
    const rows = Math.min(KERNEL_ROWS, first + count - from);
    if (runKernel('higher-greeks', from, rows, input, volatility, figures)) {
      out.status.fill(OK, from, from + rows);
      continue;
    }
    for (let i = 0; i < rows; i += 1) {
      const row = from + i;
      if (flags[i] === 1) out.status[row] = OK;
      else if (flags[i] === 2) clearHigher(row, out);
      else writeHigherEdge(row, input, volatility, out);
    }
  }
}

/** What the kernel leaves aside: unusable, expired, or certain. */
function edgeOutcome(row: number, input: OptionColumns, volatility: Float64Array): number {
  const spot = input.spot[row] ?? 0;
  const strike = input.strike[row] ?? 0;
  const years = input.years[row] ?? 0;
  const rate = input.rate[row] ?? 0;
  const dividend = input.yield[row] ?? 0;
  if (!Number.isFinite(spot + strike + years + rate + dividend + (volatility[row] ?? 0))) return NO_QUOTE;
  if (!(spot > SMALLEST_AMOUNT) || !(strike > SMALLEST_AMOUNT) || spot + strike > LARGEST_AMOUNT) return NO_QUOTE;
  if (years <= 0) return EXPIRED;
  if (spot * Math.exp(-dividend * years) + strike * Math.exp(-rate * years) > LARGEST_AMOUNT) return NO_QUOTE;
  // Every figure of a certain option is below the sum of these.
  const spotFigures = (spot + 1) * (1 + Math.abs(dividend)) * Math.exp(-dividend * years);
  const strikeFigures = strike * (1 + Math.abs(rate) + years) * Math.exp(-rate * years);
  return Number.isFinite(spotFigures + strikeFigures) ? OK : NO_QUOTE;
}

/** 1 when a certain option is exercised, 0 when it is not, one half exactly at the money. */
function certainExercise(row: number, input: OptionColumns, years: number): number {
  const x =
    Math.log((input.spot[row] ?? 1) / (input.strike[row] ?? 1)) +
    ((input.rate[row] ?? 0) - (input.yield[row] ?? 0)) * years;
  const toCall = x > 0 ? 1 : x === 0 ? 0.5 : 0;
  return input.call[row] === 0 ? 1 - toCall : toCall;
}

function writeEdge(row: number, input: OptionColumns, volatility: Float64Array, out: GreekColumns): void {
  const outcome = edgeOutcome(row, input, volatility);
  if (outcome === NO_QUOTE) {
    clear(row, out);
    return;
  }
  const years = Math.max(input.years[row] ?? 0, 0);
  const rate = input.rate[row] ?? 0;
  const dividend = input.yield[row] ?? 0;
  const sign = input.call[row] === 0 ? -1 : 1;
  const presentSpot = (input.spot[row] ?? 0) * Math.exp(-dividend * years);
  const presentStrike = (input.strike[row] ?? 0) * Math.exp(-rate * years);
  const exercised = certainExercise(row, input, years);
  const value = Math.max(sign * (presentSpot - presentStrike), 0);
  const slope = sign * Math.exp(-dividend * years) * exercised;
  const decay = years > 0 ? ((sign * (dividend * presentSpot - rate * presentStrike)) / DAYS_PER_YEAR) * exercised : 0;
  const perRate = sign * years * presentStrike * exercised * PER_POINT;
  out.price[row] = value;
  out.delta[row] = slope;
  out.gamma[row] = 0;
  out.vega[row] = 0;
  out.theta[row] = decay;
  out.rho[row] = perRate;
  out.status[row] = outcome;
}

function writeHigherEdge(row: number, input: OptionColumns, volatility: Float64Array, out: HigherGreekColumns): void {
  const outcome = edgeOutcome(row, input, volatility);
  clearHigher(row, out);
  if (outcome === NO_QUOTE) return;
  const years = input.years[row] ?? 0;
  const dividend = input.yield[row] ?? 0;
  const sign = input.call[row] === 0 ? -1 : 1;
  const fading =
    years > 0
      ? (sign * dividend * Math.exp(-dividend * years) * certainExercise(row, input, years)) / DAYS_PER_YEAR
      : 0;
  out.charm[row] = fading;
  out.status[row] = outcome;
}

function clear(row: number, out: GreekColumns): void {
  out.price[row] = 0;
  out.delta[row] = 0;
  out.gamma[row] = 0;
  out.vega[row] = 0;
  out.theta[row] = 0;
  out.rho[row] = 0;
  out.status[row] = NO_QUOTE;
}

function clearHigher(row: number, out: HigherGreekColumns): void {
  out.vanna[row] = 0;
  out.volga[row] = 0;
  out.charm[row] = 0;
  out.status[row] = NO_QUOTE;
}
