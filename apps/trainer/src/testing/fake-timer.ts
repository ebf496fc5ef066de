import { type ManualClock, micros, type Micros } from '@trading-agent/core';
import type { Timer } from '../timer.ts';

/** A timer whose waits end when the test says so. One sleeper at a time. */
export class FakeTimer implements Timer {
  readonly #clock: ManualClock;
  #sleeper: { readonly until: Micros; readonly wake: () => void } | null = null;
  #fallenAsleep = Promise.withResolvers<void>();

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  sleep(duration: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#sleeper = null;
        this.#fallenAsleep = Promise.withResolvers<void>();
        resolve();
      };
      signal.addEventListener('abort', wake, { once: true });
      this.#sleeper = { until: micros(this.#clock.now() + duration), wake };
      this.#fallenAsleep.resolve();
    });
  }

  /** Lets time pass up to `to`; whoever sleeps wakes whenever his wait is over, and does what he does before time goes on. */
  async passUntil(to: Micros): Promise<void> {
    for (;;) {
      await this.#fallenAsleep.promise;
      const sleeper = this.#sleeper;
      if (sleeper === null || sleeper.until > to) break;
      this.#clock.advanceTo(sleeper.until);
      sleeper.wake();
    }
    this.#clock.advanceTo(to);
  }
}
