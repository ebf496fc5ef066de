import type { GridSpots, GridStates } from '@trading-agent/pricing';
import type { RiskContext } from './context.ts';

type StressSettings = RiskContext['limits']['stress'];

const DAYS_PER_YEAR = 365;

/**
 * The stress grid: moves of the price, and states, which are factors on volatility with days that pass. What is now is a move of nothing in the state
 * that changes nothing; where the settings don't have these, they stand behind the others.
 */
export class StressGrid {
  /** Factors on the price. */
  readonly moves: Float64Array;
  /** Factors on volatility, by state. */
  readonly factors: Float64Array;
  /** Years that pass, by state. */
  readonly passing: Float64Array;
  /** Each factor on volatility once, and by state which of them it has. */
  readonly levels: Float64Array;
  readonly levelOf: Int32Array;
  /** How many values there are of one option: state by state, in each the moves. */
  readonly values: number;
  /** Which of them is now, and which move, and which level. */
  readonly now: number;
  readonly nowMove: number;
  readonly nowLevel: number;
  /** Which of them are cells of the grid: by spot, volatility and days as configured, the last one running fastest. */
  readonly cells: Int32Array;

  constructor({ spot, volatility, days }: StressSettings) {
    const moves = spot.includes(0) ? spot : [...spot, 0];
    const configured = volatility.flatMap((factor) => days.map((passing) => ({ factor, passing })));
    const isNow = ({ factor, passing }: { factor: number; passing: number }): boolean => factor === 1 && passing === 0;
    const states = configured.some(isNow) ? configured : [...configured, { factor: 1, passing: 0 }];
    this.moves = Float64Array.from(moves, (move) => 1 + move);
    this.factors = Float64Array.from(states, ({ factor }) => factor);
    this.passing = Float64Array.from(states, ({ passing }) => passing / DAYS_PER_YEAR);
    this.levels = Float64Array.from(new Set(this.factors));
    this.levelOf = Int32Array.from(this.factors, (factor) => this.levels.indexOf(factor));
    this.values = moves.length * states.length;
    this.nowMove = moves.indexOf(0);
    this.now = states.findIndex(isNow) * moves.length + this.nowMove;
    this.nowLevel = this.levels.indexOf(1);
    this.cells = Int32Array.from(
      spot.flatMap((_, move) => configured.map((_state, state) => state * moves.length + move)),
    );
  }

  newSpots(): GridSpots {
    return { spot: new Float64Array(this.moves.length), logSpot: new Float64Array(this.moves.length) };
  }

  newStates(): GridStates {
    const column = (): Float64Array => new Float64Array(this.factors.length);
    return { deviation: column(), spotFactor: column(), strikeFactor: column(), drift: column() };
  }
}

const grids = new WeakMap<StressSettings, StressGrid>();

/** The grid of these settings, made once. */
export function gridOf(stress: StressSettings): StressGrid {
  let grid = grids.get(stress);
  if (grid === undefined) grids.set(stress, (grid = new StressGrid(stress)));
  return grid;
}
