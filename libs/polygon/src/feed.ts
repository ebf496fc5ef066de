import { type Clock, type Random, TradingError, seededRandom } from '@trading-agent/core';
import { type Bar, type OptionContract, type OptionSymbol, polygonOptionTicker } from '@trading-agent/instruments';
import type {
  ChainSnapshotRow,
  ContractQuery,
  FeedChannel,
  FeedEvent,
  MarketFeed,
  RequestBudget,
  RequestPriority,
} from '@trading-agent/market-data';
import { type Observable, Subject } from 'rxjs';
import { type PolygonCounters, newCounters } from './counters.ts';
import { RestClient } from './http/client.ts';
import { parseContract, parseMinuteBar, parseSnapshotRow } from './http/parse.ts';
import { type Log, silentLog } from './log.ts';
import { type Sleep, realSleep } from './retry.ts';
import { Connection } from './socket/connection.ts';
import { type Fields, parseDataEvent } from './socket/messages.ts';
import type { FeedProgress, FeedStatus } from './socket/status.ts';
import { baseUrl } from './url.ts';

export interface PolygonFeedOptions {
  /** `https://api.massive.com`, or a simulator. */
  readonly restUrl: string;
  /** `wss://socket.massive.com`, or a simulator; the cluster (`/options`, `/stocks`) is appended. */
  readonly socketUrl: string;
  /** The revealed key: sent in a header and in the `auth` frame, never in a URL, never logged. */
  readonly apiKey: string;
  readonly clock: Clock;
  readonly logger?: Log;
  /** Per request, per authentication and per acknowledgement; 10,000 by default. */
  readonly timeoutMs?: number;
  /** Jitter of back-offs; seeded with the clock by default. */
  readonly random?: Random;
  /** How back-offs wait; the machine's timer by default. */
  readonly sleep?: Sleep;
  /** The account's request budget: every REST request takes a token first. Without one nothing holds requests back. */
  readonly budget?: Pick<RequestBudget, 'take'>;
  /** Of this feed's requests; `scan` unless given. */
  readonly priority?: RequestPriority;
}

/** Polygon/Massive as a market data feed, with what a supervisor wants to know beside the port. */
export interface PolygonFeed extends MarketFeed {
  /** Streams that became ready, were lost, or closed. */
  readonly status: Observable<FeedStatus>;
  /** How many data events the present connection of a stream has brought; see `FeedProgress`. */
  readonly progress: Observable<FeedProgress>;
  counters(): Readonly<PolygonCounters>;
}

/**
 * A feed that speaks Polygon's protocols. Nothing connects before the first call.
 * @throws {TradingError} `CONFIG_INVALID` for a URL that would send the key in clear over a network, `CREDENTIALS_MISSING` without a key.
 */
