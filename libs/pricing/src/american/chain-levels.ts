import { type BoundarySolver, boundarySolver } from './boundary-solver.ts';
import { difficulty } from './put-solver.ts';
import { type PremiumBlock, premiumBlock } from './simd/premium-memory.ts';

export interface ChainLevel {
  readonly solver: BoundarySolver;
  readonly block: PremiumBlock;
  readonly steps: number;
  /** Volatilities to solve at: of a narrow range, of a wide one. */
  readonly narrow: number;
  readonly wide: number;
}

interface LevelOrders {
  readonly until: number;
  readonly order: number;
  readonly points: number;
  readonly premium: number;
  readonly narrow: number;
  readonly wide: number;
}

/**
 * Nodes and points by difficulty at the largest volatility of an expiry, volatilities solved when the largest is at most three times the
 * smallest and when it is more: together 1.5e-5 dollars on an index fund at 600, 1e-5 per 100 of spot anywhere.
 */
const ORDERS: readonly LevelOrders[] = [
  { until: 0.0006, order: 5, points: 6, premium: 8, narrow: 7, wide: 8 },
  { until: 0.002, order: 6, points: 7, premium: 8, narrow: 7, wide: 8 },
  { until: 0.008, order: 7, points: 8, premium: 10, narrow: 7, wide: 8 },
  { until: 0.012, order: 8, points: 9, premium: 10, narrow: 7, wide: 8 },
  { until: 0.03, order: 8, points: 9, premium: 12, narrow: 7, wide: 8 },
  { until: 0.06, order: 9, points: 10, premium: 12, narrow: 7, wide: 8 },
  { until: 0.2, order: 11, points: 12, premium: 14, narrow: 8, wide: 10 },
];
const HARDEST: LevelOrders = { until: Infinity, order: 13, points: 15, premium: 20, narrow: 8, wide: 10 };
const STEPS = 2;

/** The solvers of a chain, shared by its expiries; made when first needed. */
export class ChainLevels {
  readonly #made = new Map<LevelOrders, ChainLevel>();

  level(years: number, rate: number, dividendYield: number, volatility: number): ChainLevel {
    const hardness = difficulty(years, rate, dividendYield, volatility);
    const orders = ORDERS.find((one) => hardness <= one.until) ?? HARDEST;
    let level = this.#made.get(orders);
    if (level === undefined) {
      level = {
        solver: boundarySolver(orders.order, orders.points, 6),
        block: premiumBlock(orders.order, orders.premium),
        steps: STEPS,
        narrow: orders.narrow,
        wide: orders.wide,
      };
      this.#made.set(orders, level);
    }
    return level;
  }
}
