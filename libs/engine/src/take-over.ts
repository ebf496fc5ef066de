import { addUsd, type MarketDate, notional, scaleUsd, subtractUsd, ZERO_USD } from '@trading-agent/core';
import type { BrokerPosition } from '@trading-agent/broker';
import { lastTradingDay, requireSession } from '@trading-agent/calendar';
import {
  isOptionSymbol,
  type OptionContract,
  optionContract,
  type OrderLeg,
  sideOf,
  sign,
} from '@trading-agent/instruments';
import { payoffAt, type StructureLeg } from '@trading-agent/portfolio';
import type { CarriedStructure, PastTrade, SessionRecord } from './session-record.ts';

/** A position as the broker states it when a session begins. */
export interface HeldPosition {
  /** Option symbol or ticker. */
  readonly symbol: string;
  /** Whole contracts or shares, signed, never 0. */
  readonly quantity: number;
  /** Dollars per share, as is the mark; `null` when the broker does not say what it is worth. */
  readonly averagePrice: number;
  readonly mark: number | null;
}

/** What the engine has to say about its holdings at the first step. */
export interface TakeOverNews {
  readonly rule:
    | 'taken-over'
    | 'option-ended'
    | 'structure-broken'
    | 'foreign-holdings'
    | 'holdings-differ'
    | 'still-unsettled';
  readonly severity: 'info' | 'warning' | 'critical';
  readonly text: string;
}

/** What a session begins with: the broker's positions, explained by what the session before left. */
export interface TakenOver {
  readonly positions: readonly HeldPosition[];
  readonly structures: readonly CarriedStructure[];
  /** Shares by ticker that are the agent's own, signed: covered structures may count on them. */
  readonly shares: Readonly<Record<string, number>>;
  /** What no record explains, by symbol, signed. */
  readonly foreign: Readonly<Record<string, number>>;
  readonly structureCount: number;
  /** What halts new risk until an operator has looked: holdings that differ, or what an earlier session left; `null` when nothing does. */
  readonly unsettled: string | null;
  /** Structures whose options have ended, where it is known what they paid. */
  readonly ended: readonly PastTrade[];
  readonly news: readonly TakeOverNews[];
}

/** Nobody's record: what is held is foreign. */
const NO_RECORD: SessionRecord = {
  structures: [],
  shares: {},
  foreign: {},
  structureCount: 0,
  closedTrades: [],
  volatility: {},
  endingAt: {},
  unsettled: null,
};

/**
 * Explains the broker's positions by the record of the session before. The broker is right about what is held, the record about what it is for:
 *
 * - an option of the record that is gone has expired, been exercised or assigned when its last day is over, or (sold, American) been assigned
 *   early; the shares that came or went must be those of such an end, to the share, otherwise the holdings differ;
 * - what the record does not name at all is foreign;
 * - everything else that is not as recorded differs (`holdings-differ`): no new risk until somebody has looked.
 *
 * Pure: the same record, positions and date give the same answer. `null` when there is nothing to take over.
 * @param record of the account's latest session, `null` when there is none
 */
