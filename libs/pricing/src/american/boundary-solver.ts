import { collocationGrid, type CollocationGrid } from './collocation-grid.ts';
import { CollocationKernel, FRAME } from './simd/collocation-kernel.ts';
import type { Terms } from './simd/vector-functions.ts';

/** Coarse node to which the start of a finer solution is scaled below it. */
const SCALED_NODE = 1;
/** By accuracy: share of y by which the last QD+ iteration may change it. The next would change it by less than that squared. */
const CLOSE: Readonly<Record<Terms, number>> = { 6: 5e-3, 8: 1e-6 };
/** Floor of y in total deviations: interpolation may undershoot next to τ = 0. */
const SMALLEST = 1e-7;

/**
 * Exercise boundary of the American put with strike 1: collocation of the integral equation of I. Kim (1990) in the
 * form FP-B of L. Andersen, M. Lake and D. Offengenden, "High Performance American Option Pricing" (2015), section 4:
 *
 *   e^(-rτ) Φ(d-(τ, B)) + r ∫ e^(-rv) Φ(d-(v, B/B(τ-v))) dv = B [ e^(-qτ) Φ(d+(τ, B)) + q ∫ e^(-qv) Φ(d+(v, B/B(τ-v))) dv ]
 *
 * at the nodes τ_i = T x_i². Unknowns are y_i = -ln(B(τ_i)/X) >= 0 with X = min(1, r/q); H = y² is interpolated in x = sqrt(τ/T).
 * Newton's method on the whole system, with the exact Jacobian: the derivative of the equation with respect to ln B(τ)
 * is -B[...] + Σ g, that with respect to ln B(τ-v) is -g, g = (r e^(-rv) φ(d-) - q B e^(-qv) φ(d+)) / (σ sqrt(v)).
 * One instance owns its work arrays: solve, read, solve again; nothing is allocated. Instances are made by `boundarySolver`.
 */
export class BoundarySolver {
  readonly order: number;
  /** y_1..y_n of the last `solve`. */
  readonly y: Float64Array;
  /** dy/dr (or dy/dq, see `respect`) of the last solution, to the accuracy of its last step's beginning. */
  readonly yRho: Float64Array;
  /** dy/dσ, likewise. */
  readonly yVega: Float64Array;
  /** What `yRho` is a derivative by: 1 the rate, -1 the yield (which is the rate of the mirrored call). */
  respect: 1 | -1 = 1;
  /** ln X of the last `solve`. */
  logCap = 0;
  readonly grid: CollocationGrid;
  readonly #kernel: CollocationKernel;
  readonly #residual: Float64Array;
  readonly #close: number;
  /** y at `SCALED_NODE` as it was at the start. */
  #scaled = 0;

  constructor(order: number, points: number, accuracy: Terms) {
    this.order = order;
    this.#close = CLOSE[accuracy];
    this.grid = collocationGrid(order, points);
    this.#kernel = new CollocationKernel(this.grid, accuracy);
    this.y = this.#kernel.y;
    this.#residual = new Float64Array(order);
    this.yRho = new Float64Array(order);
    this.yVega = new Float64Array(order);
  }

  /**
   * QD+ start, then at most `steps` Newton steps until no y changes by more than `accuracy` of the total deviation (weighted with τ/T).
   * Returns the last relative change (small when converged).
   */
  solve(
    years: number,
    rate: number,
    dividendYield: number,
    volatility: number,
    steps: number,
    accuracy: number,
    greeks: boolean,
  ): number {
    this.start(years, rate, dividendYield, volatility);
    return this.improve(years, rate, dividendYield, volatility, steps, accuracy, greeks);
  }

  /** `close`: share of y by which the last of the iterations that give the start may change it. */
  start(years: number, rate: number, dividendYield: number, volatility: number, close = this.#close): void {
    this.logCap = dividendYield > rate ? Math.log(rate / dividendYield) : 0;
    const { start, stride } = this.#kernel;
    start.solve(
      stride / 2,
      years,
      rate,
      dividendYield,
      volatility,
      this.logCap,
      volatility * Math.sqrt(years),
      false,
      close,
    );
    this.#scaled = this.y[SCALED_NODE] ?? 0;
  }

