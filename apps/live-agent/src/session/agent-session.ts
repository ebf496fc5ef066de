import { micros } from '@trading-agent/core';
import {
  batchOf,
  type Decision,
  type EngineEvent,
  type EngineView,
  type RunRecorder,
  type RunReport,
  type TradingEngine,
} from '@trading-agent/engine';
import type { Ticker } from '@trading-agent/instruments';
import type { DecisionRow, EventRow, Journal, OutboxEntry } from '@trading-agent/store';
import type { PacedStep } from '../pacing/pacer.ts';
import { asJson, decodeEvent, stepOf } from './journal-codec.ts';
import type { OrderSender } from './order-sender.ts';
import { OwnOrders } from './own-orders.ts';
import { Projection } from './projection.ts';
import type { WantedQuotes } from './quote-subscriptions.ts';
import type { OperatorEvent, Supervision } from './supervision.ts';

export interface AgentSessionOptions {
  readonly engine: TradingEngine;
  readonly recorder: RunRecorder;
  readonly journal: Journal;
  readonly sender: OrderSender;
  readonly supervision: Supervision;
  readonly subscribe: (wanted: WantedQuotes) => Promise<void>;
  /** Told of each halt and resume once it is journaled. */
  readonly onOperator: (event: OperatorEvent) => Promise<void>;
}

/**
 * The shell around the engine. For each step: journal what arrived, let the engine decide, commit events and decisions together with the
 * outbox in one transaction, and only then act. A process that dies on any line is resumed from the journal.
 */
export class AgentSession {
  readonly #options: AgentSessionOptions;
  readonly #projection = new Projection();
  readonly orders = new OwnOrders();
  #lastStep = -1;
  #contradicted = false;

  constructor(options: AgentSessionOptions) {
    this.#options = options;
  }

  /** The last step that is in the journal, -1 for none. */
  get lastStep(): number {
    return this.#lastStep;
  }

  view(): EngineView {
    return this.#options.engine.view();
  }

  report(): RunReport {
    return this.#options.recorder.report(this.view());
  }

  /**
   * Brings the engine to where the journal ends, without any effect on the outside.
   * @returns the ids of orders whose rejection the engine has heard of, and the quotes it had asked for
   */
  async replay(): Promise<{
    readonly toldRejections: ReadonlySet<string>;
    readonly subscriptions: WantedQuotes;
  }> {
    const toldRejections = new Set<string>();
    const subscriptions = new Map<string, readonly Ticker[]>();
    for await (const entry of this.#options.journal.entries()) {
      const event = decodeEvent(entry);
      if (event.type === 'broker' && event.event.kind === 'order' && event.event.status === 'rejected')
        toldRejections.add(event.event.clientOrderId);
      for (const decision of this.#step(event)) {
        if (decision.type === 'subscribe') subscriptions.set(decision.underlying, decision.symbols);
      }
      this.#lastStep = stepOf(entry) ?? this.#lastStep;
    }
    // What was projected before the restart stands in the database already.
    if (this.#lastStep >= 0) this.#projection.take(this.view());
    return { toldRejections, subscriptions };
  }

  /** Journals the event that opens the session. */
  async open(event: EngineEvent & { type: 'session' }): Promise<void> {
    this.#step(event);
    await this.#options.journal.commit({ events: [this.#row(event)], ...this.#projection.begin(this.view()) });
  }

  /**
   * One step from arrival to action.
   * @returns what was decided in it
   */
  async process(step: PacedStep): Promise<readonly Decision[]> {
    const { journal, sender, supervision } = this.#options;
    const { at: now, halted } = this.view();
    // A wall clock may be set back; the journal's time does not.
    const at = micros(Math.max(step.at, now));
    const operator = supervision.take(at, { halted, contradicted: this.#contradicted });
    const batch: EngineEvent[] = [...operator, ...batchOf({ ...step, at, rejections: sender.takeRejections() })];
    const events: EventRow[] = [];
    const decided: { readonly seq: number; readonly index: number; readonly decision: Decision }[] = [];
    for (const event of batch) {
      const row =
        event.type === 'market'
          ? { seq: journal.appendMarket({ at, payload: asJson(event) }) }
          : this.#row(event, step.step);
      if ('type' in row) events.push(row);
      for (const [index, decision] of this.#step(event).entries()) decided.push({ seq: row.seq, index, decision });
    }
    const outbox = decided.flatMap(({ seq, decision }) => outboxEntry(seq, decision) ?? []);
    await journal.commit({
      events,
      decisions: decided.map(({ seq, index, decision }) => decisionRow(seq, index, decision)),
      outbox,
      ...this.#projection.take(this.view()),
    });
    this.#lastStep = step.step;
    await sender.send(outbox, at);
    for (const event of operator) await this.#options.onOperator(event);
    const wanted = new Map<string, readonly Ticker[]>();
    for (const { decision } of decided)
      if (decision.type === 'subscribe') wanted.set(decision.underlying, decision.symbols);
    if (wanted.size > 0) await this.#options.subscribe(wanted);
    return decided.map(({ decision }) => decision);
  }

  #step(event: EngineEvent): readonly Decision[] {
    const result = this.#options.engine.step(event);
    this.#options.recorder.record(event, result);
    this.#options.supervision.observe(event);
    this.#projection.observe(event, result);
    this.orders.observe(event, result);
    if (event.type === 'operator' && event.command === 'resume') this.#contradicted = false;
    this.#contradicted ||= result.decisions.some(isContradiction);
    return result.decisions;
  }

  #row(event: EngineEvent, step?: number): EventRow {
    const payload = event.type === 'clock' && step !== undefined ? { ...event, step } : event;
    return { seq: this.#options.journal.nextSeq(), at: event.at, type: event.type, payload: asJson(payload) };
  }
}

/** The engine's own halts; the day's loss limit is no contradiction and can't be lifted by a resume anyway. */
function isContradiction(decision: Decision): boolean {
  return (
    decision.type === 'alert' &&
    decision.kind === 'risk' &&
    decision.severity === 'critical' &&
    decision.reason.rule !== 'daily-loss'
  );
}

function outboxEntry(seq: number, decision: Decision): OutboxEntry | null {
  if (decision.type === 'submit') {
    const { order, checks } = decision.approved;
    return { id: order.clientOrderId, seq, kind: 'submit', payload: asJson({ at: decision.at, order, checks }) };
  }
  if (decision.type === 'cancel') {
    return {
      id: `${decision.clientOrderId}/cancel`,
      seq,
      kind: 'cancel',
      payload: { clientOrderId: decision.clientOrderId },
    };
  }
  return null;
}

function decisionRow(seq: number, index: number, decision: Decision): DecisionRow {
  return { seq, index, at: decision.at, type: decision.type, payload: asJson(decision) };
}
