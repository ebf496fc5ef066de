import { type Clock, TradingError } from '@trading-agent/core';
import type { BrokerEvent } from '@trading-agent/broker';
import { nextSession, nyDate, session } from '@trading-agent/calendar';
import type { FeedEvent } from '@trading-agent/market-data';
import { bufferTime, map, merge, type Observable, Subject, takeUntil } from 'rxjs';
import type { PacedSession, PacedStep, Pacer } from './pacer.ts';
import { StepCollector } from './step-collector.ts';

export interface RealtimeOptions {
  readonly clock: Clock;
  readonly feed: Observable<FeedEvent>;
  readonly broker: Observable<BrokerEvent>;
  /** Length of a step in milliseconds: quotes are conflated within it. */
  readonly stepMs: number;
}

/** Paced by the wall clock, as a real market demands: whatever arrived within a step belongs to it, an empty step still moves the clock. */
export class RealtimePacer implements Pacer {
  readonly redelivers = false;
  readonly #options: RealtimeOptions;
  readonly #closed = new Subject<void>();
  readonly steps: Observable<PacedStep>;
  #next = 0;

  constructor(options: RealtimeOptions) {
    this.#options = options;
    const feed = options.feed.pipe(map((event) => (collector: StepCollector) => collector.addFeed(event)));
    const broker = options.broker.pipe(map((event) => (collector: StepCollector) => collector.addBroker(event)));
    this.steps = merge(feed, broker).pipe(
      bufferTime(options.stepMs),
      map((additions) => {
        const collector = new StepCollector();
        for (const add of additions) add(collector);
        return { step: this.#next++, at: options.clock.now(), ...collector.take() };
      }),
      takeUntil(this.#closed),
    );
  }

  /** @throws {TradingError} `NOT_A_SESSION` on a day without trading, with the next session as a hint. */
  attach(afterStep: number): Promise<PacedSession> {
    this.#next = afterStep + 1;
    const at = this.#options.clock.now();
    const date = nyDate(at);
    const today = session(date);
    if (today === undefined) {
      return Promise.reject(
        new TradingError('NOT_A_SESSION', `The market is closed on ${date}`, {
          hint: `The next session is ${nextSession(date)}.`,
        }),
      );
    }
    return Promise.resolve({ date, open: today.open, close: today.close, at });
  }

  ready(): void {
    // A real market does not wait to be told.
  }

  acknowledge(): void {
    // Nor does it wait for the answer to a step.
  }

  close(): Promise<void> {
    this.#closed.next();
    return Promise.resolve();
  }
}
