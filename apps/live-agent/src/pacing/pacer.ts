import type { MarketDate, Micros } from '@trading-agent/core';
import type { BrokerEvent } from '@trading-agent/broker';
import type { Bar, Quote } from '@trading-agent/instruments';
import type { FeedChannel, FeedGap, QueueCounts } from '@trading-agent/market-data';
import type { Observable } from 'rxjs';

/** What reached the agent between two steps, in arrival order per source. */
export interface PacedStep {
  /** 0, 1, 2, ... within a session. */
  readonly step: number;
  readonly at: Micros;
  readonly quotes: readonly Quote[];
  readonly bars: readonly Bar[];
  /** Holes in the market data that opened or closed. */
  readonly gaps: readonly FeedGap[];
  readonly brokerEvents: readonly BrokerEvent[];
}

export interface PacedSession {
  readonly date: MarketDate;
  readonly open: Micros;
  readonly close: Micros;
  /** Market time at which the agent came in. */
  readonly at: Micros;
}

/** A connection of the agent that came up or was lost. */
export interface LinkStatus {
  readonly link: FeedChannel | 'orders';
  readonly state: 'up' | 'lost';
  /** Up again after a loss: what happened in between was not told. */
  readonly reconnected: boolean;
  /** Why it was lost; empty when up. */
  readonly reason: string;
}

/**
 * Cuts the streams into steps. A simulated market paces the agent (lockstep: a step ends when all that belongs to it has arrived, and the
 * next begins when the agent has acknowledged it); a real market is cut by the wall clock.
 */
export interface Pacer {
  /**
   * The market's session, before anything flows. `afterStep` is the last step that was journaled, -1 for none. From here on the streams are
   * listened to. A real market may be attached to again for another session.
   */
  attach(afterStep: number): Promise<PacedSession>;
  /** True when events that the journal does not hold are delivered again after `attach`. */
  readonly redelivers: boolean;
  /** Steps from now on; completes when the market's day has ended, errors when a source fails for good. */
  readonly steps: Observable<PacedStep>;
  /** The agent has reconciled and subscribed: the market may move. */
  ready(): void;
  /** The step has been journaled, acted upon and answered; the next comes only then. */
  acknowledge(step: number): void;
  /** What became of the events that waited for a step. */
  counts(): QueueCounts;
  close(): Promise<void>;
}
