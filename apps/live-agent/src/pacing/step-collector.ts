import type { BrokerEvent } from '@trading-agent/broker';
import type { Bar, Quote } from '@trading-agent/instruments';
import type { FeedChannel, FeedEvent } from '@trading-agent/market-data';

/** Data events that a market has sent on each channel since its connection opened. */
export interface ChannelCounts {
  readonly options: number;
  readonly stocks: number;
  readonly trades: number;
}

/** Everything collected for one step. */
export interface Collected {
  readonly quotes: readonly Quote[];
  readonly bars: readonly Bar[];
  readonly brokerEvents: readonly BrokerEvent[];
}

/** Gathers what arrives between two steps and counts it per channel. */
export class StepCollector {
  #counts: { options: number; stocks: number; trades: number } = { options: 0, stocks: 0, trades: 0 };
  #quotes: Quote[] = [];
  #bars: Bar[] = [];
  #brokerEvents: BrokerEvent[] = [];

  addFeed(event: FeedEvent & { readonly channel: FeedChannel }): void {
    this.#counts[event.channel]++;
    if (event.kind === 'quote') this.#quotes.push(event.quote);
    else if (event.kind === 'bar') this.#bars.push(event.bar);
  }

  addBroker(event: BrokerEvent): void {
    this.#counts.trades++;
    this.#brokerEvents.push(event);
  }

  /** True when at least as much has arrived as the market says it has sent. */
  has(counts: ChannelCounts): boolean {
    return (
      this.#counts.options >= counts.options &&
      this.#counts.stocks >= counts.stocks &&
      this.#counts.trades >= counts.trades
    );
  }

  get counts(): ChannelCounts {
    return { ...this.#counts };
  }

  /** Hands over what was collected and begins anew; the counts go on. */
  take(): Collected {
    const collected = { quotes: this.#quotes, bars: this.#bars, brokerEvents: this.#brokerEvents };
    this.#quotes = [];
    this.#bars = [];
    this.#brokerEvents = [];
    return collected;
  }
}
