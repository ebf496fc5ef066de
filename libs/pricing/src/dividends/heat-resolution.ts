/** How fine the grids and steps of `solveHeat` are; chosen by tools/bench/pricing/dividends.ts and chains of other rates, dividends and volatilities. */
export interface HeatResolution {
  /** Nodes per standard deviation to expiry. */
  readonly perDeviation: number;
  /** And per standard deviation for each dividend: each one's fall is interpolated on the nodes. */
  readonly perDividend: number;
  /** Steps over the life when there is no dividend. */
  readonly steps: number;
  /** Least steps between two events. */
  readonly leastSteps: number;
  readonly laterPower: number;
  /** Share of `steps` that spans after the first take: the payoff's kink is behind them. */
  readonly laterShare: number;
  /** As `steps`, for the part of a span in which puts no longer wait for its dividend. */
  readonly waitedSteps: number;
  /** And least of them. */
  readonly leastWaited: number;
  /** All steps are so many times the volatility as many where that is more than one: what steps miss of an exercise grows with it. */
  readonly pace: number;
  /** A contract so many cells from its exercise boundary is solved again on a finer grid. */
  readonly nearCells: number;
  /** Standard deviations beyond the strike and the prices asked for. */
  readonly reach: number;
}

/** One contract at a time. */
export const FAST: HeatResolution = {
  perDeviation: 13,
  perDividend: 1,
  steps: 44,
  leastSteps: 9,
  laterPower: 1,
  laterShare: 0.75,
  waitedSteps: 40,
  leastWaited: 9,
  pace: 1.5,
  nearCells: 4,
  reach: 3.5,
};
/** Lattices of chains, which add an error of their own and are not asked next to the exercise boundary. */
export const CHAIN: HeatResolution = {
  perDeviation: 9,
  perDividend: 0.25,
  steps: 22,
  leastSteps: 6,
  laterPower: 1,
  laterShare: 0.5,
  waitedSteps: 16,
  leastWaited: 6,
  pace: 2.4,
  nearCells: 0,
  reach: 3.5,
};
/** Contracts of a chain each for itself: while the volatility is looked for, in the end, and in the end next to the exercise boundary. */
export const ROUGH: HeatResolution = { ...CHAIN, pace: 1 };
export const CLOSE: HeatResolution = { ...CHAIN, steps: 26, leastSteps: 7, waitedSteps: 20 };
export const CLOSEST: HeatResolution = { ...CLOSE, perDeviation: 25, leastWaited: 9 };
/** The same for contracts that are not of a chain. */
export const ALONE: HeatResolution = { ...FAST, nearCells: 0 };
export const ALONE_NEAR: HeatResolution = { ...ALONE, perDeviation: 28 };
/** Both sides of the rate, on one grid whose errors cancel; next to the exercise boundary. */
export const RATE: HeatResolution = { ...CHAIN, perDeviation: 7, steps: 14, leastSteps: 4, waitedSteps: 12 };
export const RATE_NEAR: HeatResolution = { ...RATE, perDeviation: 18 };
export const FINE: HeatResolution = {
  perDeviation: 30,
  perDividend: 0,
  steps: 150,
  leastSteps: 40,
  laterPower: 1.25,
  laterShare: 1,
  waitedSteps: 140,
  leastWaited: 12,
  pace: 1,
  nearCells: 4,
  reach: 6.5,
};
