import { lastTradingDay, nextSession } from '@trading-agent/calendar';
import { daysBetween, type MarketDate, type Micros, usdToNumber } from '@trading-agent/core';
import { netPrice, type OrderLeg, sideOf } from '@trading-agent/instruments';
import type { ExitSettings, HeldStructure } from '@trading-agent/strategies';
import type { EngineConfig } from './config.ts';
import { oldestQuote, pricerOf } from './contract-pricer.ts';
import { tierOf } from './risk-view.ts';
import type { EngineState } from './state.ts';
import type { StructurePosition } from './structure-position.ts';
import { isWithoutBid } from './worthless-legs.ts';

/** Exits of a structure whose strategy no longer exists (its file was taken away): it is left tomorrow at the latest, nothing is rolled. */
const ORPHANED: ExitSettings = {
  profitTarget: 0.5,
  stopLoss: 0.3,
  minDte: 1,
  maxMinutes: 1_440,
  shortDelta: 0.5,
  exDividend: true,
  expiryMinutes: 60,
  roll: 0,
  withShares: false,
};

/** Days that no run of closed days is as long as. */
const FAR_OFF = 10;

/** The structure as the exit rules see it at `at`. */
export function heldNow(
  state: EngineState,
  config: EngineConfig,
  structure: StructurePosition,
  settings: ExitSettings,
  at: Micros,
): HeldStructure {
  return {
    entryNet: structure.entryNet,
    openedAt: structure.openedAt ?? at,
    expiry: structure.expiry,
    lastDay: lastDayOf(state, structure),
    mid: packageMark(state, structure.legs),
    shortDelta: settings.shortDelta < 1 ? shortDelta(state, config, structure, at) : null,
    exerciseGain: settings.exDividend ? exerciseGain(state, structure) : null,
  };
}

/** The first of the legs' last trading days; the expiry while that is far off. */
export function lastDayOf({ session: { date } }: EngineState, { expiry, contracts }: StructurePosition): MarketDate {
  if (daysBetween(date, expiry) > FAR_OFF) return expiry;
  return contracts
    .map((contract) => lastTradingDay(contract.expiry, contract.settles))
    .reduce((first, day) => (day < first ? day : first), expiry);
}

/**
 * The strategy's exits with the tier's stop-loss on top: a fraction of the premium paid, or of the worst loss of a credit structure. What is
 * sold against shares has no such loss of its own.
 */
export function exitSettings(state: EngineState, config: EngineConfig, structure: StructurePosition): ExitSettings {
  const exit = config.strategies[structure.strategy]?.exit ?? ORPHANED;
  if (structure.shares > 0 && structure.entryNet < 0) return exit;
  const { stopLoss } = tierOf(state, config);
  const multiplier = structure.contracts[0]?.multiplier ?? 100;
  const premium = Math.abs(structure.entryNet) * multiplier;
  const bound = structure.entryNet < 0 ? (stopLoss * usdToNumber(structure.maxLossPerUnit)) / premium : stopLoss;
  return { ...exit, stopLoss: Math.min(exit.stopLoss, bound) };
}

/** Largest absolute delta among the sold legs that have a mark, measured once per bar of the underlying. */
function shortDelta(state: EngineState, config: EngineConfig, structure: StructurePosition, at: Micros): number | null {
  const underlying = state.underlyings.get(structure.underlying);
  if (underlying === undefined || underlying.spot === null || underlying.lastBarEnd === null) return null;
  const { spot, lastBarEnd } = underlying;
  if (structure.shortDelta?.at === lastBarEnd) return structure.shortDelta.value;
  let largest: number | null = null;
  for (const [index, leg] of structure.legs.entries()) {
    const contract = structure.contracts[index];
    const mid = state.book.mark(leg.symbol);
    if (sideOf(leg.intent) === 'buy' || contract === undefined || mid === null) continue;
    const greeks = pricerOf(state, contract, at, oldestQuote(config))?.figuresOf(contract, mid).greeks ?? null;
    // Without a volatility the price is at its exercise value: as deep in the money as can be.
    const delta = greeks === null ? insideDelta(contract, spot) : Math.abs(greeks.delta);
    if (delta !== null) largest = Math.max(largest ?? 0, delta);
  }
  structure.shortDelta = { at: lastBarEnd, value: largest };
  return largest;
}

function insideDelta(contract: StructurePosition['contracts'][number], spot: number): number | null {
  const inside = contract.right === 'call' ? spot > contract.strike : spot < contract.strike;
  return inside ? 1 : null;
}

/** What exercising a sold call before the next session's ex-dividend date gains its holder; `null` when that is no question now. */
function exerciseGain(state: EngineState, structure: StructurePosition): number | null {
  const { date, events } = state.session;
  const dividend = events?.[structure.underlying]?.dividends.find(({ exDate }) => exDate > date);
  if (dividend === undefined || dividend.exDate > nextSession(date)) return null;
  const spot = state.underlyings.get(structure.underlying)?.spot ?? null;
  if (spot === null) return null;
  let most: number | null = null;
  for (const [index, leg] of structure.legs.entries()) {
    const contract = structure.contracts[index];
    const mid = state.book.mark(leg.symbol);
    if (sideOf(leg.intent) === 'buy' || contract?.right !== 'call' || mid === null || spot <= contract.strike) continue;
    const timeValue = Math.max(0, mid - (spot - contract.strike));
    most = Math.max(most ?? Number.NEGATIVE_INFINITY, dividend.cash - timeValue);
  }
  return most;
}

/** Net price of a package at its marks, `null` unless every leg has one. */
export function packageMark(state: EngineState, legs: readonly OrderLeg[]): number | null {
  const marks = legs.map(({ symbol }) => state.book.mark(symbol) ?? markWithoutBid(state, symbol));
  return marks.every((mark) => mark !== null) ? netPrice(legs, marks) : null;
}

/** What nobody has bid for today is worth something between nothing and the little it is offered for: no stop must be blind for it. */
function markWithoutBid(state: EngineState, symbol: string): number | null {
  return isWithoutBid(state, symbol) ? (state.book.quote(symbol)?.ask ?? 0) / 2 : null;
}
