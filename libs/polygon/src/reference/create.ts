import { type Clock, type Random, TradingError, seededRandom } from '@trading-agent/core';
import type { ReferenceData, RequestBudget, RequestPriority } from '@trading-agent/market-data';
import { baseUrl, type Log, realSleep, silentLog, type Sleep } from '@trading-agent/transport';
import { type PolygonCounters, newCounters } from '../counters.ts';
import { RestClient } from '../http/client.ts';
import { actionsAndNews } from './actions-and-news.ts';
import { barsAndTicks } from './bars-and-ticks.ts';
import { indicators } from './indicators.ts';
import { listings } from './listings.ts';
import { Questions } from './question.ts';
import { snapshots } from './snapshots.ts';
import { pastAge, type Sources } from './sources.ts';

export interface PolygonReferenceOptions {
  /** `https://api.massive.com`, or a simulator. */
  readonly restUrl: string;
  /** The revealed key: sent in a header, never in a URL, never logged. */
  readonly apiKey: string;
  readonly clock: Clock;
  readonly logger?: Log;
  /** Per request; 10,000 by default. */
  readonly timeoutMs?: number;
  /** Jitter of back-offs; seeded with the clock by default. */
  readonly random?: Random;
  /** How back-offs wait; the machine's timer by default. */
  readonly sleep?: Sleep;
  /** The account's request budget: a token for every page and every repeat. Without one nothing holds requests back. */
  readonly budget?: Pick<RequestBudget, 'take'>;
  /** Of everything that is asked here; `scan` unless given. */
  readonly priority?: RequestPriority;
}

/** Everything that Polygon/Massive answers over REST, with what a status page wants to know beside the port. */
export interface PolygonReference extends ReferenceData {
  /** What the plan was found not to cover: `all`, or the youngest day that was refused. */
  entitlements(): Readonly<Record<string, string>>;
  counters(): Readonly<PolygonCounters>;
}

/**
 * Nothing is asked before the first call.
 * @throws {TradingError} `CONFIG_INVALID` for a URL that would send the key in clear over a network, `CREDENTIALS_MISSING` without a key.
 */
export function createPolygonReference(options: PolygonReferenceOptions): PolygonReference {
  if (options.apiKey === '') {
    throw new TradingError('CREDENTIALS_MISSING', 'Market data needs a key', {
      hint: 'Set POLYGON_API_KEY, or ask a simulator.',
    });
  }
  const { clock, budget, priority } = options;
  const counters = newCounters();
  const log = options.logger ?? silentLog;
  const rest = new RestClient({
    baseUrl: baseUrl('polygon.restUrl', options.restUrl, 'http'),
    apiKey: options.apiKey,
    timeoutMs: options.timeoutMs ?? 10_000,
    clock,
    random: options.random ?? seededRandom(`polygon-reference/${clock.now()}`),
    sleep: options.sleep ?? realSleep,
    log,
    counters,
    ...(budget && { budget }),
    ...(priority && { priority }),
  });
  const ask = new Questions(rest, counters, log);
  const sources: Sources = { ask, past: pastAge(clock) };
  return {
    ...snapshots(sources),
    ...barsAndTicks(sources),
    ...indicators(sources),
    ...listings(sources),
    ...actionsAndNews(sources),
    quarantine: () => ask.rows.quarantine(),
    entitlements: () => ask.entitlements.list(),
    counters: () => ({ ...counters }),
    close(): Promise<void> {
      rest.close();
      return Promise.resolve();
    },
  };
}
