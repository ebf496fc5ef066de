import type { Bar, Quote, Ticker, Trade } from '@trading-agent/instruments';
import type { FeedChannel, FeedEvent } from './feed-event.ts';
import type { FeedGap } from './gap.ts';

/** What waited for a consumer: of each instrument the latest quote, of everything else all of it in the order in which it came. */
export interface Waiting {
  readonly quotes: readonly Quote[];
  readonly bars: readonly Bar[];
  readonly trades: readonly Trade[];
  readonly gaps: readonly FeedGap[];
}

export interface QueueCounts {
  /** Quotes that a newer one of the same instrument replaced before anybody took them. */
  readonly conflated: number;
  /** Quotes that were older than what waited already. */
  readonly late: number;
  /** Bars and trades that did not fit; each overflow is also a gap. */
  readonly overflowed: number;
}

export interface QueueOptions {
  /** Bars and trades that may wait together; 200,000 unless given. */
  readonly capacity?: number;
}

const CAPACITY = 200_000;

/**
 * Stands between a stream and whoever takes from it at his own pace. Quotes are conflated, because only the latest counts. Bars and trades
 * are never dropped silently: when too many wait, the oldest make room and a closed, unfilled gap of their symbols says so.
 */
export class ConflatingQueue {
  readonly #capacity: number;
  #quotes = new Map<Ticker, Quote>();
  #bars: Bar[] = [];
  #trades: Trade[] = [];
  #gaps: FeedGap[] = [];
  #lost = new Map<string, { readonly channel: FeedChannel; readonly symbols: Set<Ticker>; from: FeedGap['from'] }>();
  #overflows = 0;
  readonly #counts = { conflated: 0, late: 0, overflowed: 0 };

  constructor(options: QueueOptions = {}) {
    this.#capacity = options.capacity ?? CAPACITY;
  }

  push(event: FeedEvent & { readonly channel?: FeedChannel }): void {
    switch (event.kind) {
      case 'quote':
        return this.#pushQuote(event.quote);
      case 'bar':
        this.#bars.push(event.bar);
        return this.#bound(event.channel ?? 'stocks');
      case 'trade':
        this.#trades.push(event.trade);
        return this.#bound(event.channel ?? 'options');
      case 'gap':
        this.#gaps.push(event.gap);
        return undefined;
      case 'index-value':
      case 'fair-value':
      case 'limit-band':
        return undefined;
    }
  }

  /** Hands over what waits and begins anew. */
  take(): Waiting {
    const overflow = [...this.#lost.values()].map(({ channel, symbols, from }): FeedGap => ({
      id: `${channel}/overflow-${++this.#overflows}`,
      channel,
      state: 'closed',
      cause: 'overflow',
      symbols: [...symbols].sort(),
      from,
      to: from,
      unfilled: [...symbols].sort(),
      reason: `more than ${this.#capacity} bars and trades waited for their consumer`,
    }));
    const waiting: Waiting = {
      quotes: [...this.#quotes.values()],
      bars: this.#bars,
      trades: this.#trades,
      gaps: [...this.#gaps, ...overflow],
    };
    this.#quotes = new Map();
    this.#bars = [];
    this.#trades = [];
    this.#gaps = [];
    this.#lost = new Map();
    return waiting;
  }

  /** Since the queue was made. */
  counts(): QueueCounts {
    return { ...this.#counts };
  }

  #pushQuote(quote: Quote): void {
    const known = this.#quotes.get(quote.symbol);
    if (known !== undefined) {
      if (quote.at < known.at) {
        this.#counts.late += 1;
        return;
      }
      this.#counts.conflated += 1;
    }
    this.#quotes.set(quote.symbol, quote);
  }

  #bound(channel: FeedChannel): void {
    if (this.#bars.length + this.#trades.length <= this.#capacity) return;
    // A tenth at once, so that a consumer that has stopped does not cost a shift of the whole array per event.
    const room = Math.max(1, Math.floor(this.#capacity / 10));
    const dropped = this.#trades.length > 0 ? this.#trades.splice(0, room) : this.#bars.splice(0, room);
    this.#counts.overflowed += dropped.length;
    for (const item of dropped) {
      const at = 'at' in item ? item.at : item.end;
      const lost = this.#lost.get(channel) ?? { channel, symbols: new Set<Ticker>(), from: at };
      lost.symbols.add(item.symbol);
      if (at > lost.from) lost.from = at;
      this.#lost.set(channel, lost);
    }
  }
}
