import { certainPrice, discreteDividendPrice } from './dividend-price.ts';
import { ALONE, ALONE_NEAR, CLOSE, CLOSEST, RATE, RATE_NEAR, ROUGH } from './heat-resolution.ts';
import type { DividendOption } from './model.ts';
import type { SliceColumns, SliceTerms } from './slice-columns.ts';

/** Of rate, for its greek: to both sides. */
const RATE_BUMP = 5e-4;
/** Beyond this total deviation no volatility is looked for: the price is its bound but for a few per cent, and the grids are coarse. */
export const MOST_SOUGHT_DEVIATION = 3;
/** Beyond it the coarse grid's cells are too wide for the dividends. */
const WIDE_DEVIATION = 1.5;
const MOST_SOLVES = 40;
const MOST_ROUNDS = 8;
const MOST_LAST_STEP = 0.2;
/** The last solves lie this share of the volatility to both sides: vega is their difference, and the last step theirs. */
const HALF_WIDTH = 0.004;
/** Where the contract is exercised at the lower of them. */
const NARROWING = 0.5;
/** A step this short, of volatility, leads to the last solves. */
const NEAR = 0.03;
/** Of spot: what the last step may be off by. */
const SETTLED = 2e-6;
/** Of the goal: a smaller root tells no slope, and the volatility is widened. */
const UNTOLD = 0.1;
const WIDENING = 1.2;
const LEAST_MOVE = 0.02;
const MOST_RISE = 1.3;
const MOST_FALL = 0.75;
/** So many cells of the coarse grid from the exercise boundary its place decides the value, and the finest grid is asked. */
const NEAR_CELLS = 4;
/** Of a cell's width in dollars: less time value lies next to the bend of a call exercised before a dividend. */
const BEND = 0.3;

interface Quote {
  readonly option: Omit<DividendOption, 'volatility'>;
  readonly price: number;
  /** The certain value. */
  readonly least: number;
  /** Root of what the price exceeds it by. */
  readonly goal: number;
  readonly most: number;
}

/**
 * Implied volatility and greeks of one contract on solves of the contract itself. Deep in the money the American value bends at the
 * exercise boundary and the lattice of a slice would smear the bend. The search is a secant on the root of what the price exceeds the
 * certain value by, which near the boundary is linear in volatility. Greeks are central differences on the grid that gave the value.
 * `late`: the coarse grid does not see the dividends well. `alone`: no chain to share the time with, finer grids. False, with nothing written, when no volatility up to a total deviation of 3 gives the price.
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
  late: boolean,
  alone: boolean,
  out: SliceColumns,
): boolean {
  const option = { ...terms, spot, strike, right: call ? 'call' : 'put', exercise: 'american' } as const;
  const least = certainPrice({ ...option, volatility: 0 });
  if (!(price > least)) return false;
  const most = MOST_SOUGHT_DEVIATION / Math.sqrt(terms.years);
  const quote = { option, price, least, goal: Math.sqrt(price - least), most };
  const near = search(quote, forwardPrice, Math.min(guess, 0.9 * most));
  if (near === undefined) return false;
  return finish(quote, i, near, late, alone, out);
}

/** The lower rate of the difference: not below 0 from above, where exercise may pay between two prices only, which another method solves. */
const lowerRate = (rate: number): number => (rate >= 0 ? Math.max(rate - RATE_BUMP, 0) : rate - RATE_BUMP);

/** A volatility a few per cent from the one sought, or undefined. */
function search({ option, price, least, goal, most }: Quote, forwardPrice: number, guess: number): number | undefined {
  const { spot } = option;
  let volatility = guess;
  let low = 0;
  let high = most;
  let last = 0;
  let lastRoot = 0;
  for (let solve = 0; solve < MOST_SOLVES && high > low; solve += 1) {
    const value = discreteDividendPrice({ ...option, volatility }, ROUGH);
    if (value.kind !== 'ok' && value.kind !== 'exercise-region') return undefined;
    const root = rootOf(value.price, least);
    const miss = root - goal;
    if (miss > 0) high = volatility;
    else low = volatility;
    if (Math.abs(value.price - price) < SETTLED * spot && Math.abs(miss) < 0.05 * goal) return volatility;
    const measured = lastRoot > UNTOLD * goal ? (root - lastRoot) / (volatility - last) : 0;
    const slope =
      measured > 0 ? measured : root > UNTOLD * goal ? blackVega(option, forwardPrice, volatility) / (2 * root) : 0;
    const step = slope > 0 ? -miss / slope : 0;
    if (slope > 0 && Math.abs(step) < NEAR * volatility && volatility + step < most) return volatility + step;
    last = volatility;
    lastRoot = root;
    let next = root > UNTOLD * goal && slope > 0 ? volatility + step : volatility * WIDENING;
    // Black's vega is far too steep next to the boundary: the step that measures the slope must go some way.
    if (measured <= 0 && Math.abs(next / volatility - 1) < LEAST_MOVE)
      next = volatility * (1 - Math.sign(miss) * LEAST_MOVE);
    next = Math.min(Math.max(next, MOST_FALL * volatility), MOST_RISE * volatility);
    if (!(next > low && next < high)) next = 0.5 * (low + high);
    volatility = next;
  }
  return undefined;
}

