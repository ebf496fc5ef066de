import type { BrokerEvent } from '@trading-agent/broker';
import type { Bar, Quote } from '@trading-agent/instruments';
import type { FeedEvent } from '@trading-agent/market-data';

/** Everything collected for one step, in arrival order per kind. */
export interface Collected {
  readonly quotes: readonly Quote[];
  readonly bars: readonly Bar[];
  readonly brokerEvents: readonly BrokerEvent[];
}

/** Gathers what arrives between two steps. */
export class StepCollector {
  #quotes: Quote[] = [];
  #bars: Bar[] = [];
  #brokerEvents: BrokerEvent[] = [];

  addFeed(event: FeedEvent): void {
    if (event.kind === 'quote') this.#quotes.push(event.quote);
    else if (event.kind === 'bar') this.#bars.push(event.bar);
  }

  addBroker(event: BrokerEvent): void {
    this.#brokerEvents.push(event);
  }

  /** Hands over what was collected and begins anew. */
  take(): Collected {
    const collected = { quotes: this.#quotes, bars: this.#bars, brokerEvents: this.#brokerEvents };
    this.#quotes = [];
    this.#bars = [];
    this.#brokerEvents = [];
    return collected;
  }
}