  /**
   * Takes the start from a coarser solution of the same option; `matrix` is `refinement(coarse.order, order)`. Next to τ = 0,
   * where interpolation has few digits and Newton's method a small basin, the start is QD+ scaled to the coarse solution.
   */
  adopt(
    coarse: BoundarySolver,
    matrix: Float64Array,
    years: number,
    rate: number,
    dividendYield: number,
    volatility: number,
  ): void {
    const from = coarse.order;
    const reach = coarse.grid.nodes[SCALED_NODE] ?? 1;
    const { nodes } = this.grid;
    const { y } = this;
    this.logCap = coarse.logCap;
    let near = 0;
    while ((nodes[near] ?? 1) < reach) near += 1;
    const depth = coarse.y[SCALED_NODE] ?? 0;
    const pairs = (near + 1) >> 1;
    this.#kernel.start.solve(
      pairs,
      years,
      rate,
      dividendYield,
      volatility,
      this.logCap,
      coarse.#scaled / reach,
      true,
      this.#close,
    );
    const ratio = depth / coarse.#scaled;
    for (let i = 0; i < near; i += 1) y[i] = ratio * (y[i] ?? 0);
    for (let i = near; i < this.order; i += 1) {
      let square = 0;
      for (let j = 0; j < from; j += 1) square += (matrix[i * from + j] ?? 0) * (coarse.y[j] ?? 0) ** 2;
      y[i] = Math.sqrt(Math.max(square, 1e-300));
    }
  }

  /** At most `steps` Newton steps; derivatives by volatility and rate only with `greeks`. */
  improve(
    years: number,
    rate: number,
    dividendYield: number,
    volatility: number,
    steps: number,
    accuracy: number,
    greeks: boolean,
  ): number {
    const kernel = this.#kernel;
    const { frame } = kernel;
    const deviation = volatility * Math.sqrt(years);
    frame[FRAME.years] = years;
    frame[FRAME.rate] = rate;
    frame[FRAME.yield] = dividendYield;
    frame[FRAME.logCap] = this.logCap;
    frame[FRAME.deviation] = deviation;
    frame[FRAME.overDeviation] = 1 / deviation;
    frame[FRAME.drift] = ((rate - dividendYield) * years) / deviation;
    frame[FRAME.floor] = SMALLEST * deviation;
    frame[FRAME.byRate] = this.respect > 0 ? 1 : 0;
    frame[FRAME.byYield] = this.respect > 0 ? 0 : 1;
    kernel.discount();
    let change = 1;
    for (let step = 1; step <= steps; step += 1) {
      const last = step === steps;
      kernel.terms(greeks && (last || accuracy > 0) ? 'all' : 'boundary');
      change = this.#newton() / deviation;
      const done = last || !(change > accuracy);
      if (greeks && done) this.#sensitivities(years, rate, dividendYield, deviation);
      if (done) break;
    }
    return change;
  }

  /** Solves J Δ = -F, applies Δ keeping y positive; returns the largest change. */
  #newton(): number {
    const n = this.order;
    const { y, jacobian, stride, kept, puts, calls, above, own } = this.#kernel;
    const residual = this.#residual;
    for (let i = 0; i < n; i += 1) {
      const held = (above[i] ?? 0) + (calls[i] ?? 0);
      residual[i] = (kept[i] ?? 0) + (puts[i] ?? 0) - held;
      // own dependence: dF/dy_i = -dF/dlnB = held - Σ g
      const at = i * stride + i;
      jacobian[at] = (jacobian[at] ?? 0) + held - (own[i] ?? 0);
    }
    this.#kernel.system.factor();
    this.#kernel.system.solve(residual);
    const { nodes } = this.grid;
    let largest = 0;
    for (let i = 0; i < n; i += 1) {
      const change = residual[i] ?? 0;
      const before = y[i] ?? 0;
      const after = before - change;
      y[i] = after > 0.2 * before ? (after < 5 * before + 1 ? after : 5 * before + 1) : 0.2 * before;
      // What happens in the share x² of the life counts by that share.
      const x = nodes[i] ?? 0;
      const size = Math.abs(change) * x * x;
      if (!(size <= largest)) largest = size;
    }
    return largest;
  }

  /** dy/dr (or dy/dq) and dy/dσ, from the matrix of the last step. */
  #sensitivities(years: number, rate: number, dividendYield: number, deviation: number): void {
    const n = this.order;
    const { nodes } = this.grid;
    const { kept, calls, above, density, spreading, direct } = this.#kernel;
    const sign = this.respect;
    const byRate = sign > 0;
    const capRho = capSlope(rate, dividendYield, sign);
    const rootYears = Math.sqrt(years);
    for (let i = 0; i < n; i += 1) {
      const x = nodes[i] ?? 0;
      const held = (above[i] ?? 0) + (calls[i] ?? 0);
      const european = years * x * x * ((byRate ? kept[i] : above[i]) ?? 0);
      // Minus dF/dr at fixed y: the direct terms, and -held per unit of ln X.
      this.yRho[i] = sign * (european - (direct[i] ?? 0)) + capRho * held;
      this.yVega[i] = rootYears * ((density[i] ?? 0) + (spreading[i] ?? 0) / deviation);
    }
    this.#kernel.system.solve(this.yRho);
    this.#kernel.system.solve(this.yVega);
  }
}

const solvers = new Map<string, BoundarySolver>();

/** The thread's solver of these orders, whoever asks: read what it found before anyone solves again. `accuracy` as in `VectorFunctions`. */
export function boundarySolver(order: number, points: number, accuracy: Terms): BoundarySolver {
  const key = `${order}/${points}/${accuracy}`;
  let solver = solvers.get(key);
  if (solver === undefined) {
    solver = new BoundarySolver(order, points, accuracy);
    solvers.set(key, solver);
  }
  return solver;
}

/** d ln X by the rate (sign 1) or the yield (sign -1). */
export function capSlope(rate: number, dividendYield: number, sign: 1 | -1): number {
  if (dividendYield <= rate) return 0;
  return sign > 0 ? 1 / rate : -1 / dividendYield;
}