export function takeOver(
  record: SessionRecord | null,
  positions: readonly BrokerPosition[],
  date: MarketDate,
): TakenOver | null {
  const before = record ?? NO_RECORD;
  if (record === null && positions.length === 0) return null;
  const news: TakeOverNews[] = [];
  const held = heldPositions(positions, news);
  const left = new Map(held.map(({ symbol, quantity }) => [symbol, quantity]));
  const shares: Record<string, number> = {};
  const foreign: Record<string, number> = {};
  const changedShares = new Map<string, number>();
  for (const underlying of underlyingsOf(before, left)) {
    const account = explain(before, left, underlying, date);
    if (account.different.length > 0)
      news.push({ rule: 'holdings-differ', severity: 'critical', text: account.different.join('; ') });
    if (account.own !== 0) shares[underlying] = account.own;
    if (account.foreign !== 0) foreign[underlying] = account.foreign;
    changedShares.set(underlying, account.change);
  }
  const differs = news.some(({ rule }) => rule === 'holdings-differ');
  if (before.unsettled !== null && !differs)
    news.push({
      rule: 'still-unsettled',
      severity: 'critical',
      text: `An earlier session halted new risk (${before.unsettled}), and nobody has resumed it since`,
    });
  const structures: CarriedStructure[] = [];
  const ended: PastTrade[] = [];
  const ids = new Set(before.structures.map(({ id }) => id));
  for (const structure of before.structures) {
    const rest = take(structure, left, ids);
    structures.push(...rest);
    for (const { id } of rest) ids.add(id);
    const units = structure.open - unitsLeft(structure, rest);
    if (units === 0) continue;
    news.push(...newsOf(structure, rest, units, date));
    const isOver = rest.length === 0 && structure.legs.every(({ symbol }) => isPast(optionContract(symbol), date));
    if (!isOver || changedShares.get(structure.underlying) !== 0) continue;
    const trade = endedTrade(structure, before.endingAt[structure.underlying] ?? null);
    if (trade !== null) ended.push(trade);
  }
  for (const [symbol, quantity] of left) if (isOptionSymbol(symbol) && quantity !== 0) foreign[symbol] = quantity;
  if (structures.length > 0) {
    const names = structures.map(
      ({ id, strategy, open, underlying }) => `${id} (${open} ${strategy} on ${underlying})`,
    );
    news.push({
      rule: 'taken-over',
      severity: 'info',
      text: `Taken over from before this session: ${names.join(', ')}`,
    });
  }
  const strangers = Object.entries(foreign).map(([symbol, quantity]) => `${quantity} ${symbol}`);
  if (strangers.length > 0)
    news.push({
      rule: 'foreign-holdings',
      severity: 'warning',
      text: `The account holds what this agent did not open: ${strangers.join(', ')}; it counts in margin, greeks and limits, there is no new risk on those underlyings`,
    });
  const { structureCount } = before;
  const unsettled = differs ? 'holdings-differ' : before.unsettled;
  return { positions: held, structures, shares, foreign, structureCount, unsettled, ended, news };
}

/** Whole units, at the precision of the broker's numbers, sorted by symbol. What is less than a share can't be counted with. */
function heldPositions(positions: readonly BrokerPosition[], news: TakeOverNews[]): HeldPosition[] {
  const held: HeldPosition[] = [];
  for (const { symbol, quantity, averagePrice, mark } of positions) {
    const whole = wholeUnits(quantity);
    if (whole !== quantity)
      news.push({
        rule: 'foreign-holdings',
        severity: 'warning',
        text: `Of ${quantity} ${symbol} whole units are counted, ${whole}`,
      });
    if (whole === 0) continue;
    held.push({
      symbol,
      quantity: whole,
      averagePrice: onGrid(averagePrice),
      mark: mark === undefined || mark === null ? null : onGrid(mark),
    });
  }
  return held.sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
}

/** What of a broker's quantity the books count: fractions of a share are left out. */
export function wholeUnits(quantity: number): number {
  return Math.trunc(quantity) + 0;
}

/** Six decimals, as brokers write prices: the same number wherever it was read. */
function onGrid(price: number): number {
  return Number(price.toFixed(6));
}

function underlyingsOf(record: SessionRecord, held: ReadonlyMap<string, number>): readonly string[] {
  const found = new Set([...Object.keys(record.shares), ...record.structures.map(({ underlying }) => underlying)]);
  for (const symbol of [...held.keys(), ...Object.keys(record.foreign)])
    found.add(isOptionSymbol(symbol) ? optionContract(symbol).underlying : symbol);
  return [...found].sort();
}

interface Explained {
  readonly own: number;
  readonly foreign: number;
  /** Shares that came or went. */
  readonly change: number;
  readonly different: readonly string[];
}

