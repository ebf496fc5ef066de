import { americanPriceColumns } from '../american/index.ts';
import type { OptionGreeks, OptionTerms } from '../european.ts';
import { type GreekColumns, newGreekColumns, newVolatilityColumns, type OptionColumns } from '../european/columns.ts';
import { priceColumns } from '../european/greeks-batch.ts';
import { impliedVolatilityColumns } from '../european/implied-volatility-batch.ts';
import { BELOW_INTRINSIC, EXERCISE_REGION, NO_QUOTE, OK, type Outcome, outcomeOf } from '../european/outcomes.ts';

export type ExerciseStyle = 'american' | 'european';

/** One contract and the market it is seen in. */
export interface ListedOption extends OptionTerms {
  readonly style: ExerciseStyle;
}

/** What is known of one contract; where the outcome is not `ok` what cannot be told is null. */
export interface OptionFigures {
  readonly outcome: Outcome;
  readonly volatility: number | null;
  readonly greeks: OptionGreeks | null;
}

/** Price and greeks of many contracts at given volatilities (decimal). Never throws for a contract; see `OUTCOMES`. */
export function figuresAtVolatility(
  options: readonly ListedOption[],
  volatilities: readonly number[],
): readonly OptionFigures[] {
  const volatility = Float64Array.from(options, (_, i) => volatilities[i] ?? Number.NaN);
  const out = newGreekColumns(options.length);
  evaluate(options, volatility, out);
  return options.map((_, i) => {
    const outcome = outcomeOf(out.status[i] ?? NO_QUOTE);
    const told = outcome !== 'no-quote';
    return { outcome, volatility: told ? (volatility[i] ?? null) : null, greeks: told ? greeksOf(out, i) : null };
  });
}

/**
 * Implied volatility and the greeks at it, of many contracts from their prices (dollars per share, `null` no quote). American contracts
 * at their exercise value are `exercise-region`, below it `below-intrinsic`: neither has a volatility, and neither is given one.
 */
export function figuresAtPrice(
  options: readonly ListedOption[],
  prices: readonly (number | null)[],
): readonly OptionFigures[] {
  const price = Float64Array.from(options, (_, i) => prices[i] ?? Number.NaN);
  const found = newVolatilityColumns(options.length);
  impliedVolatilityColumns(options.length, columnsOf(options), price, found);
  const american = options.flatMap((option, i) => (option.style === 'american' ? [i] : []));
  solveAmerican(american, options, price, found);
  const out = newGreekColumns(options.length);
  evaluate(options, found.volatility, out);
  return options.map((_, i) => {
    const outcome = outcomeOf(found.status[i] ?? NO_QUOTE);
    if (outcome !== 'ok') return { outcome, volatility: null, greeks: null };
    return { outcome, volatility: found.volatility[i] ?? null, greeks: greeksOf(out, i) };
  });
}

const MOST_STEPS = 60;
const HIGHEST_VOLATILITY = 50;
/** Of the strike: the accuracy of the American kernel, below which a price cannot be told from the exercise value. */
const PRICE_ACCURACY = 2e-7;

/** Newton on the American price inside a shrinking bracket, all unsolved contracts in one batch a step, from the European volatility. */
function solveAmerican(
  rows: readonly number[],
  options: readonly ListedOption[],
  price: Float64Array,
  found: ReturnType<typeof newVolatilityColumns>,
): void {
  const low = new Float64Array(options.length);
  const high = new Float64Array(options.length).fill(HIGHEST_VOLATILITY);
  let open: number[] = [];
  for (const row of rows) {
    const option = options[row];
    const quoted = price[row] ?? Number.NaN;
    const status = found.status[row] ?? NO_QUOTE;
    if (option === undefined || (status !== OK && status !== BELOW_INTRINSIC)) continue;
    const exercised = Math.max(option.right === 'call' ? option.spot - option.strike : option.strike - option.spot, 0);
    const slack = PRICE_ACCURACY * option.strike;
    if (quoted > exercised + slack) {
      // A price between the exercise value and the European bound has a European volatility of none: start from a common one.
      if (status !== OK) found.volatility[row] = 0.3;
      open.push(row);
      continue;
    }
    if (exercised === 0) continue;
    found.volatility[row] = 0;
    found.status[row] = quoted >= exercised - slack ? EXERCISE_REGION : BELOW_INTRINSIC;
  }
  for (let step = 0; step < MOST_STEPS && open.length > 0; step += 1) {
    const listed = open.flatMap((row) => options[row] ?? []);
    const out = newGreekColumns(listed.length);
    const tried = Float64Array.from(open, (row) => found.volatility[row] ?? 0);
    americanPriceColumns(listed.length, columnsOf(listed), tried, out);
    open = open.filter((row, i) => {
      const volatility = tried[i] ?? 0;
      const excess = (out.price[i] ?? 0) - (price[row] ?? 0);
      if (excess > 0) high[row] = volatility;
      else low[row] = volatility;
      const from = low[row] ?? 0;
      const to = high[row] ?? 0;
      const proposal = volatility - excess / (100 * (out.vega[i] ?? 0));
      const next = proposal > from && proposal < to ? proposal : 0.5 * (from + to);
      found.status[row] = OK;
      if (Math.abs(next - volatility) <= 1e-9 * volatility || to - from <= 1e-9 * to) return false;
      found.volatility[row] = next;
      return true;
    });
  }
}

/** Greeks of both styles into one set of columns. */
function evaluate(options: readonly ListedOption[], volatility: Float64Array, out: GreekColumns): void {
  priceColumns(options.length, columnsOf(options), volatility, out);
  const american = options.flatMap((option, i) => (option.style === 'american' ? [i] : []));
  if (american.length === 0) return;
  const part = newGreekColumns(american.length);
  const listed = american.flatMap((row) => options[row] ?? []);
  americanPriceColumns(
    listed.length,
    columnsOf(listed),
    Float64Array.from(american, (row) => volatility[row] ?? 0),
    part,
  );
  for (const [i, row] of american.entries()) {
    for (const name of ['price', 'delta', 'gamma', 'vega', 'theta', 'rho', 'status'] as const)
      out[name][row] = part[name][i] ?? 0;
  }
}

function greeksOf(out: GreekColumns, i: number): OptionGreeks {
  return {
    price: out.price[i] ?? 0,
    delta: out.delta[i] ?? 0,
    gamma: out.gamma[i] ?? 0,
    vega: out.vega[i] ?? 0,
    theta: out.theta[i] ?? 0,
    rho: out.rho[i] ?? 0,
  };
}

function columnsOf(options: readonly ListedOption[]): OptionColumns {
  return {
    spot: Float64Array.from(options, (option) => option.spot),
    strike: Float64Array.from(options, (option) => option.strike),
    years: Float64Array.from(options, (option) => option.years),
    rate: Float64Array.from(options, (option) => option.rate),
    yield: Float64Array.from(options, (option) => option.yield),
    call: Uint8Array.from(options, (option) => (option.right === 'call' ? 1 : 0)),
  };
}
