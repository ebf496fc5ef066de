import { setTimeout as delay } from 'node:timers/promises';
import {
  type ErrorCode,
  MICROS_PER_SECOND,
  type Micros,
  micros,
  toTradingError,
  type TradingError,
} from '@trading-agent/core';
import type { Broker, BrokerEvent } from '@trading-agent/broker';
import { isTerminal } from '@trading-agent/instruments';
import type { Outbox, OutboxEntry, OutboxRow } from '@trading-agent/store';
import type { AgentLog } from '../log.ts';
import { decodeCancel, decodeSubmit } from './journal-codec.ts';

/** How often, and how long apart, an order of unknown fate is looked up before it counts as never received. */
const LOOKUPS = 4;
const LOOKUP_PAUSE_MS = 1_000;
/** A cancel that has failed this often halts new risk; it is tried on at every step, or, where the broker refuses it, so far apart. */
const CANCEL_FAILURES = 3;
const CANCEL_PAUSE = 5 * MICROS_PER_SECOND;
/** An order decided longer ago than this is not sent after a restart: the market it was decided on is gone. */
const STALE_AFTER_SECONDS = 60;
const NEVER_RECEIVED = 'the broker does not know the order although it may have been sent; it is not sent again';

/** Answers after which an order certainly does not exist at the broker. Everything else leaves its fate open. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set([
  'BROKER_REJECTED',
  'BROKER_AUTH',
  'BROKER_RATE_LIMITED',
  'BROKER_UNAVAILABLE',
  'BROKER_NOT_FOUND',
  'ORDER_INVALID',
  'ORDER_NOT_APPROVED',
  'CREDENTIALS_MISSING',
]);

export interface OrderSenderOptions {
  readonly sessionId: string;
  readonly outbox: Pick<Outbox, 'markSending' | 'markSent' | 'markRejected' | 'markAbandoned'>;
  readonly broker: Pick<Broker, 'submit' | 'cancel' | 'orderByClientId'>;
  readonly log: AgentLog;
  /** Told what must halt new risk. */
  readonly doubt: (reason: string) => void;
  /** Throws when the account may be traded by somebody else: looked at before each call that changes something. */
  readonly assertHeld: () => void;
  /**
   * True of a simulated market, which is wound back to a step before it is asked: an order that it does not know can't be on its way, so an
   * order found half sent after a restart is sent as if for the first time. A real broker is never sent an order again.
   */
  readonly isRewound: boolean;
  readonly pause?: (milliseconds: number) => Promise<unknown>;
}

interface OpenCancel {
  readonly entry: OutboxEntry;
  readonly failures: number;
  /** When it may be tried again; at once when `null`. */
  readonly notBefore: Micros | null;
}

/**
 * Carries the outbox to the broker, one entry after the other. An entry is marked before the call and after the answer, so that a kill at
 * any line leaves either "not yet sent" or "look it up"; nothing is ever sent twice.
 */
export class OrderSender {
  readonly #options: OrderSenderOptions;
  readonly #brokerOrderIds = new Map<string, string>();
  /** Submissions whose fate is unknown because the broker could not be asked. */
  readonly #unresolved = new Map<string, OutboxEntry>();
  /** Cancels that have to be tried again, and how often they have failed. */
  readonly #cancels = new Map<string, OpenCancel>();
  #rejections: BrokerEvent[] = [];

  constructor(options: OrderSenderOptions) {
    this.#options = options;
  }

  /** Refusals since the last call, for the engine to see at the next step. */
  takeRejections(): readonly BrokerEvent[] {
    const taken = this.#rejections;
    this.#rejections = [];
    return taken;
  }

  /** True while nobody knows whether the broker has this order. */
  isUnresolved(clientOrderId: string): boolean {
    return (
      this.#unresolved.has(clientOrderId) ||
      this.#rejections.some((told) => told.kind === 'order' && told.clientOrderId === clientOrderId)
    );
  }

