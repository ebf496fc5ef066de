import { convolve, convolves } from './heat-convolution.ts';
import { lagrange6 } from './heat-interpolation.ts';
import type { HeatResolution } from './heat-resolution.ts';
import { march } from './heat-steps.ts';

/**
 * The fast solver. Between two dividends V = e^(-r s) u(x + mu s, s) turns Black-Scholes into the heat equation u_s = a u_yy, a = sigma^2/2,
 * mu = r - q - a, so that one symmetric Toeplitz matrix serves every node. Space is fourth order (Crandall's compact scheme:
 * (1 + d2/12) u_s = a d2 u / h^2), time TR-BDF2 on steps that grow from each event, kinks enter with the moments the compact scheme
 * asks of them, exercise is Brennan and Schwartz's (1977) substitution from the exercised end, with the boundary's place inside its
 * cell solved for (see heat-steps.ts). Prices are per unit of strike: nodes are ln(S/K).
 */
export interface HeatProblem {
  /** +1 call, -1 put. */
  readonly sign: 1 | -1;
  readonly american: boolean;
  readonly volatility: number;
  readonly years: number;
  readonly rate: number;
  readonly yield: number;
  /** Nearest to expiry first; cash per unit of strike. */
  readonly events: number;
  readonly eventYears: Float64Array;
  readonly eventCash: Float64Array;
  readonly eventProportion: Float64Array;
  /** ln(S/K) that must lie well inside. */
  readonly low: number;
  readonly high: number;
  /** How far beyond `low` and `high` the nodes go, in units of the resolution's reach. */
  readonly margin: number;
}

const CAPACITY = 8192;
const MOST_NODES = 2000;
/** A total deviation beyond this has no wider cells: the value bends at the strike and at the exercise boundary as it does at a smaller one. */
const WIDEST = 0.9;
/** Room for falls at dividends, in ln S. */
const MOST_JUMP = 2;
/** Of the reach, for the spot in the money; where exercise begins at r/q of the strike, behind the money, the value bends there. */
const INSIDE_ROOM = 0.5;
const BENT_ROOM = 0.8;
/** A stock that cannot pay its dividends is worth nothing, so that a put's value is no line below what is still to be paid: where that is more than this share of the lowest price, the grid goes on until one dividend takes it all, or so many deviations. */
const BENDING = 0.5;
const FAR = 6.5;
/** Below one dividend in ln S: a put on a stock that the next one takes is held or exercised as its interest until then says, and that bends the value once more. */
const LAST_BEND = 1.3;
const WAITING_STEPS = 2;
/** Of steps: volatilities beyond 1.25 are not worth more. */
const MOST_PACE = 3;
/**
 * A price that drifts towards exercise (a call's at yield > rate, a put's at rate > yield) carries the boundary across cells in each step: a deviation of
 * that over the life asks for as many steps as so much volatility, and for so many times the cells of a deviation; both up to so many times the usual.
 */
const STEPS_PER_DRIFT = 2.5;
const MOST_DRIFT_PACE = 8;
const CELLS_PER_DRIFT = 6;
const MOST_DENSITY = 2;

/** For a wait that is all but linear. */
const NEWTON_ROUNDS = 2;

/** Arrays one solve after another uses; not for two at a time. Index 0 is the in-the-money end: calls run from high prices to low. */
export class HeatWorkspace {
  readonly values: Float64Array = new Float64Array(CAPACITY);
  readonly stage: Float64Array = new Float64Array(CAPACITY);
  readonly scratch: Float64Array = new Float64Array(CAPACITY);
  readonly spots: Float64Array = new Float64Array(CAPACITY);
  readonly logs: Float64Array = new Float64Array(CAPACITY);
  /** Of the last solve: nodes, ln(S/K) of node 0, signed spacing. */
  count = 0;
  first = 0;
  spacing = 0;
}

/**
 * A kink of slope jump `jump` (per unit of y, towards index 0) at `at` between two nodes, entered with the moments of the compact scheme:
 * its second difference is the functional f(at) + h^2/12 f''(at) on four nodes. Only the two nodes about it differ from samples.
 */
function smoothKink(values: Float64Array, at: number, jumpTimesSpacing: number): void {
  const j = Math.ceil(at);
  // s: distance from node j (away from the money) towards node j - 1.
  const s = j - at;
  // Lagrange weight of the far node j + 1 for f(s) on offsets -1, 0, 1, 2, plus its second derivative over 12.
  const far = (-s * (s - 1) * (s - 2)) / 6 + (1 - s) / 12;
  const near = ((s + 1) * (s - 1) * (s - 2)) / 2 + (3 * s - 2) / 12;
  values[j] = (values[j] ?? 0) + jumpTimesSpacing * far;
  values[j - 1] = (values[j - 1] ?? 0) + jumpTimesSpacing * (2 * far + near - (1 - s));
}

