import type { Micros } from '@trading-agent/core';
import type { Quote, Ticker } from '@trading-agent/instruments';
import { lastPerSymbol } from './step-builder.ts';

/** What is known of one instrument: its latest quote, and each side as it was last quoted. */
export interface BookEntry {
  readonly latest: Quote;
  readonly bid: number | null;
  readonly bidAt: Micros | null;
  readonly ask: number | null;
  readonly askAt: Micros | null;
}

/**
 * The latest quote of every symbol. For fills only `quote()` counts (a side that is null is not quoted); for marking, a side that has
 * fallen silent is carried forward with the time at which it was last seen.
 */
export class QuoteBook {
  readonly #entries = new Map<Ticker, BookEntry>();

  /** Takes a quote in; one that is older than what is known changes nothing and gives `false`. */
  apply(quote: Quote): boolean {
    const known = this.#entries.get(quote.symbol);
    if (known && quote.at < known.latest.at) return false;
    this.#entries.set(quote.symbol, {
      latest: quote,
      bid: quote.bid ?? known?.bid ?? null,
      bidAt: quote.bid === null ? (known?.bidAt ?? null) : quote.at,
      ask: quote.ask ?? known?.ask ?? null,
      askAt: quote.ask === null ? (known?.askAt ?? null) : quote.at,
    });
    return true;
  }

  /** The latest row, sides not carried forward. */
  quote(symbol: Ticker): Quote | undefined {
    return this.#entries.get(symbol)?.latest;
  }

  entry(symbol: Ticker): BookEntry | undefined {
    return this.#entries.get(symbol);
  }

  /**
   * The mid of the last known sides in dollars per share; `null` when a side was never quoted. When the two sides stem from different
   * times and cross, the older one has been overtaken and the newer one alone is the mark.
   */
  mark(symbol: Ticker): number | null {
    const entry = this.#entries.get(symbol);
    if (!entry || entry.bid === null || entry.ask === null) return null;
    if (entry.bid > entry.ask) return (entry.bidAt ?? 0) > (entry.askAt ?? 0) ? entry.bid : entry.ask;
    // On the micro-dollar grid, so that a mark reads as the price it is.
    return Math.round(((entry.bid + entry.ask) / 2) * 1e6) / 1e6;
  }

  get size(): number {
    return this.#entries.size;
  }
}

/** The latest quote per symbol (by time; of equal times the one that comes last), in symbol order. */
export function conflate(quotes: readonly Quote[]): readonly Quote[] {
  const latest = new Map<Ticker, Quote>();
  for (const quote of quotes) {
    const known = latest.get(quote.symbol);
    if (!known || quote.at >= known.at) latest.set(quote.symbol, quote);
  }
  return lastPerSymbol([...latest.values()]);
}
