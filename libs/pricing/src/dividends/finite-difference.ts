import { backwardDividends, type DividendOption } from './model.ts';

/**
 * The reference solution: slow, general, and built unlike the fast solver so that the two can disagree. Second-order differences on a
 * grid in ln S that is dense about the strike and the exercise boundary; TR-BDF2 in time (Bank et al. 1985; gamma = 2 - sqrt 2 gives
 * both stages one matrix, and L-stability does what Rannacher's start does for Crank-Nicolson); exercise by policy iteration
 * (Forsyth and Labahn, "Numerical methods for controlled Hamilton-Jacobi-Bellman PDEs in finance", 2007), which also finds a
 * region with two ends; dividends by four-point interpolation.
 */
export interface FiniteDifferenceValue {
  readonly price: number;
  readonly delta: number;
  readonly gamma: number;
  /** True when exercise now is optimal. */
  readonly exercised: boolean;
}

export interface FiniteDifferenceGrid {
  /** Space intervals. */
  readonly nodes: number;
  /** Time steps over the life. */
  readonly steps: number;
}

const GAMMA = 2 - Math.SQRT2;
const FROM_STAGE = 1 / (GAMMA * (2 - GAMMA));
const FROM_START = (1 - GAMMA) ** 2 / (GAMMA * (2 - GAMMA));
const MOST_POLICY_ITERATIONS = 60;
const DEVIATIONS = 7;

interface Problem {
  readonly x: Float64Array;
  readonly price: Float64Array;
  readonly intrinsic: Float64Array;
  /** Generator's three diagonals. */
  readonly lower: Float64Array;
  readonly middle: Float64Array;
  readonly upper: Float64Array;
  readonly american: boolean;
}

/** Nodes at equal steps of sum of asinh((x - centre) / width); the strike (first centre) falls on a node. */
function placeNodes(low: number, high: number, centres: readonly number[], width: number, count: number): Float64Array {
  const measure = (x: number): number =>
    centres.reduce((sum, centre) => sum + Math.asinh((x - centre) / width), 0.15 * ((x - low) / width));
  const [strike = 0] = centres;
  const start = measure(low);
  const before = Math.max(1, Math.round((count * (measure(strike) - start)) / (measure(high) - start)));
  const step = (measure(strike) - start) / before;
  const nodes = new Float64Array(count + 1);
  nodes[0] = low;
  for (let i = 1; i <= count; i += 1) {
    const wanted = start + step * i;
    let left = nodes[i - 1] ?? low;
    let right = left + Math.max(high - low, 1);
    while (measure(right) < wanted) right += high - low;
    for (let k = 0; k < 60; k += 1) {
      const mid = 0.5 * (left + right);
      if (measure(mid) < wanted) left = mid;
      else right = mid;
    }
    nodes[i] = i === before ? strike : 0.5 * (left + right);
  }
  return nodes;
}

function assemble(option: DividendOption, x: Float64Array): Problem {
  const count = x.length;
  const { rate, volatility, strike } = option;
  const half = 0.5 * volatility * volatility;
  const drift = rate - option.yield - half;
  const price = x.map((at) => Math.exp(at));
  const sign = option.right === 'call' ? 1 : -1;
  const intrinsic = price.map((at) => Math.max(sign * (at - strike), 0));
  const lower = new Float64Array(count);
  const middle = new Float64Array(count);
  const upper = new Float64Array(count);
  for (let i = 1; i < count - 1; i += 1) {
    const at = x[i] ?? 0;
    const down = at - (x[i - 1] ?? 0);
    const up = (x[i + 1] ?? 0) - at;
    const a = (2 * half - drift * up) / (down * (down + up));
    const c = (2 * half + drift * down) / (up * (down + up));
    lower[i] = a;
    upper[i] = c;
    middle[i] = -(a + c) - rate;
  }
  return { x, price, intrinsic, lower, middle, upper, american: option.exercise === 'american' };
}

class Stepper {
  readonly #problem: Problem;
  readonly #contact: Uint8Array;
  readonly #right: Float64Array;
  readonly #factor: Float64Array;
  readonly #stage: Float64Array;

  constructor(problem: Problem) {
    this.#problem = problem;
    const count = problem.x.length;
    this.#contact = new Uint8Array(count);
    this.#right = new Float64Array(count);
    this.#factor = new Float64Array(count);
    this.#stage = new Float64Array(count);
  }

