import { type BoundarySolver, boundarySolver } from './boundary-solver.ts';
import { endSlope, refinement } from './collocation-grid.ts';
import { tableCdf, tableDensity, tableExp } from './normal-table.ts';
import { type PremiumKernel, premiumKernel } from './premium-kernel.ts';
import { type PremiumBlock, premiumBlock } from './simd/premium-memory.ts';
import type { Terms } from './simd/vector-functions.ts';

/**
 * How exact an American value is, in dollars per 100 dollars of spot: `fast` 1e-5, `fine` 1e-8.
 * Both are the same scheme; fine has more nodes and starts from the solution of a coarse one.
 */
export type AmericanMode = 'fast' | 'fine';

/** Nodes of the boundary, quadrature points of its equation, quadrature points of the premium. */
interface Orders {
  /** Largest difficulty and drift these orders are good for (see `difficulty` and `driftOf`). */
  readonly until: number;
  readonly drift: number;
  readonly order: number;
  readonly points: number;
  readonly premium: number;
}

const FAST: readonly Orders[] = [
  { until: 0.0012, drift: 0.2, order: 5, points: 6, premium: 8 },
  { until: 0.006, drift: 0.25, order: 6, points: 7, premium: 10 },
  { until: 0.012, drift: 0.4, order: 7, points: 8, premium: 12 },
  { until: 0.025, drift: 0.5, order: 8, points: 9, premium: 12 },
  { until: 0.06, drift: 0.8, order: 10, points: 11, premium: 14 },
  { until: 0.12, drift: 1.2, order: 11, points: 12, premium: 16 },
  { until: 0.45, drift: 3, order: 13, points: 15, premium: 20 },
  { until: Infinity, drift: Infinity, order: 22, points: 32, premium: 40 },
];
const FINE: readonly Orders[] = [
  { until: 0.001, drift: 0.2, order: 20, points: 24, premium: 32 },
  { until: 0.02, drift: 0.4, order: 28, points: 32, premium: 40 },
  { until: 0.1, drift: 1.5, order: 34, points: 38, premium: 44 },
  { until: 0.9, drift: Infinity, order: 38, points: 44, premium: 52 },
  { until: Infinity, drift: Infinity, order: 44, points: 64, premium: 80 },
];
/** The coarse solution that a level of a mode starts from, where its order is above `from`. */
const COARSE: Readonly<Record<AmericanMode, Orders & { readonly from: number; readonly steps: number }>> = {
  fast: { until: Infinity, drift: Infinity, order: 5, points: 6, premium: 8, from: 7, steps: 2 },
  fine: { until: Infinity, drift: Infinity, order: 10, points: 12, premium: 8, from: 10, steps: 3 },
};

/** Orders above this are for options whose coarse start is too rough for a single step. */
const HARD = 10;
const FAST_STEPS = 2;
const MORE_STEPS = 12;
/** A last Newton step of the fine mode larger than this, in total deviations, is followed by one more (one option in fifteen). */
const SETTLED = 1e-6;
/** A last Newton step larger than this, in total deviations, has not converged. */
const CONVERGED = 0.02;
/**
 * Drift beyond which the rest of the life is worth nothing: a put that is not exercised until the drift is c is exercised later with a chance of
 * at most 2 Φ(-c) (of a Brownian motion with drift: the chance to be below its start at a time or ever after).
 */
const LARGEST_DRIFT: Readonly<Record<AmericanMode, number>> = { fast: 6.2, fine: 8 };

class Level {
  readonly solver: BoundarySolver;
  readonly block: PremiumBlock;
  readonly slope: Float64Array;
  readonly fromCoarse: Float64Array | undefined;
  /** Takes two Newton steps from the coarse solution even for a price. */
  readonly exact: boolean;