const rootOf = (price: number, least: number): number => Math.sqrt(Math.max(price - least, 0));

/** Per 1.00 of volatility, of the option as if European on its forward. */
function blackVega(option: Quote['option'], forwardPrice: number, volatility: number): number {
  const { spot, strike, years, rate } = option;
  const forward = Math.max(forwardPrice, 1e-3 * spot);
  const root = Math.sqrt(years);
  const d = Math.log(forward / strike) / (volatility * root) + 0.5 * volatility * root;
  return Math.exp(-rate * years) * forward * root * 0.3989422804014327 * Math.exp(-0.5 * d * d);
}

/** Whether the exercise boundary lies so near that the coarse grid is not to be trusted. */
function nearBoundary({ option, goal }: Quote, volatility: number): boolean {
  const { spot, strike, rate, years } = option;
  const sign = option.right === 'call' ? 1 : -1;
  const spacing = (volatility * Math.sqrt(years)) / CLOSE.perDeviation;
  // Exercise just before a dividend bends a call's value, and so little time rounds the bend within less than the cells.
  const soon = sign > 0 ? (1.5 * spacing) / volatility : 0;
  if (goal * goal < BEND * spacing * spot && option.dividends.some((one) => Math.sqrt(one.years) < soon)) return true;
  const bend = (-sign * (rate * strike - option.yield * spot)) / (0.5 * volatility * volatility);
  return goal * goal < 0.5 * bend * (NEAR_CELLS * spacing) ** 2;
}

/** The last step and the greeks, from solves to both sides of a volatility nearby; rho from solves to both sides of the rate. */
function finish(quote: Quote, i: number, near: number, late: boolean, alone: boolean, out: SliceColumns): boolean {
  const { option, least, goal, most } = quote;
  const { spot, rate } = option;
  const wide = near * Math.sqrt(option.years) > WIDE_DEVIATION;
  const next = late || wide || nearBoundary(quote, near);
  const resolution = alone ? (next ? ALONE_NEAR : ALONE) : next ? CLOSEST : CLOSE;
  const forRho = next ? RATE_NEAR : RATE;
  let volatility = near;
  let width = HALF_WIDTH;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const up = discreteDividendPrice({ ...option, volatility: volatility * (1 + width) }, resolution);
    const down = discreteDividendPrice({ ...option, volatility: volatility * (1 - width) }, resolution);
    if (up.kind === 'no-quote' || down.kind === 'no-quote') return false;
    const upRoot = rootOf(up.price, least);
    const downRoot = rootOf(down.price, least);
    // Exercised at one of them: its root says nothing of the slope, and the answer lies above it.
    if (downRoot === 0) {
      volatility *= 1 + Math.min(goal / upRoot, 2) * width;
      if (upRoot > 0) width *= NARROWING;
      continue;
    }
    if (up.kind !== 'ok') return false;
    const slope = (upRoot - downRoot) / (2 * width * volatility);
    if (!(slope > 0)) return false;
    const step = (goal - 0.5 * (upRoot + downRoot)) / slope;
    // The secant is exact to the second order: what is left after the step is about its square, in volatilities or, of a steep root, in roots.
    const moved = slope * Math.abs(step);
    const left = Math.max(2 * goal * moved * (Math.abs(step) / volatility + width), moved * moved);
    if (left < SETTLED * spot && Math.abs(step) < NEAR * volatility) {
      const found = volatility + step;
      const lower = lowerRate(rate);
      const dearer = discreteDividendPrice({ ...option, rate: rate + RATE_BUMP, volatility: found }, forRho);
      const cheaper = discreteDividendPrice({ ...option, rate: lower, volatility: found }, forRho);
      // Greeks move with the step, as far as the solves tell.
      const at = 0.5 + step / (2 * width * volatility);
      const between = (name: 'delta' | 'gamma' | 'theta'): number => at * up[name] + (1 - at) * down[name];
      out.volatility[i] = found;
      out.delta[i] = between('delta');
      out.gamma[i] = between('gamma');
      out.theta[i] = between('theta');
      out.vega[i] = 0.01 * 2 * goal * slope;
      out.rho[i] = (0.01 * (dearer.price - cheaper.price)) / (rate + RATE_BUMP - lower);
      return true;
    }
    volatility += Math.max(-MOST_LAST_STEP * volatility, Math.min(MOST_LAST_STEP * volatility, step));
    if (!(volatility < most)) return false;
  }
  return false;
}
