import { BoundarySolver } from './boundary-solver.ts';
import { premiumGrid, type PremiumGrid } from './collocation-grid.ts';
import { difficulty } from './put-solver.ts';

export interface ChainLevel {
  readonly solver: BoundarySolver;
  readonly grid: PremiumGrid;
  readonly steps: number;
}

interface LevelOrders {
  readonly until: number;
  readonly order: number;
  readonly points: number;
  readonly premium: number;
}

/** Nodes and points by difficulty at the largest volatility of an expiry: 1e-5 per 100 of spot together with the interpolation. */
const ORDERS: readonly LevelOrders[] = [
  { until: 0.0006, order: 5, points: 6, premium: 8 },
  { until: 0.002, order: 6, points: 7, premium: 8 },
  { until: 0.008, order: 7, points: 8, premium: 10 },
  { until: 0.03, order: 8, points: 9, premium: 10 },
  { until: 0.06, order: 9, points: 10, premium: 12 },
  { until: 0.2, order: 11, points: 12, premium: 14 },
  { until: Infinity, order: 13, points: 15, premium: 20 },
];
const STEPS = 2;

/** The solvers of a chain, shared by its expiries; made when first needed. */
export class ChainLevels {
  readonly #made = new Map<LevelOrders, ChainLevel>();

  level(years: number, rate: number, dividendYield: number, volatility: number): ChainLevel {
    const hardness = difficulty(years, rate, dividendYield, volatility);
    let orders = ORDERS.find((one) => hardness <= one.until);
    orders ??= { until: Infinity, order: 13, points: 15, premium: 20 };
    let level = this.#made.get(orders);
    if (level === undefined) {
      level = {
        solver: new BoundarySolver(orders.order, orders.points),
        grid: premiumGrid(orders.order, orders.premium),
        steps: STEPS,
      };
      this.#made.set(orders, level);
    }
    return level;
  }
}
