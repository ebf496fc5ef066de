import { MICROS_PER_MILLI, type Micros } from '@trading-agent/core';

/** Simulated seconds per real second, or as fast as everybody can follow. */
export type Speed = number | 'max';

/** Turns simulated time into real waiting. Anchored once, so that small delays don't add up. */
export class Pace {
  #speed: Speed;
  readonly #elapsedMillis: () => number;
  #anchor: { readonly real: number; readonly simulated: Micros } | null = null;

  /** `elapsedMillis` is a monotonic real clock in milliseconds. */
  constructor(speed: Speed, elapsedMillis: () => number) {
    this.#speed = speed;
    this.#elapsedMillis = elapsedMillis;
  }

  get speed(): Speed {
    return this.#speed;
  }

  /** Another speed from now on, when the simulated clock shows `simulated`. */
  change(speed: Speed, simulated: Micros): void {
    this.#speed = speed;
    this.anchor(simulated);
  }

  /** From now on `simulated` is the present. */
  anchor(simulated: Micros): void {
    this.#anchor = { real: this.#elapsedMillis(), simulated };
  }

  /** Real milliseconds until the simulated clock shows `at`; 0 when it already does or waits for nobody. */
  millisUntil(at: Micros): number {
    if (this.speed === 'max' || !this.#anchor) return 0;
    const due = this.#anchor.real + (at - this.#anchor.simulated) / MICROS_PER_MILLI / this.speed;
    return Math.max(0, due - this.#elapsedMillis());
  }
}
