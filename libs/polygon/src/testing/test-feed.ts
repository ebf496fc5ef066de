import { ManualClock, seededRandom } from '@trading-agent/core';
import { AN_INSTANT, LocalServer } from '@trading-agent/testkit';
import { type PolygonFeed, type PolygonFeedOptions, createPolygonFeed } from '../feed.ts';

export const KEY = 'k3y-of-the-test';

/** A feed at a local server. Back-offs do not wait; how long they would have is noted. */
export interface TestFeed {
  readonly server: LocalServer;
  readonly feed: PolygonFeed;
  readonly clock: ManualClock;
  /** Waits asked for, in milliseconds, in order. */
  readonly waits: number[];
  readonly close: () => Promise<void>;
}

export async function startTestFeed(options: Partial<PolygonFeedOptions> = {}): Promise<TestFeed> {
  const server = await LocalServer.start();
  const clock = new ManualClock(AN_INSTANT);
  const waits: number[] = [];
  const feed = createPolygonFeed({
    restUrl: server.httpUrl,
    socketUrl: server.wsUrl,
    apiKey: KEY,
    clock,
    random: seededRandom(7),
    timeoutMs: 2_000,
    sleep: (milliseconds) => {
      waits.push(milliseconds);
      return Promise.resolve();
    },
    ...options,
  });
  return {
    server,
    feed,
    clock,
    waits,
    close: async () => {
      await feed.close();
      await server.close();
    },
  };
}