  /** Settles what earlier steps left open, then sends entries that were just committed. */
  async send(entries: readonly OutboxEntry[], at: Micros): Promise<void> {
    for (const entry of this.#unresolved.values()) await this.#lookUp(entry, at);
    for (const { entry, notBefore } of this.#cancels.values())
      if (notBefore === null || at >= notBefore) await this.#cancel(entry, at);
    for (const entry of entries) {
      this.#options.assertHeld();
      await this.#options.outbox.markSending(this.#options.sessionId, entry.id);
      if (entry.kind === 'submit') await this.#submit(entry, at);
      else await this.#cancel(entry, at);
    }
  }

  /**
   * Takes up an outbox after a restart: what may have been sent is looked up, what was not sent is sent if it is still fresh, refusals that the
   * engine has not heard of (`isTold`) are told again.
   */
  async resume(rows: readonly OutboxRow[], at: Micros, isTold: (clientOrderId: string) => boolean): Promise<void> {
    for (const row of rows) {
      if (row.brokerOrderId !== null) this.#brokerOrderIds.set(row.id, row.brokerOrderId);
      if (row.kind === 'submit' && (row.status === 'rejected' || row.status === 'abandoned') && !isTold(row.id)) {
        this.#reject(row.id, at, row.reason ?? 'rejected before the restart');
        // Whoever gave it up was killed before the engine heard of either.
        if (row.reason === NEVER_RECEIVED) this.#options.doubt(`order ${row.id}: ${NEVER_RECEIVED}`);
      } else if (row.status === 'pending') {
        await this.#resumePending(row, at);
      } else if (row.status === 'sending') {
        if (row.kind === 'cancel') await this.#cancel(row, at);
        else if (this.#options.isRewound) await this.#resendUnlessKnown(row, at);
        else await this.#lookUp(row, at);
      }
    }
  }

  async #resumePending(row: OutboxRow, at: Micros): Promise<void> {
    const { outbox, sessionId } = this.#options;
    const age = row.kind === 'submit' ? (at - decodeSubmit(row.payload).at) / MICROS_PER_SECOND : 0;
    if (age <= STALE_AFTER_SECONDS) return this.send([row], at);
    const reason = `decided ${Math.round(age)} s before the restart ended, older than ${STALE_AFTER_SECONDS} s`;
    await outbox.markAbandoned(sessionId, row.id, reason);
    this.#reject(row.id, at, reason);
  }

  async #resendUnlessKnown(row: OutboxRow, at: Micros): Promise<void> {
    const found = await this.#options.broker.orderByClientId(row.id);
    this.#options.assertHeld();
    if (found === undefined) await this.#submit(row, at);
    else await this.#sent(row.id, found.brokerOrderId);
  }

  async #submit(entry: OutboxEntry, at: Micros): Promise<void> {
    const { approved } = decodeSubmit(entry.payload);
    let brokerOrderId: string;
    try {
      ({ brokerOrderId } = await this.#options.broker.submit(approved));
    } catch (thrown) {
      return this.#failed(entry, at, thrown);
    }
    return this.#sent(entry.id, brokerOrderId);
  }

  async #failed(entry: OutboxEntry, at: Micros, thrown: unknown): Promise<void> {
    const { broker, outbox, sessionId, doubt, isRewound, log } = this.#options;
    const error = toTradingError(thrown);
    // A simulated market that is gone has refused nothing: it comes back to where this order is to be sent.
    if (isRewound && error.code === 'BROKER_UNAVAILABLE') throw error;
    log.warn({ clientOrderId: entry.id, code: error.code, reason: error.message }, 'The broker did not take an order');
    if (!REFUSALS.has(error.code)) return this.#lookUp(entry, at);
    // A refusal may also mean that the broker has an order under this id already.
    const isTaken =
      error.code === 'BROKER_REJECTED' && (await broker.orderByClientId(entry.id).catch(() => undefined)) !== undefined;
    if (isTaken) {
      doubt(`order ${entry.id}: the broker refused it (${error.message}) and yet has an order under its id`);
      return this.#lookUp(entry, at);
    }
    await outbox.markRejected(sessionId, entry.id, error.message);
    return this.#reject(entry.id, at, error.message);
  }

