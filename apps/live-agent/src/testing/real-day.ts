import {
  ManualClock,
  type MarketDate,
  type Micros,
  micros,
  MICROS_PER_MINUTE,
  microsFromRfc3339,
  type TradingError,
} from '@trading-agent/core';
import { loadSettings, onlyStrategies } from '@trading-agent/config';
import { nyDate } from '@trading-agent/calendar';
import { type EngineConfig, engineConfig } from '@trading-agent/engine';
import {
  type Bar,
  type OptionContract,
  optionContract,
  type OptionSymbol,
  type Order,
} from '@trading-agent/instruments';
import type { FeedChannel, FeedEvent, MarketFeed } from '@trading-agent/market-data';
import type { AccountLock, Store } from '@trading-agent/store';
import { ReplaySubject, Subject } from 'rxjs';
import type { LinkStatus } from '../pacing/pacer.ts';
import { RealtimePacer } from '../pacing/realtime-pacer.ts';
import { type DayProgress, tradeDay, type TradingDayResult } from '../trading-day.ts';
import type { FakeBroker } from './fake-broker.ts';
import { silentLog } from './silent-log.ts';
import { ToldSteps } from './told-steps.ts';

/** A half day: 9:30 to 13:00 in New York. */
export const OPEN = microsFromRfc3339('2015-12-24T14:30:00Z');
/** Minutes from the open to the close. */
export const CLOSE = 210;
export const CALL: OptionSymbol = optionContract('TWX160115C00101000').symbol;
const CALLS: Readonly<Record<number, readonly [number, number]>> = {
  99: [3.4, 3.5],
  100: [2.89, 2.99],
  101: [2.43, 2.53],
  102: [2.02, 2.12],
  103: [1.67, 1.77],
};

export function minute(minutes: number, open = OPEN): Micros {
  return micros(Math.round(open + minutes * MICROS_PER_MINUTE));
}

/** The model always expects TWX to rise: the engine buys two calls at 2.53 five minutes after it has its first bar. */
export function bullish(): EngineConfig {
  const settings = loadSettings({ env: {}, cwd: import.meta.dirname });
  const signal = engineConfig(settings, 1).model;
  return {
    ...engineConfig(settings, 1),
    strategies: onlyStrategies(settings.strategies, ['long-call']),
    tiers: { ...settings.tiers, sizing: { ...settings.tiers.sizing, kelly: 0 } },
    leastReturn: -1,
    model: {
      ...signal,
      id: 'bullish',
      predict: (vector) => ({ ...signal.predict(vector), probabilityUp: 0.7, direction: 'up', conviction: 'strong' }),
    },
  };
}

function bar(end: Micros): Bar {
  const start = micros(end - MICROS_PER_MINUTE);
  const close = (end / MICROS_PER_MINUTE) % 2 === 0 ? 99.95 : 100.05;
  return { symbol: 'TWX', start, end, open: close, high: close, low: close, close, volume: 100 };
}

/** A vendor's feed in memory: TWX at 100 and calls around it. */
class FakeFeed implements MarketFeed {
  readonly events = new Subject<FeedEvent & { readonly channel: FeedChannel }>();
  readonly subscribed: string[] = [];
  readonly asked: { readonly from: MarketDate; readonly to: MarketDate }[] = [];
  /** Up to when the agent said it knew the bars. */
  since: Micros | undefined;
  readonly #clock: ManualClock;
  readonly #open: Micros;

  constructor(clock: ManualClock, open: Micros) {
    this.#clock = clock;
    this.#open = open;
  }

  contracts(): Promise<readonly OptionContract[]> {
    return Promise.resolve(
      Object.keys(CALLS).map((strike) =>
        optionContract(`TWX160115C${String(Number(strike) * 1_000).padStart(8, '0')}`),
      ),
    );
  }

  chainSnapshot(): Promise<readonly []> {
    return Promise.resolve([]);
  }

  /** An hour of the day before; of today as much as there is, the minute under way included. */
  minuteBars(_symbol: string, from: MarketDate, to: MarketDate): Promise<readonly Bar[]> {
    this.asked.push({ from, to });
    const open = this.#open;
    const before = Array.from({ length: 60 }, (_, index) => bar(minute(index - 24 * 60, open)));
    const now = this.#clock.now();
    const today = to === nyDate(now) ? Math.max(0, Math.ceil((now - open) / MICROS_PER_MINUTE)) : 0;
    return Promise.resolve([...before, ...Array.from({ length: today }, (_, index) => bar(minute(index + 1, open)))]);
  }

