import { scaleUsd, ZERO_USD } from '@trading-agent/core';
import { optionContract, sideOf } from '@trading-agent/instruments';
import type { EngineState } from './state.ts';
import { carriedStructure, type StructurePosition, toBeCarried } from './structure-position.ts';

/** Dollars per share. */
const NEXT_TO_NOTHING = 0.25;

/** What a structure was divided into. */
export interface Divided {
  /** What can be closed, under the structure's own name. */
  readonly rest: StructurePosition;
  /** Bought legs that nobody bids for. */
  readonly worthless: StructurePosition;
}

/**
 * A bought leg that nobody bids for can't be sold, and a package with it can't be closed: what is sold beside it would stay at risk for the sake of
 * something worth nothing. Such legs become a structure of their own, which is closed when somebody bids and otherwise expires; every sold leg stays in
 * the rest. `null` when no such leg is in the way, when nothing else would be left, or while an order of the structure is working.
 */
export function divideWorthless(state: EngineState, structure: StructurePosition): Divided | null {
  const { id, legs, open, working, closingIntent } = structure;
  if (legs.length < 2 || working > 0 || closingIntent !== null) return null;
  const unwanted = legs.filter(({ symbol, intent }) => sideOf(intent) === 'buy' && isWithoutBid(state, symbol));
  if (unwanted.length === 0 || unwanted.length === legs.length) return null;
  const carried = toBeCarried(structure);
  const kept = legs.filter((leg) => !unwanted.includes(leg));
  // One contract alone is ordered as itself, two of one leg as two units.
  const unit = kept.map(({ ratio }) => ratio).reduce(greatestCommonDivisor);
  if (carried.shares % unit !== 0) return null;
  let name = `${id}w`;
  while (state.structures.has(name)) name += 'w';
  const rest = carriedStructure(
    {
      ...carried,
      legs: kept.map((leg) => ({ ...leg, ratio: leg.ratio / unit })),
      open: open * unit,
      shares: carried.shares / unit,
      entryNet: carried.entryNet / unit,
      maxLossPerUnit: scaleUsd(carried.maxLossPerUnit, 1 / unit),
      committedPerUnit: scaleUsd(carried.committedPerUnit, 1 / unit),
      expiry: expiryOf(kept),
    },
    (symbol) => state.contract(symbol),
  );
  const each = unwanted.map(({ ratio }) => ratio).reduce(greatestCommonDivisor);
  const worthless = carriedStructure(
    {
      ...carried,
      id: name,
      legs: unwanted.map((leg) => ({ ...leg, ratio: leg.ratio / each })),
      open: open * each,
      shares: 0,
      // The rest bears what the whole has cost.
      entryNet: 0,
      maxLossPerUnit: ZERO_USD,
      committedPerUnit: ZERO_USD,
      realized: ZERO_USD,
      attempts: 0,
      broken: true,
      expiry: expiryOf(unwanted),
    },
    (symbol) => state.contract(symbol),
  );
  rest.rejectedAt = structure.rejectedAt;
  state.structures.set(id, rest);
  state.structures.set(name, worthless);
  return { rest, worthless };
}

/** Bought legs that nobody bids for bind and risk nothing, and take no place among the positions. */
export function isWorthless({ broken, maxLossPerUnit, committedPerUnit }: StructurePosition): boolean {
  return broken && maxLossPerUnit === 0 && committedPerUnit === 0;
}

/** Offered for next to nothing, and nobody buys. What was never quoted, or lost its bid for a moment, is not known to be worthless. */
export function isWithoutBid({ book }: EngineState, symbol: string): boolean {
  const quote = book.quote(symbol);
  if (quote === undefined || quote.ask === null || (quote.bid !== null && quote.bid > 0)) return false;
  return quote.ask > 0 && quote.ask <= NEXT_TO_NOTHING;
}

function expiryOf(legs: StructurePosition['legs']): StructurePosition['expiry'] {
  const [first, ...others] = legs.map(({ symbol }) => optionContract(symbol).expiry);
  if (first === undefined) throw new RangeError('A structure has legs');
  return others.reduce((earliest, expiry) => (expiry < earliest ? expiry : earliest), first);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
