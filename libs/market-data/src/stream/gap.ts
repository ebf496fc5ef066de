import type { Micros } from '@trading-agent/core';
import type { Ticker } from '@trading-agent/instruments';
import type { FeedChannel } from './feed-event.ts';

/** Why something may be missing: the connection was lost, it fell silent, numbers are missing, it overflowed, or the consumer came late. */
export type GapCause = 'connection' | 'mute' | 'sequence' | 'overflow' | 'late';

/**
 * A hole in a stream, told to whoever computes from it. While it is open nothing may be computed from the symbols' data; bars and trades that
 * arrive meanwhile are kept back, so that after `closed` they have been told in the order of time, the missing ones among them.
 */
export interface FeedGap {
  /** Names the hole for ever: the same when it opens and when it closes, another one in another process. */
  readonly id: string;
  readonly channel: FeedChannel;
  readonly state: 'open' | 'closed';
  readonly cause: GapCause;
  /** Our symbols; empty: every symbol of the channel. */
  readonly symbols: readonly Ticker[];
  /** Up to here everything is known. */
  readonly from: Micros;
  /** From here on everything is known again: a quote that is older is not to be relied on. `null` while open. */
  readonly to: Micros | null;
  /**
   * When closed: the symbols whose bars or trades could not be had afterwards; `*` stands for all that are not named. What is computed from
   * them begins anew.
   */
  readonly unfilled: readonly Ticker[];
  /** In words: what happened, and why something could not be filled. */
  readonly reason: string;
}
