import { setTimeout as delay } from 'node:timers/promises';
import { MICROS_PER_MILLI } from '@trading-agent/core';

/** How the schedule waits. Handed in, so that a test decides when a wait is over. */
export interface Timer {
  /** Resolves after `duration` microseconds, or at once when `signal` aborts; never rejects. */
  sleep(duration: number, signal: AbortSignal): Promise<void>;
}

/** The machine's timers. */
export const systemTimer: Timer = {
  sleep: async (duration, signal) => {
    // An abort is a way for the wait to end, not a failure.
    await delay(Math.ceil(duration / MICROS_PER_MILLI), undefined, { signal }).catch(() => undefined);
  },
};