  constructor(orders: Orders, accuracy: Terms, coarse: number, from: number, exact: boolean) {
    this.exact = exact;
    this.solver = boundarySolver(orders.order, orders.points, accuracy);
    this.block = premiumBlock(orders.order, orders.premium);
    this.slope = endSlope(orders.order);
    this.fromCoarse = orders.order > from ? refinement(coarse, orders.order) : undefined;
  }
}

/**
 * How hard the boundary is to interpolate: nothing happens to it where carry or deviation over the life are small. Below a yield of zero it is
 * the premium that is hard: the closed form that relieves its quadrature (`PremiumKernel`) may not exist.
 */
export function difficulty(years: number, rate: number, dividendYield: number, volatility: number): number {
  const carry = Math.max(rate, dividendYield, rate - dividendYield) * years;
  return Math.max(Math.sqrt(carry) * volatility * Math.sqrt(years), -40 * dividendYield * years);
}

/**
 * Drift of the spot in deviations, both over the life. Where it is large the boundary is that of an endless option from 1/drift² of the life on:
 * in sqrt(τ/T) all that happens to it happens before 1/drift.
 */
export function driftOf(years: number, rate: number, dividendYield: number, volatility: number): number {
  return ((rate - dividendYield) * Math.sqrt(years)) / volatility;
}

/**
 * American put with strike 1 in the regime of one exercise boundary: `solve` the boundary, then any number of prices and
 * greeks at spots, until anybody else of the thread solves.
 */
export class PutSolver {
  /** By place in the mode's orders, made when first needed. */
  readonly #levels: Level[] = [];
  readonly #bounds: readonly Orders[];
  readonly #largestDrift: number;
  readonly #make: (at: number) => Level;
  readonly #kernel: PremiumKernel;
  readonly #coarse: BoundarySolver;
  readonly #coarseSteps: number;
  readonly #settled: number;
  #volatility = 0;
  #years = 0;
  #rate = 0;
  #yield = 0;
  #sign: 1 | -1 = 1;
  /** Figures of the last `greeks`; theta by the Black-Scholes equation, per year; vega and rho per 1.00. */
  price = 0;
  delta = 0;
  gamma = 0;
  vega = 0;
  theta = 0;
  rho = 0;
  /** Exercise boundary now, as a fraction of the strike. */
  boundary = 0;

