import { TradingError } from '@trading-agent/core';

interface Waiter {
  readonly missing: Set<string>;
  readonly resolve: () => void;
  readonly reject: (error: TradingError) => void;
  readonly timer: NodeJS.Timeout;
}

/** The provider takes option quotes of at most this many contracts on one connection. */
export const MAX_QUOTE_SUBSCRIPTIONS = 1_000;
/** Parameters per subscribe frame: about five kilobytes of option quotes. */
const PER_FRAME = 200;

/** What one stream is subscribed to: asked for, acknowledged on the present connection, and who waits for it. */
export class Subscriptions {
  readonly #channel: string;
  readonly #wanted = new Set<string>();
  readonly #acknowledged = new Set<string>();
  readonly #waiters = new Set<Waiter>();

  constructor(channel: string) {
    this.#channel = channel;
  }

  /**
   * Adds parameters and resolves when each is acknowledged. What is not acknowledged in time is taken back, so that the set stays true.
   * @throws {TradingError} `OUT_OF_RANGE` above the provider's limit for quotes, `TIMEOUT` naming how many were not acknowledged.
   */
  async want(
    parameters: readonly string[],
    timeoutMs: number,
    send: (fresh: readonly string[]) => void,
  ): Promise<void> {
    const all = new Set([...this.#wanted, ...parameters]);
    const quotes = [...all].filter((parameter) => parameter.startsWith('Q.')).length;
    if (quotes > MAX_QUOTE_SUBSCRIPTIONS) {
      throw new TradingError(
        'OUT_OF_RANGE',
        `At most ${MAX_QUOTE_SUBSCRIPTIONS} contracts can be quoted on one connection, asked for ${quotes}`,
        { hint: 'Subscribe to fewer strikes or expiries.', details: { quotes, limit: MAX_QUOTE_SUBSCRIPTIONS } },
      );
    }
    const missing = new Set(parameters.filter((parameter) => !this.#acknowledged.has(parameter)));
    if (missing.size === 0) return;
    const fresh = [...missing].filter((parameter) => !this.#wanted.has(parameter));
    for (const parameter of fresh) this.#wanted.add(parameter);
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => this.#giveUp(waiter, timeoutMs), timeoutMs);
      const waiter: Waiter = { missing, resolve, reject, timer };
      this.#waiters.add(waiter);
      send(fresh);
    });
  }

  /** Everything asked for, as the parameters of subscribe frames: sent anew after each authentication. */
  frames(parameters: Iterable<string> = this.#wanted): readonly string[] {
    const list = [...parameters];
    const frames: string[] = [];
    for (let start = 0; start < list.length; start += PER_FRAME)
      frames.push(list.slice(start, start + PER_FRAME).join(','));
    return frames;
  }

  acknowledge(parameter: string): void {
    this.#acknowledged.add(parameter);
    for (const waiter of this.#waiters) {
      waiter.missing.delete(parameter);
      if (waiter.missing.size === 0) {
        this.#drop(waiter);
        waiter.resolve();
      }
    }
  }

  /** The connection is gone: nothing is acknowledged any more, what is wanted stays wanted. */
  forgetAcknowledgements(): void {
    this.#acknowledged.clear();
  }

  /** Ends every wait with an error; what they waited for is not wanted any more. */
  refuse(error: TradingError): void {
    for (const waiter of this.#waiters) {
      this.#drop(waiter);
      for (const parameter of waiter.missing) this.#wanted.delete(parameter);
      waiter.reject(error);
    }
  }

  #giveUp(waiter: Waiter, timeoutMs: number): void {
    this.#drop(waiter);
    for (const parameter of waiter.missing) this.#wanted.delete(parameter);
    waiter.reject(
      new TradingError(
        'TIMEOUT',
        `The ${this.#channel} stream did not acknowledge ${waiter.missing.size} subscriptions within ${timeoutMs} ms`,
        { details: { channel: this.#channel, missing: [...waiter.missing].slice(0, 20), timeoutMs } },
      ),
    );
  }

  #drop(waiter: Waiter): void {
    clearTimeout(waiter.timer);
    this.#waiters.delete(waiter);
  }
}
