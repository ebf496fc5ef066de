import type { DiscreteDividend } from './model.ts';

/** One expiry of one underlying. */
export interface SliceTerms {
  readonly years: number;
  readonly rate: number;
  readonly yield: number;
  readonly dividends: readonly DiscreteDividend[];
}

/** The caller's outputs of `DividendSlice.implied`; units as in `OptionGreeks`; zeros where the status is not `ok`. */
export interface SliceColumns {
  readonly volatility: Float64Array;
  readonly delta: Float64Array;
  readonly gamma: Float64Array;
  readonly vega: Float64Array;
  readonly theta: Float64Array;
  readonly rho: Float64Array;
  readonly status: Uint8Array;
}
