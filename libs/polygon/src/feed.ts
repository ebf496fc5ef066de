import { type Clock, type Micros, type Random, TradingError, seededRandom } from '@trading-agent/core';
import type { Bar, OptionContract, OptionSymbol, Ticker } from '@trading-agent/instruments';
import {
  type ChainSnapshotRow,
  type ContractQuery,
  type FeedChannel,
  type FeedEvent,
  type MarketFeed,
  MUTE_LIMITS,
  type MuteLimits,
  type Numbering,
  type QuarantinedAnswer,
  type RequestBudget,
  type RequestPriority,
  type StreamKind,
  type StreamSymbols,
} from '@trading-agent/market-data';
import { baseUrl, type Log, realSleep, silentLog, type Sleep } from '@trading-agent/transport';
import { interval, type Observable, Subject, type Subscription } from 'rxjs';
import { restBackfill } from './backfill.ts';
import { type PolygonCounters, newCounters } from './counters.ts';
import { RestClient } from './http/client.ts';
import { parseContract, parseMinuteBar, parseSnapshotRow } from './http/parse.ts';
import { wireTicker } from './reference/fields.ts';
import { createPolygonReference } from './reference/create.ts';
import { ChannelStream } from './socket/channel-stream.ts';
import type { FeedProgress, FeedStatus, SubscriptionNotice } from './socket/status.ts';
import { StreamQuarantine } from './socket/stream-quarantine.ts';
import { channelOf, hostOffer, MAX_QUOTE_SUBSCRIPTIONS, offers } from './socket/topics.ts';

export interface PolygonFeedOptions {
  /** `https://api.massive.com`, or a simulator. */
  readonly restUrl: string;
  /** `wss://socket.massive.com`, its delayed or business relative, or a simulator; the cluster (`/options`, ...) is appended. */
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
  /** Of this feed's requests; `scan` unless given. Holes of the streams are filled as urgently as open positions are watched, those of a `download` as it is. */
  readonly priority?: RequestPriority;
  /** Connections that the plan allows on a cluster: a thousand contracts with quotes on each. 1 unless given. */
  readonly connections?: Partial<Readonly<Record<FeedChannel, number>>>;
  /** Contracts with quotes on one of them; `MAX_QUOTE_SUBSCRIPTIONS`, which is the most, unless given. */
  readonly quotesPerConnection?: number;
  /** How the events of a ticker are numbered; `rising` unless given, as the vendor documents it. */
  readonly numbering?: Numbering;
  /** When a stream counts as mute; `MUTE_LIMITS` unless given, `off` on a market whose time is not the clock's. */
  readonly muteLimits?: MuteLimits | 'off';
  /** When to look for mute streams; every five seconds unless told. */
  readonly muteChecks?: Observable<unknown>;
}

/** Polygon/Massive as a market data feed, with what a supervisor wants to know beside the port. */
export interface PolygonFeed extends MarketFeed {
  /** Adds to what is streamed of a kind; the channel follows from the symbols. @throws {TradingError} as `select` */
  subscribe(kind: StreamKind, symbols: StreamSymbols): Promise<void>;
  /**
   * Makes `symbols` all that is streamed of a kind, on all channels: the difference is subscribed and unsubscribed.
   * @throws {TradingError} `FEED_NOT_ENTITLED` for what the host does not serve, `OUT_OF_RANGE` beyond the connections' slots, `TIMEOUT` when
   * it was not acknowledged, `FEED_BAD_REQUEST` when it was refused
   */
  select(kind: StreamKind, symbols: StreamSymbols): Promise<void>;
  /** Streams that became ready, were lost, or closed. */
  readonly status: Observable<FeedStatus>;
  /** How many data events the present connections of a stream have brought; see `FeedProgress`. */
  readonly progress: Observable<FeedProgress>;
  /** Where acknowledgements and requests differ. */
  readonly notices: Observable<SubscriptionNotice>;
  counters(): Readonly<PolygonCounters>;
  /** Stream events that could not be read: the last two hundred, and how many in all. */
  quarantine(): { readonly rows: readonly QuarantinedAnswer[]; readonly total: number };
}

