import { MICROS_PER_MINUTE, type Micros } from '@trading-agent/core';
import type { Bar, Ticker } from '@trading-agent/instruments';

/** What an event is among those of its symbol: the next one, one that was told before, or an older one that comes late. */
export type Place = 'next' | 'duplicate' | 'late';

/** How a vendor numbers the events of a symbol: rising only (numbers may be left out), or every number once. */
export type Numbering = 'rising' | 'dense';

/** Numbers begin anew with each trading day: after a pause this long they are not compared. */
const NEW_DAY = 6 * 60 * MICROS_PER_MINUTE;
/** Trades of a symbol whose numbers are remembered. */
const REMEMBERED = 1_024;

interface Last {
  at: Micros;
  sequence: number;
}

interface Trades extends Last {
  readonly recent: Set<number>;
}

/**
 * Sorts out, symbol by symbol, what comes twice or too late. Massive's numbers rise per ticker but are not consecutive (its own reference:
 * "1, 2, 6, 9, 10, 11"), so a missing number proves nothing there; with `dense` numbering `missing` counts what was left out.
 */
export class EventOrder {
  readonly #quotes = new Map<Ticker, Last>();
  readonly #trades = new Map<Ticker, Trades>();
  readonly #bars = new Map<string, Bar>();

  /** `sequence` is negative when the vendor gave none: then the time decides. */
  quote(symbol: Ticker, at: Micros, sequence: number): Place {
    const last = this.#quotes.get(symbol);
    if (last === undefined) {
      this.#quotes.set(symbol, { at, sequence });
      return 'next';
    }
    if (at - last.at <= NEW_DAY && last.at - at <= NEW_DAY) {
      if (sequence >= 0 && last.sequence >= 0) {
        if (sequence === last.sequence) return 'duplicate';
        if (sequence < last.sequence) return 'late';
      } else if (at < last.at) return 'late';
    } else if (at < last.at) return 'late';
    last.at = at;
    last.sequence = sequence;
    return 'next';
  }

  /** A late trade is still a trade; only the same number a second time is none. */
  trade(symbol: Ticker, at: Micros, sequence: number): Place {
    if (sequence < 0) return 'next';
    const known = this.#trades.get(symbol);
    if (known === undefined || at - known.at > NEW_DAY) {
      this.#trades.set(symbol, { at, sequence, recent: new Set([sequence]) });
      return 'next';
    }
    if (known.recent.has(sequence)) return 'duplicate';
    known.recent.add(sequence);
    if (known.recent.size > REMEMBERED) {
      const [oldest] = known.recent;
      if (oldest !== undefined) known.recent.delete(oldest);
    }
    if (sequence < known.sequence) return 'late';
    known.sequence = sequence;
    known.at = at;
    return 'next';
  }

  /** How many numbers of the symbol's trades were left out before `sequence`; ask before `trade`. */
  missingTrades(symbol: Ticker, at: Micros, sequence: number): number {
    return missing(this.#trades.get(symbol), at, sequence);
  }

  /** As `missingTrades`, of quotes. */
  missingQuotes(symbol: Ticker, at: Micros, sequence: number): number {
    return missing(this.#quotes.get(symbol), at, sequence);
  }

  /** The same window with other figures is a correction: the next word about it. */
  bar(bar: Bar): Place {
    const key = `${bar.symbol} ${bar.end - bar.start}`;
    const last = this.#bars.get(key);
    if (last !== undefined && bar.start < last.start) return 'late';
    if (last !== undefined && same(last, bar)) return 'duplicate';
    this.#bars.set(key, bar);
    return 'next';
  }
}

function missing(last: Last | undefined, at: Micros, sequence: number): number {
  if (last === undefined || sequence < 0 || last.sequence < 0 || Math.abs(at - last.at) > NEW_DAY) return 0;
  return Math.max(0, sequence - last.sequence - 1);
}

function same(a: Bar, b: Bar): boolean {
  return (
    a.start === b.start &&
    a.open === b.open &&
    a.high === b.high &&
    a.low === b.low &&
    a.close === b.close &&
    a.volume === b.volume
  );
}
