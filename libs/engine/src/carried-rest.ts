import { addUsd, type MarketDate, notional, scaleUsd, subtractUsd, ZERO_USD } from '@trading-agent/core';
import { lastTradingDay, requireSession } from '@trading-agent/calendar';
import { optionContract, type OrderLeg, sideOf, sign } from '@trading-agent/instruments';
import { payoffAt, type StructureLeg } from '@trading-agent/portfolio';
import { isPast, signed } from './explained-shares.ts';
import type { CarriedStructure, PastTrade } from './session-record.ts';
import type { TakeOverNews } from './taken-over.ts';

/**
 * What is left of a structure: its whole units, and of the others, which lost something, whatever remains. Takes them out of what is held.
 * @param ids that are taken
 */
export function take(
  structure: CarriedStructure,
  left: Map<string, number>,
  ids: ReadonlySet<string>,
): readonly CarriedStructure[] {
  const found: CarriedStructure[] = [];
  const whole = Math.min(structure.open, ...structure.legs.map((leg) => unitsOf(leg, left)));
  if (whole > 0) {
    takeLegs(structure.legs, whole, left);
    found.push({ ...structure, open: whole });
  }
  const units = structure.open - whole;
  // Leg by leg: one that was assigned in part must not be left behind by itself.
  const remaining = structure.legs.flatMap((leg) => {
    const contracts = Math.min(leg.ratio * units, unitsOf({ ...leg, ratio: 1 }, left));
    return contracts > 0 ? [{ leg, contracts }] : [];
  });
  if (remaining.length === 0) return found;
  const open = remaining.map(({ contracts }) => contracts).reduce(greatestCommonDivisor);
  const legs = remaining.map(({ leg, contracts }) => ({ ...leg, ratio: contracts / open }));
  takeLegs(legs, open, left);
  const [expiry = structure.expiry] = legs.map(({ symbol }) => optionContract(symbol).expiry).sort();
  let { id } = structure;
  while (whole > 0 && ids.has(id)) id += 'b';
  // What the units cost and can lose, by the units that they are counted in now.
  const share = units / open;
  const { entryNet, maxLossPerUnit, committedPerUnit } = structure;
  found.push({
    ...structure,
    id,
    legs,
    open,
    entryNet: entryNet * share,
    maxLossPerUnit: scaleUsd(maxLossPerUnit, share),
    committedPerUnit: scaleUsd(committedPerUnit, share),
    // What its closed units have made stays with those that are whole.
    realized: whole > 0 ? ZERO_USD : structure.realized,
    shares: 0,
    broken: true,
    expiry,
  });
  return found;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function unitsOf(leg: OrderLeg, left: ReadonlyMap<string, number>): number {
  return Math.max(0, Math.floor(((left.get(leg.symbol) ?? 0) * sign(sideOf(leg.intent))) / leg.ratio));
}

function takeLegs(legs: readonly OrderLeg[], units: number, left: Map<string, number>): void {
  for (const leg of legs) left.set(leg.symbol, (left.get(leg.symbol) ?? 0) - signed(leg) * units);
}

/** Units that are as they were. */
export function unitsLeft({ legs }: CarriedStructure, rest: readonly CarriedStructure[]): number {
  return rest.find((one) => one.legs === legs)?.open ?? 0;
}

export function newsOf(
  { id, strategy, legs }: CarriedStructure,
  rest: readonly CarriedStructure[],
  units: number,
  date: MarketDate,
): readonly TakeOverNews[] {
  const remains = rest.find((one) => one.legs !== legs);
  const ends = legs.flatMap(({ symbol, ratio }) => {
    const kept = (remains?.legs.find((leg) => leg.symbol === symbol)?.ratio ?? 0) * (remains?.open ?? 0);
    const lost = ratio * units - kept;
    const what = isPast(optionContract(symbol), date) ? 'past the last day' : 'gone before the last day';
    return lost === 0 ? [] : [`${lost} ${symbol} ${what}`];
  });
  const text = `${units} of ${id} (${strategy}) did not last: ${ends.join(', ')}`;
  return remains === undefined
    ? [{ rule: 'option-ended', severity: 'info', text }]
    : [{ rule: 'structure-broken', severity: 'warning', text: `${text}; what is left of it is closed` }];
}

/**
 * What a structure made whose options have all ended while no share came or went: they expired for nothing, or were settled in cash, or shares of
 * one leg went into another.
 * @param price of the underlying when they ended
 * @returns `null` when that can't be told.
 */
export function endedTrade(structure: CarriedStructure, price: number | null): PastTrade | null {
  const { underlying, entryNet, open, realized } = structure;
  const legs = structure.legs.map((leg) => ({ contract: optionContract(leg.symbol), signedRatio: signed(leg) }));
  const [first] = legs;
  if (first === undefined) return null;
  const { expiry, settles, multiplier } = first.contract;
  const isWorthless = legs.every(({ contract }) => contract.settlement === 'physical') && isOneWay(legs);
  if (!isWorthless && price === null) return null;
  const paid = isWorthless || price === null ? ZERO_USD : scaleUsd(payoffAt(legs, price), open);
  return {
    underlying,
    closedAt: requireSession(lastTradingDay(expiry, settles)).close,
    profit: addUsd(realized, subtractUsd(paid, notional(entryNet, open, multiplier))),
    stopped: false,
    dayTrade: false,
  };
}

/** True when each exercise or assignment moves shares the same way: none moved, none took place. */
function isOneWay(legs: readonly StructureLeg[]): boolean {
  const [first, ...rest] = legs.map(({ contract, signedRatio }) => signedRatio > 0 === (contract.right === 'call'));
  return rest.every((way) => way === first);
}
