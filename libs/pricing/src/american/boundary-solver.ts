import { collocationGrid, type CollocationGrid } from './collocation-grid.ts';
import { DENSITY, tableBoth, tableCdf, tableDensity, tableExp } from './normal-table.ts';
import { qdPlusBoundary } from './qd-plus.ts';

/** Coarse node to which the start of a finer solution is scaled below it. */
const SCALED_NODE = 1;
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
 * One instance owns its work arrays: solve, read, solve again; nothing is allocated.
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
  readonly #jacobian: Float64Array;
  readonly #residual: Float64Array;
  readonly #squares: Float64Array;
  readonly #discounts: Float64Array;
  readonly #carries: Float64Array;

  constructor(order: number, points: number) {
    this.order = order;
    this.grid = collocationGrid(order, points);
    this.y = new Float64Array(order);
    this.#jacobian = new Float64Array(order * order);
    this.#residual = new Float64Array(order);
    this.#squares = new Float64Array(order);
    this.#discounts = new Float64Array(order * points);
    this.#carries = new Float64Array(order * points);
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
  ): number {
    this.start(years, rate, dividendYield, volatility);
    return this.improve(years, rate, dividendYield, volatility, steps, accuracy);
  }

  start(years: number, rate: number, dividendYield: number, volatility: number): void {
    const n = this.order;
    const cap = dividendYield > rate ? rate / dividendYield : 1;
    this.logCap = Math.log(cap);
    const nodes = this.grid.nodes;
    let depth = 0;
    let before = 1;
    for (let i = 0; i < n; i += 1) {
      const x = nodes[i] ?? 0;
      const tau = years * x * x;
      // y / sqrt(τ) changes slowly.
      depth = i === 0 ? volatility * Math.sqrt(tau) : (depth * x) / before;
      before = x;
      let guess = cap * tableExp(-depth);
      guess = qdPlusBoundary(tau, rate, dividendYield, volatility, cap, guess);
      depth = Math.log(cap / guess);
      this.y[i] = depth;
    }
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
    const cap = Math.exp(coarse.logCap);
    this.logCap = coarse.logCap;
    let depth = coarse.y[SCALED_NODE] ?? 0;
    let before = reach;
    const anchor = qdPlusBoundary(years * reach * reach, rate, dividendYield, volatility, cap, cap * Math.exp(-depth));
    const ratio = depth / Math.log(cap / anchor);
    for (let i = this.order - 1; i >= 0; i -= 1) {
      const x = this.grid.nodes[i] ?? 0;
      if (x < reach) {
        depth *= x / before;
        before = x;
        const guess = cap * Math.exp(-depth);
        depth = Math.log(cap / qdPlusBoundary(years * x * x, rate, dividendYield, volatility, cap, guess));
        this.y[i] = ratio * depth;
        continue;
      }
      let square = 0;
      for (let j = 0; j < from; j += 1) square += (matrix[i * from + j] ?? 0) * (coarse.y[j] ?? 0) ** 2;
      this.y[i] = Math.sqrt(Math.max(square, 1e-300));
    }
  }

  improve(
    years: number,
    rate: number,
    dividendYield: number,
    volatility: number,
    steps: number,
    accuracy: number,
  ): number {
    this.#exponentials(years, rate, dividendYield);
    const deviation = volatility * Math.sqrt(years);
    let change = 1;
    for (let step = 0; step < steps; step += 1) {
      this.#assemble(years, rate, dividendYield, deviation);
      change = this.#newton() / deviation;
      if (!(change > accuracy)) break;
    }
    return change;
  }

  #exponentials(years: number, rate: number, dividendYield: number): void {
    const { nodes, sines, points } = this.grid;
    const n = this.order;
    let at = 0;
    for (let i = 0; i < n; i += 1) {
      const x = nodes[i] ?? 0;
      const tau = years * x * x;
      for (let k = 0; k < points; k += 1) {
        const sine = sines[k] ?? 0;
        const elapsed = tau * sine * sine;
        this.#discounts[at] = tableExp(-rate * elapsed);
        this.#carries[at] = tableExp(-dividendYield * elapsed);
        at += 1;
      }
    }
  }

  /** Residuals and their derivatives with respect to y. */
  #assemble(years: number, rate: number, dividendYield: number, deviation: number): void {
    const n = this.order;
    const { nodes, sines, weights, interpolation, points } = this.grid;
    const { y } = this;
    const squares = this.#squares;
    const jacobian = this.#jacobian;
    const discounts = this.#discounts;
    const carries = this.#carries;
    const logCap = this.logCap;
    const drift = ((rate - dividendYield) * years) / deviation;
    const rootYears = Math.sqrt(years);
    const floor = SMALLEST * deviation;
    const sign = this.respect;
    const byRate = sign > 0;
    const capRho = capSlope(rate, dividendYield, sign);
    for (let j = 0; j < n; j += 1) {
      const value = y[j] ?? 0;
      squares[j] = value * value;
    }
    let at = 0;
    let entry = 0;
    for (let i = 0; i < n; i += 1) {
      const x = nodes[i] ?? 0;
      const tau = years * x * x;
      const scale = deviation * x;
      const log = logCap - (y[i] ?? 0);
      const boundary = tableExp(log);
      const row = i * n;
      for (let j = 0; j < n; j += 1) jacobian[row + j] = 0;
      let puts = 0;
      let calls = 0;
      let own = 0;
      let direct = 0;
      let spreading = 0;
      const here = y[i] ?? 0;
      for (let k = 0; k < points; k += 1) {
        let square = 0;
        for (let j = 0; j < n; j += 1) square += (interpolation[entry + j] ?? 0) * (squares[j] ?? 0);
        const depth = square > floor * floor ? Math.sqrt(square) : floor;
        const spread = scale * (sines[k] ?? 0);
        const inverse = 1 / spread;
        // ln(B(τ)/B(τ-v)) = y(τ-v) - y(τ);  (r-q) v / (σ sqrt(v)) = drift x_i sin θ_k.
        const middle = (depth - here) * inverse + drift * x * (sines[k] ?? 0);
        const upper = middle + 0.5 * spread;
        const lower = middle - 0.5 * spread;
        const weight = (weights[k] ?? 0) * tau;
        const flow = weight * (discounts[at] ?? 0);
        const income = flow * rate;
        const paid = weight * boundary * (carries[at] ?? 0);
        const outgo = paid * dividendYield;
        const low = tableBoth(lower);
        const putDensity = income * (DENSITY[0] ?? 0);
        const high = tableBoth(upper);
        const callDensity = outgo * (DENSITY[0] ?? 0);
        puts += income * low;
        calls += outgo * high;
        const slope = (putDensity - callDensity) * inverse;
        spreading += putDensity * upper - callDensity * lower;
        own += slope;
        const elapsed = tau * (sines[k] ?? 0) * (sines[k] ?? 0);
        direct +=
          (byRate ? flow * low * (1 - rate * elapsed) : paid * high * (1 - dividendYield * elapsed)) + slope * elapsed;
        const factor = depth > floor ? slope / depth : 0;
        for (let j = 0; j < n; j += 1)
          jacobian[row + j] = (jacobian[row + j] ?? 0) + factor * (interpolation[entry + j] ?? 0);
        at += 1;
        entry += n;
      }
      const middle = log / scale + drift * x;
      const discount = tableExp(-rate * tau);
      const carry = boundary * tableExp(-dividendYield * tau);
      const above = carry * tableCdf(middle + 0.5 * scale);
      const held = above + calls;
      const kept = discount * tableCdf(middle - 0.5 * scale);
      this.#residual[i] = kept + puts - held;
      // Minus dF/dr at fixed y: the direct terms, and -held per unit of ln X.
      this.yRho[i] = sign * (tau * (byRate ? kept : above) - direct) + capRho * held;
      this.yVega[i] = rootYears * (x * carry * tableDensity(middle + 0.5 * scale) + spreading / deviation);
      for (let j = 0; j < n; j += 1) jacobian[row + j] = (jacobian[row + j] ?? 0) * (y[j] ?? 0);
      // own dependence: dF/dy_i = -dF/dlnB = held - Σ g
      jacobian[row + i] = (jacobian[row + i] ?? 0) + held - own;
    }
  }

  /** Solves J Δ = -F by Gauss elimination with row exchanges, applies Δ keeping y positive; returns the largest change. */
  #newton(): number {
    const n = this.order;
    const jacobian = this.#jacobian;
    const residual = this.#residual;
    eliminate(jacobian, residual, this.yRho, this.yVega, n);
    const { y } = this;
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
}

