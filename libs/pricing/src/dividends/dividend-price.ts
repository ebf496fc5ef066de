import type { Outcome } from '../european/outcomes.ts';
import { normalCdf } from '../normal.ts';
import { finiteDifferencePrice } from './finite-difference.ts';
import { lagrange6, valueByContact } from './heat-interpolation.ts';
import { FAST, type HeatResolution } from './heat-resolution.ts';
import { type HeatProblem, HeatWorkspace, solveHeat } from './heat-solver.ts';
import { backwardDividends, type DividendOption, termsUsable } from './model.ts';

/** Dollars per share; theta per calendar day, as elsewhere in this package. */
export interface DividendValue {
  readonly kind: Extract<Outcome, 'ok' | 'exercise-region' | 'no-quote' | 'expired'>;
  readonly price: number;
  readonly delta: number;
  readonly gamma: number;
  readonly theta: number;
}

/** Below this total deviation (and above the other) the grid is not asked: the outcome is certain, or the price is its bound. */
const LEAST_DEVIATION = 1e-6;
const MOST_DEVIATION = 6;
/** Deviations that the carry moves the price by, at most, for a grid to hold both; and how far from the strike an end is certain. */
const MOST_DRIFT = 40;
const FAR_DEVIATIONS = 10;
const ROOT_TWO_PI = 1 / Math.sqrt(2 * Math.PI);
/** A price beyond this is no price. */
const MOST_PRICE = 1e100;
const DAYS = 365;
/** Next to the exercise boundary the grid is finer by so much. */
const NEAR_REFINEMENT = 2.5;
const CELLS_INSIDE = 2;
/** Time value, in strikes, that counts as none. */
const AT_EXERCISE = 1e-7;

const NO_VALUE: DividendValue = { kind: 'no-quote', price: 0, delta: 0, gamma: 0, theta: 0 };

const work = new HeatWorkspace();

/**
 * True when no dividend left can make exercising a call pay: with rate >= 0 and no continuous yield a call is only ever exercised just
 * before a dividend, and then only when the dividend exceeds the interest on the strike until the next one (Merton 1973; Roll 1977).
 */
function callNeverExercised(
  strike: number,
  years: number,
  rate: number,
  yieldRate: number,
  events: readonly { readonly years: number; readonly cash: number; readonly proportion: number }[],
): boolean {
  if (rate < 0 || yieldRate > 0) return false;
  let next = years;
  for (const one of events) {
    if (one.proportion > 0 || one.cash > -strike * Math.expm1(-rate * (next - one.years))) return false;
    next = one.years;
  }
  return true;
}

/** The solver's view of an option: per unit of strike, dividends nearest to expiry first. */
export function heatProblem(option: DividendOption, low: number, high: number, margin: number): HeatProblem {
  const { strike, years, rate } = option;
  const events = backwardDividends(option.dividends, years);
  const american =
    option.exercise === 'american' &&
    !(option.right === 'call' && callNeverExercised(strike, years, rate, option.yield, events));
  const count = events.length;
  const eventYears = new Float64Array(count);
  const eventCash = new Float64Array(count);
  const eventProportion = new Float64Array(count);
  for (let k = 0; k < count; k += 1) {
    const { years: at = 0, cash = 0, proportion = 0 } = events[k] ?? {};
    eventYears[k] = at;
    eventCash[k] = cash / strike;
    eventProportion[k] = proportion;
  }
  return {
    sign: option.right === 'call' ? 1 : -1,
    american,
    volatility: option.volatility,
    years,
    rate,
    yield: option.yield,
    events: count,
    eventYears,
    eventCash,
    eventProportion,
    low,
    high,
    margin,
  };
}

/**
 * The one instant within `span` years at which exercise at a certain price can pay more than at both ends, or 0: sign (p e^(-qs) -
 * K e^(-rs)) is stationary where e^((q - r) s) = qp/(rK): greatest for a put at q > r > 0, for a call at r > q > 0.
 */
function stationaryInstant(price: number, { strike, rate, yield: pays }: DividendOption, span: number): number {
  const ratio = (pays * price) / (rate * strike);
  if (!(ratio > 0) || pays === rate) return 0;
  const at = Math.log(ratio) / (pays - rate);
  return at > 0 && at < span ? at : 0;
}