/** Solves back to now; the prices per unit of strike are then in `work.values` on `work.count` nodes. */
export function solveHeat(problem: HeatProblem, resolution: HeatResolution, work: HeatWorkspace): void {
  const { sign, american, volatility, years, rate, events } = problem;
  const half = 0.5 * volatility * volatility;
  const mu = rate - problem.yield - half;
  const deviation = volatility * Math.sqrt(years);
  const drift = american ? (sign * (problem.yield - rate) * years) / deviation : 0;
  const density = Math.min(Math.max(1, CELLS_PER_DRIFT * drift), MOST_DENSITY);
  let h = Math.min(deviation, WIDEST) / (density * resolution.perDeviation + events * resolution.perDividend);
  let jumps = 0;
  let paid = 0;
  let least = 0;
  for (let k = 0; k < events; k += 1) {
    const cash = problem.eventCash[k] ?? 0;
    paid += cash;
    if (cash > 0 && (least === 0 || cash < least)) least = cash;
    jumps += cash + (problem.eventProportion[k] ?? 0);
  }
  jumps = Math.min(jumps, MOST_JUMP);
  const reach = resolution.reach * deviation + Math.abs(mu) * years;
  let below = Math.min(problem.low - 0.3 * reach, 0) - reach - jumps;
  let above = Math.max(problem.high + 0.3 * reach, 0) + reach + jumps;
  if (below < problem.low - problem.margin * reach - jumps) below = problem.low - problem.margin * reach - jumps;
  if (above > problem.high + problem.margin * reach + jumps) above = problem.high + problem.margin * reach + jumps;
  // In the money the line beyond the grid is right from `reach` of the strike on: the spot needs less room on that side.
  const bends = sign * (rate - problem.yield) > 0 && rate > 0 && problem.yield > 0;
  const room = (bends ? BENT_ROOM : INSIDE_ROOM) * reach + jumps;
  if (sign < 0) {
    below = Math.max(below, Math.min(problem.low - room, -reach - jumps));
    if (paid > BENDING * Math.exp(below)) {
      const far = Math.min(problem.low, 0) - Math.max(FAR, resolution.reach) * deviation - Math.abs(mu) * years - jumps;
      below = Math.min(below, Math.max(far, Math.log(least) - LAST_BEND));
    }
  } else above = Math.min(above, Math.max(problem.high + room, reach + jumps));
  below = Math.min(below, -6 * h);
  above = Math.max(above, 6 * h);
  if ((above - below) / h > MOST_NODES) h = (above - below) / MOST_NODES;
  const inside = Math.ceil((sign > 0 ? above : -below) / h);
  const outside = Math.ceil((sign > 0 ? -below : above) / h);
  const count = inside + outside + 1;
  const { values, spots, scratch } = work;
  // Node i of the grid has x = (inside - i) * sign * h.
  const factor = Math.exp(-sign * h);
  let spot = Math.exp(inside * sign * h);
  for (let i = 0; i < count; i += 1, spot *= factor) {
    spots[i] = spot;
    const payoff = sign * (spot - 1);
    values[i] = payoff > 0 ? payoff : 0;
  }
  values[inside] = h / 12;
  const pace = american
    ? Math.max(
        1,
        Math.min(resolution.pace * volatility, MOST_PACE),
        Math.min(resolution.pace * STEPS_PER_DRIFT * drift, MOST_DRIFT_PACE),
      )
    : 1;
  let from = 0;
  // Dividends of one amount share the logarithms of what they leave.
  let loggedCash = -1;
  let loggedKeep = -1;
  for (let event = 0; event <= events; event += 1) {
    const eventYears = event < events ? (problem.eventYears[event] ?? 0) : 0;
    const span = years - eventYears - from;
    const share = event === 0 || sign > 0 ? 1 : resolution.laterShare;
    const steps = Math.max(
      resolution.leastSteps,
      Math.round(pace * share * resolution.steps * Math.sqrt(span / years)),
    );
    // Nobody exercises until `quiet`: one convolution, with the discount when that is the whole span.
    const quiet = american
      ? quietTime(problem, values, spots, count, span, event > 0 ? (problem.eventCash[event - 1] ?? 0) : 0)
      : span;
    const cells = Math.sqrt(2 * half * quiet) / h;
    const crossed = quiet > 0 && convolves(cells, count, h);
    const discount = Math.exp(-rate * span);
    const whole = crossed && quiet === span;
    if (crossed && event === 0) sharpen(values, inside, h);
    if (crossed) convolve(values, spots, count, sign, h, cells, whole ? discount : 1);
    if (crossed && american && sign < 0)
      exerciseWorthless(
        values,
        spots,
        count,
        whole ? 1 : Math.exp(rate * quiet),
        whole ? Math.exp(-mu * span) : Math.exp((rate - mu) * quiet),
      );
    if (!whole) {
      const between = { american, sign, rate, yield: problem.yield, half, mu, h, start: 0, span, power: 1, steps };
      const waits = quiet > 0 && quiet < span;
      if (waits && !crossed) {
        // Too short a wait for a convolution is stepped over, so that the steps behind it begin where exercise does.
        between.american = false;
        between.span = quiet;
        between.steps = WAITING_STEPS;
        march(values, work.stage, spots, count, between);
        between.american = american;
        between.span = span;
      }
      between.start = waits ? quiet : 0;
      between.power = waits ? 1 : event === 0 ? 2 : resolution.laterPower;
      if (waits) {
        const left = Math.sqrt((span - quiet) / years);
        between.steps = Math.max(resolution.leastWaited, Math.round(pace * resolution.waitedSteps * left));
      } else between.steps = steps;
      march(values, work.stage, spots, count, between);
      for (let i = 0; i < count; i += 1) values[i] = discount * (values[i] ?? 0);
    }
    from = years - eventYears;
    // Node i now stands at x_i - mu span.
    const shift = mu * span;
    if (event === events) {
      work.count = count;
      work.spacing = -sign * h;
      work.first = inside * sign * h - shift;
      return;
    }
    const cash = problem.eventCash[event] ?? 0;
    const keep = 1 - (problem.eventProportion[event] ?? 0);
    // Of an option on a stock that has paid out all it was worth.
    const strikeLater = Math.exp(-rate * from);
    const worthless = sign > 0 ? 0 : american ? Math.max(strikeLater, 1) : strikeLater;
    const inverse = -sign / h;
    const origin = inside * sign * h - shift;
    let kink = -1;
    const { logs } = work;
    if (cash !== loggedCash || keep !== loggedKeep) {
      for (let i = 0; i < count; i += 1) logs[i] = Math.log((spots[i] ?? 0) * keep - cash);
      loggedCash = cash;
      loggedKeep = keep;
    }
    for (let i = 0; i < count; i += 1) {
      const spot = spots[i] ?? 0;
      const after = spot * keep - cash;
      let value: number;
      if (after <= 0) value = worthless;
      else {
        const at = ((logs[i] ?? 0) - origin) * inverse;
        if (at < 0) value = beyond(values, at, h, sign);
        else value = at > count - 1 ? 0 : lagrange6(values, count, at);
      }
      const floor = sign * (spot - 1);
      if (american && value < floor) {
        kink = i;
        value = floor;
      }
      scratch[i] = value;
    }
    if (american && kink >= 1 && kink < count - 3) adjustKink(problem, work, count, kink, event, origin, discount, h);
    for (let i = 0; i < count; i += 1) values[i] = scratch[i] ?? 0;
  }
}

