import {
  newGreekColumns,
  newOptionColumns,
  type GreekColumns,
  type OptionColumns,
  portablePriceColumns,
} from '@trading-agent/pricing';
import type { HeldOption } from '@trading-agent/portfolio';
import type { EarlyExercise, RiskContext, ValuationTerms } from './context.ts';

/** What small moves change, in dollars. */
export interface Greeks {
  /** A move of 1% of the underlying's price. */
  readonly delta: number;
  /** How much that figure changes with such a move. */
  readonly gamma: number;
  /** A point of volatility. */
  readonly vega: number;
  /** A day. */
  readonly theta: number;
}

/** Greeks, and what each cell of the stress grid changes, in dollars. */
export interface Sensitivities {
  readonly greeks: Greeks;
  /** By spot, volatility and days as configured, the last one running fastest. */
  readonly stress: Float64Array;
}

export const NO_GREEKS: Greeks = { delta: 0, gamma: 0, vega: 0, theta: 0 };

/**
 * Greeks and stress of options of one underlying at its present price and at each option's own implied volatility, with the rate, borrow fee and
 * dividends of its expiry. The value is the European one, never below intrinsic value, plus what early exercise is worth where it is worth much.
 * @param shares of the underlying itself, signed
 * @returns `null` when the price of the underlying or a volatility is not known: then the risk is not known either.
 */
export function sensitivitiesOf(
  underlying: string,
  options: readonly HeldOption[],
  shares: number,
  context: SensitivityContext,
): Sensitivities | null {
  const valued = valuedAt(underlying, options, shares, context);
  return valued === null ? null : computed(valued, gridOf(context.limits.stress));
}

type SensitivityContext = Pick<RiskContext, 'market' | 'valuation' | 'limits'>;

interface ValuedOption extends HeldOption {
  readonly volatility: number;
  readonly terms: ValuationTerms;
  readonly early: EarlyExercise | null;
}

/** Everything that the sensitivities of one underlying follow from, besides the grid. */
interface Valued {
  readonly spot: number;
  readonly shares: number;
  readonly options: readonly ValuedOption[];
}

interface Kept {
  readonly valued: Valued;
  readonly sensitivities: Sensitivities | null;
}

const kept = new WeakMap<RiskContext['limits']['stress'], Map<string, Kept>>();

/** The same as `sensitivitiesOf`, for what is held: computed anew only when a price, a volatility, the time or what is held has changed. */
export function heldSensitivitiesOf(
  underlying: string,
  options: readonly HeldOption[],
  shares: number,
  context: SensitivityContext,
): Sensitivities | null {
  const { stress } = context.limits;
  const valued = valuedAt(underlying, options, shares, context);
  if (valued === null) return null;
  let byUnderlying = kept.get(stress);
  if (byUnderlying === undefined) kept.set(stress, (byUnderlying = new Map()));
  const last = byUnderlying.get(underlying);
  if (last !== undefined && isSame(last.valued, valued)) return last.sensitivities;
  const sensitivities = computed(valued, gridOf(stress));
  byUnderlying.set(underlying, { valued, sensitivities });
  return sensitivities;
}

function isSame(a: Valued, b: Valued): boolean {
  return (
    a.spot === b.spot &&
    a.shares === b.shares &&
    a.options.length === b.options.length &&
    a.options.every((one, index) => {
      const other = b.options[index];
      return (
        one.contract === other?.contract &&
        one.quantity === other.quantity &&
        one.volatility === other.volatility &&
        isSameTerms(one.terms, other.terms)
      );
    })
  );
}

function isSameTerms(a: ValuationTerms, b: ValuationTerms): boolean {
  return a === b || (a.years === b.years && a.rate === b.rate && a.yield === b.yield && a.dividends === b.dividends);
}

function valuedAt(
  underlying: string,
  options: readonly HeldOption[],
  shares: number,
  { market, valuation }: SensitivityContext,
): Valued | null {
  const spot = market.price(underlying);
  if (spot === null || !(spot > 0)) return null;
  const valued: ValuedOption[] = [];
  for (const { contract, quantity } of options) {
    const volatility = valuation.volatility(contract);
    const terms = valuation.terms(contract);
    if (volatility === null || !(volatility > 0) || !isUsable(terms)) return null;
    valued.push({ contract, quantity, volatility, terms, early: valuation.earlyExercise(contract) });
  }
  return { spot, shares, options: valued };
}

function isUsable({ years, rate, yield: borrow, dividends }: ValuationTerms): boolean {
  return Number.isFinite(years) && Number.isFinite(rate) && Number.isFinite(borrow) && Number.isFinite(dividends);
}

