import { certainPrice, discreteDividendPrice, type DividendValue } from './dividend-price.ts';
import { CLOSE, CLOSEST } from './heat-solver.ts';
import type { DividendOption } from './model.ts';
import type { SliceColumns, SliceTerms } from './slice-columns.ts';

/** Of rate, for its greek. */
export const RATE_BUMP = 1e-3;
const MOST_REFINEMENTS = 12;
/** Of spot: a first solve this near is final. */
const SETTLED = 2e-6;
/** Of volatility: a secant step this short needs no solve after it. */
const SECANT_SETTLED = 0.01;
/** Of the goal: a smaller root tells no slope, and the volatility is widened. */
const UNTOLD = 0.1;
const WIDENING = 1.2;
const LEAST_MOVE = 0.02;
const MOST_RISE = 1.3;
const MOST_FALL = 0.75;
/** So many cells of the coarse grid from the exercise boundary its place decides the value, and the finest grid is asked. */
const NEAR_CELLS = 4;
const MOST_CORRECTIONS = 3;

/**
 * Deep in the money the American value bends at the exercise boundary, and the lattice would smear the bend: there the volatility is
 * found on solves of the contract itself, and the greeks are theirs. The search is a secant on the root of what the price exceeds the
 * certain value by, which near the boundary is linear in volatility. False when it does not settle.
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
  const least = certainPrice({ ...option, volatility: 0 });
  if (!(price > least)) return false;
  const goal = Math.sqrt(price - least);
  const rootOf = (value: DividendValue): number => Math.sqrt(Math.max(value.price - least, 0));
  let volatility = guess;
  let low = 0;
  let high = Infinity;
  let slope = 0;
  let last = 0;
  let lastRoot = 0;
  for (let iteration = 0; iteration < MOST_REFINEMENTS; iteration += 1) {
    const value = discreteDividendPrice({ ...option, volatility }, CLOSE);
    const root = rootOf(value);
    const miss = root - goal;
    if (value.kind !== 'ok' && value.kind !== 'exercise-region') return false;
    if (miss > 0) high = volatility;
    else low = volatility;
    const measured = lastRoot > UNTOLD * goal ? (root - lastRoot) / (volatility - last) : 0;
    slope =
      measured > 0
        ? measured
        : root > UNTOLD * goal
          ? blackVega(terms, forwardPrice, spot, strike, volatility) / (2 * root)
          : 0;
    const step = slope > 0 ? -miss / slope : 0;
    const exact = slope > 0 && Math.abs(value.price - price) < SETTLED * spot && Math.abs(miss) < 0.05 * goal;
    if (exact || (measured > 0 && Math.abs(step) < SECANT_SETTLED * volatility)) {
      return settle(option, i, value, volatility, step, slope, goal, least, out);
    }
    last = volatility;
    lastRoot = root;
    let next = root > UNTOLD * goal && slope > 0 ? volatility + step : volatility * WIDENING;
    // Black's vega is far too steep next to the boundary: the step that measures the slope must go some way.
    if (measured === 0 && Math.abs(next / volatility - 1) < LEAST_MOVE)
      next = volatility * (1 - Math.sign(miss) * LEAST_MOVE);
    next = Math.min(Math.max(next, MOST_FALL * volatility), MOST_RISE * volatility);
    if (!(next > low && next < high)) next = high < Infinity ? 0.5 * (low + high) : volatility * WIDENING;
    volatility = next;
  }
  return false;
}

/** Per 1.00 of volatility, of the option as if European on its forward. */
function blackVega(terms: SliceTerms, forwardPrice: number, spot: number, strike: number, volatility: number): number {
  const forward = Math.max(forwardPrice, 1e-3 * spot);
  const root = Math.sqrt(terms.years);
  const d = Math.log(forward / strike) / (volatility * root) + 0.5 * volatility * root;
  return Math.exp(-terms.rate * terms.years) * forward * root * 0.3989422804014327 * Math.exp(-0.5 * d * d);
}

/** The last step from a value nearby; next to the boundary, where the coarse grid is not to be trusted, on the finest. */
function settle(
  option: Omit<DividendOption, 'volatility'>,
  i: number,
  coarse: DividendValue,
  from: number,
  step: number,
  slope: number,
  goal: number,
  least: number,
  out: SliceColumns,
): boolean {
  const { spot, strike, rate, years } = option;
  let volatility = from + step;
  let value = coarse;
  const sign = option.right === 'call' ? 1 : -1;
  const spacing = (volatility * Math.sqrt(years)) / CLOSE.perDeviation;
  const bend = (-sign * (rate * strike - option.yield * spot)) / (0.5 * volatility * volatility);
  if (goal * goal < 0.5 * bend * (NEAR_CELLS * spacing) ** 2) {
    let settled = false;
    for (let round = 0; round < MOST_CORRECTIONS && !settled; round += 1) {
      value = discreteDividendPrice({ ...option, volatility }, CLOSEST);
      if (value.kind !== 'ok') return false;
      const correction = (goal - Math.sqrt(Math.max(value.price - least, 0))) / slope;
      settled = Math.abs(correction) < SECANT_SETTLED * volatility;
      volatility += Math.max(-0.05 * volatility, Math.min(0.05 * volatility, correction));
    }
    if (!settled) return false;
  }
  out.volatility[i] = volatility;
  out.delta[i] = value.delta;
  out.gamma[i] = value.gamma;
  out.theta[i] = value.theta;
  out.vega[i] = 0.01 * 2 * goal * slope;
  const dearer = discreteDividendPrice({ ...option, rate: rate + RATE_BUMP, volatility: from }, CLOSE);
  out.rho[i] = (0.01 * (dearer.price - coarse.price)) / RATE_BUMP;
  return true;
}
