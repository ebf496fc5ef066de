import type { BrokerEvent } from '@trading-agent/broker';
import type { Bar, Quote } from '@trading-agent/instruments';
import type { FeedEvent } from '@trading-agent/market-data';

/** Everything collected for one step: the latest quote of each contract, bars and broker events in order of arrival. */
export interface Collected {
  readonly quotes: readonly Quote[];
  readonly bars: readonly Bar[];
  readonly brokerEvents: readonly BrokerEvent[];
}

/** Gathers what arrives between two steps. Quotes are conflated, so that a step that has to wait stays small; nothing else is dropped. */
export class StepCollector {
  #quotes = new Map<string, Quote>();
  #bars: Bar[] = [];
  #brokerEvents: BrokerEvent[] = [];

  addFeed(event: FeedEvent): void {
    if (event.kind === 'quote') this.#addQuote(event.quote);
    else if (event.kind === 'bar') this.#bars.push(event.bar);
  }

  #addQuote(quote: Quote): void {
    const known = this.#quotes.get(quote.symbol);
    if (known === undefined || quote.at >= known.at) this.#quotes.set(quote.symbol, quote);
  }

  addBroker(event: BrokerEvent): void {
    this.#brokerEvents.push(event);
  }

  /** Hands over what was collected and begins anew. */
  take(): Collected {
    const collected = { quotes: [...this.#quotes.values()], bars: this.#bars, brokerEvents: this.#brokerEvents };
    this.#quotes = new Map();
    this.#bars = [];
    this.#brokerEvents = [];
    return collected;
  }
}
