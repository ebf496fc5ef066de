import type { VolatilityColumns } from '../european/columns.ts';

/** Quotes of one underlying at one instant, structure of arrays; the contracts of an expiry need not be together. */
export interface ChainQuotes {
  readonly spot: number;
  /** By expiry: years of 365 days, continuously compounded rate and yield. */
  readonly years: Float64Array;
  readonly rate: Float64Array;
  readonly yield: Float64Array;
  /** By contract: index of its expiry, strike, 1 for a call and 0 for a put, quote in dollars per share. */
  readonly expiry: Int32Array;
  readonly strike: Float64Array;
  readonly call: Uint8Array;
  readonly price: Float64Array;
}

/** The caller's output arrays; units as in `OptionGreeks`; zeros where the status is not `ok`, but for `exercise-region` (delta ±1). */
export interface ChainColumns extends VolatilityColumns {
  readonly delta: Float64Array;
  readonly gamma: Float64Array;
  readonly vega: Float64Array;
  readonly theta: Float64Array;
  readonly rho: Float64Array;
}

export function newChainColumns(count: number): ChainColumns {
  const column = (): Float64Array => new Float64Array(count);
  return {
    volatility: column(),
    delta: column(),
    gamma: column(),
    vega: column(),
    theta: column(),
    rho: column(),
    status: new Uint8Array(count),
  };
}

/** Zeros for one row; its status stays. */
export function clearFigures(out: ChainColumns, at: number): void {
  out.volatility[at] = 0;
  out.delta[at] = 0;
  out.gamma[at] = 0;
  out.vega[at] = 0;
  out.theta[at] = 0;
  out.rho[at] = 0;
}
