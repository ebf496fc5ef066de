import { type Bar, type OrderLeg, type Quote, type Side, type Ticker, sideOf } from '@trading-agent/instruments';
import { QuoteBook } from '@trading-agent/market-data';

/** Half of the spread assumed where a stock has a price but no quotes, as a share of the price. */
const HALF_SPREAD = 0.0005;
/** What of a minute's volume can be traded with at the assumed prices, and the least: a round lot. */
const SHARE_OF_VOLUME = 0.1;
const ROUND_LOT = 100;

/** The present quotes and how much of their displayed size is still there. */
export class NbboBook {
  readonly #quotes = new QuoteBook();
  /** What stands in for the quotes of stocks that only have bars; nobody sees it, and it is no mark. */
  readonly #assumed = new QuoteBook();
  readonly #taken = new Map<Ticker, { bid: number; ask: number }>();

  /** Replaces the instrument's quote; its whole displayed size is available again. */
  set(quote: Quote): void {
    if (this.#quotes.apply(quote)) this.#taken.delete(quote.symbol);
  }

  /** A stock's bar is over: where it has no quotes, a spread around the close is assumed and a part of the volume as its size. */
  assume({ symbol, end, close, volume }: Bar): void {
    if (!(close > 0) || this.#quotes.quote(symbol) !== undefined) return;
    const size = Math.max(ROUND_LOT, Math.floor(volume * SHARE_OF_VOLUME));
    const bid = Math.floor(close * (1 - HALF_SPREAD) * 100 + 1e-6) / 100;
    const ask = Math.ceil(close * (1 + HALF_SPREAD) * 100 - 1e-6) / 100;
    if (this.#assumed.apply({ symbol, at: end, bid, bidSize: size, ask, askSize: size })) this.#taken.delete(symbol);
  }

  /** The latest row as it came. */
  quote(symbol: Ticker): Quote | undefined {
    return this.#quotes.quote(symbol);
  }

  /** What one can buy (ask) or sell (bid) at now: `null` when the latest row does not quote that side; 0 is not a price. */
  touch(symbol: Ticker, side: Side): number | null {
    const quote = this.#offered(symbol);
    const price = side === 'buy' ? quote?.ask : quote?.bid;
    return price !== undefined && price !== null && price > 0 ? price : null;
  }

  /** Contracts or shares of the displayed size not yet taken. */
  left(symbol: Ticker, side: Side): number {
    const quote = this.#offered(symbol);
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

  #offered(symbol: Ticker): Quote | undefined {
    return this.#quotes.quote(symbol) ?? this.#assumed.quote(symbol);
  }

  /** The mid of the last known sides, `null` while one side was never quoted. */
  mark(symbol: Ticker): number | null {
    return this.#quotes.mark(symbol);
  }
}
