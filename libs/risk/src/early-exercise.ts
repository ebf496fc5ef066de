import type { GridSpots } from '@trading-agent/pricing';
import type { EarlyExercise } from './context.ts';
import type { Greeks } from './greeks.ts';
import type { StressGrid } from './stress-grid.ts';

/** Of the price, and of the volatility, for differences. */
const PRICE_BUMP = 0.005;
const VOLATILITY_BUMP = 0.01;

/** What early exercise adds in a stress grid and to greeks. Its columns are kept between calls: every element is written before it is read. */
export class EarlyExerciseGrid {
  readonly #grid: StressGrid;
  /** The price of now, moved as the grid says, then a little up and a little down. */
  readonly #spots: GridSpots;
  readonly #now: GridSpots = { spot: new Float64Array(1), logSpot: new Float64Array(1) };
  /** By volatility of the grid, at each of the prices. */
  readonly #premiums: readonly Float64Array[];
  readonly #bumped = new Float64Array(1);

  constructor(grid: StressGrid) {
    this.#grid = grid;
    const prices = grid.moves.length + 2;
    this.#spots = { spot: new Float64Array(prices), logSpot: new Float64Array(prices) };
    this.#premiums = Array.from(grid.levels, () => new Float64Array(prices));
  }

  /** The price of the underlying that all reading is about from now on. */
  moveTo(spot: number): void {
    const { moves } = this.#grid;
    const set = ({ spot: prices, logSpot }: GridSpots, at: number, price: number): void => {
      prices[at] = price;
      logSpot[at] = Math.log(price);
    };
    for (let move = 0; move < moves.length; move++) set(this.#spots, move, spot * (moves[move] ?? 1));
    set(this.#spots, moves.length, spot * (1 + PRICE_BUMP));
    set(this.#spots, moves.length + 1, spot * (1 - PRICE_BUMP));
    set(this.#now, 0, spot);
  }

  /**
   * Adds the premiums of a contract to its European values in the grid, and `size` times their differences to `sum`, in the units of the batch: vega a
   * point of volatility, theta a day.
   * @param shares by state, of the time that is left of the life: a premium falls no faster than that, but for the last days
   */
  add(
    early: EarlyExercise,
    volatility: number,
    years: number,
    shares: Float64Array,
    values: Float64Array,
    size: number,
    sum: { -readonly [name in keyof Greeks]: number },
  ): void {
    const { moves, levels, levelOf, nowMove, nowLevel } = this.#grid;
    for (let level = 0; level < levels.length; level++) {
      const premiums = this.#premiums[level];
      const prices = level === nowLevel ? moves.length + 2 : moves.length;
      if (premiums !== undefined) early.premiums(prices, this.#spots, volatility * (levels[level] ?? 1), premiums);
    }
    for (let state = 0, value = 0; state < levelOf.length; state++) {
      const premiums = this.#premiums[levelOf[state] ?? 0];
      const share = shares[state] ?? Number.NaN;
      for (let move = 0; move < moves.length; move++, value++)
        values[value] = (values[value] ?? Number.NaN) + share * (premiums?.[move] ?? Number.NaN);
    }
    const premiums = this.#premiums[nowLevel];
    const now = premiums?.[nowMove] ?? Number.NaN;
    const up = premiums?.[moves.length] ?? Number.NaN;
    const down = premiums?.[moves.length + 1] ?? Number.NaN;
    const width = PRICE_BUMP * (this.#now.spot[0] ?? Number.NaN);
    const bump = VOLATILITY_BUMP * volatility;
    sum.delta += (size * (up - down)) / (2 * width);
    sum.gamma += (size * (up - 2 * now + down)) / (width * width);
    sum.vega +=
      ((size * (this.#premium(early, volatility + bump) - this.#premium(early, volatility - bump))) / (2 * bump)) *
      0.01;
    sum.theta += years > 0 ? (size * -now) / (365 * years) : 0;
  }

  #premium(early: EarlyExercise, volatility: number): number {
    early.premiums(1, this.#now, volatility, this.#bumped);
    return this.#bumped[0] ?? Number.NaN;
  }
}
