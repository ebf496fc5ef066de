import { newOptionColumns, newVolatilityColumns, type OptionTerms, writeContract } from './european/columns.ts';
import { impliedVolatilityColumns } from './european/implied-volatility-batch.ts';
import { NO_QUOTE, type Outcome, outcomeOf } from './european/outcomes.ts';

export interface ImpliedVolatilityInput extends OptionTerms {
  /** Option price in dollars per share; `null` (or anything not positive and finite) is no quote. */
  readonly price: number | null;
}

/** A volatility, or why there is none (see `OUTCOMES`; `exercise-region` is for American options only). */
export type ImpliedVolatility =
  | { readonly kind: 'ok'; readonly volatility: number }
  | { readonly kind: Exclude<Outcome, 'ok'> };

const row = newOptionColumns(1);
const rowPrice = new Float64Array(1);
const found = newVolatilityColumns(1);

/** The volatility at which the European value equals `price`; for many contracts use `impliedVolatilityColumns`. Never throws, never NaN. */
export function impliedVolatility(input: ImpliedVolatilityInput): ImpliedVolatility {
  writeContract(input, row);
  rowPrice[0] = input.price ?? 0;
  impliedVolatilityColumns(1, row, rowPrice, found);
  const kind = outcomeOf(found.status[0] ?? NO_QUOTE);
  return kind === 'ok' ? { kind, volatility: found.volatility[0] ?? 0 } : { kind };
}