  /**
   * Asks whether the broker knows the order; only when it says several times over that it does not, the order is given up. It is never sent again.
   * Without an answer nothing is known, and it is asked again at the next step.
   */
  async #lookUp(entry: OutboxEntry, at: Micros): Promise<void> {
    const { broker, outbox, sessionId, doubt, log, pause = delay } = this.#options;
    const isNew = !this.#unresolved.has(entry.id);
    for (let attempt = 1; attempt <= LOOKUPS; attempt++) {
      try {
        const found = await broker.orderByClientId(entry.id);
        if (found !== undefined) return await this.#sent(entry.id, found.brokerOrderId);
      } catch (thrown) {
        const { code, message } = toTradingError(thrown);
        log.warn({ clientOrderId: entry.id, code }, `Could not look up an order of unknown fate: ${message}`);
        this.#unresolved.set(entry.id, entry);
        if (isNew) doubt(`order ${entry.id}: nobody knows whether the broker has it`);
        return;
      }
      if (attempt < LOOKUPS) await pause(LOOKUP_PAUSE_MS);
    }
    await outbox.markAbandoned(sessionId, entry.id, NEVER_RECEIVED);
    this.#unresolved.delete(entry.id);
    this.#reject(entry.id, at, NEVER_RECEIVED);
    doubt(`order ${entry.id}: ${NEVER_RECEIVED}`);
  }

  async #sent(clientOrderId: string, brokerOrderId: string): Promise<void> {
    this.#brokerOrderIds.set(clientOrderId, brokerOrderId);
    await this.#options.outbox.markSent(this.#options.sessionId, clientOrderId, brokerOrderId);
    this.#unresolved.delete(clientOrderId);
  }

  /** A cancel may be asked for as often as it takes; what it led to arrives as an event. */
  async #cancel(entry: OutboxEntry, at: Micros): Promise<void> {
    const { outbox, sessionId, broker, assertHeld } = this.#options;
    const clientOrderId = decodeCancel(entry.payload);
    // Nothing to cancel yet, or perhaps never: the look-up comes first.
    if (this.#unresolved.has(clientOrderId)) {
      const failures = this.#cancels.get(entry.id)?.failures ?? 0;
      this.#cancels.set(entry.id, { entry, failures, notBefore: null });
      return;
    }
    assertHeld();
    let refused: string | null = null;
    try {
      const known =
        this.#brokerOrderIds.get(clientOrderId) ?? (await broker.orderByClientId(clientOrderId))?.brokerOrderId;
      if (known === undefined) refused = 'the broker has no such order';
      else await broker.cancel(known);
    } catch (thrown) {
      const error = toTradingError(thrown);
      if (error.code !== 'BROKER_REJECTED' && error.code !== 'BROKER_NOT_FOUND')
        return this.#cancelFailed(entry, clientOrderId, error, null);
      // Filled or over already, as a rule: the event that says so is on its way. One that still works (it is only on its way to the exchange) must go.
      if (await this.#stillWorks(clientOrderId))
        return this.#cancelFailed(entry, clientOrderId, error, micros(at + CANCEL_PAUSE));
      refused = error.message;
    }
    if (refused === null) await outbox.markSent(sessionId, entry.id, null);
    else await outbox.markRejected(sessionId, entry.id, refused);
    this.#cancels.delete(entry.id);
  }

  #cancelFailed(entry: OutboxEntry, clientOrderId: string, error: TradingError, notBefore: Micros | null): void {
    const { doubt, log } = this.#options;
    log.warn({ clientOrderId, code: error.code }, `Could not cancel an order: ${error.message}`);
    const failures = (this.#cancels.get(entry.id)?.failures ?? 0) + 1;
    this.#cancels.set(entry.id, { entry, failures, notBefore });
    if (failures === CANCEL_FAILURES) doubt(`order ${clientOrderId} could not be cancelled: ${error.message}`);
  }

  /** Without an answer it may. */
  async #stillWorks(clientOrderId: string): Promise<boolean> {
    try {
      const found = await this.#options.broker.orderByClientId(clientOrderId);
      return found !== undefined && !isTerminal(found.status);
    } catch {
      return true;
    }
  }

  #reject(clientOrderId: string, at: Micros, reason: string): void {
    this.#rejections.push({ kind: 'order', at, clientOrderId, brokerOrderId: '', status: 'rejected', reason });
  }
}
