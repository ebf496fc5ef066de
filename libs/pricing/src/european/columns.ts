import { TradingError } from '@trading-agent/core';

/** Contracts as structure of arrays: one element each per contract; units as in `OptionTerms`. */
export interface OptionColumns {
  readonly spot: Float64Array;
  readonly strike: Float64Array;
  /** Years of 365 days to expiry. */
  readonly years: Float64Array;
  /** Continuously compounded, decimal. */
  readonly rate: Float64Array;
  /** Continuously compounded, decimal. */
  readonly yield: Float64Array;
  /** 1 for a call, 0 for a put. */
  readonly call: Uint8Array;
}

/** The caller's output arrays of `priceColumns`; units as in `OptionGreeks`. */
export interface GreekColumns {
  readonly price: Float64Array;
  readonly delta: Float64Array;
  readonly gamma: Float64Array;
  readonly vega: Float64Array;
  readonly theta: Float64Array;
  readonly rho: Float64Array;
  /** Numbers of `OUTCOMES`. */
  readonly status: Uint8Array;
}

/** The caller's output arrays of `higherGreekColumns`. */
export interface HigherGreekColumns {
  /** Change of delta per 0.01 of volatility (equally: of vega per dollar of spot). */
  readonly vanna: Float64Array;
  /** Change of vega (per 0.01) per 0.01 of volatility. */
  readonly volga: Float64Array;
  /** Change of delta per calendar day. */
  readonly charm: Float64Array;
  readonly status: Uint8Array;
}

/** The caller's output arrays of the implied volatility batches. */
export interface VolatilityColumns {
  /** Annual, decimal; 0 where the status is not `ok`. */
  readonly volatility: Float64Array;
  readonly status: Uint8Array;
}

/** @throws {TradingError} `INVALID_VALUE` when a column is shorter than `count`: the one thing a batch refuses as a whole. */
export function assertColumns(count: number, columns: readonly { readonly length: number }[]): void {
  const short = columns.findIndex((column) => column.length < count);
  if (short < 0 && Number.isInteger(count) && count >= 0) return;
  throw new TradingError('INVALID_VALUE', `Expected columns of at least ${count} rows, column ${short} is shorter`, {
    hint: 'Give every input and output array at least `count` elements.',
  });
}

export function newGreekColumns(count: number): GreekColumns {
  return {
    price: new Float64Array(count),
    delta: new Float64Array(count),
    gamma: new Float64Array(count),
    vega: new Float64Array(count),
    theta: new Float64Array(count),
    rho: new Float64Array(count),
    status: new Uint8Array(count),
  };
}

export function newHigherGreekColumns(count: number): HigherGreekColumns {
  return {
    vanna: new Float64Array(count),
    volga: new Float64Array(count),
    charm: new Float64Array(count),
    status: new Uint8Array(count),
  };
}

export function newVolatilityColumns(count: number): VolatilityColumns {
  return { volatility: new Float64Array(count), status: new Uint8Array(count) };
}
