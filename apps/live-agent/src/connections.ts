import { filter, map, merge, type Observable } from 'rxjs';
import { type Clock, systemClock, TradingError } from '@trading-agent/core';
import { type AlpacaBroker, createAlpacaBroker } from '@trading-agent/alpaca';
import type { Settings } from '@trading-agent/config';
import { MUTE_LIMITS, type MuteLimits, type RequestBudget, type RequestPriority } from '@trading-agent/market-data';
import { createPolygonFeed, type PolygonFeed } from '@trading-agent/polygon';
import type { AgentLog } from './log.ts';
import { LockstepPacer } from './pacing/lockstep-pacer.ts';
import type { LinkStatus, Pacer } from './pacing/pacer.ts';
import { RealtimePacer } from './pacing/realtime-pacer.ts';

/** Where a market is: the vendors' own addresses or a simulator's. */
export interface MarketEndpoints {
  readonly polygon: {
    readonly restUrl: string;
    readonly socketUrl: string;
    readonly apiKey: string;
    /** One of each cluster with 1,000 quoted contracts unless given. */
    readonly connections?: Settings['polygon']['connections'];
    readonly quotesPerConnection?: number;
  };
  readonly alpaca: {
    readonly tradingUrl: string;
    readonly streamUrl: string;
    readonly keyId: string;
    readonly secretKey: string;
  };
  /** The admin channel that a simulator has and the vendors don't. */
  readonly adminUrl?: string;
}

/** The keys that a simulator accepts unless it is told others. */
const SIMULATOR_KEYS = { apiKey: 'sim-key', keyId: 'sim-key-id', secretKey: 'sim-secret' } as const;

/** A simulated market at one address, both vendors and the admin channel. */
export function simulatorEndpoints(url: string, wsUrl: string): MarketEndpoints {
  const { apiKey, keyId, secretKey } = SIMULATOR_KEYS;
  return {
    polygon: { restUrl: url, socketUrl: wsUrl, apiKey },
    alpaca: { tradingUrl: url, streamUrl: `${wsUrl}/stream`, keyId, secretKey },
    adminUrl: `${wsUrl}/admin`,
  };
}

/**
 * The market that the settings name.
 * @throws {TradingError} `CREDENTIALS_MISSING` when a key is absent.
 */
export function configuredEndpoints({ polygon, alpaca, marketSim }: Settings): MarketEndpoints {
  const required = (name: string, secret: { reveal(): string } | undefined): string => {
    if (secret !== undefined) return secret.reveal();
    throw new TradingError('CREDENTIALS_MISSING', `${name} is not set`, {
      hint: `Set ${name}, or run a simulated market: agent start --market sim`,
    });
  };
  return {
    polygon: {
      restUrl: polygon.restUrl,
      socketUrl: polygon.socketUrl,
      apiKey: required('POLYGON_API_KEY', polygon.apiKey),
      connections: polygon.connections,
      quotesPerConnection: polygon.quotesPerConnection,
    },
    alpaca: {
      tradingUrl: alpaca.tradingUrl,
      streamUrl: alpaca.streamUrl,
      keyId: required('ALPACA_API_KEY', alpaca.keyId),
      secretKey: required('ALPACA_SECRET_KEY', alpaca.secretKey),
    },
    ...(marketSim.adminUrl === undefined ? {} : { adminUrl: marketSim.adminUrl }),
  };
}

export interface Connections {
  readonly feed: PolygonFeed;
  readonly broker: AlpacaBroker;
  /** Connections that come up and get lost; a late subscriber is told of the order stream's present state. */
  readonly links: Observable<LinkStatus>;
  /** What leaves the books in doubt: each halts new risk. */
  readonly doubts: Observable<TradingError>;
  readonly pacer: Pacer;
}

/** Length of a step on a real market. */
const STEP_MS = 1_000;
/** A simulated step is a matter of milliseconds; this is a fault. */
const LOCKSTEP_TIMEOUT_MS = 30_000;

/**
 * Quotes of stocks only price the sale of shares, and a plan may accept their subscription and send none: their silence is no reason to give up the
 * connection that brings the bars.
 */
const SILENCES: MuteLimits = { ...MUTE_LIMITS, stocks: { ...MUTE_LIMITS.stocks, quotes: Number.POSITIVE_INFINITY } };

/** What holds back the feed's requests. */
export interface FeedBudget {
  readonly budget: Pick<RequestBudget, 'take'>;
  readonly priority: RequestPriority;
}

/** How a real market's steps and waits are timed; by the machine's own timers unless given. */
export interface Timing {
  readonly ticks?: Observable<unknown>;
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

/** Feed, broker and pacer of a market; nothing connects before the trading day begins. */
export function connect(
  endpoints: MarketEndpoints,
  log: AgentLog,
  feedBudget?: FeedBudget,
  clock: Clock = systemClock,
  { ticks, sleep }: Timing = {},
): Connections {
  const waiting = sleep === undefined ? {} : { sleep };
  const feed = createPolygonFeed({
    ...endpoints.polygon,
    ...feedBudget,
    ...waiting,
    clock,
    logger: log,
    // A market that keeps step with us has a time of its own, and stands still when it likes.
    muteLimits: endpoints.adminUrl === undefined ? SILENCES : 'off',
  });
  const broker = createAlpacaBroker({ ...endpoints.alpaca, ...waiting, clock, logger: log });
  const sources = { feed: feed.events, broker: broker.events };
  const progress = merge(
    feed.progress,
    broker.progress.pipe(map((received) => ({ channel: 'trades' as const, received }))),
  );
  const links = linksOf(feed, broker);
  const pacer =
    endpoints.adminUrl === undefined
      ? new RealtimePacer({ ...sources, clock, stepMs: STEP_MS, ...(ticks !== undefined && { ticks }) })
      : new LockstepPacer({
          ...sources,
          progress,
          links,
          adminUrl: endpoints.adminUrl,
          timeoutMs: LOCKSTEP_TIMEOUT_MS,
        });
  return { feed, broker, pacer, links, doubts: broker.doubts };
}

function linksOf(feed: PolygonFeed, broker: AlpacaBroker): Observable<LinkStatus> {
  const data = feed.status.pipe(
    filter(({ state }) => state !== 'closed'),
    map((status): LinkStatus => ({
      link: status.channel,
      state: status.state === 'ready' ? 'up' : 'lost',
      reconnected: status.state === 'ready' && status.reconnected,
      reason: status.state === 'lost' ? status.reason : '',
    })),
  );
  const orders = broker.connection.pipe(
    filter(({ state }) => state !== 'idle'),
    map((status): LinkStatus => ({
      link: 'orders',
      state: status.state === 'listening' ? 'up' : 'lost',
      reconnected: status.state === 'listening' && status.reconnected,
      reason: status.state === 'lost' ? status.reason : '',
    })),
  );
  return merge(data, orders);
}
