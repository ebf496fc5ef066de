import { TradingError } from '@trading-agent/core';
import type { FeedChannel } from '@trading-agent/market-data';
import type { SubscriptionNotice } from './status.ts';
import { MAX_QUOTE_SUBSCRIPTIONS, isCapped, readParameter } from './topics.ts';

interface Waiter {
  readonly missing: Set<string>;
  readonly isRenewal: boolean;
  readonly end: (error?: TradingError) => void;
}

/** Parameters per subscribe frame: about five kilobytes of option quotes. */
const PER_FRAME = 200;

export type Tell = (what: SubscriptionNotice['what'], parameters: readonly string[]) => void;
export type Send = (action: 'subscribe' | 'unsubscribe', parameters: readonly string[]) => void;

/**
 * What one connection is subscribed to: asked for, acknowledged since it was opened, and who waits for it. Requests and acknowledgements are
 * compared; where they differ the notice says so.
 */
export class Subscriptions {
  readonly #channel: FeedChannel;
  readonly #tell: Tell;
  readonly #wanted = new Set<string>();
  readonly #acknowledged = new Set<string>();
  readonly #leaving = new Set<string>();
  readonly #waiters = new Set<Waiter>();

  constructor(channel: FeedChannel, tell: Tell) {
    this.#channel = channel;
    this.#tell = tell;
  }

  get wanted(): ReadonlySet<string> {
    return this.#wanted;
  }

  /** How many of the connection's slots a kind that is capped takes. */
  used(kind: string): number {
    let count = 0;
    for (const parameter of this.#wanted) if (readParameter(parameter).kind === kind) count += 1;
    return count;
  }

  /**
   * Adds parameters and resolves when each is acknowledged. What is not acknowledged in time is taken back, so that the set stays true.
   * @throws {TradingError} `OUT_OF_RANGE` above the provider's limit, `TIMEOUT` naming how many were not acknowledged.
   */
  async want(parameters: readonly string[], timeoutMs: number, send: Send): Promise<void> {
    this.#requireRoom(parameters);
    const missing = parameters.filter((parameter) => !this.#acknowledged.has(parameter));
    if (missing.length === 0) return;
    const fresh = missing.filter((parameter) => !this.#wanted.has(parameter));
    for (const parameter of fresh) {
      this.#wanted.add(parameter);
      this.#leaving.delete(parameter);
    }
    const { unheard, error } = await this.#wait(missing, false, timeoutMs, () => {
      if (fresh.length > 0) send('subscribe', fresh);
    });
    for (const parameter of unheard) this.#wanted.delete(parameter);
    if (error !== undefined) throw error;
    if (unheard.length === 0) return;
    throw new TradingError(
      'TIMEOUT',
      `The ${this.#channel} stream did not acknowledge ${unheard.length} subscriptions within ${timeoutMs} ms`,
      { details: { channel: this.#channel, missing: unheard.slice(0, 20), timeoutMs } },
    );
  }

  /** Takes parameters back at once and resolves when that is acknowledged, or in vain: it is told then, and of no further consequence. */
  async unwant(parameters: readonly string[], timeoutMs: number, send: Send): Promise<void> {
    const known = parameters.filter((parameter) => this.#wanted.delete(parameter));
    const told = known.filter((parameter) => this.#acknowledged.delete(parameter));
    if (told.length === 0) return;
    for (const parameter of told) this.#leaving.add(parameter);
    // On a lost connection nothing is subscribed: there is nobody to ask and nothing to wait for.
    await this.#wait(told.map(leavingOf), true, timeoutMs, () => send('unsubscribe', told));
  }

  /** Asks for the whole set on a new connection. @returns what was not acknowledged in time, which stays wanted */
  async renew(timeoutMs: number, send: Send): Promise<readonly string[]> {
    this.#acknowledged.clear();
    this.#leaving.clear();
    const all = [...this.#wanted];
    if (all.length === 0) return [];
    const { unheard } = await this.#wait(all, true, timeoutMs, () => send('subscribe', all));
    return unheard;
  }

  /** An acknowledgement came. @returns false when nobody had asked */
  acknowledge(done: 'subscribed' | 'unsubscribed', parameter: string): boolean {
    if (done === 'unsubscribed') {
      const wasAsked = this.#leaving.delete(parameter);
      if (!wasAsked) this.#tell('acknowledged without being asked for', [parameter]);
      this.#heard(leavingOf(parameter));
      return wasAsked;
    }
    if (!this.#wanted.has(parameter)) {
      this.#tell('acknowledged without being asked for', [parameter]);
      return false;
    }
    this.#acknowledged.add(parameter);
    this.#heard(parameter);
    return true;
  }

  #heard(key: string): void {
    for (const waiter of this.#waiters) {
      waiter.missing.delete(key);
      if (waiter.missing.size === 0) waiter.end();
    }
  }

  /** Ends every wait with an error: what a caller of `want` waited for is not wanted any more, what `renew` asked for stays wanted. */
  refuse(error: TradingError): void {
    for (const waiter of this.#waiters) waiter.end(error);
  }

  /** The connection is gone: its renewal with it. Who waits for `want` goes on waiting, the next connection may be in time. */
  interrupt(): void {
    this.#acknowledged.clear();
    this.#leaving.clear();
    for (const waiter of this.#waiters)
      if (waiter.isRenewal) waiter.end(new TradingError('CANCELLED', 'The connection was lost'));
  }

  #wait(
    parameters: readonly string[],
    isRenewal: boolean,
    timeoutMs: number,
    send: () => void,
  ): Promise<{ readonly unheard: readonly string[]; readonly error?: TradingError }> {
    const missing = new Set(parameters);
    return new Promise((resolve) => {
      const end = (error?: TradingError): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        const unheard = [...missing];
        if (error === undefined) return resolve({ unheard });
        if (error.code !== 'CANCELLED') this.#tell('refused', unheard);
        return resolve({ unheard, error });
      };
      const timer = setTimeout(() => {
        this.#tell('not acknowledged in time', [...missing]);
        end();
      }, timeoutMs);
      const waiter: Waiter = { missing, isRenewal, end };
      this.#waiters.add(waiter);
      send();
    });
  }

  #requireRoom(parameters: readonly string[]): void {
    const counts = new Map<string, number>();
    for (const parameter of new Set([...this.#wanted, ...parameters])) {
      const { kind } = readParameter(parameter);
      if (isCapped(this.#channel, kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    for (const [kind, count] of counts) {
      if (count <= MAX_QUOTE_SUBSCRIPTIONS) continue;
      throw new TradingError(
        'OUT_OF_RANGE',
        `At most ${MAX_QUOTE_SUBSCRIPTIONS} contracts can have ${kind} on one connection, asked for ${count}`,
        {
          hint: 'Subscribe to fewer strikes or expiries.',
          details: { kind, asked: count, limit: MAX_QUOTE_SUBSCRIPTIONS },
        },
      );
    }
  }
}

/** What a waiter calls the end of a subscription. */
function leavingOf(parameter: string): string {
  return `-${parameter}`;
}

/** The texts of subscribe frames for a set of parameters. */
export function frameTexts(parameters: readonly string[]): readonly string[] {
  const texts: string[] = [];
  for (let start = 0; start < parameters.length; start += PER_FRAME)
    texts.push(parameters.slice(start, start + PER_FRAME).join(','));
  return texts;
}
