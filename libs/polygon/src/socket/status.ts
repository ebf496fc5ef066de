import type { Micros } from '@trading-agent/core';
import type { FeedChannel } from '@trading-agent/market-data';

/** How a stream stands. What was missed between `lost` and `ready` is told as a gap among the events. */
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
 * How far a stream is: data events (of known kinds; readable or not) that came on its present connections, told after each frame that held any,
 * when all its events have been emitted. A lockstep market compares this with its own count.
 */
export interface FeedProgress {
  readonly channel: FeedChannel;
  readonly received: number;
}

/** Where requests and acknowledgements differ: the set of acknowledgements is the only truth about what is subscribed. */
export interface SubscriptionNotice {
  readonly channel: FeedChannel;
  readonly at: Micros;
  readonly what: 'not acknowledged in time' | 'acknowledged without being asked for' | 'refused';
  /** In the vendor's words: `Q.O:SPY251219C00650000`. */
  readonly parameters: readonly string[];
}
