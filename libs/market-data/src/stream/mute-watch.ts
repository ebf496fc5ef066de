import { nyDate, session } from '@trading-agent/calendar';
import { MICROS_PER_SECOND, type Micros } from '@trading-agent/core';
import type { StreamKind } from '../feed.ts';
import type { FeedChannel } from './feed-event.ts';

/** Seconds without any event of a kind after which a subscribed stream counts as mute in regular hours; a kind without a number never does. */
export type MuteLimits = Readonly<Record<FeedChannel, Partial<Readonly<Record<StreamKind, number>>>>>;

/**
 * Liquid option quotes and index values never pause for a minute; a minute bar is told some seconds after its minute and is left out when
 * nothing traded. Trades, fair values and limit bands may rest for long: their silence alone proves nothing.
 */
export const MUTE_LIMITS: MuteLimits = {
  options: { quotes: 60, 'minute-bars': 300 },
  stocks: { quotes: 60, 'second-bars': 60, 'minute-bars': 300 },
  indices: { 'index-values': 60, 'second-bars': 60, 'minute-bars': 300 },
};

/** A stream that should speak and does not. */
export interface Silence {
  readonly kind: StreamKind;
  /** Last event of that kind, or when its silence began to count. */
  readonly since: Micros;
  readonly limitSeconds: number;
}

/**
 * Watches one channel for silence. The market's regular session (half days included) bounds what is expected; silence counts from the latest
 * of the opening, the subscription and the last event.
 */
export class MuteWatch {
  readonly #limits: Partial<Readonly<Record<StreamKind, number>>>;
  readonly #since = new Map<StreamKind, Micros>();

  constructor(channel: FeedChannel, limits: MuteLimits = MUTE_LIMITS) {
    this.#limits = limits[channel];
  }

  /** The kinds that are subscribed from now on; silence of a kind that is new counts from `at`. */
  expect(kinds: Iterable<StreamKind>, at: Micros): void {
    const wanted = new Set(kinds);
    for (const kind of this.#since.keys()) if (!wanted.has(kind)) this.#since.delete(kind);
    for (const kind of wanted)
      if (!this.#since.has(kind) && this.#limits[kind] !== undefined) this.#since.set(kind, at);
  }

  /** The stream was connected anew: what it owes counts from now. */
  restart(at: Micros): void {
    for (const kind of this.#since.keys()) this.#since.set(kind, at);
  }

  heard(kind: StreamKind, at: Micros): void {
    if (this.#since.has(kind)) this.#since.set(kind, at);
  }

  /** The kind that has been silent for too long at `now`, `null` when none has or the market is closed. */
  check(now: Micros): Silence | null {
    const today = session(nyDate(now));
    if (today === undefined || now < today.open || now >= today.close) return null;
    for (const [kind, last] of this.#since) {
      const limitSeconds = this.#limits[kind] ?? Number.POSITIVE_INFINITY;
      const since = last > today.open ? last : today.open;
      if (now - since > limitSeconds * MICROS_PER_SECOND) return { kind, since, limitSeconds };
    }
    return null;
  }
}
