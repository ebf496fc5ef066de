import {
  type GreekColumns,
  type GridSpots,
  type GridStates,
  newGreekColumns,
  newOptionColumns,
  portablePriceColumns,
  valueGrid,
} from '@trading-agent/pricing';
import type { HeldOption } from '@trading-agent/portfolio';
import type { RiskContext } from './context.ts';
import { EarlyExerciseGrid } from './early-exercise.ts';
import { type Greeks, NO_GREEKS } from './greeks.ts';
import type { HeldUnderlying } from './held.ts';
import { gridOf, type StressGrid } from './stress-grid.ts';

/** Greeks, and what each cell of the stress grid changes, in dollars. */
export interface Sensitivities {
  readonly greeks: Greeks;
  /** By spot, volatility and days as configured, the last one running fastest. */
  readonly stress: readonly number[];
}

type SensitivityContext = Pick<RiskContext, 'market' | 'valuation' | 'limits'>;

/**
 * Greeks and stress of options of one underlying at its present price and at each option's own implied volatility, with the rate, borrow fee and
 * dividends of its expiry. The value is the European one, never below intrinsic value, plus what early exercise is worth where it is worth much.
 * @param shares of the underlying itself, signed
 * @returns `null` when the price of the underlying or a volatility is not known: then the risk is not known either.
 */
export function sensitivitiesOf(
  underlying: string,
  options: readonly HeldOption[],
  shares: number,
  context: SensitivityContext,
): Sensitivities | null {
  const spot = look(underlying, options, context);
  return spot === null ? null : computed(spot, options, shares, context);
}

interface Kept {
  readonly held: HeldUnderlying;
  readonly spot: number;
  /** Of each option what `look` found. */
  readonly facts: readonly number[];
  readonly sensitivities: Sensitivities | null;
}

const kept = new WeakMap<RiskContext['limits']['stress'], Map<string, Kept>>();

/** The same as `sensitivitiesOf`, for what is held: computed anew only when what they follow from has changed. */
export function heldSensitivitiesOf(held: HeldUnderlying, context: SensitivityContext): Sensitivities | null {
  const { stress } = context.limits;
  const { ticker, options, shares } = held;
  const spot = look(ticker, options, context);
  if (spot === null) return null;
  let byUnderlying = kept.get(stress);
  if (byUnderlying === undefined) kept.set(stress, (byUnderlying = new Map()));
  const last = byUnderlying.get(ticker);
  if (last?.held === held && last.spot === spot && isSeen(last.facts)) return last.sensitivities;
  const facts = copyOf(seen.facts, FACTS * options.length);
  const sensitivities = computed(spot, options, shares, context);
  byUnderlying.set(ticker, { held, spot, facts, sensitivities });
  return sensitivities;
}

/** Numbers that the value of an option follows from, besides its contract and the price of the underlying: see `look`. */
const FACTS = 5;

/** What `look` found last. */
let seen = newSeen(64);

function newSeen(options: number) {
  return {
    options,
    facts: new Float64Array(FACTS * options),
    contracts: newOptionColumns(options),
    volatilities: new Float64Array(options),
    greeks: newGreekColumns(options),
  };
}

/** Whether what was just looked at is this. What early exercise is worth follows from the contract and its terms. */
function isSeen(facts: readonly number[]): boolean {
  for (let index = 0; index < facts.length; index++) if (facts[index] !== seen.facts[index]) return false;
  return true;
}

/** Puts volatility and terms of each option into `seen`. The price of the underlying; `null` when something is not known. */
function look(
  underlying: string,
  options: readonly HeldOption[],
  { market, valuation }: SensitivityContext,
): number | null {
  const spot = market.price(underlying);
  if (spot === null || !(spot > 0)) return null;
  if (seen.options < options.length) seen = newSeen(2 * options.length);
  const { facts } = seen;
  for (let index = 0, at = 0; index < options.length; index++, at += FACTS) {
    const contract = options[index]?.contract;
    if (contract === undefined) return null;
    const volatility = valuation.volatility(contract);
    const { years, rate, yield: borrow, dividends } = valuation.terms(contract);
    if (volatility === null || !(volatility > 0) || !Number.isFinite(years + rate + borrow + dividends)) return null;
    facts[at] = volatility;
    facts[at + 1] = years;
    facts[at + 2] = rate;
    facts[at + 3] = borrow;
    facts[at + 4] = dividends;
  }
  return spot;
}