export function createPolygonFeed(options: PolygonFeedOptions): PolygonFeed {
  if (options.apiKey === '') {
    throw new TradingError('CREDENTIALS_MISSING', 'Market data needs a key', {
      hint: 'Set POLYGON_API_KEY, or run with --market sim or --market replay.',
    });
  }
  const timeoutMs = options.timeoutMs ?? 10_000;
  const counters = newCounters();
  const shared = {
    apiKey: options.apiKey,
    timeoutMs,
    clock: options.clock,
    random: options.random ?? seededRandom(`polygon/${options.clock.now()}`),
    sleep: options.sleep ?? realSleep,
    log: options.logger ?? silentLog,
    counters,
  };
  const events = new Subject<FeedEvent & { readonly channel: FeedChannel }>();
  const status = new Subject<FeedStatus>();
  const progress = new Subject<FeedProgress>();
  const rest = new RestClient({
    ...shared,
    baseUrl: baseUrl('polygon.restUrl', options.restUrl, 'http'),
    ...(options.budget && { budget: options.budget }),
    ...(options.priority && { priority: options.priority }),
  });
  const socketUrl = baseUrl('polygon.socketUrl', options.socketUrl, 'ws');
  const stream = (channel: FeedChannel): Connection =>
    new Connection({
      ...shared,
      channel,
      url: `${socketUrl}/${channel}`,
      onData: (fields) => emit(channel, fields),
      onStatus: (value) => status.next(value),
      onProgress: (value) => progress.next(value),
      onFatal: (error) => events.error(error),
    });
  const emit = (channel: FeedChannel, fields: Fields): void => {
    let event: FeedEvent;
    try {
      event = parseDataEvent(fields);
    } catch {
      counters.malformedEvents++;
      return;
    }
    events.next({ ...event, channel });
  };
  const streams = { options: stream('options'), stocks: stream('stocks') };

  /** Reads every page; rows that can't be read are left out and counted. */
  const rows = async <T>(
    path: string,
    query: Readonly<Record<string, string>>,
    parse: (row: unknown) => T,
  ): Promise<T[]> => {
    const read: T[] = [];
    let skipped = 0;
    for await (const page of rest.pages(path, query)) {
      for (const row of page) {
        try {
          read.push(parse(row));
        } catch {
          skipped++;
        }
      }
    }
    counters.malformedRows += skipped;
    if (skipped > 0) shared.log.warn({ path, skipped, read: read.length }, 'rows that could not be read were left out');
    return read;
  };

  return {
    events: events.asObservable(),
    status: status.asObservable(),
    progress: progress.asObservable(),
    counters: () => ({ ...counters }),

    contracts(query: ContractQuery): Promise<readonly OptionContract[]> {
      return rows(
        '/v3/reference/options/contracts',
        { underlying_ticker: query.underlying, as_of: query.asOf, ...expiries(query), limit: '1000' },
        parseContract,
      );
    },

    chainSnapshot(query: ContractQuery): Promise<readonly ChainSnapshotRow[]> {
      return rows(
        `/v3/snapshot/options/${encodeURIComponent(query.underlying)}`,
        { ...expiries(query), limit: '250' },
        parseSnapshotRow,
      );
    },

    async minuteBars(symbol, from, to): Promise<readonly Bar[]> {
      const bars = await rows(
        `/v2/aggs/ticker/${encodeURIComponent(vendorTicker(symbol))}/range/1/minute/${from}/${to}`,
        { adjusted: 'true', sort: 'asc', limit: '50000' },
        (row) => parseMinuteBar(symbol, row),
      );
      // Pages of aggregates are cut by time and may overlap: one bar per window, oldest first.
      const byStart = new Map(bars.map((bar) => [bar.start, bar]));
      return [...byStart.values()].sort((a, b) => a.start - b.start);
    },

    async connect(): Promise<void> {
      try {
        await Promise.all([streams.options.open(), streams.stocks.open()]);
      } catch (error) {
        // One stream without the other is of no use, and must not stay open behind the caller's back.
        await Promise.all([streams.options.close(), streams.stocks.close()]);
        throw error;
      }
    },

    subscribeBars(underlyings: readonly string[]): Promise<void> {
      return streams.stocks.subscribe(underlyings.map((underlying) => `AM.${underlying}`));
    },

    subscribeQuotes(symbols: readonly OptionSymbol[]): Promise<void> {
      return streams.options.subscribe(symbols.map((symbol) => `Q.${polygonOptionTicker(symbol)}`));
    },

    async close(): Promise<void> {
      rest.close();
      await Promise.all([streams.options.close(), streams.stocks.close()]);
      events.complete();
      status.complete();
      progress.complete();
    },
  };
}

function expiries(query: ContractQuery): Readonly<Record<string, string>> {
  return {
    'expiration_date.gte': query.expiryFrom,
    'expiration_date.lte': query.expiryTo,
    order: 'asc',
    sort: 'ticker',
  };
}

const OPTION_FORM = /^[A-Z][A-Z0-9]{0,5}\d{6}[CP]\d{8}$/;

function vendorTicker(symbol: string): string {
  return OPTION_FORM.test(symbol) ? `O:${symbol}` : symbol;
}
