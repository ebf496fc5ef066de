import type { MarketDate } from '@trading-agent/core';
import type { BrokerPosition } from '@trading-agent/broker';
import { isOptionSymbol, optionContract } from '@trading-agent/instruments';
import { endedTrade, newsOf, take, unitsLeft } from './carried-rest.ts';
import { explain, isPast } from './explained-shares.ts';
import { costOf, leavingOf } from './own-shares.ts';
import {
  NO_RECORD,
  type CarriedStructure,
  type LeavingShares,
  type PastTrade,
  type SessionRecord,
} from './session-record.ts';
import type { HeldPosition, TakenOver, TakeOverNews } from './taken-over.ts';

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
  const shareCosts: Record<string, number> = {};
  const leaving: Record<string, LeavingShares> = {};
  const foreign: Record<string, number> = {};
  const changedShares = new Map<string, number>();
  for (const underlying of underlyingsOf(before, left)) {
    const account = explain(before, left, underlying, date);
    if (account.different.length > 0)
      news.push({ rule: 'holdings-differ', severity: 'critical', text: account.different.join('; ') });
    if (account.own !== 0) {
      const averagePrice = held.find(({ symbol }) => symbol === underlying)?.averagePrice ?? 0;
      shares[underlying] = account.own;
      shareCosts[underlying] = costOf(account, before, underlying, averagePrice);
      const go = leavingOf(account, before, left, underlying);
      if (go !== null) leaving[underlying] = go;
    }
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
  return {
    positions: held,
    structures,
    shares,
    shareCosts,
    leaving,
    foreign,
    structureCount,
    unsettled,
    ended,
    news,
  };
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
