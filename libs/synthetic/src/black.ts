import { normalCdf } from './arithmetic.ts';
import type { Slice } from './surface.ts';

/**
 * Value of a European option (F. Black, 1976) at log-moneyness `k` = ln(strike / forward) and total variance `variance`, dollars per
 * share. The pricing library's own formula gives the same to its last digits; this one gives the same digits on every machine.
 */
export function blackValue(slice: Slice, k: number, strike: number, variance: number, call: boolean): number {
  const { forward, discount } = slice;
  const deviation = Math.sqrt(variance);
  const d1 = -k / deviation + 0.5 * deviation;
  const d2 = d1 - deviation;
  // The side out of the money loses no digits to cancellation; the other follows by parity.
  const put = k < 0;
  const outside = put
    ? strike * normalCdf(-d2) - forward * normalCdf(-d1)
    : forward * normalCdf(d1) - strike * normalCdf(d2);
  const worth = Math.max(0, outside);
  return discount * (put === !call ? worth : worth + (call ? forward - strike : strike - forward));
}
