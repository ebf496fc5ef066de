import type { MarketDate } from '@trading-agent/core';
import { lastTradingDay } from '@trading-agent/calendar';
import {
  isOptionSymbol,
  type OptionContract,
  optionContract,
  type OrderLeg,
  sideOf,
  sign,
} from '@trading-agent/instruments';
import type { SessionRecord } from './session-record.ts';

export interface Explained {
  readonly own: number;
  readonly foreign: number;
  /** Shares that came or went. */
  readonly change: number;
  /** Strikes of the options whose ends moved them. */
  readonly strikes: readonly number[];
  readonly different: readonly string[];
}

/** Accounts for one underlying's shares and for the contracts that the record names. */
export function explain(
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
  const strikes: number[] = [];
  /** Shares that contracts of somebody else's beside the agent's own may have moved, up and down. */
  const others = { up: 0, down: 0 };
  for (const [symbol, { recorded, strange: theirs }] of recordedContracts(record, underlying)) {
    const present = held.get(symbol) ?? 0;
    if (present === recorded) continue;
    const contract = optionContract(symbol);
    const outcomes = outcomesOf(contract, recorded, present, date);
    if (outcomes === null) {
      different.push(`${symbol}: broker ${present}, record ${recorded}`);
      continue;
    }
    reachable = new Set([...reachable].flatMap((sum) => outcomes.map((moved) => sum + moved)));
    const most = outcomes.at(-1) ?? 0;
    if (most !== 0) strikes.push(contract.strike);
    const ofOthers = Math.min(Math.abs(theirs) * contract.multiplier, Math.abs(most));
    if (most > 0) others.up += ofOthers;
    else others.down += ofOthers;
  }
  if (different.length === 0 && reachable.has(change)) {
    // What may be another's is not taken for the agent's own, which it would sell.
    const ofOthers = change > 0 ? Math.min(change, others.up) : Math.max(change, -others.down);
    const after = own + change - ofOthers;
    // Never more than there is. Where the agent's own options took shares that were another's, none of those left is its own.
    const kept = after * now > 0 ? Math.sign(now) * Math.min(Math.abs(after), Math.abs(now)) : 0;
    return { own: kept, foreign: now - kept, change, strikes, different };
  }
  // Shares that were never the agent's are its owner's to trade.
  if (different.length === 0 && own === 0 && reachable.size === 1 && reachable.has(0))
    return { own, foreign: now, change, strikes: [], different };
  if (different.length === 0 || change !== 0)
    different.push(`${underlying}: broker ${now} shares, record ${own + strange}`);
  const kept = own * now > 0 ? Math.sign(now) * Math.min(Math.abs(own), Math.abs(now)) : 0;
  return { own: kept, foreign: now - kept, change, strikes: [], different };
}

interface Recorded {
  /** All contracts, signed. */
  readonly recorded: number;
  /** Those of them that are not the agent's own. */
  readonly strange: number;
}

/** Contracts of the agent's structures, and foreign ones beside them. */
function recordedContracts(record: SessionRecord, underlying: string): ReadonlyMap<string, Recorded> {
  const found = new Map<string, Recorded>();
  for (const { legs, open, underlying: of } of record.structures) {
    if (of !== underlying) continue;
    for (const leg of legs)
      found.set(leg.symbol, { recorded: (found.get(leg.symbol)?.recorded ?? 0) + signed(leg) * open, strange: 0 });
  }
  for (const [symbol, quantity] of Object.entries(record.foreign)) {
    if (!isOptionSymbol(symbol) || optionContract(symbol).underlying !== underlying) continue;
    // What is foreign may be traded by whoever owns it; only where it lies beside the agent's own it must stay as it was.
    const own = found.get(symbol);
    if (own !== undefined) found.set(symbol, { recorded: own.recorded + quantity, strange: quantity });
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
export function isPast({ expiry, settles }: OptionContract, date: MarketDate): boolean {
  return lastTradingDay(expiry, settles) < date;
}

export function signed(leg: OrderLeg): number {
  return sign(sideOf(leg.intent)) * leg.ratio;
}