  /** One TR-BDF2 step in place; `ends` are the values at the two ends after each stage. */
  step(values: Float64Array, dt: number, ends: readonly (readonly [number, number])[]): void {
    const { lower, middle, upper } = this.#problem;
    const k = 0.5 * GAMMA * dt;
    const last = values.length - 1;
    const right = this.#right;
    for (let i = 1; i < last; i += 1) {
      const here = values[i] ?? 0;
      right[i] =
        here +
        k * ((lower[i] ?? 0) * (values[i - 1] ?? 0) + (middle[i] ?? 0) * here + (upper[i] ?? 0) * (values[i + 1] ?? 0));
    }
    this.#stage.set(values);
    this.#solve(this.#stage, k, ends[0] ?? [0, 0]);
    for (let i = 1; i < last; i += 1) right[i] = FROM_STAGE * (this.#stage[i] ?? 0) - FROM_START * (values[i] ?? 0);
    this.#solve(values, k, ends[1] ?? [0, 0]);
  }

  /** min((I - kL)v - right, v - intrinsic) = 0 by Howard's iteration. */
  #solve(values: Float64Array, k: number, [first, final]: readonly [number, number]): void {
    const { lower, middle, upper, intrinsic, american } = this.#problem;
    const contact = this.#contact;
    const factor = this.#factor;
    const right = this.#right;
    const last = values.length - 1;
    for (let iteration = 0; iteration < MOST_POLICY_ITERATIONS; iteration += 1) {
      values[0] = first;
      factor[0] = 0;
      for (let i = 1; i < last; i += 1) {
        if (contact[i] === 1) {
          factor[i] = 0;
          values[i] = intrinsic[i] ?? 0;
          continue;
        }
        const a = -k * (lower[i] ?? 0);
        const pivot = 1 - k * (middle[i] ?? 0) - a * (factor[i - 1] ?? 0);
        factor[i] = (-k * (upper[i] ?? 0)) / pivot;
        values[i] = ((right[i] ?? 0) - a * (values[i - 1] ?? 0)) / pivot;
      }
      values[last] = final;
      for (let i = last - 1; i > 0; i -= 1) values[i] = (values[i] ?? 0) - (factor[i] ?? 0) * (values[i + 1] ?? 0);
      if (!american) return;
      let changed = false;
      for (let i = 1; i < last; i += 1) {
        const here = values[i] ?? 0;
        const residual =
          here -
          k *
            ((lower[i] ?? 0) * (values[i - 1] ?? 0) +
              (middle[i] ?? 0) * here +
              (upper[i] ?? 0) * (values[i + 1] ?? 0)) -
          (right[i] ?? 0);
        const floor = intrinsic[i] ?? 0;
        const next = contact[i] === 1 ? (residual >= -1e-14 ? 1 : 0) : here < floor ? 1 : 0;
        if (next !== contact[i]) changed = true;
        contact[i] = next;
      }
      if (!changed) return;
    }
  }
}

/** Lagrange through the four nodes about `at`; constant below the first node, where the price is next to nothing. */
function interpolate(x: Float64Array, values: Float64Array, at: number, hint: number): number {
  const last = x.length - 1;
  if (at <= (x[0] ?? 0)) return values[0] ?? 0;
  let j = Math.min(hint, last - 1);
  while (j > 0 && (x[j] ?? 0) > at) j -= 1;
  while (j < last - 1 && (x[j + 1] ?? 0) <= at) j += 1;
  const start = Math.min(Math.max(j - 1, 0), last - 3);
  let sum = 0;
  for (let k = start; k < start + 4; k += 1) {
    let weight = 1;
    for (let m = start; m < start + 4; m += 1) {
      if (m !== k) weight *= (at - (x[m] ?? 0)) / ((x[k] ?? 0) - (x[m] ?? 0));
    }
    sum += weight * (values[k] ?? 0);
  }
  return sum;
}

/**
 * The certain value far in or out of the money with `left` years to go: the best of exercising at expiry, at once, or at a dividend
 * (a call just before it, a put just after).
 */
function certainValue(option: DividendOption, spot: number, left: number): number {
  const now = option.years - left;
  const sign = option.right === 'call' ? 1 : -1;
  const american = option.exercise === 'american';
  const carry = option.rate - option.yield;
  let best = american ? Math.max(sign * (spot - option.strike), 0) : 0;
  let price = spot;
  let at = now;
  for (const one of backwardDividends(option.dividends, option.years).toReversed()) {
    if (one.years <= now) continue;
    price *= Math.exp(carry * (one.years - at));
    at = one.years;
    const before = price;
    price = Math.max(price * (1 - one.proportion) - one.cash, 0);
    const exercised = sign * ((sign > 0 ? before : price) - option.strike);
    if (american) best = Math.max(best, exercised * Math.exp(-option.rate * (at - now)));
  }
  price *= Math.exp(carry * (option.years - at));
  return Math.max(best, sign * (price - option.strike) * Math.exp(-option.rate * left));
}

