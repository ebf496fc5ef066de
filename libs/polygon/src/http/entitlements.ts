import { type MarketDate, TradingError, isTradingError } from '@trading-agent/core';
import type { Log } from '@trading-agent/transport';

/** What a plan may or may not cover, by the kind of instrument: `options quotes`, `stocks bars`. */
export type Capability = string;

/** Refused altogether, or for data as old as this day and older (a plan has so many years of history). */
type Refused = 'all' | MarketDate;

/**
 * What the plan was found not to cover. The first 403 of a capability is told once and remembered for the life of the client: later questions fail
 * without a call. A dated question turns off only its own day and what lies before it.
 */
export class Entitlements {
  readonly #refused = new Map<Capability, Refused>();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** @throws {TradingError} `FEED_NOT_ENTITLED` for what is known to be refused. */
  check(capability: Capability, from?: MarketDate): void {
    const refused = this.#refused.get(capability);
    if (refused === undefined || (refused !== 'all' && from !== undefined && from > refused)) return;
    throw new TradingError('FEED_NOT_ENTITLED', `The plan does not cover ${described(capability, refused)}`, {
      hint: 'It was refused before in this run and was not asked for again; upgrade the plan and start anew, or use another feed for it.',
      details: { capability, known: true },
    });
  }

  /** Remembers a refusal; any other error is left as it is. */
  note(error: unknown, capability: Capability, from?: MarketDate): void {
    if (!isTradingError(error, 'FEED_NOT_ENTITLED')) return;
    const before = this.#refused.get(capability);
    if (before === 'all' || (before !== undefined && from !== undefined && from <= before)) return;
    const refused = from ?? 'all';
    this.#refused.set(capability, refused);
    if (before === undefined || refused === 'all')
      this.#log.warn(
        { capability, refused },
        `the plan does not cover ${described(capability, refused)}: done without`,
      );
  }

  /** What is off, for a status page. */
  list(): Readonly<Record<Capability, Refused>> {
    return Object.fromEntries(this.#refused);
  }
}

function described(capability: Capability, refused: Refused): string {
  return refused === 'all' ? capability : `${capability} of ${refused} and before`;
}
