import { type OrderLeg, type Quote, type Side, type Ticker, sideOf } from '@trading-agent/instruments';
import { QuoteBook } from '@trading-agent/market-data';

/** The present quotes and how much of their displayed size is still there. */
export class NbboBook {
  readonly #quotes = new QuoteBook();
  readonly #taken = new Map<Ticker, { bid: number; ask: number }>();

  /** Replaces the instrument's quote; its whole displayed size is available again. */
  set(quote: Quote): void {
    if (this.#quotes.apply(quote)) this.#taken.delete(quote.symbol);
  }

  /** The latest row as it came. */
  quote(symbol: Ticker): Quote | undefined {
    return this.#quotes.quote(symbol);
  }

  /** What one can buy (ask) or sell (bid) at now: `null` when the latest row does not quote that side; 0 is not a price. */
  touch(symbol: Ticker, side: Side): number | null {
    const quote = this.#quotes.quote(symbol);
    const price = side === 'buy' ? quote?.ask : quote?.bid;
    return price !== undefined && price !== null && price > 0 ? price : null;
  }

  /** Contracts of the displayed size not yet taken. */
  left(symbol: Ticker, side: Side): number {
    const quote = this.#quotes.quote(symbol);
    const taken = this.#taken.get(symbol);
    const left = side === 'buy' ? (quote?.askSize ?? 0) - (taken?.ask ?? 0) : (quote?.bidSize ?? 0) - (taken?.bid ?? 0);
    return Math.max(0, Math.floor(left));
  }

  /** Uses up what `units` of an order with this leg take. */
  take(leg: OrderLeg, units: number): void {
    const taken = this.#taken.get(leg.symbol) ?? { bid: 0, ask: 0 };
    taken[sideOf(leg.intent) === 'buy' ? 'ask' : 'bid'] += units * leg.ratio;
    this.#taken.set(leg.symbol, taken);
  }

  /** The mid of the last known sides, `null` while one side was never quoted. */
  mark(symbol: Ticker): number | null {
    return this.#quotes.mark(symbol);
  }
}
