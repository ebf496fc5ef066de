import { TradingError, type Usd, deriveUuid } from '@trading-agent/core';
import type { Session } from '@trading-agent/calendar';
import type { CorporateAction, RequestTiming } from '@trading-agent/exchange';
import type { MarketDay } from '@trading-agent/market-data';
import type { AlpacaKeys } from '../alpaca/keys.ts';
import { TradeUpdateStream } from '../alpaca/stream.ts';
import type { FaultPort } from '../faults/effects.ts';
import type { StreamCount } from '../sockets/event-line.ts';
import type { Halt, HaltSpan } from './halts.ts';
import type { RequestJournal } from './request-journal.ts';
import { Simulation } from './simulation.ts';

/** An account of the simulated broker. */
export interface AccountSpec extends AlpacaKeys {
  readonly accountNumber: string;
  readonly cash: Usd;
}

export interface AccountRoom {
  readonly keys: AlpacaKeys;
  readonly simulation: Simulation;
  readonly stream: TradeUpdateStream;
}

export interface AccountsOptions {
  readonly day: MarketDay;
  readonly session: Session;
  readonly frames: 'binary' | 'text';
  readonly faults: FaultPort;
  readonly journal: (account: AccountSpec) => RequestJournal;
  readonly requestTiming?: RequestTiming | undefined;
  readonly corporateActions?: readonly CorporateAction[] | undefined;
  readonly halts?: readonly Halt[] | undefined;
}

/**
 * The accounts of one market, each with an exchange of its own: they see the same day and never each other. The first sets the pace; the others
 * follow it step by step.
 */
export class Accounts {
  readonly first: AccountRoom;
  readonly #others: readonly AccountRoom[];
  readonly #journals: RequestJournal[] = [];

  /** @throws {TradingError} `USAGE` when two accounts have the same key or number. */
  constructor([first, ...others]: readonly [AccountSpec, ...AccountSpec[]], options: AccountsOptions) {
    for (const field of ['keyId', 'accountNumber'] as const) {
      const values = [first, ...others].map((account) => account[field]);
      const twice = values.find((value, index) => values.indexOf(value) < index);
      if (twice !== undefined) throw new TradingError('USAGE', `Two accounts have the ${field} "${twice}"`);
    }
    try {
      this.first = this.#open(first, options);
      this.#others = others.map((account) => this.#open(account, options));
    } catch (error) {
      this.close();
      throw error;
    }
    for (const { simulation, stream } of this.#others)
      simulation.onRequestUpdates = (updates) => stream.publish(updates);
  }

  /** Where in the count of all days' steps the last journaled request stands; -1 without one. */
  get lastRequest(): number {
    return Math.max(-1, ...this.#journals.map((journal) => journal.requests().at(-1)?.step ?? -1));
  }

  /** The next day begins for everybody. */
  openNextDay(day: MarketDay, session: Session): void {
    for (const { simulation } of this.all) simulation.openNextDay(day, session);
  }

  /** Adds a day without going through it: a rebuild follows. */
  appendDay(day: MarketDay, session: Session): void {
    for (const { simulation } of this.all) simulation.appendDay(day, session);
  }

  /** Trading in one underlying is to pause for everybody. @throws as `Simulation.halt`. */
  halt(halt: HaltSpan): void {
    for (const { simulation } of this.all) simulation.halt(halt);
  }

  /** Everybody stands right after `step` of the present day, with what was journaled up to then. */
  rebuild(step: number): void {
    for (const { simulation } of this.all) simulation.rebuild(step);
  }

  get all(): readonly AccountRoom[] {
    return [this.first, ...this.#others];
  }

  find(keyId: string): AccountRoom | undefined {
    return this.all.find(({ keys }) => keys.keyId === keyId);
  }

  /** Updates that each account's stream has told to the connection that listens. */
  streams(): readonly StreamCount[] {
    return this.all.map(({ keys, stream }) => ({ room: 'trades', key: keys.keyId, sent: stream.sent }));
  }

  /** The first account has taken a step: so do the others. */
  follow(): void {
    for (const { simulation, stream } of this.#others) {
      const happened = simulation.advance();
      if (happened) stream.publish(happened.updates);
    }
  }

  /** The first account has been wound back: so are the others. */
  rewind(): void {
    for (const { simulation, stream } of this.#others)
      stream.hold(simulation.rebuild(this.first.simulation.step).updates);
  }

  release(): void {
    for (const { stream } of this.all) stream.release();
  }

  dropRevoked(): void {
    for (const { stream } of this.all) stream.dropRevoked();
  }

  close(): void {
    for (const journal of this.#journals) journal.close();
  }

  #open(account: AccountSpec, options: AccountsOptions): AccountRoom {
    const { day, session, frames, faults, journal, requestTiming, corporateActions, halts } = options;
    const opened = journal(account);
    this.#journals.push(opened);
    const { accountNumber, cash, keyId, secretKey } = account;
    const keys = { keyId, secretKey };
    const simulation = new Simulation({
      day,
      session,
      accountNumber,
      cash,
      journal: opened,
      faults,
      key: keyId,
      ...(requestTiming !== undefined && { requestTiming }),
      ...(corporateActions !== undefined && { corporateActions }),
      ...(halts !== undefined && { halts }),
    });
    return { keys, simulation, stream: new TradeUpdateStream({ keys, frames, faults }) };
  }
}

/** `SIM-` and eight hexadecimal digits of what the account is. */
export function derivedAccountNumber(...parts: readonly (string | number)[]): string {
  return `SIM-${deriveUuid(...parts).slice(0, 8)}`;
}
