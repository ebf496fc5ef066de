import { setTimeout as delay } from 'node:timers/promises';
import type { Random, TradingError } from '@trading-agent/core';

/** Waits; rejects when the signal fires. Handed in, so that tests need not wait. */
export type Sleep = (milliseconds: number, signal: AbortSignal) => Promise<void>;

export const realSleep: Sleep = async (milliseconds, signal) => {
  await delay(milliseconds, undefined, { signal });
};

export interface Backoff {
  readonly firstMs: number;
  readonly capMs: number;
}

/** Doubling from `firstMs` to `capMs`, of which a random half is waited, so that clients do not come back in step. */
export function backoffMs(attempt: number, backoff: Backoff, random: Random): number {
  const full = Math.min(backoff.capMs, backoff.firstMs * 2 ** Math.min(attempt, 30));
  return Math.round(full / 2 + (full / 2) * random.next());
}

/** `Retry-After` in milliseconds: seconds or an HTTP date; `undefined` when absent or unreadable. Never negative. */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

/** How one attempt ended: with a value, or with an error that may be worth another one, after at least `askedMs` if the other side asked for it. */
export type Outcome<T> =
  | { readonly value: T }
  | { readonly error: TradingError; readonly again: boolean; readonly askedMs?: number | undefined };

export interface Repeats {
  /** In all, the first one included. */
  readonly attempts: number;
  readonly backoff: Backoff;
  readonly random: Random;
  readonly sleep: Sleep;
  /** Ends a wait. */
  readonly signal: AbortSignal;
  /** Told before each wait; `attempt` counts from 1. */
  readonly onRepeat: (error: TradingError, attempt: number, waitMs: number) => void;
}

/** However long the other side asks for: this long is waited, no longer. */
const LONGEST_WAIT_MS = 60_000;

/**
 * Attempts until one has a value. Only for what may be done twice.
 * @throws {TradingError} the last error, when it is not worth another attempt or none is left; whatever a wait that was ended throws.
 */
export async function repeated<T>(attempt: () => Promise<Outcome<T>>, repeats: Repeats): Promise<T> {
  const { attempts, backoff, random, sleep, signal, onRepeat } = repeats;
  for (let failures = 0; ; failures++) {
    const wait = backoffMs(failures, backoff, random);
    const outcome = await attempt();
    if ('value' in outcome) return outcome.value;
    if (!outcome.again || failures + 1 >= attempts) throw outcome.error;
    const waitMs = Math.max(wait, Math.min(outcome.askedMs ?? 0, LONGEST_WAIT_MS));
    onRepeat(outcome.error, failures + 1, waitMs);
    await sleep(waitMs, signal);
  }
}