  constructor(mode: AmericanMode) {
    const coarse = COARSE[mode];
    const accuracy = mode === 'fast' ? 6 : 8;
    this.#coarse = boundarySolver(coarse.order, coarse.points, accuracy);
    this.#coarseSteps = coarse.steps;
    this.#settled = mode === 'fine' ? SETTLED : Infinity;
    const all = mode === 'fast' ? FAST : FINE;
    this.#bounds = all;
    this.#largestDrift = LARGEST_DRIFT[mode];
    this.#make = (at) => {
      const orders = all[at] ?? coarse;
      return new Level(orders, accuracy, coarse.order, coarse.from, mode === 'fine' || orders.order > HARD);
    };
    this.#kernel = premiumKernel(accuracy);
  }

  /** A level's grids and kernels take milliseconds to make: a process that prices one contract makes one. */
  #choose(hardness: number, drift: number): Level {
    const good = this.#bounds.findIndex((orders) => hardness <= orders.until && drift <= orders.drift);
    const at = good < 0 ? this.#bounds.length - 1 : good;
    return (this.#levels[at] ??= this.#make(at));
  }

  /** False when the iteration did not converge: the caller takes another method. `sign` 1: rho by the rate; -1: by the yield. */
  solve(life: number, rate: number, dividendYield: number, volatility: number, sign: 1 | -1, greeks: boolean): boolean {
    const drift = driftOf(life, rate, dividendYield, volatility);
    const net = drift - 0.5 * volatility * Math.sqrt(life);
    const years = net > this.#largestDrift ? life * (this.#largestDrift / net) ** 2 : life;
    const level = this.#choose(difficulty(years, rate, dividendYield, volatility), drift);
    this.#years = years;
    this.#rate = rate;
    this.#yield = dividendYield;
    this.#volatility = volatility;
    this.#sign = sign;
    const { solver } = level;
    solver.respect = sign;
    let change: number;
    if (level.fromCoarse === undefined) {
      change = solver.solve(years, rate, dividendYield, volatility, FAST_STEPS, 0, greeks);
    } else {
      const coarse = this.#coarse;
      coarse.solve(years, rate, dividendYield, volatility, this.#coarseSteps, 0, false);
      solver.adopt(coarse, level.fromCoarse, years, rate, dividendYield, volatility);
      // One step is enough for a fast price; derivatives of the boundary are those before the last step, so they take one more.
      const steps = greeks || level.exact ? 2 : 1;
      change = solver.improve(years, rate, dividendYield, volatility, steps, 0, greeks);
      if (change > this.#settled) change = solver.improve(years, rate, dividendYield, volatility, 1, 0, greeks);
    }
    if (!(change < CONVERGED)) {
      change = solver.solve(years, rate, dividendYield, volatility, MORE_STEPS, CONVERGED * 0.01, greeks);
    }
    if (!(change < CONVERGED)) return false;
    this.#spread(level, greeks);
    return true;
  }

  /** Boundary at the points of the premium's quadrature, and its derivatives. */
  #spread(level: Level, greeks: boolean): void {
    const { solver } = level;
    const kernel = this.#kernel;
    const { y, yRho, yVega, order } = solver;
    let slope = 0;
    for (let j = 0; j < order; j += 1) slope += (level.slope[j] ?? 0) * (y[j] ?? 0) * (y[j] ?? 0);
    const last = y[order - 1] ?? 0;
    kernel.terms(this, level.block, this.#years, this.#rate, this.#yield, solver.logCap, this.#sign);
    kernel.fromNodes(this.#volatility, order, y, yRho, yVega, slope / (4 * this.#years * last), greeks);
    this.boundary = tableExp(solver.logCap - last);
  }

  /** Value of the put at `spot` above the boundary, at least intrinsic. */
  valueAt(spot: number): number {
    const logSpot = Math.log(spot);
    const deviation = this.#volatility * Math.sqrt(this.#years);
    const middle = (logSpot + (this.#rate - this.#yield) * this.#years) / deviation;
    const european =
      tableExp(-this.#rate * this.#years) * tableCdf(0.5 * deviation - middle) -
      spot * tableExp(-this.#yield * this.#years) * tableCdf(-0.5 * deviation - middle);
    return Math.max(european + this.#kernel.price(spot, logSpot), 1 - spot, 0);
  }

  /** Price and derivatives at `spot` above the boundary. */
  greeksAt(spot: number): void {
    const kernel = this.#kernel;
    const logSpot = Math.log(spot);
    const years = this.#years;
    const root = Math.sqrt(years);
    const volatility = this.#volatility;
    const deviation = volatility * root;
    const upper = (logSpot + (this.#rate - this.#yield) * years) / deviation + 0.5 * deviation;
    const discount = tableExp(-this.#rate * years);
    const carry = tableExp(-this.#yield * years);
    const put = discount * tableCdf(deviation - upper);
    const call = carry * tableCdf(-upper);
    const density = carry * tableDensity(upper);
    kernel.greeks(spot, logSpot);
    this.price = Math.max(put - spot * call + kernel.premium, 1 - spot, 0);
    this.delta = kernel.delta - call;
    this.gamma = Math.max(kernel.gamma + density / (spot * deviation), 0);
    this.rho = kernel.rho + (this.#sign > 0 ? -years * put : years * spot * call);
    this.theta =
      this.#rate * this.price -
      (this.#rate - this.#yield) * spot * this.delta -
      0.5 * volatility * volatility * spot * spot * this.gamma;
    this.vega = Math.max(kernel.vega + spot * density * root, 0);
  }
}
