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
import type { EarlyExercise, RiskContext } from './context.ts';
import { earlyGreeks } from './early-exercise.ts';
import type { Greeks } from './greeks.ts';
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
  return spot === null ? null : computed(spot, options, shares, gridOf(context.limits.stress));
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
  const sensitivities = computed(spot, options, shares, gridOf(stress));
  byUnderlying.set(ticker, { held, spot, facts, sensitivities });
  return sensitivities;
}

/** Numbers that the value of an option follows from, besides its contract and the price of the underlying: see `look`. */
const FACTS = 5;

/** What `look` found last. */
let seen = newSeen(64);

function newSeen(options: number) {
  const early: (EarlyExercise | null)[] = Array.from({ length: options }, () => null);
  return {
    options,
    facts: new Float64Array(FACTS * options),
    early,
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
  const { facts, early } = seen;
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
    early[index] = valuation.earlyExercise(contract);
  }
  return spot;
}

/** By what `look` has put into `seen`. */
function computed(
  spot: number,
  options: readonly HeldOption[],
  shares: number,
  grid: StressGrid,
): Sensitivities | null {
  const { facts, early, contracts, volatilities, greeks } = seen;
  const room = roomOf(grid);
  const { spots, moved, states, values, stress } = room;
  const { cells, moveOf } = grid;
  const moves = grid.moves.length;
  for (let move = 0; move < moves; move++) moved[move] = spot * (grid.moves[move] ?? 1);
  for (let cell = 0; cell < cells.length; cell++)
    stress[cell] = shares * ((moved[moveOf[cell] ?? 0] ?? Number.NaN) - spot);
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
    fillStates(states, grid, volatility, years, rate, borrow);
    valueGrid(strike, call, moves, spots, grid.factors.length, states, values);
    const exercise = early[index] ?? null;
    if (exercise !== null) addEarlyExercise(room, exercise, grid, spot, volatility, years);
    const phi = call ? 1 : -1;
    const now = Math.max(values[grid.now] ?? Number.NaN, phi * (spot - strike));
    if (!Number.isFinite(now)) return null;
    const size = quantity * contract.multiplier;
    for (let cell = 0; cell < cells.length; cell++) {
      const intrinsic = phi * ((moved[moveOf[cell] ?? 0] ?? Number.NaN) - strike);
      const then = values[cells[cell] ?? 0] ?? Number.NaN;
      stress[cell] = (stress[cell] ?? 0) + size * ((then < intrinsic ? intrinsic : then) - now);
    }
  }
  portablePriceColumns(options.length, contracts, volatilities, greeks);
  return { greeks: sumOfGreeks(spot, options, shares, greeks), stress: copyOf(stress, cells.length) };
}

function sumOfGreeks(spot: number, options: readonly HeldOption[], shares: number, greeks: GreekColumns): Greeks {
  const { facts, early } = seen;
  let [delta, gamma, vega, theta] = [shares * spot * 0.01, 0, 0, 0];
  for (let index = 0, at = 0; index < options.length; index++, at += FACTS) {
    const option = options[index];
    if (option === undefined) continue;
    const size = option.quantity * option.contract.multiplier;
    const more = earlyGreeks(early[index] ?? null, spot, facts[at] ?? Number.NaN, facts[at + 1] ?? Number.NaN);
    delta += size * ((greeks.delta[index] ?? 0) + more.delta) * spot * 0.01;
    gamma += size * ((greeks.gamma[index] ?? 0) + more.gamma) * spot * spot * 1e-4;
    vega += size * ((greeks.vega[index] ?? 0) + more.vega);
    theta += size * ((greeks.theta[index] ?? 0) + more.theta);
  }
  return { delta, gamma, vega, theta };
}

/** The first elements, as a plain array: a few numbers are made in a tenth of the time that a typed array takes. */
function copyOf(numbers: Float64Array, count: number): readonly number[] {
  const copy: number[] = [];
  for (let index = 0; index < count; index++) copy.push(numbers[index] ?? Number.NaN);
  return copy;
}

/** Of the price of the underlying: what dividends leave of it at least. */
const LEAST_SPOT = 1e-4;

/** What an option is written on at a price that has moved: what is paid out before its expiry is no part of it. */
function written(spot: number, moved: number, dividends: number): number {
  return Math.max(moved - dividends, LEAST_SPOT * spot);
}

function fillStates(
  states: GridStates,
  { factors, passing }: StressGrid,
  volatility: number,
  years: number,
  rate: number,
  borrow: number,
): void {
  for (let state = 0; state < factors.length; state++) {
    const left = Math.max(0, years - (passing[state] ?? 0));
    states.deviation[state] = volatility * (factors[state] ?? 1) * Math.sqrt(left);
    states.drift[state] = (rate - borrow) * left;
    states.spotFactor[state] = borrow === 0 ? 1 : Math.exp(-borrow * left);
    states.strikeFactor[state] = rate === 0 ? 1 : Math.exp(-rate * left);
  }
}

/** In the proportion of the time that is left: it falls no faster than that, but for the last days. */
function addEarlyExercise(
  { values, premiums }: Pick<Room, 'values' | 'premiums'>,
  early: EarlyExercise,
  { moves, factors, passing }: StressGrid,
  spot: number,
  volatility: number,
  years: number,
): void {
  let premiumsOf = Number.NaN;
  for (let state = 0, value = 0; state < factors.length; state++) {
    const left = years > 0 ? Math.max(0, 1 - (passing[state] ?? 0) / years) : 0;
    const factor = factors[state] ?? 1;
    // The states of one volatility stand beside each other: they differ in the time that is left.
    if (factor !== premiumsOf) {
      premiumsOf = factor;
      for (let move = 0; move < moves.length; move++)
        premiums[move] = early.premium(spot * (moves[move] ?? 1), volatility * factor);
    }
    for (let move = 0; move < moves.length; move++, value++)
      values[value] = (values[value] ?? Number.NaN) + left * (premiums[move] ?? Number.NaN);
  }
}

interface Room {
  readonly spots: GridSpots;
  /** The price of the underlying, by move. */
  readonly moved: Float64Array;
  readonly states: GridStates;
  readonly values: Float64Array;
  /** What early exercise is worth, by move, at one volatility. */
  readonly premiums: Float64Array;
  /** By cell. */
  readonly stress: Float64Array;
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
      values: new Float64Array(grid.values),
      premiums: new Float64Array(grid.moves.length),
      stress: new Float64Array(grid.cells.length),
    };
    rooms.set(grid, room);
  }
  return room;
}
