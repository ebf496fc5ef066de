import { type OrderLeg, type Quote, type Side, type Ticker, sideOf } from '@trading-agent/instruments';

interface Entry {
  readonly quote: Quote;
  bidLeft: number;
  askLeft: number;
  readonly knownBid: number | null;
  readonly knownAsk: number | null;
}

/**
 * The latest quote of every instrument and how much of its displayed size is still there. For fills only the latest row counts: a side it
 * does not quote is not there. For marks a side keeps its last known price.
 */
export class NbboBook {
  readonly #entries = new Map<Ticker, Entry>();

  /** Replaces the instrument's quote; its whole displayed size is available again. */
  set(quote: Quote): void {
    const before = this.#entries.get(quote.symbol);
    this.#entries.set(quote.symbol, {
      quote,
      bidLeft: displayed(quote.bid, quote.bidSize),
      askLeft: displayed(quote.ask, quote.askSize),
      knownBid: price(quote.bid) ?? before?.knownBid ?? null,
      knownAsk: price(quote.ask) ?? before?.knownAsk ?? null,
    });
  }

  quote(symbol: Ticker): Quote | undefined {
    return this.#entries.get(symbol)?.quote;
  }

  /** What one can buy (ask) or sell (bid) at now: `null` when that side is not quoted. */
  touch(symbol: Ticker, side: Side): number | null {
    const quote = this.#entries.get(symbol)?.quote;
    return quote === undefined ? null : price(side === 'buy' ? quote.ask : quote.bid);
  }

  /** Contracts of the displayed size not yet taken. */
  left(symbol: Ticker, side: Side): number {
    const entry = this.#entries.get(symbol);
    return entry === undefined ? 0 : side === 'buy' ? entry.askLeft : entry.bidLeft;
  }

  take(leg: OrderLeg, units: number): void {
    const entry = this.#entries.get(leg.symbol);
    if (entry === undefined) return;
    if (sideOf(leg.intent) === 'buy') entry.askLeft -= units * leg.ratio;
    else entry.bidLeft -= units * leg.ratio;
  }

  /** Midpoint of the last known sides; the one known side when there is only one; `null` when the instrument was never quoted. */
  mark(symbol: Ticker): number | null {
    const entry = this.#entries.get(symbol);
    if (entry === undefined) return null;
    const { knownBid, knownAsk } = entry;
    return knownBid === null || knownAsk === null ? (knownBid ?? knownAsk) : (knownBid + knownAsk) / 2;
  }
}

/** Feeds write "nobody bids" as nothing or as 0: neither is a price. */
function price(side: number | null): number | null {
  return side === null || !(side > 0) ? null : side;
}

function displayed(side: number | null, size: number): number {
  return price(side) === null || !(size > 0) ? 0 : Math.floor(size);
}