/** The value when nothing is uncertain: the best of holding to expiry and of exercising at any instant at which that can pay. */
export function certainPrice(option: DividendOption): number {
  const sign = option.right === 'call' ? 1 : -1;
  const { strike, rate, years } = option;
  const carry = rate - option.yield;
  const american = option.exercise === 'american';
  let best = american ? Math.max(sign * (option.spot - strike), 0) : 0;
  let price = option.spot;
  let at = 0;
  const within = (span: number): void => {
    const s = stationaryInstant(price, option, span);
    if (s > 0) best = Math.max(best, sign * (price * Math.exp(carry * s) - strike) * Math.exp(-rate * (at + s)));
  };
  const events = backwardDividends(option.dividends, years);
  for (let k = events.length - 1; k >= 0; k -= 1) {
    const one = events[k];
    if (one === undefined) break;
    if (american) within(one.years - at);
    price *= Math.exp(carry * (one.years - at));
    at = one.years;
    const discount = Math.exp(-rate * at);
    if (american) best = Math.max(best, sign * (price - strike) * discount);
    price = Math.max(price * (1 - one.proportion) - one.cash, 0);
    if (american) best = Math.max(best, sign * (price - strike) * discount);
  }
  if (american) within(years - at);
  price *= Math.exp(carry * (years - at));
  return Math.max(best, sign * (price - strike) * Math.exp(-rate * years));
}

const finite = (option: DividendOption): boolean =>
  [option.spot, option.strike, option.volatility].every((one) => Number.isFinite(one)) &&
  option.spot < MOST_PRICE &&
  option.strike < MOST_PRICE &&
  termsUsable(option);

const certain = (option: DividendOption, kind: 'ok' | 'expired'): DividendValue => {
  const at = kind === 'expired' ? { ...option, years: 0, dividends: [] } : option;
  const price = certainPrice(at);
  const { spot, strike, rate } = option;
  const sign = option.right === 'call' ? 1 : -1;
  const intrinsic = option.exercise === 'american' ? Math.max(sign * (spot - strike), 0) : 0;
  if (kind === 'ok' && intrinsic > 0 && price <= intrinsic + AT_EXERCISE * strike)
    return { kind: 'exercise-region', price: intrinsic, delta: sign, gamma: 0, theta: 0 };
  const delta = (certainPrice({ ...at, spot: spot * 1.0001 }) - price) / (spot * 0.0001);
  const theta = kind === 'ok' ? rate * price - (rate - option.yield) * spot * delta : 0;
  return { kind, price, delta, gamma: 0, theta: theta / DAYS };
};

/** Where the stock ends when nothing is uncertain, by how much that is uncertain, and how it moves with the spot. */
function nearlyCertainEnd(option: DividendOption): { forward: number; deviation: number; slope: number } {
  const carry = option.rate - option.yield;
  let price = option.spot;
  let at = 0;
  let variance = 0;
  let kept = 1;
  // What a relative move of the price within a span between dividends is worth at expiry: carried there, less later proportions.
  const spans: { readonly price: number; readonly years: number; readonly kept: number; readonly at: number }[] = [];
  for (const one of [...backwardDividends(option.dividends, option.years).toReversed(), undefined]) {
    const until = one?.years ?? option.years;
    spans.push({ price, years: until - at, kept, at });
    price *= Math.exp(carry * (until - at));
    at = until;
    if (one === undefined) break;
    price = Math.max(price * (1 - one.proportion) - one.cash, 0);
    kept *= 1 - one.proportion;
  }
  for (const span of spans) {
    const reach = span.price * Math.exp(carry * (option.years - span.at)) * (kept / span.kept);
    variance += reach * reach * span.years;
  }
  return {
    forward: price,
    deviation: option.volatility * Math.sqrt(variance),
    slope: kept * Math.exp(carry * option.years),
  };
}

/**
 * Where the carry moves the price by far more than the volatility does, so that no grid spans both: of the first order in volatility, by
 * Bachelier's formula about the certain end. An American option is then worth the better of this and of its best certain exercise.
 */
function nearlyCertain(option: DividendOption): DividendValue {
  const { forward, deviation, slope } = nearlyCertainEnd(option);
  const bound = certain(option, 'ok');
  const { spot, strike, rate, volatility } = option;
  const d = (forward - strike) / deviation;
  if (!(Math.abs(d) < FAR_DEVIATIONS)) return bound;
  const sign = option.right === 'call' ? 1 : -1;
  const discount = Math.exp(-rate * option.years);
  const price =
    discount * (sign * (forward - strike) * normalCdf(sign * d) + deviation * ROOT_TWO_PI * Math.exp(-0.5 * d * d));
  if (!(price > bound.price)) return bound;
  const delta = discount * sign * normalCdf(sign * d) * slope;
  const gamma = (discount * slope * slope * ROOT_TWO_PI * Math.exp(-0.5 * d * d)) / deviation;
  const theta = rate * price - (rate - option.yield) * spot * delta - 0.5 * volatility ** 2 * spot * spot * gamma;
  return { kind: 'ok', price, delta, gamma, theta: theta / DAYS };
}

