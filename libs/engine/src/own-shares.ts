import { notional, ZERO_USD } from '@trading-agent/core';
import { optionContract, sideOf } from '@trading-agent/instruments';
import type { Explained } from './explained-shares.ts';
import type { CarriedStructure, LeavingShares, SessionRecord } from './session-record.ts';

/**
 * What the agent's own shares cost: the broker's average while all shares are its own. Beside foreign ones, whose cost is no concern of its exits,
 * what they cost before, and what came since at the strike it came at (the highest of several, so that a loss is rather seen than missed).
 */
export function costOf(
  { own, foreign, change, strikes, different }: Explained,
  record: SessionRecord,
  underlying: string,
  averagePrice: number,
): number {
  if (foreign === 0) return averagePrice;
  const before = record.shares[underlying] ?? 0;
  const cost = record.shareCosts[underlying] ?? averagePrice;
  // A split looks like this: by the old cost the new shares would have lost what nobody lost.
  if (different.length > 0 && averagePrice > 0) return Math.min(cost, averagePrice);
  const came = own - before;
  if (change === 0 || came * own <= 0) return cost;
  const strike = strikes.length === 0 ? averagePrice : Math.max(...strikes);
  const kept = before * own > 0 ? before : 0;
  return (kept * cost + (own - kept) * strike) / own;
}

/**
 * Shares that go at once: what the session before was already selling, and what came from a structure that was not meant to bring any (a spread whose
 * sold leg was assigned, a bought call that was exercised). A put that was sold alone, with the price of its shares set
 * aside, was sold for them: those stay.
 */
export function leavingOf(
  { own, foreign, change }: Explained,
  record: SessionRecord,
  held: ReadonlyMap<string, number>,
  underlying: string,
): LeavingShares | null {
  const before = record.leaving[underlying];
  const came = Math.max(0, own - Math.max(0, record.shares[underlying] ?? 0));
  let meant = 0;
  const others: string[] = [];
  for (const structure of record.structures) {
    if (structure.underlying !== underlying) continue;
    const gone = goneFrom(structure, held);
    if (gone === 0) continue;
    if (takesShares(structure)) meant += gone;
    else others.push(`${structure.id} (${structure.strategy})`);
  }
  const unmeant = change > 0 && others.length > 0 ? Math.max(0, came - meant) : 0;
  const quantity = Math.min(Math.abs(own), (before?.quantity ?? 0) + unmeant);
  if (quantity === 0) return null;
  const text = `${unmeant} shares of ${underlying} came from ${others.join(', ')}, which was not meant to bring any${foreign === 0 ? '' : '; foreign ones stay'}`;
  return {
    quantity,
    reason: before?.reason ?? { rule: 'orphaned-shares', text },
    realized: before?.realized ?? ZERO_USD,
  };
}

/** A put that was sold alone, with the price of its shares set aside: the wheel's first half. What is left of a spread has less set aside. */
function takesShares({ legs, committedPerUnit }: CarriedStructure): boolean {
  const [leg, ...others] = legs;
  if (leg === undefined || others.length > 0 || sideOf(leg.intent) !== 'sell') return false;
  const { right, strike, multiplier } = optionContract(leg.symbol);
  return right === 'put' && committedPerUnit >= notional(strike, leg.ratio, multiplier);
}

/** The most shares that its contracts which are gone can have brought. */
function goneFrom({ legs, open }: CarriedStructure, held: ReadonlyMap<string, number>): number {
  let shares = 0;
  for (const { symbol, ratio } of legs) {
    const contract = optionContract(symbol);
    const gone = Math.max(0, ratio * open - Math.abs(held.get(symbol) ?? 0));
    shares += contract.settlement === 'physical' ? gone * contract.multiplier : 0;
  }
  return shares;
}
