import { erf, lowerMillsRatio, normalCdf, normalDensity } from './normal.ts';

/**
 * Undiscounted Black (1976) value of the out-of-the-money side, from forward, strike and total standard deviation
 * `s = volatility * sqrt(years)` > 0. Written so that neither wing nor a small `s` loses relative accuracy:
 * deep out of the money as density times a difference of Mills ratios (F φ(d1) = K φ(d2)), else through erf.
 */
export function outOfTheMoneyValue(forward: number, strike: number, s: number): number {
  // By put-call symmetry the out-of-the-money put (F, K) is the out-of-the-money call (K, F).
  const low = Math.min(forward, strike);
  const high = Math.max(forward, strike);
  const d1 = Math.log(low / high) / s + 0.5 * s;
  const d2 = d1 - s;
  if (d1 <= 0) return Math.max(0, low * normalDensity(d1) * (lowerMillsRatio(d1) - lowerMillsRatio(d2)));
  const between = 0.5 * (erf(d1 * Math.SQRT1_2) - erf(d2 * Math.SQRT1_2));
  return Math.max(0, (low - high) * normalCdf(d1) + high * between);
}

/** How far `outOfTheMoneyValue` is below its supremum `min(F, K)`, as a sum of positive terms. */
export function outOfTheMoneyComplement(forward: number, strike: number, s: number): number {
  const low = Math.min(forward, strike);
  const high = Math.max(forward, strike);
  const d1 = Math.log(low / high) / s + 0.5 * s;
  return low * normalCdf(-d1) + high * normalCdf(d1 - s);
}

/** Derivative of the undiscounted value with respect to `s`: F φ(d1), the same for both sides. */
export function blackSlope(forward: number, strike: number, s: number): number {
  const low = Math.min(forward, strike);
  const d1 = Math.log(low / Math.max(forward, strike)) / s + 0.5 * s;
  return low * normalDensity(d1);
}