/** Accounts for one underlying's shares and for the contracts that the record names. */
function explain(
  record: SessionRecord,
  held: ReadonlyMap<string, number>,
  underlying: string,
  date: MarketDate,
): Explained {
  const now = held.get(underlying) ?? 0;
  const own = record.shares[underlying] ?? 0;
  const strange = record.foreign[underlying] ?? 0;
  const change = now - own - strange;
  const different: string[] = [];
  /** Changes of the shares that the ends of options explain. */
  let reachable = new Set([0]);
  for (const [symbol, recorded] of recordedContracts(record, underlying)) {
    const present = held.get(symbol) ?? 0;
    if (present === recorded) continue;
    const outcomes = outcomesOf(optionContract(symbol), recorded, present, date);
    if (outcomes === null) different.push(`${symbol}: broker ${present}, record ${recorded}`);
    else reachable = new Set([...reachable].flatMap((sum) => outcomes.map((moved) => sum + moved)));
  }
  if (different.length === 0 && reachable.has(change)) {
    const after = own + change;
    // Never more than there is, nor of another sign.
    const isWithin = after * now >= 0 && Math.abs(after) <= Math.abs(now);
    return isWithin
      ? { own: after, foreign: now - after, change, different }
      : { own: now, foreign: 0, change, different };
  }
  // Shares that were never the agent's are its owner's to trade.
  if (different.length === 0 && own === 0 && reachable.size === 1 && reachable.has(0))
    return { own, foreign: now, change, different };
  if (different.length === 0 || change !== 0)
    different.push(`${underlying}: broker ${now} shares, record ${own + strange}`);
  const kept = own * now > 0 ? Math.sign(now) * Math.min(Math.abs(own), Math.abs(now)) : 0;
  return { own: kept, foreign: now - kept, change, different };
}

/** Contracts of the agent's structures and foreign ones, signed. */
function recordedContracts(record: SessionRecord, underlying: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { legs, open, underlying: of } of record.structures) {
    if (of !== underlying) continue;
    for (const leg of legs) found.set(leg.symbol, (found.get(leg.symbol) ?? 0) + signed(leg) * open);
  }
  for (const [symbol, quantity] of Object.entries(record.foreign)) {
    if (!isOptionSymbol(symbol) || optionContract(symbol).underlying !== underlying) continue;
    // What is foreign may be traded by whoever owns it; only where it lies beside the agent's own it must stay as it was.
    if (found.has(symbol)) found.set(symbol, (found.get(symbol) ?? 0) + quantity);
  }
  return found;
}

/** By how many shares the account may have changed when `recorded` contracts became `present`; `null` when that can't be. */
function outcomesOf(
  contract: OptionContract,
  recorded: number,
  present: number,
  date: MarketDate,
): readonly number[] | null {
  const { right, style, settlement, multiplier } = contract;
  const gone = Math.abs(recorded) - Math.abs(present);
  if (gone <= 0 || recorded * present < 0) return null;
  // Who holds a call gets the shares, who sold it gives them; a put the other way round.
  const perContract = Math.sign(recorded) * (right === 'call' ? 1 : -1) * multiplier;
  if (isPast(contract, date)) {
    if (present !== 0) return null;
    if (settlement === 'cash') return [0];
    return Array.from({ length: gone + 1 }, (_, exercised) => exercised * perContract + 0);
  }
  const mayBeAssigned = recorded < 0 && style === 'american' && settlement === 'physical';
  return mayBeAssigned ? [gone * perContract] : null;
}

/** Its last day lies before `date`. */
function isPast({ expiry, settles }: OptionContract, date: MarketDate): boolean {
  return lastTradingDay(expiry, settles) < date;
}

function signed(leg: OrderLeg): number {
  return sign(sideOf(leg.intent)) * leg.ratio;
}

/**
 * What is left of a structure: its whole units, and of the others, which lost something, whatever remains. Takes them out of what is held.
 * @param ids that are taken
 */
function take(
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
function unitsLeft({ legs }: CarriedStructure, rest: readonly CarriedStructure[]): number {
  return rest.find((one) => one.legs === legs)?.open ?? 0;
}

function newsOf(
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
function endedTrade(structure: CarriedStructure, price: number | null): PastTrade | null {
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
