import { type BoundarySolver, boundarySolver } from './boundary-solver.ts';
import { difficulty, driftOf } from './put-solver.ts';
import { type PremiumBlock, premiumBlock } from './simd/premium-memory.ts';

export interface ChainLevel {
  readonly solver: BoundarySolver;
  readonly block: PremiumBlock;
  readonly steps: number;
  /** Volatilities to solve at. */
  readonly count: number;
}

interface LevelOrders {
  readonly until: number;
  readonly drift: number;
  readonly order: number;
  readonly points: number;
  readonly premium: number;
  readonly narrow: number;
  readonly wide: number;
}

/**
 * Nodes and points by difficulty at the largest volatility of an expiry and drift at the smallest, volatilities solved when the largest is at
 * most three times the smallest and when it is more: together 1.5e-5 dollars on an index fund at 600, 2e-5 per 100 of strike anywhere but
 * next to exercise where yield > rate and volatilities differ by a factor of eight (1e-4).
 */
const ORDERS: readonly LevelOrders[] = [
  { until: 0.0006, drift: 1, order: 5, points: 6, premium: 8, narrow: 7, wide: 8 },
  { until: 0.002, drift: 1, order: 6, points: 7, premium: 8, narrow: 7, wide: 8 },
  { until: 0.008, drift: 1, order: 7, points: 8, premium: 10, narrow: 7, wide: 8 },
  { until: 0.012, drift: 1, order: 8, points: 9, premium: 10, narrow: 7, wide: 8 },
  { until: 0.03, drift: 1, order: 8, points: 9, premium: 12, narrow: 7, wide: 8 },
  { until: 0.06, drift: 1, order: 9, points: 10, premium: 12, narrow: 7, wide: 8 },
  { until: 0.2, drift: 2, order: 11, points: 12, premium: 14, narrow: 8, wide: 10 },
];
const HARDEST: LevelOrders = {
  until: Infinity,
  drift: Infinity,
  order: 13,
  points: 15,
  premium: 20,
  narrow: 8,
  wide: 10,
};
const STEPS = 2;
/** Beyond this drift no boundary of few nodes is good. */
const LARGEST_DRIFT = 6;
/** Highest over lowest volatility from which a range is a wide one; and from which a boundary with a yield above the rate needs more of them. */
const WIDE = 3;
const BROAD = 2;
/** Difficulty from which it does: such a boundary leaves r/q where the deviation over the life is of the size of ln(q/r). */
const EASY = 0.002;

/** The solvers of a chain, shared by its expiries; made when first needed. */
export class ChainLevels {
  readonly #made = new Map<LevelOrders, Omit<ChainLevel, 'count'>>();

  /** Undefined where no boundary of few nodes is good for the smallest volatility. */
  level(
    years: number,
    rate: number,
    dividendYield: number,
    range: { readonly low: number; readonly high: number },
  ): ChainLevel | undefined {
    const hardness = difficulty(years, rate, dividendYield, range.high);
    const drift = driftOf(years, rate, dividendYield, range.low);
    if (drift > LARGEST_DRIFT) return undefined;
    const orders = ORDERS.find((one) => hardness <= one.until && drift <= one.drift) ?? HARDEST;
    let level = this.#made.get(orders);
    if (level === undefined) {
      level = {
        solver: boundarySolver(orders.order, orders.points, 6),
        block: premiumBlock(orders.order, orders.premium),
        steps: STEPS,
      };
      this.#made.set(orders, level);
    }
    const breadth = range.high / range.low;
    const capped = dividendYield > rate && hardness > EASY;
    const more = !capped || breadth <= BROAD ? 0 : breadth <= WIDE ? 2 : 4;
    return { ...level, count: (breadth > WIDE ? orders.wide : orders.narrow) + more };
  }
}
