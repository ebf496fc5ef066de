import type { ChainColumns } from '../american/chain-columns.ts';
import type { DiscreteDividend } from './model.ts';

/** One expiry of one underlying. */
export interface SliceTerms {
  readonly years: number;
  readonly rate: number;
  readonly yield: number;
  readonly dividends: readonly DiscreteDividend[];
}

/** The caller's outputs of `DividendSlice.implied`: those of a chain without dividends; zeros where the status is not `ok`. */
export type SliceColumns = ChainColumns;
