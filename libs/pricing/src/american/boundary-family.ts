import type { BoundarySolver } from './boundary-solver.ts';
import { chebyshevPoints, endSlope, lagrangeRow } from './collocation-grid.ts';
import { tableCdf, tableDensity, tableExp } from './normal-table.ts';
import { premiumKernel, type PremiumKernel } from './premium-kernel.ts';
import { type PremiumBlock, premiumMemory } from './simd/premium-memory.ts';

/** Share of the solved life that a boundary still serves; below, its nodes are in the wrong places. */
const SHORTEST = 0.8;
/** Boundaries from whose volatilities the next one's is extrapolated, and the last Newton step, in total deviations, that is then small enough. */
const KNOWN = 3;
const SETTLED = 1e-3;
/** Of the boundary before, below which none is extrapolated. */
const LEAST_SHARE = 0.3;

/**
 * American puts with strike 1 of one expiry: between solves only volatility and spot differ, so the boundary is solved at a few
 * Chebyshev points of ln σ and y/σ is interpolated between them. B(τ) knows nothing of the expiry: as time passes the same
 * nodes are read at other places (`retime`). Without `solver` (no early exercise) it is the European put.
 * Prices are those at the last `price` or `greeks`; vega and rho per 1.00, theta per year.
 */
export class BoundaryFamily {
  readonly rate: number;
  readonly yield: number;
  readonly low: number;
  readonly high: number;
  readonly #solvedYears: number;
  readonly #sign: 1 | -1;
  readonly #block: PremiumBlock | undefined;
  readonly #kernel: PremiumKernel | undefined;
  readonly #count: number;
  readonly #order: number;
  readonly #logCap: number;
  /** H and dH/dr at the nodes, one row a volatility. */
  readonly #squares: Float64Array;
  readonly #squaresRho: Float64Array;
  readonly #volatilities: Float64Array;
  readonly #transform: Float64Array;
  /** Chebyshev coefficients by point: y/σ and dy/dr; behind the points follow y(T) and, of the first, y'(T). */
  readonly #depths: Float64Array;
  readonly #depthsRho: Float64Array;
  readonly #basis: Float64Array;
  readonly #slopes: Float64Array;
  readonly #middle: number;
  readonly #scale: number;
  #years = 0;
  #rootYears = 0;
  #discount = 1;
  #carry = 1;
  /** y(T) at the volatility of the last call. */
  #last = 0;
  #loaded = -1;
  /** The volatility loaded, as a place in [-1, 1]. */
  #place = 0;
  price = 0;
  delta = 0;
  gamma = 0;
  vega = 0;
  theta = 0;
  rho = 0;
  europeanVega = 0;
  /** d1 d2 of the European part: volga is vega times this over σ. */
  bend = 0;

  constructor(
    terms: { readonly years: number; readonly rate: number; readonly yield: number; readonly sign: 1 | -1 },
    range: { readonly low: number; readonly high: number; readonly count: number },
    engine: { readonly solver: BoundarySolver; readonly block: PremiumBlock; readonly steps: number } | undefined,
  ) {
    this.rate = terms.rate;
    this.yield = terms.yield;
    this.low = range.low;
    this.high = range.high;
    this.#sign = terms.sign;
    this.#solvedYears = terms.years;
    this.#block = engine?.block;
    this.#count = range.count;
    const order = engine?.solver.order ?? 0;
    const points = engine?.block.grid.points ?? 0;
    const count = range.count;
    this.#order = order;
    this.#kernel = engine === undefined ? undefined : premiumKernel(6);
    this.#squares = new Float64Array(order * count);
    this.#squaresRho = new Float64Array(order * count);
    this.#depths = new Float64Array((points + 2) * count);
    this.#depthsRho = new Float64Array((points + 1) * count);
    this.#basis = new Float64Array(count);
    this.#slopes = new Float64Array(count);
    this.#middle = 0.5 * (Math.log(range.high) + Math.log(range.low));
    this.#scale = 2 / (Math.log(range.high) - Math.log(range.low));
    this.#volatilities = chebyshevPoints(count - 1).map((t) => Math.exp(this.#middle + (2 * t - 1) / this.#scale));
    this.#transform = chebyshevTransform(count);
    this.#logCap = terms.yield > terms.rate ? Math.log(terms.rate / terms.yield) : 0;
    if (engine !== undefined) this.#solve(engine.solver, engine.steps);
    this.retime(terms.years);
  }

