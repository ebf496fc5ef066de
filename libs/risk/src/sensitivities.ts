import {
  newGreekColumns,
  newOptionColumns,
  type GreekColumns,
  type OptionColumns,
  priceColumns,
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
  context: Pick<RiskContext, 'market' | 'valuation' | 'limits'>,
): Sensitivities | null {
  const spot = context.market.price(underlying);
  if (spot === null || !(spot > 0)) return null;
  const grid = gridOf(context.limits.stress);
  const cells = grid.length;
  const { columns, volatilities, figures } = room(options.length * (cells + 1));
  for (const [index, { contract }] of options.entries()) {
    const volatility = context.valuation.volatility(contract);
    const years = context.valuation.years(contract);
    if (volatility === null || !(volatility > 0) || !Number.isFinite(years)) return null;
    for (let cell = -1; cell < cells; cell++) {
      const shock = grid[cell] ?? UNSHOCKED;
      const row = index * (cells + 1) + cell + 1;
      columns.spot[row] = spot * (1 + shock.spot);
      columns.strike[row] = contract.strike;
      columns.years[row] = Math.max(0, years - shock.days / 365);
      columns.rate[row] = 0;
      columns.yield[row] = 0;
      columns.call[row] = contract.right === 'call' ? 1 : 0;
      volatilities[row] = volatility * shock.volatility;
    }
  }
  priceColumns(options.length * (cells + 1), columns, volatilities, figures);

  const stress = new Float64Array(cells);
  for (const [cell, shock] of grid.entries()) stress[cell] = shares * spot * shock.spot;
  let [delta, gamma, vega, theta] = [shares * spot * 0.01, 0, 0, 0];
  for (const [index, { contract, quantity }] of options.entries()) {
    const size = quantity * contract.multiplier;
    const base = index * (cells + 1);
    const now = worth(base, columns, figures);
    if (!Number.isFinite(now)) return null;
    delta += size * (figures.delta[base] ?? 0) * spot * 0.01;
    gamma += size * (figures.gamma[base] ?? 0) * spot * spot * 1e-4;
    vega += size * (figures.vega[base] ?? 0);
    theta += size * (figures.theta[base] ?? 0);
    for (let cell = 0; cell < cells; cell++) {
      stress[cell] = (stress[cell] ?? 0) + size * (worth(base + cell + 1, columns, figures) - now);
    }
  }
  return { greeks: { delta, gamma, vega, theta }, stress };
}

function worth(row: number, columns: OptionColumns, figures: GreekColumns): number {
  const beyond = (columns.spot[row] ?? 0) - (columns.strike[row] ?? 0);
  return Math.max(figures.price[row] ?? Number.NaN, 0, columns.call[row] === 1 ? beyond : -beyond);
}

interface Shock {
  readonly spot: number;
  readonly volatility: number;
  readonly days: number;
}

const UNSHOCKED: Shock = { spot: 0, volatility: 1, days: 0 };

const grids = new WeakMap<RiskContext['limits']['stress'], readonly Shock[]>();

function gridOf(stress: RiskContext['limits']['stress']): readonly Shock[] {
  const known = grids.get(stress);
  if (known !== undefined) return known;
  const grid = stress.spot.flatMap((spot) =>
    stress.volatility.flatMap((volatility) => stress.days.map((days) => ({ spot, volatility, days }))),
  );
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
