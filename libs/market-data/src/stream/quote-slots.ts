import { type MarketDate, daysBetween } from '@trading-agent/core';
import type { OptionContract, OptionSymbol } from '@trading-agent/instruments';

export interface SlotRequest {
  /** What is listed; adjusted contracts never earn a slot unless they are held. */
  readonly contracts: readonly OptionContract[];
  /** Held positions and legs of working orders: they come first, whatever their distance. */
  readonly needed: ReadonlySet<OptionSymbol>;
  /** Contracts that are quoted now. */
  readonly current: ReadonlySet<OptionSymbol>;
  /** Price of the underlying, dollars per share; contracts of an underlying without one earn no slot unless needed. */
  readonly spot: (underlying: string) => number | null;
  readonly date: MarketDate;
  /** Days to expiry that are of interest. */
  readonly dte: { readonly min: number; readonly max: number };
  /** How many contracts may be quoted at once. */
  readonly slots: number;
  /** Open interest, volume or the like; only breaks ties. 0 unless given. */
  readonly liquidity?: (symbol: OptionSymbol) => number;
}

export interface SlotAssignment {
  /** The whole set, in text order. */
  readonly symbols: readonly OptionSymbol[];
  readonly add: readonly OptionSymbol[];
  readonly drop: readonly OptionSymbol[];
  /** Needed contracts for which there was no slot: their books are blind, no new risk belongs there. */
  readonly unserved: readonly OptionSymbol[];
}

/** A contract that is quoted already is taken for so much nearer: one that is only a little better does not push it out. */
const INCUMBENT = 0.8;

/**
 * Which contracts earn a quote slot. Needed ones first, in text order. Then, by and by, the candidate that is nearest the money: the distance
 * is |ln(strike / spot)| over the square root of the days to expiry, what a random walk of equal volatility makes equally likely to be reached,
 * so that far expiries get wider strikes; ties by fewer days, more liquidity, text. Each underlying first gets an even share of the slots,
 * then what others left over. The same request gives the same answer, and an answer asked for again with itself as `current` stays as it is.
 */
export function assignQuoteSlots(request: SlotRequest): SlotAssignment {
  const { needed, current, slots } = request;
  const wanted = [...needed].sort();
  const taken = new Set(wanted.slice(0, Math.max(0, slots)));
  const ranked = rank(request);
  const underlyings = new Set(ranked.map(({ contract }) => contract.underlying));
  const share = Math.floor((slots - taken.size) / Math.max(1, underlyings.size));
  const used = new Map<string, number>();
  for (const { contract } of ranked) {
    const count = used.get(contract.underlying) ?? 0;
    if (taken.size >= slots || count >= share) continue;
    taken.add(contract.symbol);
    used.set(contract.underlying, count + 1);
  }
  for (const { contract } of ranked) {
    if (taken.size >= slots) break;
    taken.add(contract.symbol);
  }
  const symbols = [...taken].sort();
  return {
    symbols,
    add: symbols.filter((symbol) => !current.has(symbol)),
    drop: [...current].filter((symbol) => !taken.has(symbol)).sort(),
    unserved: wanted.slice(Math.max(0, slots)),
  };
}

interface Ranked {
  readonly contract: OptionContract;
  readonly distance: number;
  readonly days: number;
  readonly liquidity: number;
}

function rank({ contracts, needed, current, spot, date, dte, liquidity = () => 0 }: SlotRequest): readonly Ranked[] {
  const ranked: Ranked[] = [];
  for (const contract of contracts) {
    const price = spot(contract.underlying);
    const days = daysBetween(date, contract.expiry);
    if (contract.adjusted || needed.has(contract.symbol) || price === null || !(price > 0)) continue;
    if (days < dte.min || days > dte.max) continue;
    const distance = Math.abs(Math.log(contract.strike / price)) / Math.sqrt(Math.max(1, days));
    ranked.push({
      contract,
      distance: current.has(contract.symbol) ? distance * INCUMBENT : distance,
      days,
      liquidity: liquidity(contract.symbol),
    });
  }
  return ranked.sort(
    (a, b) =>
      a.distance - b.distance ||
      a.days - b.days ||
      b.liquidity - a.liquidity ||
      (a.contract.symbol < b.contract.symbol ? -1 : 1),
  );
}
