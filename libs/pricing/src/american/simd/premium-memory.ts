import { premiumGrid, type PremiumGrid } from '../collocation-grid.ts';
import { type Column, newColumn, newWords } from './kernel-memory.ts';

/** Most quadrature points, nodes of a boundary, and terms of a series in volatility (an even number). */
const MOST_POINTS = 80;
const MOST_NODES = 44;
export const MOST_TERMS = 14;

/** One premium quadrature, and where its sines, weights and rows of interpolation are in the kernels' memory. */
export interface PremiumBlock {
  readonly grid: PremiumGrid;
  /** Pairs of points; a missing last point has no weight. */
  readonly half: number;
  readonly order: number;
  readonly sines: number;
  readonly weights: number;
  readonly matrix: number;
}

const blocks = new Map<string, PremiumBlock>();

/** The thread's quadrature of `points` points of a boundary with `order` nodes. */
export function premiumBlock(order: number, points: number): PremiumBlock {
  const key = `${order}/${points}`;
  const known = blocks.get(key);
  if (known !== undefined) return known;
  const grid = premiumGrid(order, points);
  const half = Math.ceil(points / 2);
  const sines = newColumn(2 * half);
  const weights = newColumn(2 * half);
  const matrix = newColumn(2 * half * order);
  for (let k = 0; k < 2 * half; k += 1) {
    const point = Math.min(k, points - 1);
    sines.values[k] = grid.sines[point] ?? 0;
    weights.values[k] = k < points ? (grid.weights[k] ?? 0) : 0;
    for (let j = 0; j < order; j += 1) {
      matrix.values[2 * ((k >> 1) * order + j) + (k & 1)] = grid.interpolation[point * order + j] ?? 0;
    }
  }
  const block = { grid, half, order, sines: sines.at, weights: weights.at, matrix: matrix.at };
  blocks.set(key, block);
  return block;
}

/** Where the numbers of an option, a volatility and a spot are put for the kernels. */
export const PLACE = {
  years: 0,
  rootYears: 1,
  rate: 2,
  yield: 3,
  carry: 4,
  /** 1 and 0 where rho is by the rate, 0 and 1 where by the yield; and 1 or -1. */
  byRate: 5,
  byYield: 6,
  sign: 7,
  capRho: 8,
  volatility: 9,
  overVolatility: 10,
  spot: 11,
  /** ln(spot / X), and what it lies above the boundary now. */
  rise: 12,
  distance: 13,
  /** Drift of the distance along the boundary as it leaves its end. */
  slope: 14,
  overDeviation: 15,
  lastVega: 16,
  lastRho: 17,
} as const;
/** Pairs for the closed form: of the puts' half and of the calls' (see `PremiumKernel`). */
export const LANES = {
  present: 20,
  on: 22,
  beta: 24,
  gamma: 26,
  grow: 28,
  fall: 30,
  share: 32,
  sides: 34,
  calls: 36,
} as const;
const PLACES = 38;
/** Where the figures are left. */
export const RESULT = { premium: 0, first: 1, second: 2, vega: 3, rho: 4 } as const;
/** Places of the block in use. */
export const WORDS = { half: 0, order: 1, sines: 2, weights: 3, matrix: 4 } as const;

const column = (): Column => newColumn(MOST_POINTS);
/** The columns of the option in hand: one set for the thread. */
export const columns = {
  roots: column(),
  overRoots: column(),
  elapsed: column(),
  income: column(),
  outgo: column(),
  direct: column(),
  depths: column(),
  depthsVega: column(),
  depthsRho: column(),
};
export const places = newColumn(PLACES);
export const results = newColumn(Object.keys(RESULT).length);
export const words = newWords(Object.keys(WORDS).length);
/** y², y dy/dr and y dy/dσ at the nodes. */
export const nodes = { squares: newColumn(MOST_NODES), rhos: newColumn(MOST_NODES), vegas: newColumn(MOST_NODES) };
/** By pair of points `MOST_TERMS` coefficients in volatility, of y/σ and dy/dr; and the series' functions and their derivatives. */
export const series = {
  depths: newColumn(MOST_POINTS * MOST_TERMS),
  rhos: newColumn(MOST_POINTS * MOST_TERMS),
  basis: newColumn(MOST_TERMS),
  slopes: newColumn(MOST_TERMS),
};

export const premiumMemory: {
  /** Whose option is in the memory. */
  owner: object | undefined;
  readonly places: Float64Array;
  readonly results: Float64Array;
  readonly squares: Float64Array;
  readonly rhos: Float64Array;
  readonly vegas: Float64Array;
  readonly seriesDepths: Float64Array;
  readonly seriesRhos: Float64Array;
  readonly basis: Float64Array;
  readonly basisSlopes: Float64Array;
  readonly use: (block: PremiumBlock) => void;
} = {
  owner: undefined,
  places: places.values,
  results: results.values,
  squares: nodes.squares.values,
  rhos: nodes.rhos.values,
  vegas: nodes.vegas.values,
  seriesDepths: series.depths.values,
  seriesRhos: series.rhos.values,
  basis: series.basis.values,
  basisSlopes: series.slopes.values,
  use(block) {
    words.values[WORDS.half] = block.half;
    words.values[WORDS.order] = block.order;
    words.values[WORDS.sines] = block.sines;
    words.values[WORDS.weights] = block.weights;
    words.values[WORDS.matrix] = block.matrix;
  },
};