  connect(): Promise<void> {
    return Promise.resolve();
  }

  subscribeBars(_underlyings: readonly string[], since?: Micros): Promise<void> {
    this.since = since;
    return Promise.resolve();
  }

  selectQuotes(symbols: readonly OptionSymbol[]): Promise<void> {
    this.subscribed.push(...symbols);
    return Promise.resolve();
  }

  selectStockQuotes(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.events.complete();
    return Promise.resolve();
  }

  /** A minute of the market. */
  tell(at: Micros): void {
    for (const [strike, [bid, ask]] of Object.entries(CALLS)) {
      const { symbol } = optionContract(`TWX160115C${String(Number(strike) * 1_000).padStart(8, '0')}`);
      const quote = { symbol, at, bid, bidSize: 10, ask, askSize: 10 };
      this.events.next({ kind: 'quote', quote, channel: 'options' });
    }
    this.events.next({ kind: 'bar', bar: bar(at), channel: 'stocks' });
  }
}

export interface RealDayOptions {
  readonly store: Store;
  readonly broker: FakeBroker;
  /** Minutes after the open at which the agent is started. */
  readonly from?: number;
  readonly resume?: boolean;
  readonly lock?: AccountLock;
  /** Of another session than the half day. */
  readonly open?: Micros;
  /** One that goes on from day to day; by default each day has its own. */
  readonly clock?: ManualClock;
}

/** The agent on a real market (wall clock, streams that are not told again) of which the test decides each minute. */
export class RealDay {
  readonly feed: FakeFeed;
  readonly links = new ReplaySubject<LinkStatus>(1);
  readonly doubts = new Subject<TradingError>();
  readonly result: Promise<TradingDayResult>;
  readonly #open: Micros;
  readonly #clock: ManualClock;
  readonly #ticks = new Subject<void>();
  readonly #interrupt = new AbortController();
  readonly #steps = new ToldSteps();

  constructor(options: RealDayOptions) {
    const { store, broker, lock, open = OPEN } = options;
    this.#open = open;
    this.#clock = options.clock ?? new ManualClock(minute(options.from ?? 0));
    this.feed = new FakeFeed(this.#clock, open);
    this.links.next({ link: 'orders', state: 'up', reconnected: false, reason: '' });
    this.result = tradeDay({
      store,
      feed: this.feed,
      broker,
      links: this.links,
      doubts: this.doubts,
      pacer: new RealtimePacer({
        clock: this.#clock,
        feed: this.feed.events,
        broker: broker.events,
        stepMs: 1_000,
        ticks: this.#ticks,
      }),
      engine: bullish(),
      underlyings: ['TWX'],
      mode: 'paper',
      seed: 1,
      resume: options.resume ?? true,
      exitAtClose: true,
      log: silentLog,
      onStep: (progress) => this.#steps.tell(progress),
      signal: this.#interrupt.signal,
      ...(lock === undefined ? {} : { lock }),
    });
    this.result.catch(() => undefined);
  }

  get last(): DayProgress | null {
    return this.#steps.last;
  }

  /** Resolves when the session is open and waits for its first step. Rejects when it does not come to that. */
  async opened(): Promise<this> {
    if (this.last === null) await this.#steps.next(this.result);
    await turn();
    return this;
  }

  /** The market moves on to a minute, and the agent with it. */
  async at(minutes: number, options: { readonly isFeedAway?: boolean } = {}): Promise<DayProgress> {
    const at = minute(minutes, this.#open);
    this.#clock.advanceTo(at);
    if (options.isFeedAway !== true) this.feed.tell(at);
    const next = this.#steps.next(this.result);
    this.#ticks.next();
    const progress = await next;
    await turn();
    return progress;
  }

  /** Up to the minute in which the engine decides to buy. @returns the order it sent */
  async untilOrder(minutes: readonly number[] = [1, 2, 3, 4, 5]): Promise<Order> {
    for (const each of minutes) {
      for (const decision of (await this.at(each)).decisions)
        if (decision.type === 'submit') return decision.approved.order;
    }
    throw new Error('The engine has not ordered anything');
  }

  /** Ctrl-C. */
  async interrupt(): Promise<TradingDayResult> {
    this.#interrupt.abort();
    return this.result;
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
