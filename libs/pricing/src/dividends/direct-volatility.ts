import { discreteDividendPrice } from './dividend-price.ts';
import { CHAIN } from './heat-solver.ts';
import type { SliceColumns, SliceTerms } from './slice-columns.ts';

/** Of rate, for its greek. */
export const RATE_BUMP = 1e-3;
const MOST_REFINEMENTS = 8;
/** Of spot: a first solve this near is final. */
const SETTLED = 2e-6;
/** Of volatility: a secant step this short needs no solve after it. */
const SECANT_SETTLED = 0.01;

/**
 * Deep in the money the American value bends at the exercise boundary, and the lattice would smear the bend: there the volatility is
 * found on solves of the contract itself (two or three), and the greeks are theirs. False when it does not settle.
 */
export function directVolatility(
  terms: SliceTerms,
  forwardPrice: number,
  i: number,
  spot: number,
  strike: number,
  call: boolean,
  price: number,
  guess: number,
  out: SliceColumns,
): boolean {
  const option = { ...terms, spot, strike, right: call ? 'call' : 'put', exercise: 'american' } as const;
  let volatility = guess;
  const forward = Math.max(forwardPrice, 1e-3 * spot);
  const deviation = guess * Math.sqrt(terms.years);
  const d = Math.log(forward / strike) / deviation + 0.5 * deviation;
  let slope =
    Math.exp(-terms.rate * terms.years) *
    forward *
    Math.sqrt(terms.years) *
    0.3989422804014327 *
    Math.exp(-0.5 * d * d);
  let last = 0;
  let lastMiss = 0;
  for (let iteration = 0; iteration < MOST_REFINEMENTS; iteration += 1) {
    const value = discreteDividendPrice({ ...option, volatility }, CHAIN);
    const miss = value.price - price;
    if (iteration > 0 && Math.abs(volatility - last) > 1e-6) {
      const secant = (miss - lastMiss) / (volatility - last);
      if (secant > 0) slope = secant;
    }
    const near = iteration > 0 && Math.abs(miss) < SECANT_SETTLED * slope * volatility;
    if (value.kind === 'ok' && (near || Math.abs(miss) < SETTLED * spot)) {
      const rest = slope > 0 ? -miss / slope : 0;
      out.volatility[i] = volatility + Math.max(-0.02 * volatility, Math.min(0.02 * volatility, rest));
      out.delta[i] = value.delta;
      out.gamma[i] = value.gamma;
      out.theta[i] = value.theta;
      out.vega[i] = 0.01 * slope;
      const dearer = discreteDividendPrice({ ...option, rate: option.rate + RATE_BUMP, volatility }, CHAIN);
      out.rho[i] = (0.01 * (dearer.price - value.price)) / RATE_BUMP;
      return true;
    }
    last = volatility;
    lastMiss = miss;
    const step = slope > 0 ? -miss / slope : 0.2 * volatility;
    volatility +=
      value.kind === 'ok' ? Math.max(-0.25 * volatility, Math.min(0.3 * volatility, step)) : 0.1 * volatility;
  }
  return false;
}
