import { TradingError } from './errors.ts';
import { type Micros, microsFromMillis } from './time.ts';

/** Where the present comes from. Handed in, so that a backtest and a test decide what time it is. */
export interface Clock {
  now(): Micros;
}

/** The machine's clock. */
export const systemClock: Clock = { now: () => microsFromMillis(Date.now()) };

/** A clock that only moves when told to, and never backwards. */
export class ManualClock implements Clock {
  #now: Micros;

  constructor(start: Micros) {
    this.#now = start;
  }

  now(): Micros {
    return this.#now;
  }

  /** @throws {TradingError} `OUT_OF_RANGE` when `to` lies before the present. */
  advanceTo(to: Micros): void {
    if (to < this.#now)
      throw new TradingError('OUT_OF_RANGE', `Time can't run backwards: at ${this.#now}, asked for ${to}`);
    this.#now = to;
  }
}
