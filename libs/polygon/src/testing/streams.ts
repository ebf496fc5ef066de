import type { FeedChannel, FeedEvent, FeedGap } from '@trading-agent/market-data';
import { A_CALL, AN_INSTANT, Collected } from '@trading-agent/testkit';
import { Subject } from 'rxjs';
import type { SubscriptionNotice } from '../socket/status.ts';
import { Provider } from './provider.ts';
import { type TestFeed, startTestFeed } from './test-feed.ts';

/** 10:00 in New York on a half day, as the market's minutes begin here. */
export const TEN = AN_INSTANT;
export const millis = (minute: number): number => (TEN + minute * 60_000_000) / 1_000;
export const wireBar = (minute: number, sym = 'GOOG'): object => ({
  ev: 'AM',
  sym,
  v: 9,
  o: 1,
  h: 2,
  l: 1,
  c: minute,
  s: millis(minute - 1),
  e: millis(minute),
});
const restBar = (minute: number): object => ({ o: 1, h: 2, l: 1, c: minute, v: 9, t: millis(minute - 1) });
export const wireTrade = (q: number, seconds: number): object => ({
  ev: 'T',
  sym: `O:${A_CALL}`,
  p: q,
  s: 1,
  t: millis(0) + seconds * 1_000,
  q,
});
export const restTrade = (sequence: number, seconds: number): string =>
  `{"price":${sequence},"size":1,"exchange":1,"sequence_number":${sequence},"sip_timestamp":${millis(0) + seconds * 1_000}000000}`;
export const wireQuote = (symbol: string, q: number, t = millis(0)): object => ({
  ev: 'Q',
  sym: `O:${symbol}`,
  bp: 1,
  bs: 1,
  ap: 2,
  as: 1,
  t,
  q,
});

/** A connected feed, the provider it is connected to, and what it tells. */
export interface Streams {
  readonly bench: TestFeed;
  readonly provider: Provider;
  readonly events: Collected<FeedEvent & { readonly channel: FeedChannel }>;
  readonly notices: Collected<SubscriptionNotice>;
  /** Has mute streams looked for. */
  readonly muteChecks: Subject<void>;
  /** What the provider's REST interface has: minutes of bars, and rows of trades as text (their times have more digits than a double). */
  readonly rest: { minutes: readonly number[]; trades: readonly string[] };
  readonly gaps: () => FeedGap[];
  /** Until so many gaps are closed. */
  readonly closed: (count?: number) => Promise<unknown>;
}

export async function startStreams(options: Parameters<typeof startTestFeed>[0] = {}): Promise<Streams> {
  const muteChecks = new Subject<void>();
  const bench = await startTestFeed({ muteChecks, ...options });
  const provider = new Provider();
  const rest: Streams['rest'] = { minutes: [], trades: [] };
  bench.server.onSocket = (socket, path) => provider.serve(socket, path);
  bench.server.onRequest = ({ path }) => {
    if (path.startsWith('/v2/aggs')) return { body: { status: 'OK', results: rest.minutes.map(restBar) } };
    return { body: `{"status":"OK","results":[${rest.trades.join(',')}]}` };
  };
  const events = new Collected<FeedEvent & { readonly channel: FeedChannel }>(bench.feed.events);
  const notices = new Collected<SubscriptionNotice>(bench.feed.notices);
  await bench.feed.connect();
  return {
    bench,
    provider,
    events,
    notices,
    muteChecks,
    rest,
    gaps: () => events.values.flatMap((event) => (event.kind === 'gap' ? [event.gap] : [])),
    closed: (count = 1) =>
      events.until(
        (all) => all.filter((event) => event.kind === 'gap' && event.gap.state === 'closed').length >= count,
      ),
  };
}