/** By what `look` has put into `seen`. */
function computed(
  spot: number,
  options: readonly HeldOption[],
  shares: number,
  { limits, valuation }: SensitivityContext,
): Sensitivities | null {
  const { facts, contracts, volatilities, greeks } = seen;
  const grid = gridOf(limits.stress);
  const room = roomOf(grid);
  const { spots, moved, states, values, changes, intrinsic, early } = room;
  const more = { ...NO_GREEKS };
  let earlyAt = Number.NaN;
  const moves = grid.moves.length;
  for (let move = 0; move < moves; move++) moved[move] = spot * (grid.moves[move] ?? 1);
  for (let value = 0, move = 0; value < grid.values; value++, move = move + 1 < moves ? move + 1 : 0)
    changes[value] = shares * ((moved[move] ?? Number.NaN) - spot);
  let logsOf = Number.NaN;
  for (let index = 0, at = 0; index < options.length; index++, at += FACTS) {
    const option = options[index];
    if (option === undefined) return null;
    const { contract, quantity } = option;
    const { strike } = contract;
    const call = contract.right === 'call';
    const volatility = facts[at] ?? Number.NaN;
    const years = facts[at + 1] ?? Number.NaN;
    const rate = facts[at + 2] ?? Number.NaN;
    const borrow = facts[at + 3] ?? Number.NaN;
    const dividends = facts[at + 4] ?? Number.NaN;
    contracts.spot[index] = written(spot, spot, dividends);
    contracts.strike[index] = strike;
    contracts.years[index] = Math.max(0, years);
    contracts.rate[index] = rate;
    contracts.yield[index] = borrow;
    contracts.call[index] = call ? 1 : 0;
    volatilities[index] = volatility;
    if (dividends !== logsOf) {
      logsOf = dividends;
      for (let move = 0; move < moves; move++) {
        const price = written(spot, moved[move] ?? Number.NaN, dividends);
        spots.spot[move] = price;
        spots.logSpot[move] = Math.log(price);
      }
    }
    fillStates(room, grid, volatility, years, rate, borrow);
    valueGrid(strike, call, moves, spots, grid.factors.length, states, values);
    const size = quantity * contract.multiplier;
    const exercise = valuation.earlyExercise(contract);
    if (exercise !== null) {
      if (earlyAt !== spot) early.moveTo((earlyAt = spot));
      early.add(exercise, volatility, years, room.shares, values, size, more);
    }
    const phi = call ? 1 : -1;
    const now = Math.max(values[grid.now] ?? Number.NaN, phi * (spot - strike));
    if (!Number.isFinite(now)) return null;
    for (let move = 0; move < moves; move++) intrinsic[move] = phi * ((moved[move] ?? Number.NaN) - strike);
    for (let value = 0; value < grid.values; value += moves) {
      for (let move = 0; move < moves; move++) {
        const least = intrinsic[move] ?? Number.NaN;
        const then = values[value + move] ?? Number.NaN;
        changes[value + move] = (changes[value + move] ?? 0) + size * ((then < least ? least : then) - now);
      }
    }
  }
  portablePriceColumns(options.length, contracts, volatilities, greeks);
  return { greeks: sumOfGreeks(spot, options, shares, greeks, more), stress: byCell(room, grid) };
}

/** `more`: what early exercise adds, in the units of the batch. */
function sumOfGreeks(
  spot: number,
  options: readonly HeldOption[],
  shares: number,
  greeks: GreekColumns,
  more: Greeks,
): Greeks {
  let [delta, gamma, vega, theta] = [shares + more.delta, more.gamma, more.vega, more.theta];
  for (let index = 0; index < options.length; index++) {
    const option = options[index];
    if (option === undefined) continue;
    const size = option.quantity * option.contract.multiplier;
    delta += size * (greeks.delta[index] ?? 0);
    gamma += size * (greeks.gamma[index] ?? 0);
    vega += size * (greeks.vega[index] ?? 0);
    theta += size * (greeks.theta[index] ?? 0);
  }
  return { delta: delta * spot * 0.01, gamma: gamma * spot * spot * 1e-4, vega, theta };
}

