import { setTimeout as delay } from 'node:timers/promises';
import { isTradingError, MICROS_PER_SECOND, type Micros, toTradingError } from '@trading-agent/core';
import type { Broker, BrokerEvent } from '@trading-agent/broker';
import type { EngineEvent } from '@trading-agent/engine';

import type { Outbox, OutboxEntry, OutboxRow } from '@trading-agent/store';
import type { AgentLog } from '../log.ts';
import { decodeCancel, decodeSubmit } from './journal-codec.ts';

/** How often, and how long apart, an order of unknown fate is looked up before it counts as never received. */
const LOOKUPS = 4;
const LOOKUP_PAUSE_MS = 1_000;
const CANCEL_ATTEMPTS = 3;
/** An order decided longer ago than this is not sent after a restart: the market it was decided on is gone. */
const STALE_AFTER_SECONDS = 60;

/**
 * Carries the outbox to the broker, one entry after the other. An entry is marked before the call and after the answer, so that a kill at
 * any line leaves either "not yet sent" or "look it up"; nothing is ever sent twice.
 */
export class OrderSender {
  readonly #sessionId: string;
  readonly #outbox: Outbox;
  readonly #broker: Broker;
  readonly #logger: AgentLog;
  readonly #brokerOrderIds = new Map<string, string>();
  #rejections: BrokerEvent[] = [];
  #halts: (EngineEvent & { type: 'operator' })[] = [];

  constructor(options: { sessionId: string; outbox: Outbox; broker: Broker; logger: AgentLog }) {
    this.#sessionId = options.sessionId;
    this.#outbox = options.outbox;
    this.#broker = options.broker;
    this.#logger = options.logger;
  }

  /** Refusals since the last call, for the engine to see at the next step. */
  takeRejections(): readonly BrokerEvent[] {
    const taken = this.#rejections;
    this.#rejections = [];
    return taken;
  }

  /** Halts that sending has led to, for the engine to see at the next step. */
  takeHalts(): readonly (EngineEvent & { type: 'operator' })[] {
    const taken = this.#halts;
    this.#halts = [];
    return taken;
  }

  /** Sends entries that were just committed. */
  async send(entries: readonly OutboxEntry[], at: Micros): Promise<void> {
    for (const entry of entries) {
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
      } else if (row.status === 'pending') {
        await this.#resumePending(row, at);
      } else if (row.status === 'sending') {
        if (row.kind === 'cancel') await this.#cancelNow(row, at);
        else await this.#lookUp(row, at);
      }
    }
  }

  async #resumePending(row: OutboxRow, at: Micros): Promise<void> {
    if (row.kind === 'cancel') return this.#cancel(row, at);
    const age = (at - decodeSubmit(row.payload).at) / MICROS_PER_SECOND;
    if (age <= STALE_AFTER_SECONDS) return this.#submit(row, at);
    const reason = `decided ${Math.round(age)} s before the restart ended, older than ${STALE_AFTER_SECONDS} s`;
    await this.#outbox.markAbandoned(this.#sessionId, row.id, reason);
    this.#reject(row.id, at, reason);
  }

  async #submit(entry: OutboxEntry, at: Micros): Promise<void> {
    const { approved } = decodeSubmit(entry.payload);
    await this.#outbox.markSending(this.#sessionId, entry.id);
    try {
      const { brokerOrderId } = await this.#broker.submit(approved);
      await this.#sent(entry.id, brokerOrderId);
    } catch (error) {
      await this.#failed(entry, at, error);
    }
  }

  async #failed(entry: OutboxEntry, at: Micros, thrown: unknown): Promise<void> {
    const error = toTradingError(thrown);
    if (error.code === 'STORE_CONFLICT' || error.code === 'STORE_UNAVAILABLE') throw error;
    if (error.code === 'ORDER_FATE_UNKNOWN') return this.#lookUp(entry, at);
    await this.#outbox.markRejected(this.#sessionId, entry.id, error.message);
    this.#reject(entry.id, at, error.message);
    if (error.haltsTrading) this.halt(at, `the broker's answer to an order: ${error.message}`);
    this.#logger.warn({ clientOrderId: entry.id, error }, 'The broker did not take an order');
  }

  /** The broker is asked whether it knows the order; only when it does not, several times over, is it given up. It is never sent again. */
  async #lookUp(entry: OutboxEntry, at: Micros): Promise<void> {
    for (let attempt = 1; attempt <= LOOKUPS; attempt++) {
      try {
        const found = await this.#broker.orderByClientId(entry.id);
        if (found !== undefined) return await this.#sent(entry.id, found.brokerOrderId);
      } catch (error) {
        this.#logger.warn({ clientOrderId: entry.id, attempt, error }, 'Could not look up an order of unknown fate');
      }
      if (attempt < LOOKUPS) await delay(LOOKUP_PAUSE_MS);
    }
    const reason = 'the broker does not know the order although it may have been sent; it is not sent again';
    await this.#outbox.markAbandoned(this.#sessionId, entry.id, reason);
    this.#reject(entry.id, at, reason);
    this.halt(at, `order ${entry.id}: ${reason}`);
  }

  async #sent(clientOrderId: string, brokerOrderId: string): Promise<void> {
    this.#brokerOrderIds.set(clientOrderId, brokerOrderId);
    await this.#outbox.markSent(this.#sessionId, clientOrderId, brokerOrderId);
  }

  async #cancel(entry: OutboxEntry, at: Micros): Promise<void> {
    await this.#outbox.markSending(this.#sessionId, entry.id);
    await this.#cancelNow(entry, at);
  }

  /** A cancel may be asked for as often as it takes; what it led to arrives as an event. */
  async #cancelNow(entry: OutboxEntry, at: Micros): Promise<void> {
    const clientOrderId = decodeCancel(entry.payload);
    for (let attempt = 1; ; attempt++) {
      try {
        const known =
          this.#brokerOrderIds.get(clientOrderId) ?? (await this.#broker.orderByClientId(clientOrderId))?.brokerOrderId;
        if (known !== undefined) await this.#broker.cancel(known);
        return await this.#outbox.markSent(this.#sessionId, entry.id, null);
      } catch (error) {
        // Filled or over already: the event that says so is on its way.
        if (isTradingError(error, 'BROKER_REJECTED') || isTradingError(error, 'BROKER_NOT_FOUND')) {
          return await this.#outbox.markRejected(this.#sessionId, entry.id, error.message);
        }
        if (attempt < CANCEL_ATTEMPTS) {
          await delay(LOOKUP_PAUSE_MS);
          continue;
        }
        const { message } = toTradingError(error);
        await this.#outbox.markAbandoned(this.#sessionId, entry.id, message);
        this.halt(at, `order ${clientOrderId} could not be cancelled: ${message}`);
        return;
      }
    }
  }

  #reject(clientOrderId: string, at: Micros, reason: string): void {
    this.#rejections.push({ kind: 'order', at, clientOrderId, brokerOrderId: '', status: 'rejected', reason });
  }

  /** Lets the engine know at the next step that no new risk may be taken. */
  halt(at: Micros, reason: string): void {
    this.#halts.push({ type: 'operator', at, command: 'halt', by: 'order-sender', reason });
  }
}
