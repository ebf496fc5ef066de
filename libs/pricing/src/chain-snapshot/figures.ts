import { AmericanChain, americanPriceColumns, newChainColumns } from '../american/index.ts';
import type { OptionGreeks, OptionTerms } from '../european.ts';
import { type GreekColumns, newGreekColumns, newVolatilityColumns, type OptionColumns } from '../european/columns.ts';
import { priceColumns } from '../european/greeks-batch.ts';
import { impliedVolatilityColumns } from '../european/implied-volatility-batch.ts';
import { NO_QUOTE, type Outcome, outcomeOf } from '../european/outcomes.ts';

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
  const figures: OptionFigures[] = options.map(() => ({ outcome: 'no-quote', volatility: null, greeks: null }));
  const price = Float64Array.from(options, (_, i) => prices[i] ?? Number.NaN);
  const rows = options.map((option, i) => ({ option, i }));
  europeanAtPrice(
    rows.filter(({ option }) => option.style === 'european'),
    price,
    figures,
  );
  const american = rows.filter(({ option }) => option.style === 'american');
  for (const [spot, chain] of Map.groupBy(american, ({ option }) => option.spot))
    americanAtPrice(spot, chain, price, figures);
  return figures;
}

interface Row {
  readonly option: ListedOption;
  readonly i: number;
}

function europeanAtPrice(rows: readonly Row[], price: Float64Array, figures: OptionFigures[]): void {
  const columns = columnsOf(rows.map(({ option }) => option));
  const found = newVolatilityColumns(rows.length);
  impliedVolatilityColumns(
    rows.length,
    columns,
    Float64Array.from(rows, ({ i }) => price[i] ?? Number.NaN),
    found,
  );
  const out = newGreekColumns(rows.length);
  priceColumns(rows.length, columns, found.volatility, out);
  write(rows, found.status, found.volatility, out, figures);
}

/** Contracts of one underlying, as one chain over shared exercise boundaries. */
function americanAtPrice(spot: number, rows: readonly Row[], price: Float64Array, figures: OptionFigures[]): void {
  const expiries = new Map<string, number>();
  const terms: ListedOption[] = [];
  const expiry = Int32Array.from(rows, ({ option }) => {
    const key = `${option.years} ${option.rate} ${option.yield}`;
    const known = expiries.get(key) ?? terms.length;
    if (known === terms.length) {
      expiries.set(key, known);
      terms.push(option);
    }
    return known;
  });
  const out = newChainColumns(rows.length);
  const quoted = Float64Array.from(rows, ({ i }) => price[i] ?? Number.NaN);
  new AmericanChain().solve(
    rows.length,
    {
      spot,
      years: Float64Array.from(terms, ({ years }) => years),
      rate: Float64Array.from(terms, ({ rate }) => rate),
      yield: Float64Array.from(terms, (one) => one.yield),
      expiry,
      strike: Float64Array.from(rows, ({ option }) => option.strike),
      call: Uint8Array.from(rows, ({ option }) => (option.right === 'call' ? 1 : 0)),
      price: quoted,
    },
    out,
  );
  write(rows, out.status, out.volatility, { ...out, price: quoted }, figures);
}

function write(
  rows: readonly Row[],
  status: Uint8Array,
  volatility: Float64Array,
  columns: Omit<GreekColumns, 'status'>,
  figures: OptionFigures[],
): void {
  for (const [at, { i }] of rows.entries()) {
    const outcome = outcomeOf(status[at] ?? NO_QUOTE);
    figures[i] =
      outcome === 'ok'
        ? { outcome, volatility: volatility[at] ?? null, greeks: greeksOf(columns, at) }
        : { outcome, volatility: null, greeks: null };
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

function greeksOf(out: Omit<GreekColumns, 'status'>, i: number): OptionGreeks {
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
