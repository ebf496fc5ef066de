import { assertColumns, type GreekColumns, type OptionColumns } from '../european/columns.ts';
import { AmericanEngine } from './engine.ts';
import { type AmericanMode } from './put-solver.ts';

const DAYS_PER_YEAR = 365;
const PER_POINT = 0.01;

const engines: { fast?: AmericanEngine; fine?: AmericanEngine } = {};

/** The thread's engine of a mode; its tables and work arrays (0.1 to 1 MB) are made when first needed. */
export function americanEngine(mode: AmericanMode): AmericanEngine {
  return (engines[mode] ??= new AmericanEngine(mode));
}

/**
 * American prices and greeks of the `count` unrelated contracts from row `first` into the caller's columns (units as in `OptionGreeks`). No row
 * throws or yields NaN. Outcomes: `ok`; `exercise-region` (exercise now is optimal: price intrinsic, delta ±1, the rest 0);
 * `expired` (intrinsic value); `no-quote` (an input that is no number, or figures beyond the doubles: zeros).
 * A volatility of zero or less gives the best of the certain outcomes. Contracts of one expiry are far cheaper as a chain.
 * @throws {TradingError} `INVALID_VALUE` when a column ends before the last row.
 */
export function americanPriceColumns(
  count: number,
  input: OptionColumns,
  volatility: Float64Array,
  out: GreekColumns,
  mode: AmericanMode = 'fast',
  first = 0,
): void {
  assertColumns(count, [...Object.values(input), volatility, ...Object.values(out)], first);
  const engine = americanEngine(mode);
  for (let i = first; i < first + count; i += 1) {
    evaluateRow(engine, i, input, volatility, true);
    out.status[i] = engine.status;
    out.price[i] = engine.price;
    out.delta[i] = engine.delta;
    out.gamma[i] = engine.gamma;
    out.vega[i] = engine.vega * PER_POINT;
    out.theta[i] = engine.theta / DAYS_PER_YEAR;
    out.rho[i] = engine.rho * PER_POINT;
  }
}

/** As `americanPriceColumns`, prices and outcomes only. */
export function americanValueColumns(
  count: number,
  input: OptionColumns,
  volatility: Float64Array,
  out: Pick<GreekColumns, 'price' | 'status'>,
  mode: AmericanMode = 'fast',
): void {
  assertColumns(count, [...Object.values(input), volatility, out.price, out.status]);
  const engine = americanEngine(mode);
  for (let i = 0; i < count; i += 1) {
    evaluateRow(engine, i, input, volatility, false);
    out.status[i] = engine.status;
    out.price[i] = engine.price;
  }
}

function evaluateRow(
  engine: AmericanEngine,
  i: number,
  input: OptionColumns,
  volatility: Float64Array,
  greeks: boolean,
): void {
  engine.evaluate(
    input.spot[i] ?? 0,
    input.strike[i] ?? 0,
    input.years[i] ?? 0,
    input.rate[i] ?? 0,
    input.yield[i] ?? 0,
    volatility[i] ?? 0,
    input.call[i] === 1,
    greeks,
  );
}
