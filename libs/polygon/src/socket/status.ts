import type { Micros } from '@trading-agent/core';
import type { FeedChannel } from '@trading-agent/market-data';

/** How a stream stands. After `ready` with `reconnected` there is a hole: nothing is replayed, the consumer fills it by REST. */
export type FeedStatus =
  | { readonly channel: FeedChannel; readonly state: 'ready'; readonly at: Micros; readonly reconnected: boolean }
  | {
      readonly channel: FeedChannel;
      readonly state: 'lost';
      readonly at: Micros;
      readonly reason: string;
      readonly retryInMs: number;
    }
  | { readonly channel: FeedChannel; readonly state: 'closed'; readonly at: Micros };

/**
 * How far a stream is: data events (`Q`, `T`, `AM`; readable or not) that came on its present connection, told after each frame
 * that held any, when all its events have been emitted. A lockstep market compares this with its own count.
 */
export interface FeedProgress {
  readonly channel: FeedChannel;
  readonly received: number;
}