/** Exercise pays between two prices only (Battauz, De Donno and Sbuelz 2015): no substitution from one end finds that. */
function hasTwoBoundaries({ rate, yield: pays, right, exercise }: DividendOption): boolean {
  if (exercise === 'european') return false;
  return right === 'put' ? pays < rate && rate < 0 : rate < pays && pays < 0;
}

function byReference(option: DividendOption, intrinsic: number): DividendValue {
  const { spot, rate, volatility } = option;
  const { price, delta, gamma, exercised } = finiteDifferencePrice(option, { nodes: 400, steps: 200 });
  if (exercised)
    return { kind: 'exercise-region', price: intrinsic, delta: option.right === 'call' ? 1 : -1, gamma: 0, theta: 0 };
  const theta =
    rate * price - (rate - option.yield) * spot * delta - 0.5 * volatility * volatility * spot * spot * gamma;
  return { kind: 'ok', price, delta, gamma, theta: theta / DAYS };
}

/**
 * Whether the spot of the option just solved lies within `cells` of the grid from the exercise boundary: there the time value is
 * (c/2) (y - b)^2, c = (r K - q S)/a (see heat-steps.ts), while the error is that of the boundary's place.
 */
function nearBoundary(option: DividendOption, x: number, intrinsic: number, cells: number): boolean {
  if (intrinsic <= 0) return false;
  const sign = option.right === 'call' ? 1 : -1;
  const { strike, rate, volatility } = option;
  const bend = (-sign * (rate - (option.yield * option.spot) / strike)) / (0.5 * volatility * volatility);
  const { spacing, first, values, count } = work;
  const at = (x - first) / spacing;
  const timeValue = strike * valueByContact(values, count, at, first, spacing) - intrinsic;
  if (timeValue > 0.5 * strike * bend * spacing * spacing * cells * cells) return false;
  if (timeValue > AT_EXERCISE * strike) return true;
  // Inside: near only when the boundary is, towards the money (larger indices).
  const j = Math.min(Math.ceil(at) + CELLS_INSIDE, count - 1);
  const floor = sign * (Math.exp(first + j * spacing) - 1);
  return (values[j] ?? 0) > floor + AT_EXERCISE;
}

/**
 * Price, delta, gamma and theta of one option with discrete dividends. Never throws and never gives NaN: an input that is no number is
 * `no-quote` with zeros, and so is an option whose figures leave the doubles. Error at the default resolution per 100 of spot: 1e-4 root mean square, the worst of 16,000 random contracts 8e-4
 * (tools/bench/pricing/dividends.ts). `FINE_DIVIDENDS` where that matters.
 */
export function discreteDividendPrice(option: DividendOption, resolution: HeatResolution = FAST): DividendValue {
  const value = valueOf(option, resolution);
  return Number.isFinite(value.price + value.delta + value.gamma + value.theta) ? value : NO_VALUE;
}

