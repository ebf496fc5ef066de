import { ManualClock, type Micros, type TradingError } from '@trading-agent/core';
import type { Order } from '@trading-agent/instruments';
import type { Store } from '@trading-agent/store';
import { Collected } from '@trading-agent/testkit';
import { BehaviorSubject, Subject, map, merge } from 'rxjs';
import { type Connections, connect } from '../connections.ts';
import type { LinkStatus } from '../pacing/pacer.ts';
import { type DayProgress, tradeDay, type TradingDayResult } from '../trading-day.ts';
import type { Desk, FaultyMarket } from './faulty-market.ts';
import { bullish } from './real-day.ts';
import { silentLog } from './silent-log.ts';
import { ToldSteps } from './told-steps.ts';

export interface FaultyDayOptions {
  readonly market: FaultyMarket;
  readonly desk: Desk;
  readonly store: Store;
  /** Waits before something is tried again are over at once, or when `retry` is called. */
  readonly retries?: 'at once' | 'on demand';
  readonly resume?: boolean;
}

/**
 * The agent with its real adapters on market-sim over sockets, as on a real market: no lockstep, nothing is told again. The test moves the market
 * minute by minute; the agent's step comes when all that was sent has arrived.
 */
export class FaultyDay {
  readonly connections: Connections;
  readonly links: Collected<LinkStatus>;
  readonly result: Promise<TradingDayResult>;
  readonly #options: FaultyDayOptions;
  readonly #clock: ManualClock;
  readonly #ticks = new Subject<void>();
  readonly #interrupt = new AbortController();
  readonly #received = new BehaviorSubject<ReadonlyMap<string, number>>(new Map());
  readonly #steps = new ToldSteps();
  readonly #asleep: (() => void)[] = [];
  /** Orders the engine has decided, in order. */
  readonly decided: Order[] = [];

  private constructor(options: FaultyDayOptions, clock: ManualClock) {
    this.#options = options;
    this.#clock = clock;
    const { desk, store, resume = false } = options;
    this.connections = connect(desk.endpoints, silentLog, undefined, clock, {
      ticks: this.#ticks,
      sleep: () => this.#sleep(),
    });
    const { feed, broker, links } = this.connections;
    this.links = new Collected(links);
    merge(feed.progress, broker.progress.pipe(map((received) => ({ channel: 'trades' as const, received })))).subscribe(
      ({ channel, received }) => this.#received.next(new Map([...this.#received.value, [channel, received]])),
    );
    this.result = tradeDay({
      ...this.connections,
      store,
      engine: bullish(),
      underlyings: ['SPY'],
      mode: 'paper',
      seed: 1,
      resume,
      exitAtClose: true,
      log: silentLog,
      onStep: (progress) => {
        for (const decision of progress.decisions)
          if (decision.type === 'submit') this.decided.push(decision.approved.order);
        this.#steps.tell(progress);
      },
      signal: this.#interrupt.signal,
    });
    this.result.catch(() => undefined);
  }

  get last(): DayProgress | null {
    return this.#steps.last;
  }

  /** Resolves when the session is open. */
  static async open(options: FaultyDayOptions): Promise<FaultyDay> {
    const day = new FaultyDay(options, new ManualClock(await options.market.now()));
    if (day.last === null) await day.#steps.next(day.result);
    return day;
  }

  /** The market moves on by a minute, and the agent with it. */
  async minute(): Promise<DayProgress> {
    return this.follow(await this.#options.market.step());
  }

  /** The market has moved on to a time; so does the agent, when it has got all that was sent to it. */
  async follow(at: Micros): Promise<DayProgress> {
    const { market, desk } = this.#options;
    const sent = await market.sent(desk);
    const arrived = new Collected(this.#received);
    await arrived.until(() =>
      [...sent].every(([room, count]) => (this.#received.value.get(room) ?? 0) >= count || !this.#isUp(room)),
    );
    arrived.stop();
    this.#clock.advanceTo(at);
    return this.tick();
  }

  /** A step of the agent without one of the market. */
  tick(): Promise<DayProgress> {
    const next = this.#steps.next(this.result);
    this.#ticks.next();
    return next;
  }

  /** Until the engine orders. @returns the order */
  async untilOrder(minutes = 12): Promise<Order> {
    const before = this.decided.length;
    for (let passed = 0; passed < minutes; passed += 1) {
      await this.minute();
      const order = this.decided[before];
      if (order !== undefined) return order;
    }
    throw new Error(`Nothing was ordered in ${minutes} minutes: ${JSON.stringify(this.last?.view.halted)}`);
  }

  async minutes(count: number): Promise<DayProgress> {
    let progress = await this.minute();
    for (let passed = 1; passed < count; passed += 1) progress = await this.minute();
    return progress;
  }

  /** The waits under way are over. */
  retry(): void {
    for (const wake of this.#asleep.splice(0)) wake();
  }

  async interrupt(): Promise<TradingDayResult> {
    this.#interrupt.abort();
    this.retry();
    return this.result;
  }

  /** The error that ended the day. */
  failure(): Promise<TradingError> {
    return this.result.then(
      () => Promise.reject(new Error('The day did not fail')),
      (error: TradingError) => error,
    );
  }

  #isUp(room: string): boolean {
    const link = room === 'trades' ? 'orders' : room;
    return this.links.values.findLast((status) => status.link === link)?.state !== 'lost';
  }

  #sleep(): Promise<void> {
    if (this.#options.retries !== 'on demand') return new Promise((resolve) => setImmediate(resolve));
    return new Promise((resolve) => this.#asleep.push(resolve));
  }
}