/** d ln X by the rate (sign 1) or the yield (sign -1). */
export function capSlope(rate: number, dividendYield: number, sign: 1 | -1): number {
  if (dividendYield <= rate) return 0;
  return sign > 0 ? 1 / rate : -1 / dividendYield;
}

/** Solves `matrix x = right` for three right sides in place (row-major n x n), with partial pivoting. */
function eliminate(
  matrix: Float64Array,
  right: Float64Array,
  second: Float64Array,
  third: Float64Array,
  n: number,
): void {
  for (let column = 0; column < n; column += 1) {
    let pivot = column;
    let largest = Math.abs(matrix[column * n + column] ?? 0);
    for (let i = column + 1; i < n; i += 1) {
      const size = Math.abs(matrix[i * n + column] ?? 0);
      if (size > largest) {
        largest = size;
        pivot = i;
      }
    }
    if (pivot !== column) {
      for (let j = column; j < n; j += 1) exchange(matrix, column * n + j, pivot * n + j);
      exchange(right, column, pivot);
      exchange(second, column, pivot);
      exchange(third, column, pivot);
    }
    const top = column * n;
    const inverse = 1 / (matrix[top + column] ?? 0);
    for (let i = column + 1; i < n; i += 1) {
      const row = i * n;
      const factor = (matrix[row + column] ?? 0) * inverse;
      for (let j = column + 1; j < n; j += 1) {
        matrix[row + j] = (matrix[row + j] ?? 0) - factor * (matrix[top + j] ?? 0);
      }
      right[i] = (right[i] ?? 0) - factor * (right[column] ?? 0);
      second[i] = (second[i] ?? 0) - factor * (second[column] ?? 0);
      third[i] = (third[i] ?? 0) - factor * (third[column] ?? 0);
    }
  }
  for (let i = n - 1; i >= 0; i -= 1) {
    let sum = right[i] ?? 0;
    let sum2 = second[i] ?? 0;
    let sum3 = third[i] ?? 0;
    for (let j = i + 1; j < n; j += 1) {
      const entry = matrix[i * n + j] ?? 0;
      sum -= entry * (right[j] ?? 0);
      sum2 -= entry * (second[j] ?? 0);
      sum3 -= entry * (third[j] ?? 0);
    }
    const inverse = 1 / (matrix[i * n + i] ?? 0);
    right[i] = sum * inverse;
    second[i] = sum2 * inverse;
    third[i] = sum3 * inverse;
  }
}

function exchange(array: Float64Array, a: number, b: number): void {
  const kept = array[a] ?? 0;
  array[a] = array[b] ?? 0;
  array[b] = kept;
}