function valueOf(option: DividendOption, resolution: HeatResolution): DividendValue {
  if (!finite(option) || option.spot <= 0 || option.strike <= 0) return NO_VALUE;
  if (option.years <= 0) return certain(option, 'expired');
  const { spot, strike, rate, volatility } = option;
  const deviation = volatility * Math.sqrt(option.years);
  const moves = (Math.abs(rate) + Math.abs(option.yield)) * option.years;
  if (deviation < LEAST_DEVIATION || moves > 50) return certain(option, 'ok');
  const drifts = Math.abs(rate - option.yield) * option.years;
  if (drifts > MOST_DRIFT * deviation) return nearlyCertain(option);
  const sign = option.right === 'call' ? 1 : -1;
  const intrinsic = option.exercise === 'american' ? Math.max(sign * (spot - strike), 0) : 0;
  const american = option.exercise === 'american' ? 1 : 0;
  const stock = Math.max(american, Math.exp(-option.yield * option.years));
  const bond = Math.max(american, Math.exp(-rate * option.years));
  const most = sign > 0 ? spot * stock : strike * bond;
  // The bound that an unbounded volatility gives: the stock that is left for a call, the strike for a put.
  if (deviation > MOST_DEVIATION) {
    const waits = sign > 0 ? option.yield : rate;
    const theta = american === 1 && waits >= 0 ? 0 : (waits * most) / DAYS;
    return { kind: 'ok', price: most, delta: sign > 0 ? stock : 0, gamma: 0, theta };
  }
  if (hasTwoBoundaries(option)) return byReference(option, intrinsic);
  const x = Math.log(spot / strike);
  const width = 8 * deviation + moves;
  const falls = option.dividends.reduce((sum, one) => sum + one.cash / Math.min(spot, strike) + one.proportion, 0);
  if (Math.abs(x) > width + Math.min(2 * falls, 4)) return certain(option, 'ok');
  const problem = heatProblem(option, x, x, 1);
  solveHeat(problem, resolution, work);
  if (problem.american && nearBoundary(option, x, intrinsic, resolution.nearCells)) {
    solveHeat(problem, { ...resolution, perDeviation: NEAR_REFINEMENT * resolution.perDeviation }, work);
  }
  const at = (x - work.first) / work.spacing;
  const { values, count } = work;
  if (at > count - 1 || at < 0) return certain(option, 'ok');
  const d = 0.25;
  const read = problem.american ? valueByContact : lagrange6;
  const here = read(values, count, at, work.first, work.spacing);
  const price = strike * here;
  if (intrinsic > 0 && price <= intrinsic + AT_EXERCISE * strike)
    return { kind: 'exercise-region', price: intrinsic, delta: sign, gamma: 0, theta: 0 };
  const up = read(values, count, at + d, work.first, work.spacing);
  const down = read(values, count, at - d, work.first, work.spacing);
  const slope = (strike * (up - down)) / (2 * d * work.spacing);
  const curve = (strike * (up - 2 * here + down)) / (d * d * work.spacing * work.spacing);
  const half = 0.5 * volatility * volatility;
  // Black-Scholes read backwards: between dividends theta follows from price, delta and gamma.
  const theta = rate * price - (rate - option.yield) * slope - half * (curve - slope);
  return {
    kind: 'ok',
    price: Math.min(Math.max(price, 0), most),
    delta: slope / spot,
    gamma: (curve - slope) / (spot * spot),
    theta: theta / DAYS,
  };
}

/**
 * Prices of one contract at `count` spots near each other (its own does not count), dollars per share, from one grid over them all; a grid is not refined
 * next to the exercise boundary, so that errors are 3e-4 per 100 there. False, with nothing written, where `discreteDividendPrice` asks no such grid.
 */
export function discreteDividendPrices(
  option: DividendOption,
  count: number,
  spots: Float64Array,
  out: Float64Array,
): boolean {
  let least = Number.POSITIVE_INFINITY;
  let highest = 0;
  for (let k = 0; k < count; k += 1) {
    const spot = spots[k] ?? 0;
    least = Math.min(least, spot);
    highest = Math.max(highest, spot);
  }
  const { strike, years, rate, volatility } = option;
  if (!(least > 0 && strike > 0 && years > 0) || !finite({ ...option, spot: highest })) return false;
  const deviation = volatility * Math.sqrt(years);
  const moves = (Math.abs(rate) + Math.abs(option.yield)) * years;
  const drifts = Math.abs(rate - option.yield) * years;
  if (deviation < LEAST_DEVIATION || deviation > MOST_DEVIATION || drifts > MOST_DRIFT * deviation) return false;
  const low = Math.log(least / strike);
  const high = Math.log(highest / strike);
  if (Math.max(-low, high) > 8 * deviation + moves || hasTwoBoundaries(option)) return false;
  const problem = heatProblem(option, low, high, 1);
  solveHeat(problem, FAST, work);
  const { values, first, spacing } = work;
  const last = work.count - 1;
  if ((low - first) / spacing < 0 || (low - first) / spacing > last) return false;
  if ((high - first) / spacing < 0 || (high - first) / spacing > last) return false;
  const read = problem.american ? valueByContact : lagrange6;
  const sign = problem.sign;
  for (let k = 0; k < count; k += 1) {
    const spot = spots[k] ?? 0;
    const price = strike * read(values, work.count, (Math.log(spot / strike) - first) / spacing, first, spacing);
    out[k] = Math.max(price, option.exercise === 'american' ? sign * (spot - strike) : 0, 0);
  }
  return true;
}