/** The first elements, as a plain array: a few numbers are made in a tenth of the time that a typed array takes. */
function copyOf(numbers: Float64Array, count: number): readonly number[] {
  const copy: number[] = [];
  for (let index = 0; index < count; index++) copy.push(numbers[index] ?? Number.NaN);
  return copy;
}

/** The cells of the grid in the order of the settings: a copy of an array of that length, where one that grows is copied again and again. */
function byCell({ changes, stress }: Room, { cells }: StressGrid): readonly number[] {
  for (let cell = 0; cell < cells.length; cell++) stress[cell] = changes[cells[cell] ?? 0] ?? Number.NaN;
  return stress.slice();
}

/** Of the price of the underlying: what dividends leave of it at least. */
const LEAST_SPOT = 1e-4;

/** What an option is written on at a price that has moved: what is paid out before its expiry is no part of it. */
function written(spot: number, moved: number, dividends: number): number {
  return Math.max(moved - dividends, LEAST_SPOT * spot);
}

/** Of all contracts of one expiry only the volatility differs. */
function fillStates(
  room: Room,
  { factors, passing }: StressGrid,
  volatility: number,
  years: number,
  rate: number,
  borrow: number,
): void {
  const { states, roots, shares } = room;
  if (years !== room.statesOf.years || rate !== room.statesOf.rate || borrow !== room.statesOf.borrow) {
    room.statesOf = { years, rate, borrow };
    for (let state = 0; state < factors.length; state++) {
      const passed = passing[state] ?? 0;
      const left = Math.max(0, years - passed);
      roots[state] = (factors[state] ?? 1) * Math.sqrt(left);
      shares[state] = years > 0 ? Math.max(0, 1 - passed / years) : 0;
      states.drift[state] = (rate - borrow) * left;
      states.spotFactor[state] = borrow === 0 ? 1 : Math.exp(-borrow * left);
      states.strikeFactor[state] = rate === 0 ? 1 : Math.exp(-rate * left);
    }
  }
  for (let state = 0; state < factors.length; state++)
    states.deviation[state] = volatility * (roots[state] ?? Number.NaN);
}

interface Room {
  readonly spots: GridSpots;
  /** The price of the underlying, by move. */
  readonly moved: Float64Array;
  readonly states: GridStates;
  /** The terms that the columns by state were filled for. */
  statesOf: { readonly years: number; readonly rate: number; readonly borrow: number };
  /** By state: deviation per volatility, and what is left of the life. */
  readonly roots: Float64Array;
  readonly shares: Float64Array;
  readonly values: Float64Array;
  readonly early: EarlyExerciseGrid;
  /** By move, what one option pays at once. */
  readonly intrinsic: Float64Array;
  /** As `values`, of all positions: what changes against now. */
  readonly changes: Float64Array;
  /** The same by cell. */
  readonly stress: number[];
}

const rooms = new WeakMap<StressGrid, Room>();

/** Kept between calls: every element is written before it is read. */
function roomOf(grid: StressGrid): Room {
  let room = rooms.get(grid);
  if (room === undefined) {
    room = {
      spots: grid.newSpots(),
      moved: new Float64Array(grid.moves.length),
      states: grid.newStates(),
      statesOf: { years: Number.NaN, rate: Number.NaN, borrow: Number.NaN },
      roots: new Float64Array(grid.factors.length),
      shares: new Float64Array(grid.factors.length),
      values: new Float64Array(grid.values),
      early: new EarlyExerciseGrid(grid),
      intrinsic: new Float64Array(grid.moves.length),
      changes: new Float64Array(grid.values),
      stress: Array.from(grid.cells, () => 0.5),
    };
    rooms.set(grid, room);
  }
  return room;
}