/** The payoff's kink on a node with one moment more (Euler and Maclaurin's next term): for the convolution, which has no error of its own. */
function sharpen(values: Float64Array, at: number, h: number): void {
  values[at] = (values[at] ?? 0) + h / 120;
  values[at - 1] = (values[at - 1] ?? 0) - h / 240;
  values[at + 1] = (values[at + 1] ?? 0) - h / 240;
}

/**
 * How long from the beginning of a span, backward in time, nobody exercises. Calls at rate >= 0: for ever where no price of the grid is
 * beyond r/q of the strike. Puts: until the dividend to come, worth b - 1 of the strike on a stock near zero, is outweighed by the
 * interest, b exp(-r s) = 1; at a yield q < 0, which lets the stock grow, until that is so at any price.
 */
function quietTime(
  { sign, rate, yield: pays }: HeatProblem,
  values: Float64Array,
  spots: Float64Array,
  count: number,
  span: number,
  cash: number,
): number {
  const spot0 = spots[0] ?? 0;
  if (sign > 0) return rate >= 0 && pays * spot0 <= rate ? span : 0;
  if (rate - Math.min(pays, 0) <= 0) return span;
  // Of a stock that the dividend leaves something of: below, exercise pays at once, but hardly any price is there.
  let i = 0;
  while (i < count - 2 && (spots[i] ?? 0) < 1.5 * cash) i += 1;
  const start =
    pays < 0 ? waitOfGrowing(rate, pays, values, spots, i, count, span) : waitNearZero(rate, values, spots, i);
  return start < 0.9999 * span ? start : span;
}