  #solve(solver: BoundarySolver, steps: number): void {
    solver.respect = this.#sign;
    const n = this.#order;
    for (let s = 0; s < this.#count; s += 1) {
      const volatility = this.#volatilities[s] ?? 0;
      if (s < KNOWN) {
        solver.solve(this.#solvedYears, this.rate, this.yield, volatility, steps, 0, true);
      } else {
        this.#extrapolate(s, solver.y);
        solver.improve(this.#solvedYears, this.rate, this.yield, volatility, steps + 1, SETTLED, true);
      }
      for (let j = 0; j < n; j += 1) {
        const y = solver.y[j] ?? 0;
        this.#squares[s * n + j] = y * y;
        this.#squaresRho[s * n + j] = 2 * y * (solver.yRho[j] ?? 0);
      }
    }
  }

  /** y at the volatility `s` from those at the ones before: a nearer start than QD+, most often one Newton step away. */
  #extrapolate(s: number, y: Float64Array): void {
    const n = this.#order;
    const volatilities = this.#volatilities;
    const place = (k: number): number => Math.cos((Math.PI * k) / (this.#count - 1));
    const volatility = volatilities[s] ?? 1;
    y.fill(0);
    for (let a = s - KNOWN; a < s; a += 1) {
      let weight = volatility / (volatilities[a] ?? 1);
      for (let b = s - KNOWN; b < s; b += 1) if (b !== a) weight *= (place(s) - place(b)) / (place(a) - place(b));
      for (let j = 0; j < n; j += 1) y[j] = (y[j] ?? 0) + weight * Math.sqrt(this.#squares[a * n + j] ?? 0);
    }
    const least = (LEAST_SHARE * volatility) / (volatilities[s - 1] ?? 1);
    for (let j = 0; j < n; j += 1) y[j] = Math.max(y[j] ?? 0, least * Math.sqrt(this.#squares[(s - 1) * n + j] ?? 0));
  }

  /** True when the solved boundaries serve an expiry `years` away. */
  serves(years: number, rate: number, dividendYield: number): boolean {
    return (
      rate === this.rate &&
      dividendYield === this.yield &&
      years <= this.#solvedYears &&
      years >= SHORTEST * this.#solvedYears
    );
  }

  /** Moves to an expiry `years` away. */
  retime(years: number): void {
    if (years === this.#years) return;
    this.#years = years;
    this.#rootYears = Math.sqrt(years);
    this.#discount = tableExp(-this.rate * years);
    this.#carry = tableExp(-this.yield * years);
    this.#loaded = -1;
    if (premiumMemory.owner === this) premiumMemory.owner = undefined;
    const grid = this.#block?.grid;
    if (grid === undefined) return;
    const n = this.#order;
    const ratio = Math.sqrt(years / this.#solvedYears);
    const same = ratio === 1;
    const nodes = chebyshevPoints(n);
    for (let k = 0; k < grid.points; k += 1) {
      const sine = grid.sines[k] ?? 0;
      const row = same
        ? grid.interpolation.subarray(k * n, (k + 1) * n)
        : lagrangeRow(nodes, ratio * Math.sqrt(1 - sine * sine)).subarray(1);
      this.#project(k, row);
    }
    // y and its slope at the end: y' = H'/(2y), dH/dτ = H_x / (2 x T0).
    const end = same ? undefined : lagrangeRow(nodes, ratio).subarray(1);
    const values = new Float64Array(this.#count);
    const slopes = new Float64Array(this.#count);
    const rhos = new Float64Array(this.#count);
    const derivative = same ? endSlope(n) : slopeRow(nodes, ratio);
    for (let s = 0; s < this.#count; s += 1) {
      let square = 0;
      let slope = 0;
      let squareRho = 0;
      for (let j = 0; j < n; j += 1) {
        const value = this.#squares[s * n + j] ?? 0;
        const weight = end === undefined ? (j === n - 1 ? 1 : 0) : (end[j] ?? 0);
        square += weight * value;
        squareRho += weight * (this.#squaresRho[s * n + j] ?? 0);
        slope += (derivative[j] ?? 0) * value;
      }
      const volatility = this.#volatilities[s] ?? 1;
      const depth = Math.sqrt(Math.max(square, 1e-300));
      values[s] = depth / volatility;
      rhos[s] = squareRho / (2 * depth);
      slopes[s] = slope / (4 * ratio * this.#solvedYears * depth * volatility);
    }
    this.#coefficients(values, this.#depths, grid.points);
    this.#coefficients(slopes, this.#depths, grid.points + 1);
    this.#coefficients(rhos, this.#depthsRho, grid.points);
  }

  #project(k: number, row: Float64Array): void {
    const n = this.#order;
    const count = this.#count;
    const values = this.#basis;
    const slopes = this.#slopes;
    for (let s = 0; s < count; s += 1) {
      let square = 0;
      let squareRho = 0;
      for (let j = 0; j < n; j += 1) {
        const weight = row[j] ?? 0;
        square += weight * (this.#squares[s * n + j] ?? 0);
        squareRho += weight * (this.#squaresRho[s * n + j] ?? 0);
      }
      const depth = Math.sqrt(Math.max(square, 1e-300));
      values[s] = depth / (this.#volatilities[s] ?? 1);
      slopes[s] = square > 0 ? squareRho / (2 * depth) : 0;
    }
    this.#coefficients(values, this.#depths, k);
    this.#coefficients(slopes, this.#depthsRho, k);
  }

  #coefficients(values: Float64Array, into: Float64Array, row: number): void {
    const count = this.#count;
    for (let j = 0; j < count; j += 1) {
      let sum = 0;
      for (let s = 0; s < count; s += 1) sum += (this.#transform[j * count + s] ?? 0) * (values[s] ?? 0);
      into[row * count + j] = sum;
    }
  }

  /** Reads the boundary at a volatility into the kernel; with `derivatives` also how it moves with volatility and rate. */
  #load(volatility: number, kernel: PremiumKernel, block: PremiumBlock, derivatives: boolean): void {
    const count = this.#count;
    const depths = this.#depths;
    const { points } = block.grid;
    const { basis, basisSlopes } = premiumMemory;
    if (premiumMemory.owner !== this) {
      kernel.terms(this, block, this.#years, this.rate, this.yield, this.#logCap, this.#sign);
      kernel.series(points, count, depths, this.#depthsRho);
      this.#loaded = -1;
    }
    const end = points * count;
    if (this.#loaded !== volatility) {
      const t = (Math.log(volatility) - this.#middle) * this.#scale;
      chebyshevBasis(t, count, basis);
      this.#place = t;
      let last = 0;
      let slope = 0;
      for (let j = 0; j < count; j += 1) {
        last += (depths[end + j] ?? 0) * (basis[j] ?? 0);
        slope += (depths[end + count + j] ?? 0) * (basis[j] ?? 0);
      }
      this.#last = last * volatility;
      kernel.fromSeries(volatility);
      kernel.last(this.#last, slope * volatility);
      this.#loaded = volatility;
    }
    if (!derivatives) return;
    chebyshevSlopes(this.#place, count, this.#scale, basis, basisSlopes);
    let slope = 0;
    let rho = 0;
    for (let j = 0; j < count; j += 1) {
      slope += (depths[end + j] ?? 0) * (basisSlopes[j] ?? 0);
      rho += (this.#depthsRho[end + j] ?? 0) * (basis[j] ?? 0);
    }
    kernel.derivativesFromSeries(this.#last / volatility + slope, rho);
  }

  /** Price, European vega and bend at `spot`; false in the exercise region of this volatility. */
  priceAt(volatility: number, spot: number, logSpot: number): boolean {
    const kernel = this.#kernel;
    let premium = 0;
    const block = this.#block;
    if (kernel !== undefined && block !== undefined) {
      this.#load(volatility, kernel, block, false);
      if (!(logSpot - this.#logCap + this.#last > 0)) return false;
      premium = kernel.price(spot, logSpot);
    }
    const deviation = volatility * this.#rootYears;
    const upper = (logSpot + (this.rate - this.yield) * this.#years) / deviation + 0.5 * deviation;
    this.price = this.#discount * tableCdf(deviation - upper) - spot * this.#carry * tableCdf(-upper) + premium;
    this.europeanVega = spot * this.#carry * tableDensity(upper) * this.#rootYears;
    this.bend = upper * (upper - deviation);
    return true;
  }

  /** As `priceAt`, with all derivatives. */
  greeksAt(volatility: number, spot: number, logSpot: number): boolean {
    const kernel = this.#kernel;
    const years = this.#years;
    const deviation = volatility * this.#rootYears;
    const upper = (logSpot + (this.rate - this.yield) * years) / deviation + 0.5 * deviation;
    const put = this.#discount * tableCdf(deviation - upper);
    const call = this.#carry * tableCdf(-upper);
    const density = this.#carry * tableDensity(upper);
    this.price = put - spot * call;
    this.delta = -call;
    this.gamma = density / (spot * deviation);
    this.vega = spot * density * this.#rootYears;
    this.europeanVega = this.vega;
    this.bend = upper * (upper - deviation);
    this.rho = this.#sign > 0 ? -years * put : years * spot * call;
    const block = this.#block;
    if (kernel !== undefined && block !== undefined) {
      this.#load(volatility, kernel, block, true);
      if (!(logSpot - this.#logCap + this.#last > 0)) return false;
      kernel.greeks(spot, logSpot);
      this.price += kernel.premium;
      this.delta += kernel.delta;
      this.gamma = Math.max(this.gamma + kernel.gamma, 0);
      this.vega += kernel.vega;
      this.rho += kernel.rho;
    }
    this.theta =
      this.rate * this.price -
      (this.rate - this.yield) * spot * this.delta -
      0.5 * volatility * volatility * spot * spot * this.gamma;
    return true;
  }
}

/** Values T_j(t), `count` of them. */
function chebyshevBasis(t: number, count: number, values: Float64Array): void {
  let before = 1;
  let value = t;
  values[0] = 1;
  for (let j = 1; j < count; j += 1) {
    values[j] = value;
    const next = 2 * t * value - before;
    before = value;
    value = next;
  }
}

/** `scale` times the derivatives T_j'(t), from the values. */
function chebyshevSlopes(t: number, count: number, scale: number, values: Float64Array, slopes: Float64Array): void {
  let before = 0;
  let slope = 1;
  slopes[0] = 0;
  for (let j = 1; j < count; j += 1) {
    slopes[j] = slope * scale;
    const next = 2 * (values[j] ?? 0) + 2 * t * slope - before;
    before = slope;
    slope = next;
  }
}

const transforms = new Map<number, Float64Array>();

/** Matrix from values at the ascending Chebyshev-Lobatto points to coefficients of T_j. */
function chebyshevTransform(count: number): Float64Array {
  const known = transforms.get(count);
  if (known !== undefined) return known;
  const last = count - 1;
  const matrix = new Float64Array(count * count);
  for (let j = 0; j < count; j += 1) {
    for (let s = 0; s < count; s += 1) {
      const ends = (j === 0 || j === last ? 0.5 : 1) * (s === 0 || s === last ? 0.5 : 1);
      matrix[j * count + s] = (2 / last) * ends * Math.cos((Math.PI * j * (last - s)) / last);
    }
  }
  transforms.set(count, matrix);
  return matrix;
}

/** Weights of the node values (without the first, which is zero) in the derivative of the interpolant at x, off the nodes. */
function slopeRow(points: Float64Array, x: number): Float64Array {
  const h = 1e-5;
  const up = lagrangeRow(points, x + h);
  const down = lagrangeRow(points, x - h);
  return up.map((value, j) => (value - (down[j] ?? 0)) / (2 * h)).subarray(1);
}