const MUTE_CHECK_MS = 5_000;

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
  const notices = new Subject<SubscriptionNotice>();
  const quarantine = new StreamQuarantine(shared.log);
  const rest = new RestClient({
    ...shared,
    baseUrl: baseUrl('polygon.restUrl', options.restUrl, 'http'),
    ...(options.budget && { budget: options.budget }),
    ...(options.priority && { priority: options.priority }),
  });
  const socketUrl = baseUrl('polygon.socketUrl', options.socketUrl, 'ws');
  const reference = createPolygonReference({
    ...options,
    random: shared.random,
    priority: options.priority === 'download' ? 'download' : 'positions',
  });
  const stream = (channel: FeedChannel): ChannelStream =>
    new ChannelStream({
      ...shared,
      channel,
      url: `${socketUrl}/${channel}`,
      host: hostOffer(socketUrl),
      connections: options.connections?.[channel] ?? 1,
      slots: Math.min(MAX_QUOTE_SUBSCRIPTIONS, options.quotesPerConnection ?? MAX_QUOTE_SUBSCRIPTIONS),
      quarantine,
      backfill: restBackfill(reference),
      numbering: options.numbering ?? 'rising',
      muteLimits: options.muteLimits === 'off' ? NEVER_MUTE : (options.muteLimits ?? MUTE_LIMITS),
      emit: (event) => events.next(event),
      onStatus: (value) => status.next(value),
      onProgress: (value) => progress.next(value),
      onNotice: (value) => {
        shared.log.warn(value, 'subscriptions and acknowledgements differ');
        notices.next(value);
      },
      onFatal: (error) => events.error(error),
    });
  const streams = { options: stream('options'), stocks: stream('stocks'), indices: stream('indices') };
  let watching: Subscription | null = null;

  /** The channels that the symbols belong to, each with its own, and those that lose what they had. The cluster of indices is opened when it is first needed. */
  const byChannel = async (
    symbols: StreamSymbols,
    emptied: readonly FeedChannel[],
    call: (stream: ChannelStream, symbols: StreamSymbols) => Promise<void>,
  ): Promise<void> => {
    const shares: Map<FeedChannel, StreamSymbols> =
      'allOf' in symbols ? new Map([[symbols.allOf, symbols]]) : Map.groupBy(symbols, channelOf);
    for (const channel of emptied) if (!shares.has(channel) && streams[channel].isOpened) shares.set(channel, []);
    if (shares.has('indices') && !streams.indices.isOpened) await streams.indices.open();
    await Promise.all([...shares].map(([channel, share]) => call(streams[channel], share)));
  };

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
    notices: notices.asObservable(),
    counters: () => ({ ...counters }),
    quarantine: () => quarantine.rows(),

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
        `/v2/aggs/ticker/${encodeURIComponent(wireTicker(symbol))}/range/1/minute/${from}/${to}`,
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
      const checks = options.muteChecks ?? interval(MUTE_CHECK_MS);
      watching = checks.subscribe(() => {
        for (const one of Object.values(streams)) one.check(options.clock.now());
      });
    },

    subscribeBars(underlyings: readonly string[], since?: Micros): Promise<void> {
      return byChannel(underlyings, [], (one, symbols) => one.add('minute-bars', symbols, since));
    },

    selectQuotes(symbols: readonly OptionSymbol[]): Promise<void> {
      return streams.options.select('quotes', symbols);
    },

    selectStockQuotes(tickers: readonly Ticker[]): Promise<void> {
      return streams.stocks.select('quotes', tickers);
    },

    subscribe(kind: StreamKind, symbols: StreamSymbols): Promise<void> {
      return byChannel(symbols, [], (one, share) => one.add(kind, share));
    },

    select(kind: StreamKind, symbols: StreamSymbols): Promise<void> {
      const emptied = CHANNELS.filter((channel) => offers(channel, kind));
      return byChannel(symbols, emptied, (one, share) => one.select(kind, share));
    },

    async close(): Promise<void> {
      watching?.unsubscribe();
      rest.close();
      await Promise.all([reference.close(), ...Object.values(streams).map((one) => one.close())]);
      events.complete();
      status.complete();
      progress.complete();
      notices.complete();
    },
  };
}

const CHANNELS = ['options', 'stocks', 'indices'] as const;
const NEVER_MUTE: MuteLimits = { options: {}, stocks: {}, indices: {} };

function expiries(query: ContractQuery): Readonly<Record<string, string>> {
  return {
    'expiration_date.gte': query.expiryFrom,
    'expiration_date.lte': query.expiryTo,
    order: 'asc',
    sort: 'ticker',
  };
}
