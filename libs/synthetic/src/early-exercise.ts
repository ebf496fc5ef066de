import { DividendSlice } from '@trading-agent/pricing';
import { exp } from './arithmetic.ts';
import { blackValue } from './black.ts';
import { type Slice, totalVariance } from './surface.ts';

/** Standardised log-moneyness of the table's points, from -5 to 5. */
const STEP = 0.5;
const POINTS = 21;
const MIDDLE = 10;
/** Premiums are kept in whole millionths of the spot. */
const UNIT = 1e-6;

export interface EarlyExerciseInput {
  readonly slice: Slice;
  readonly spot: number;
  readonly rate: number;
  /** Years to the ex-date and cash, those before the expiry. */
  readonly dividends: readonly { readonly years: number; readonly cash: number }[];
}

/**
 * What the right to exercise early adds to the options of one expiry, by right and standardised moneyness ln(strike / forward) / sqrt θ,
 * as a fraction of the spot: the pricing library's American value with discrete dividends less the European one at the same volatility.
 * Made once a session and expiry and interpolated. The pricing library counts on the machine's exponential; its last digits are rounded
 * off here, before they can reach a quote.
 */
export class EarlyExercise {
  readonly #put = new Float64Array(POINTS);
  readonly #call = new Float64Array(POINTS);

  constructor({ slice, spot, rate, dividends }: EarlyExerciseInput) {
    const { years, theta, forward } = slice;
    // Without interest a put, without dividends a call, is never worth more dead than alive.
    const rights = [...(rate > 0 ? [false] : []), ...(dividends.length > 0 ? [true] : [])];
    if (rights.length === 0 || years <= 0) return;
    const terms = { years, rate, yield: 0, dividends: dividends.map((one) => ({ ...one, proportion: 0 })) };
    const american = new DividendSlice(terms, spot);
    for (let point = 0; point < POINTS; point += 1) {
      const k = (point - MIDDLE) * STEP * Math.sqrt(theta);
      const strike = forward * exp(k);
      const variance = totalVariance(slice, k);
      const volatility = Math.sqrt(variance / years);
      if (!(volatility > 0.01 && volatility < 3.5)) continue;
      for (const call of rights) {
        const more = american.price(spot, strike, call, volatility) - blackValue(slice, k, strike, variance, call);
        (call ? this.#call : this.#put)[point] = UNIT * Math.round(Math.max(0, more) / (spot * UNIT));
      }
    }
  }

  /** Fraction of the spot for a contract at log-moneyness `k` of a slice whose θ has the square root `rootTheta`. */
  premium(k: number, rootTheta: number, call: boolean): number {
    const table = call ? this.#call : this.#put;
    const at = Math.min(POINTS - 1, Math.max(0, k / (STEP * rootTheta) + MIDDLE));
    const low = Math.min(POINTS - 2, Math.floor(at));
    const share = at - low;
    return (table[low] ?? 0) * (1 - share) + (table[low + 1] ?? 0) * share;
  }
}
