import { newVolatilityColumns, type OptionColumns } from './european/columns.ts';
import { impliedVolatilityColumns } from './european/implied-volatility-batch.ts';
import { NO_QUOTE, type Outcome, outcomeOf } from './european/outcomes.ts';
import type { OptionTerms } from './european.ts';

export interface ImpliedVolatilityInput extends OptionTerms {
  /** Option price in dollars per share; `null` (or anything not positive and finite) is no quote. */
  readonly price: number | null;
}

/** A volatility, or why there is none (see `OUTCOMES`; `exercise-region` is for American options only). */
export type ImpliedVolatility =
  | { readonly kind: 'ok'; readonly volatility: number }
  | { readonly kind: Exclude<Outcome, 'ok'> };

const row: OptionColumns = {
  spot: new Float64Array(1),
  strike: new Float64Array(1),
  years: new Float64Array(1),
  rate: new Float64Array(1),
  yield: new Float64Array(1),
  call: new Uint8Array(1),
};
const rowPrice = new Float64Array(1);
const found = newVolatilityColumns(1);

/** The volatility at which the European value equals `price`; for many contracts use `impliedVolatilityColumns`. Never throws, never NaN. */
export function impliedVolatility(input: ImpliedVolatilityInput): ImpliedVolatility {
  row.spot[0] = input.spot;
  row.strike[0] = input.strike;
  row.years[0] = input.years;
  row.rate[0] = input.rate;
  row.yield[0] = input.yield;
  row.call[0] = input.right === 'call' ? 1 : 0;
  rowPrice[0] = input.price ?? 0;
  impliedVolatilityColumns(1, row, rowPrice, found);
  const kind = outcomeOf(found.status[0] ?? NO_QUOTE);
  return kind === 'ok' ? { kind, volatility: found.volatility[0] ?? 0 } : { kind };
}
