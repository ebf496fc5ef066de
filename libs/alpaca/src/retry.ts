import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '@trading-agent/core';

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