function computed({ spot, shares, options }: Valued, grid: Grid): Sensitivities | null {
  const rows = grid.spot.length;
  const { columns, volatilities, figures } = room(options.length * rows);
  let row = 0;
  for (const { contract, volatility, terms } of options) {
    columns.strike.fill(contract.strike, row, row + rows);
    columns.call.fill(contract.right === 'call' ? 1 : 0, row, row + rows);
    columns.rate.fill(terms.rate, row, row + rows);
    columns.yield.fill(terms.yield, row, row + rows);
    for (let cell = 0; cell < rows; cell++, row++) {
      // What is paid out before expiry is no part of what the option is written on.
      columns.spot[row] = Math.max(spot * (grid.spot[cell] ?? 1) - terms.dividends, LEAST_SPOT * spot);
      const left = terms.years - (grid.years[cell] ?? 0);
      columns.years[row] = left > 0 ? left : 0;
      volatilities[row] = volatility * (grid.volatility[cell] ?? 1);
    }
  }
  portablePriceColumns(row, columns, volatilities, figures);

  const stress = new Float64Array(rows - 1);
  for (let cell = 1; cell < rows; cell++) stress[cell - 1] = shares * spot * ((grid.spot[cell] ?? 1) - 1);
  let [delta, gamma, vega, theta] = [shares * spot * 0.01, 0, 0, 0];
  for (const [index, { contract, quantity, volatility, terms, early }] of options.entries()) {
    const size = quantity * contract.multiplier;
    const phi = contract.right === 'call' ? 1 : -1;
    const base = index * rows;
    const more = earlyGreeks(early, spot, volatility, terms.years);
    const now = Math.max((figures.price[base] ?? Number.NaN) + more.premium, phi * (spot - contract.strike));
    if (!Number.isFinite(now)) return null;
    delta += size * ((figures.delta[base] ?? 0) + more.delta) * spot * 0.01;
    gamma += size * ((figures.gamma[base] ?? 0) + more.gamma) * spot * spot * 1e-4;
    vega += size * ((figures.vega[base] ?? 0) + more.vega);
    theta += size * ((figures.theta[base] ?? 0) + more.theta);
    for (let cell = 1; cell < rows; cell++) {
      const moved = spot * (grid.spot[cell] ?? 1);
      const intrinsic = phi * (moved - contract.strike);
      let then = figures.price[base + cell] ?? Number.NaN;
      if (early !== null) {
        // In the proportion of the time that is left: it falls no faster than that, but for the last days.
        const left = Math.max(0, 1 - (grid.years[cell] ?? 0) / terms.years);
        then += left * early.premium(moved, volatility * (grid.volatility[cell] ?? 1));
      }
      stress[cell - 1] = (stress[cell - 1] ?? 0) + size * (Math.max(then, intrinsic) - now);
    }
  }
  return { greeks: { delta, gamma, vega, theta }, stress };
}

/** Of the price of the underlying: what dividends leave of it at least. */
const LEAST_SPOT = 1e-4;
/** Of the price, and of the volatility, for differences. */
const PRICE_BUMP = 0.005;
const VOLATILITY_BUMP = 0.01;
const NOTHING_MORE = { premium: 0, delta: 0, gamma: 0, vega: 0, theta: 0 };

/** The early exercise premium and its differences, in the units of the batch: vega a point of volatility, theta a day. */
function earlyGreeks(
  early: EarlyExercise | null,
  spot: number,
  volatility: number,
  years: number,
): Greeks & { readonly premium: number } {
  if (early === null) return NOTHING_MORE;
  const premium = early.premium(spot, volatility);
  const width = PRICE_BUMP * spot;
  const up = early.premium(spot + width, volatility);
  const down = early.premium(spot - width, volatility);
  const bump = VOLATILITY_BUMP * volatility;
  return {
    premium,
    delta: (up - down) / (2 * width),
    gamma: (up - 2 * premium + down) / (width * width),
    vega: ((early.premium(spot, volatility + bump) - early.premium(spot, volatility - bump)) / (2 * bump)) * 0.01,
    theta: years > 0 ? -premium / (365 * years) : 0,
  };
}

/** The cells of the stress grid as factors on the price, factors on volatility and years that pass; the first one is now. */
interface Grid {
  readonly spot: Float64Array;
  readonly volatility: Float64Array;
  readonly years: Float64Array;
}

const grids = new WeakMap<RiskContext['limits']['stress'], Grid>();

function gridOf(stress: RiskContext['limits']['stress']): Grid {
  const known = grids.get(stress);
  if (known !== undefined) return known;
  const cells = [
    [1, 1, 0] as const,
    ...stress.spot.flatMap((spot) =>
      stress.volatility.flatMap((volatility) => stress.days.map((days) => [1 + spot, volatility, days / 365] as const)),
    ),
  ];
  const grid: Grid = {
    spot: Float64Array.from(cells, ([spot]) => spot),
    volatility: Float64Array.from(cells, ([, volatility]) => volatility),
    years: Float64Array.from(cells, ([, , years]) => years),
  };
  grids.set(stress, grid);
  return grid;
}

interface Room {
  readonly columns: OptionColumns;
  readonly volatilities: Float64Array;
  readonly figures: GreekColumns;
}

let rooms: { readonly size: number; readonly room: Room } | null = null;

/** Columns for `size` rows, kept between calls: every row is written before it is read. */
function room(size: number): Room {
  if (rooms === null || rooms.size < size) {
    const grown = Math.max(size, 1_024);
    rooms = {
      size: grown,
      room: {
        columns: newOptionColumns(grown),
        volatilities: new Float64Array(grown),
        figures: newGreekColumns(grown),
      },
    };
  }
  return rooms.room;
}

export function plus(a: Greeks, b: Greeks, times = 1): Greeks {
  return {
    delta: a.delta + times * b.delta,
    gamma: a.gamma + times * b.gamma,
    vega: a.vega + times * b.vega,
    theta: a.theta + times * b.theta,
  };
}
