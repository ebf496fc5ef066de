import { type Clock, TradingError } from '@trading-agent/core';
import type { BrokerEvent } from '@trading-agent/broker';
import { nextSession, nyDate, session } from '@trading-agent/calendar';
import type { FeedEvent, QueueCounts } from '@trading-agent/market-data';
import { interval, type Observable, Subject, type Subscription } from 'rxjs';
import type { PacedSession, PacedStep, Pacer } from './pacer.ts';
import { StepCollector } from './step-collector.ts';

export interface RealtimeOptions {
  readonly clock: Clock;
  readonly feed: Observable<FeedEvent>;
  readonly broker: Observable<BrokerEvent>;
  /** Length of a step in milliseconds: quotes are conflated within it. */
  readonly stepMs: number;
  /** When a step may end; every `stepMs` unless told. */
  readonly ticks?: Observable<unknown>;
}

/**
 * Paced by the wall clock, as a real market demands: whatever arrived within a step belongs to it, an empty step still moves the clock. While
 * a step is being worked on, what arrives waits, conflated, for the next: the agent is never behind by more than one step.
 */
export class RealtimePacer implements Pacer {
  readonly redelivers = false;
  readonly #options: RealtimeOptions;
  readonly #collector = new StepCollector();
  readonly #steps = new Subject<PacedStep>();
  #subscriptions: Subscription[] = [];
  #next = 0;
  #unanswered: number | null = null;

  constructor(options: RealtimeOptions) {
    this.#options = options;
  }

  get steps(): Observable<PacedStep> {
    return this.#steps;
  }

  /** @throws {TradingError} `NOT_A_SESSION` on a day without trading, and after the close when there is nothing to resume. */
  async attach(afterStep: number): Promise<PacedSession> {
    const at = this.#options.clock.now();
    const date = nyDate(at);
    const today = session(date);
    if (today === undefined || (at >= today.close && afterStep < 0)) {
      const when = today === undefined ? `on ${date}` : `for today (${date})`;
      throw new TradingError('NOT_A_SESSION', `The market is closed ${when}`, {
        hint: `The next session is ${nextSession(date)}.`,
      });
    }
    this.#next = afterStep + 1;
    // The order stream connects when it is subscribed to: before the day begins, so that nothing is missed.
    if (this.#subscriptions.length === 0) this.#listen();
    return { date, open: today.open, close: today.close, at };
  }

  ready(): void {
    const { ticks, stepMs } = this.#options;
    this.#subscriptions.push((ticks ?? interval(stepMs)).subscribe(() => this.#tick()));
  }

  acknowledge(step: number): void {
    if (step === this.#unanswered) this.#unanswered = null;
  }

  counts(): QueueCounts {
    return this.#collector.counts();
  }

  close(): Promise<void> {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#subscriptions = [];
    return Promise.resolve();
  }

  #listen(): void {
    const { feed, broker } = this.#options;
    const error = (reason: unknown): void => this.#steps.error(reason);
    this.#subscriptions.push(
      feed.subscribe({ next: (event) => this.#collector.addFeed(event), error }),
      broker.subscribe({ next: (event) => this.#collector.addBroker(event), error }),
    );
  }

  #tick(): void {
    if (this.#unanswered !== null) return;
    const step = this.#next++;
    this.#unanswered = step;
    this.#steps.next({ step, at: this.#options.clock.now(), ...this.#collector.take() });
  }
}
