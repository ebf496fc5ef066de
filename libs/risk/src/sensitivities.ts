import {
  newGreekColumns,
  newOptionColumns,
  type GreekColumns,
  type OptionColumns,
  portablePriceColumns,
} from '@trading-agent/pricing';
import type { HeldOption } from '@trading-agent/portfolio';
import type { RiskContext } from './context.ts';

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
 * Greeks and stress of options of one underlying at its present price and at each option's own implied volatility, by the European model without
 * interest and dividends, never below intrinsic value: differences of values are what counts here, and early exercise hardly changes them.
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
  readonly years: number;
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
        one.years === other.years
      );
    })
  );
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
    const years = valuation.years(contract);
    if (volatility === null || !(volatility > 0) || !Number.isFinite(years)) return null;
    valued.push({ contract, quantity, volatility, years });
  }
  return { spot, shares, options: valued };
}

function computed({ spot, shares, options }: Valued, grid: Grid): Sensitivities | null {
  const rows = grid.spot.length;
  const { columns, volatilities, figures } = room(options.length * rows);
  let row = 0;
  for (const { contract, volatility, years } of options) {
    columns.strike.fill(contract.strike, row, row + rows);
    columns.call.fill(contract.right === 'call' ? 1 : 0, row, row + rows);
    for (let cell = 0; cell < rows; cell++, row++) {
      columns.spot[row] = spot * (grid.spot[cell] ?? 1);
      const left = years - (grid.years[cell] ?? 0);
      columns.years[row] = left > 0 ? left : 0;
      volatilities[row] = volatility * (grid.volatility[cell] ?? 1);
    }
  }
  portablePriceColumns(row, columns, volatilities, figures);

  const stress = new Float64Array(rows - 1);
  for (let cell = 1; cell < rows; cell++) stress[cell - 1] = shares * spot * ((grid.spot[cell] ?? 1) - 1);
  let [delta, gamma, vega, theta] = [shares * spot * 0.01, 0, 0, 0];
  for (const [index, { contract, quantity }] of options.entries()) {
    const size = quantity * contract.multiplier;
    const phi = contract.right === 'call' ? 1 : -1;
    const base = index * rows;
    const now = Math.max(figures.price[base] ?? Number.NaN, phi * (spot - contract.strike));
    if (!Number.isFinite(now)) return null;
    delta += size * (figures.delta[base] ?? 0) * spot * 0.01;
    gamma += size * (figures.gamma[base] ?? 0) * spot * spot * 1e-4;
    vega += size * (figures.vega[base] ?? 0);
    theta += size * (figures.theta[base] ?? 0);
    for (let cell = 1; cell < rows; cell++) {
      const intrinsic = phi * ((columns.spot[base + cell] ?? 0) - contract.strike);
      const then = Math.max(figures.price[base + cell] ?? Number.NaN, intrinsic);
      stress[cell - 1] = (stress[cell - 1] ?? 0) + size * (then - now);
    }
  }
  return { greeks: { delta, gamma, vega, theta }, stress };
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

/** Columns for `size` rows, kept between calls: every row is written before it is read, but for rate and yield, which stay 0. */
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
