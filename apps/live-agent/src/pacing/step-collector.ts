import type { BrokerEvent } from '@trading-agent/broker';
import type { Bar, Quote } from '@trading-agent/instruments';
import {
  ConflatingQueue,
  type FeedChannel,
  type FeedEvent,
  type FeedGap,
  type QueueCounts,
} from '@trading-agent/market-data';
import { MICROS_PER_MINUTE } from '@trading-agent/core';

/** Everything collected for one step: the latest quote of each contract, minute bars, gaps and broker events in order of arrival. */
export interface Collected {
  readonly quotes: readonly Quote[];
  readonly bars: readonly Bar[];
  readonly gaps: readonly FeedGap[];
  readonly brokerEvents: readonly BrokerEvent[];
}

/** Gathers what arrives between two steps. Quotes are conflated, so that a step that has to wait stays small; nothing else is dropped. */
export class StepCollector {
  readonly #queue = new ConflatingQueue();
  #brokerEvents: BrokerEvent[] = [];

  addFeed(event: FeedEvent & { readonly channel?: FeedChannel }): void {
    // The engine decides on minutes; trades and bars of seconds would only fill the queue.
    if (event.kind === 'trade') return;
    if (event.kind === 'bar' && event.bar.end - event.bar.start !== MICROS_PER_MINUTE) return;
    this.#queue.push(event);
  }

  addBroker(event: BrokerEvent): void {
    this.#brokerEvents.push(event);
  }

  /** Hands over what was collected and begins anew. */
  take(): Collected {
    const { quotes, bars, gaps } = this.#queue.take();
    const brokerEvents = this.#brokerEvents;
    this.#brokerEvents = [];
    return { quotes, bars, gaps, brokerEvents };
  }

  /** Conflated, late and overflowed events so far. */
  counts(): QueueCounts {
    return this.#queue.counts();
  }
}
