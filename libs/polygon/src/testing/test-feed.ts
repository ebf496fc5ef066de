import { type LocalClient, startLocalClient } from '@trading-agent/testkit';
import { type PolygonFeed, type PolygonFeedOptions, createPolygonFeed } from '../feed.ts';

export const KEY = 'k3y-of-the-test';

/** A feed at a local server. */
export interface TestFeed extends LocalClient {
  readonly feed: PolygonFeed;
  readonly close: () => Promise<void>;
}

export async function startTestFeed(more: Partial<PolygonFeedOptions> = {}): Promise<TestFeed> {
  const client = await startLocalClient();
  const { server, options } = client;
  const feed = createPolygonFeed({
    restUrl: server.httpUrl,
    socketUrl: server.wsUrl,
    apiKey: KEY,
    ...options,
    ...more,
  });
  const close = async (): Promise<void> => {
    await feed.close();
    await server.close();
  };
  return { ...client, feed, close };
}