function waitNearZero(rate: number, values: Float64Array, spots: Float64Array, i: number): number {
  const spot = spots[i] ?? 0;
  const slope = ((values[i] ?? 0) - (values[i + 1] ?? 0)) / ((spots[i + 1] ?? 0) - spot);
  const base = (values[i] ?? 0) + slope * spot;
  return base > 1 + 1e-9 ? Math.log(base) / rate : 0;
}

/**
 * The value, convex in the price, stays above its tangents, base - slope S, which become base exp(-r s) - slope S exp(-q s): none exercises
 * where its own tangent has not come down to 1 - S.
 */
function waitOfGrowing(
  rate: number,
  pays: number,
  values: Float64Array,
  spots: Float64Array,
  from: number,
  count: number,
  span: number,
): number {
  let wait = span;
  let base = 0;
  let falls = 0;
  let floor = 0;
  for (let i = from; i < count - 1 && (spots[i + 1] ?? 1) < 1; i += 1) {
    const spot = spots[i] ?? 0;
    const value = values[i] ?? 0;
    const left = value - 1 + spot;
    if (!(left > 1e-9)) return 0;
    const slope = (value - (values[i + 1] ?? 0)) / ((spots[i + 1] ?? 0) - spot);
    const tangent = value + slope * spot;
    const fades = rate * tangent - pays * slope * spot;
    if (!(fades * wait > left)) continue;
    wait = left / fades;
    base = tangent;
    falls = slope * spot;
    floor = 1 - spot;
  }
  for (let round = 0; round < NEWTON_ROUNDS && base > 0; round += 1) {
    const stays = base * Math.exp(-rate * wait);
    const grown = falls * Math.exp(-pays * wait);
    wait = Math.min(Math.max(wait + (stays - grown - floor) / (rate * stays - pays * grown), 0), span);
  }
  return wait;
}

/** Exercise at the end of a span that was crossed at once, of puts on next to nothing: what `quietTime` does not look at. */
function exerciseWorthless(
  values: Float64Array,
  spots: Float64Array,
  count: number,
  strike: number,
  moved: number,
): void {
  for (let i = 0; i < count; i += 1) {
    const floor = strike - (spots[i] ?? 0) * moved;
    if ((values[i] ?? 0) >= floor) return;
    values[i] = floor;
  }
}

/** Beyond node 0 the value goes on as a straight line in the price. */
function beyond(values: Float64Array, at: number, h: number, sign: number): number {
  const first = values[0] ?? 0;
  const grow = Math.exp(-sign * h);
  const slope = (first - (values[1] ?? 0)) / (1 - grow);
  return first + slope * (Math.exp(-at * sign * h) - 1);
}

/** The kink where holding over the dividend and exercising before it are worth the same. */
function adjustKink(
  problem: HeatProblem,
  work: HeatWorkspace,
  count: number,
  kink: number,
  event: number,
  origin: number,
  discount: number,
  h: number,
): void {
  const { sign } = problem;
  const { spots, values, scratch } = work;
  const cash = problem.eventCash[event] ?? 0;
  const keep = 1 - (problem.eventProportion[event] ?? 0);
  const gapAt = (i: number): number => {
    const spot = spots[i] ?? 0;
    const after = spot * keep - cash;
    if (after <= 0) return 0;
    const at = (Math.log(after) - origin) * (-sign / h);
    const value = at < 0 ? beyond(values, at, h, sign) : lagrange6(values, count, at);
    return value - sign * (spot - 1);
  };
  const before = gapAt(kink - 1);
  const g0 = gapAt(kink);
  const g1 = gapAt(kink + 1);
  const g2 = gapAt(kink + 2);
  // Root of the parabola through the gaps at kink, kink + 1, kink + 2, by two Newton steps from the secant.
  let s = g0 / (g0 - g1);
  const curve = 0.5 * (g2 - 2 * g1 + g0);
  const linear = g1 - g0 - curve;
  for (let k = 0; k < 2; k += 1) s -= (g0 + s * (linear + s * curve)) / (linear + 2 * s * curve);
  if (!(s > 0 && s < 1) || before >= 0) return;
  const slope = linear + 2 * s * curve;
  smoothKink(scratch, kink + s, slope);
}