function solveOnce(option: DividendOption, grid: FiniteDifferenceGrid, centres: readonly number[]) {
  const { years, volatility, strike, spot, rate } = option;
  const deviation = volatility * Math.sqrt(years);
  const reach = DEVIATIONS * deviation + Math.abs(rate - option.yield) * years + 0.02;
  const events = backwardDividends(option.dividends, years);
  const paid = events.reduce((sum, one) => sum + one.cash / spot + one.proportion, 0);
  const low = Math.min(Math.log(spot), Math.log(strike)) - reach - 2 * paid;
  const high = Math.max(Math.log(spot), Math.log(strike)) + reach + 2 * paid;
  const x = placeNodes(low, high, centres, 0.35 * deviation + 1e-6, grid.nodes);
  const problem = assemble(option, x);
  const stepper = new Stepper(problem);
  const values = new Float64Array(problem.intrinsic);
  const last = values.length - 1;
  const strikeAt = x.indexOf(Math.log(strike));
  if (strikeAt > 0 && strikeAt < last) {
    // Average of the payoff over the strike's cell: the kink costs no order (Pooley, Forsyth and Vetzal 2003).
    const side =
      option.right === 'call'
        ? (x[strikeAt + 1] ?? 0) - (x[strikeAt] ?? 0)
        : (x[strikeAt] ?? 0) - (x[strikeAt - 1] ?? 0);
    const cell = 0.5 * ((x[strikeAt + 1] ?? 0) - (x[strikeAt - 1] ?? 0));
    values[strikeAt] = (strike * side * side) / (8 * cell);
  }
  const next = new Float64Array(values.length);
  const endsAt = (left: number): readonly [number, number] => [
    certainValue(option, problem.price[0] ?? 0, left),
    certainValue(option, problem.price[last] ?? 0, left),
  ];
  let from = 0;
  for (let event = 0; event <= events.length; event += 1) {
    const dividend = events[event];
    const to = years - (dividend?.years ?? 0);
    const span = to - from;
    const steps = Math.max(8, Math.ceil((grid.steps * span) / years));
    for (let k = 0; k < steps; k += 1) {
      const begin = span * (k / steps) ** 2;
      const dt = span * ((k + 1) / steps) ** 2 - begin;
      const left = from + begin;
      stepper.step(values, dt, [endsAt(left + GAMMA * dt), endsAt(left + dt - 1e-13)]);
    }
    if (dividend !== undefined) {
      for (let i = 0; i <= last; i += 1) {
        const after = (problem.price[i] ?? 0) * (1 - dividend.proportion) - dividend.cash;
        const value = after > 0 ? interpolate(x, values, Math.log(after), i) : (values[0] ?? 0);
        next[i] = problem.american ? Math.max(value, problem.intrinsic[i] ?? 0) : Math.max(value, 0);
      }
      values.set(next);
    }
    from = to;
  }
  return { x, values, problem };
}

/**
 * Price, delta and gamma by finite differences. For one contract and for checks; nothing here is fast (about 100 ms at the default).
 * Inputs are trusted: finite, positive spot, strike, years and volatility.
 */
export function finiteDifferencePrice(
  option: DividendOption,
  grid: FiniteDifferenceGrid = { nodes: 800, steps: 400 },
): FiniteDifferenceValue {
  const strike = Math.log(option.strike);
  const centres = [strike];
  if (option.exercise === 'american') {
    const rough = solveOnce(option, { nodes: 80, steps: 30 }, centres);
    const call = option.right === 'call';
    let boundary: number | undefined;
    rough.x.forEach((at, i) => {
      const touching =
        (rough.values[i] ?? 0) <= (rough.problem.intrinsic[i] ?? 0) + 1e-12 && (rough.problem.intrinsic[i] ?? 0) > 0;
      if (touching && (call ? (boundary ??= at) : true)) boundary = call ? boundary : at;
    });
    if (boundary !== undefined) centres.push(boundary);
  }
  const { x, values, problem } = solveOnce(option, grid, centres);
  const at = Math.log(option.spot);
  const h = 1e-4 * option.volatility * Math.sqrt(option.years) + 1e-9;
  let hint = 0;
  while (hint < x.length - 2 && (x[hint + 1] ?? 0) < at) hint += 1;
  const price = interpolate(x, values, at, hint);
  const up = interpolate(x, values, at + h, hint);
  const down = interpolate(x, values, at - h, hint);
  const slope = (up - down) / (2 * h);
  const curve = (up - 2 * price + down) / (h * h);
  const intrinsic = Math.max((option.right === 'call' ? 1 : -1) * (option.spot - option.strike), 0);
  const exercised = problem.american && intrinsic > 0 && price <= intrinsic + 1e-9 * option.strike;
  return {
    price: problem.american ? Math.max(price, intrinsic) : price,
    delta: slope / option.spot,
    gamma: (curve - slope) / (option.spot * option.spot),
    exercised,
  };
}
