import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { nyDate, previousSession } from '@trading-agent/calendar';
import { type Clock, MICROS_PER_MINUTE, type MarketDate, addDays, isTradingError } from '@trading-agent/core';
import { type Bar, type OptionContract, compareContracts } from '@trading-agent/instruments';
import type { MarketDataCollector } from '../collector/collector.ts';
import { LakeLock } from '../lake/lake-lock.ts';
import { DayRecorder, type RecordedFile, type RecordingCounts } from './day-recorder.ts';

export interface RecordRequest {
  /** With a live feed, and a vendor for what was before. */
  readonly market: MarketDataCollector;
  readonly dir: string;
  readonly date: MarketDate;
  readonly underlyings: readonly string[];
  readonly clock: Clock;
  /** Option quotes per connection: 1,000 at the vendor. */
  readonly maxContracts: number;
  /** Contracts that expire within so many days. */
  readonly expiryDays: number;
}

/** A recording under way. */
export interface LiveRecording {
  readonly contracts: readonly OptionContract[];
  counts(): RecordingCounts;
  /** Time of the latest event, microseconds; 0 before the first. */
  latest(): number;
  flush(): void;
  /** Resolves when the stream has ended by itself; rejects when it failed for good or a row could not be written. */
  readonly ended: Promise<void>;
  /** Stops listening and writes the files of the layout. Does not close the live market. */
  finish(): Promise<readonly RecordedFile[]>;
}

/**
 * Connects the live market and writes what it brings, with the minute bars of the day so far and of the session before, as they were traded, so that
 * the replay has a history. What was told before, or while no recorder was there, is noted as a gap. One recording writes into a folder at a time.
 * @throws {TradingError} `LAKE_LOCKED` when another one does, `FEED_*` of the feed; what had come is kept.
 */
export async function recordFeed(request: RecordRequest): Promise<LiveRecording> {
  const { dir } = request;
  const parts = join(dir, '.recording');
  mkdirSync(parts, { recursive: true });
  const lock = LakeLock.take(parts);
  try {
    return await startRecording(request, lock);
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

async function startRecording(request: RecordRequest, lock: LakeLock): Promise<LiveRecording> {
  const { market, dir, date, clock } = request;
  const live = market.live();
  const recorder = new DayRecorder({ dir, date });
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  // Awaited by the caller or not at all: a stream that fails during `finish` is no unhandled rejection.
  ended.catch(() => undefined);
  /** Without a clock of its own the market's first word about a contract says when it began to be heard. */
  let isAwaited = false;
  const subscription = live.events.subscribe({
    next: (event) => {
      try {
        if (isAwaited && event.kind === 'quote' && nyDate(event.quote.at) === date) {
          isAwaited = false;
          recorder.listenFrom(event.quote.at, MICROS_PER_MINUTE);
        }
        recorder.add(event);
      } catch (error) {
        subscription.unsubscribe();
        reject(error);
      }
    },
    error: reject,
    complete: resolve,
  });
  try {
    await live.connect();
    await recordHistory(request);
    const contracts = await chooseContracts(request);
    const connectedAt = clock.now();
    const isToday = nyDate(connectedAt) === date;
    await live.subscribeBars(request.underlyings, ...(isToday ? [connectedAt] : []));
    isAwaited = !isToday;
    await live.selectQuotes(contracts.map(({ symbol }) => symbol));
    if (isToday) {
      recorder.listenFrom(clock.now());
      // The stream begins in the middle of the day: bars up to now come by request, quotes before now stay unknown.
      for (const symbol of request.underlyings)
        for (const bar of await tradedMinutes(market, symbol, date, date))
          if (bar.end <= connectedAt) recorder.add({ kind: 'bar', bar });
    }
    return {
      contracts,
      ended,
      counts: () => recorder.counts,
      latest: () => recorder.latest,
      flush: () => recorder.flush(),
      async finish() {
        subscription.unsubscribe();
        using _lock = lock;
        return await recorder.finish();
      },
    };
  } catch (error) {
    subscription.unsubscribe();
    await recorder.finish();
    throw error;
  }
}

async function recordHistory({ market, dir, date, underlyings }: RecordRequest): Promise<void> {
  const before = previousSession(date);
  const recorder = new DayRecorder({ dir, date: before });
  for (const symbol of underlyings)
    for (const bar of await tradedMinutes(market, symbol, before, before)) recorder.add({ kind: 'bar', bar });
  await recorder.finish();
}

/** The contracts nearest to the money of each underlying, near expiries first, shared out evenly. */
async function chooseContracts(request: RecordRequest): Promise<readonly OptionContract[]> {
  const { market, date, underlyings, maxContracts, expiryDays } = request;
  const chosen: OptionContract[] = [];
  for (const [index, underlying] of underlyings.entries()) {
    const room = Math.floor((maxContracts - chosen.length) / (underlyings.length - index));
    const query = { underlying, asOf: date, expiryFrom: date, expiryTo: addDays(date, expiryDays) };
    const listed = (await market.options.contracts(query)).filter((contract) => !contract.adjusted);
    const spot = await lastClose(market, underlying, date);
    const distance = ({ strike }: OptionContract): number => (spot === null ? 0 : Math.abs(strike / spot - 1));
    chosen.push(...listed.toSorted((a, b) => distance(a) - distance(b) || compareContracts(a, b)).slice(0, room));
  }
  return chosen.sort(compareContracts);
}

/** As they stand in flat files: a split of today has not changed what was traded yesterday. */
async function tradedMinutes(
  { stocks }: MarketDataCollector,
  symbol: string,
  from: MarketDate,
  to: MarketDate,
): Promise<readonly Bar[]> {
  return (await stocks.bars({ symbol, timespan: 'minute', from, to, asOf: 'raw' })).bars;
}

/** In the shares of the day, as strikes are. */
async function lastClose(market: MarketDataCollector, underlying: string, date: MarketDate): Promise<number | null> {
  try {
    const from = previousSession(date);
    const { bars } = await market.stocks.bars({ symbol: underlying, timespan: 'minute', from, to: date });
    return bars.at(-1)?.close ?? null;
  } catch (error) {
    if (!isTradingError(error, 'FEED_NOT_ENTITLED') && !isTradingError(error, 'FEED_NOT_FOUND')) throw error;
    return null;
  }
}
