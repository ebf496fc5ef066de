import { TradingError } from '@trading-agent/core';
import {
  newGreekColumns,
  newHigherGreekColumns,
  newOptionColumns,
  type OptionTerms,
  writeContract,
} from './european/columns.ts';
import { portableHigherGreekColumns, portablePriceColumns } from './european/greeks-batch.ts';
import { NO_QUOTE } from './european/outcomes.ts';

export type { OptionTerms, Right } from './european/columns.ts';

export interface OptionInput extends OptionTerms {
  /** Annual volatility, decimal (0.357). Zero or less gives the value of the certain outcome. */
  readonly volatility: number;
}

/** Dollars per share of the underlying, in the units of the architecture page. */
export interface OptionGreeks {
  readonly price: number;
  readonly delta: number;
  readonly gamma: number;
  /** Per 0.01 of volatility. */
  readonly vega: number;
  /** Per calendar day. */
  readonly theta: number;
  /** Per 0.01 of the rate. */
  readonly rho: number;
}

/** Second-order sensitivities that traders name. */
export interface HigherGreeks {
  /** Change of delta per 0.01 of volatility. */
  readonly vanna: number;
  /** Change of vega (per 0.01) per 0.01 of volatility. */
  readonly volga: number;
  /** Change of delta per calendar day. */
  readonly charm: number;
}

// One row for the scalar doors: the batch kernels are the only arithmetic there is. The portable one, because single prices decide.
const row = newOptionColumns(1);
const rowVolatility = new Float64Array(1);
const figures = newGreekColumns(1);
const higher = newHigherGreekColumns(1);

function fill(input: OptionInput): void {
  writeContract(input, row);
  rowVolatility[0] = input.volatility;
}

function assertPriced(status: number | undefined, input: OptionInput): void {
  if (status !== NO_QUOTE) return;
  throw new TradingError(
    'INVALID_VALUE',
    `Expected a finite option with positive spot and strike and figures within the range of a double, was ${describe(input)}`,
    {
      hint: 'Skip contracts whose underlying has no price.',
    },
  );
}

function describe(input: OptionInput): string {
  return `S=${input.spot} K=${input.strike} T=${input.years} r=${input.rate} q=${input.yield} vol=${input.volatility}`;
}

/**
 * European option value (Black and Scholes 1973; Merton 1973 for the yield), dollars per share.
 * @throws {TradingError} `INVALID_VALUE` when an input or the value is not finite or spot or strike is not positive.
 */
export function optionPrice(input: OptionInput): number {
  return optionGreeks(input).price;
}

/**
 * Price and sensitivities of a European option. An expired or a certain (zero volatility) option has its limit values:
 * delta 0 or ±1 (discounted), half of it exactly at the money, no gamma and no vega. The same bits on every
 * machine. For many contracts use `priceColumns`.
 * @throws {TradingError} `INVALID_VALUE` when an input or a figure is not finite or spot or strike is not positive.
 */
export function optionGreeks(input: OptionInput): OptionGreeks {
  fill(input);
  portablePriceColumns(1, row, rowVolatility, figures);
  assertPriced(figures.status[0], input);
  return {
    price: figures.price[0] ?? 0,
    delta: figures.delta[0] ?? 0,
    gamma: figures.gamma[0] ?? 0,
    vega: figures.vega[0] ?? 0,
    theta: figures.theta[0] ?? 0,
    rho: figures.rho[0] ?? 0,
  };
}

/**
 * Vanna, volga and charm of a European option; zero for a certain or expired one, except what the yield takes off its delta. The same bits
 * on every machine.
 * @throws {TradingError} `INVALID_VALUE` when an input or a figure is not finite or spot or strike is not positive.
 */
export function optionHigherGreeks(input: OptionInput): HigherGreeks {
  fill(input);
  portableHigherGreekColumns(1, row, rowVolatility, higher);
  assertPriced(higher.status[0], input);
  return { vanna: higher.vanna[0] ?? 0, volga: higher.volga[0] ?? 0, charm: higher.charm[0] ?? 0 };
}
