import { type Json, type Micros, type Usd, usdFromMicros } from '@trading-agent/core';
import type { OrderStatus } from '@trading-agent/instruments';
import type { BookedExecution, Decision, EngineEvent, EngineView, StepResult } from '@trading-agent/engine';
import type { AlertEntry, EquityRow, ExecutionRow, OrderRow, PositionRow } from '@trading-agent/store';
import { asJson } from './journal-codec.ts';
import { type OwnOrder, statusAfter } from './own-orders.ts';

/** The rows that a step adds to what people look at: orders, fills, positions, equity, alerts. */
export interface ProjectedRows {
  readonly orders: readonly OrderRow[];
  readonly executions: readonly ExecutionRow[];
  readonly positions?: readonly PositionRow[];
  readonly equity?: EquityRow;
  readonly alerts: readonly AlertEntry[];
  /** What the session leaves to the next one; absent while it stays what it was. */
  readonly record?: Json;
}

/** Turns what the engine saw and decided into rows. Everything in it can be derived again from the journal. */
export class Projection {
  readonly #orders = new Map<string, OrderRow & { readonly status: OwnOrder['status'] }>();
  #changed = new Set<string>();
  #executions: ExecutionRow[] = [];
  #alerts: AlertEntry[] = [];
  #hasNewBars = false;
  #hasDecided = false;
  #record = '';

  observe(event: EngineEvent, result: StepResult): void {
    if (event.type === 'market') this.#hasNewBars ||= event.bars.length > 0;
    if (event.type === 'broker') {
      const { event: said } = event;
      if (said.kind === 'order')
        this.#update(said.clientOrderId, event.at, said.status, said.brokerOrderId, said.reason ?? null);
      else this.#update(said.execution.clientOrderId, event.at, said.status, said.brokerOrderId, null);
    }
    if (result.booked !== null) this.#addExecution(result.booked);
    this.#hasDecided ||= result.decisions.length > 0;
    for (const decision of result.decisions) this.#addDecision(decision);
  }

  /**
   * The rows since the last call; positions and equity whenever a bar or a fill has moved them, and with each alert: a further run of the day must find
   * the loss by which a limit was reached.
   */
  take(view: EngineView): ProjectedRows {
    const isDue = this.#hasNewBars || this.#executions.length > 0 || this.#alerts.length > 0;
    const rows: ProjectedRows = {
      orders: [...this.#changed].flatMap((id) => this.#orders.get(id) ?? []),
      executions: this.#executions,
      alerts: this.#alerts,
      ...(isDue ? { positions: positionRows(view), equity: equityRow(view) } : {}),
      // What halts new risk goes on to the next session, and whoever lifts it; so does what is to leave, from the moment it is decided.
      ...(isDue || this.#hasDecided ? this.#takeRecord(view) : {}),
    };
    this.#changed = new Set();
    this.#executions = [];
    this.#alerts = [];
    this.#hasNewBars = false;
    this.#hasDecided = false;
    return rows;
  }

  /** What a session begins with: should it end here, its holdings go on to the next. */
  begin(view: EngineView): Partial<ProjectedRows> {
    return { positions: positionRows(view), ...this.#takeRecord(view) };
  }

  #takeRecord({ record }: EngineView): { readonly record?: Json } {
    const plain = asJson(record);
    const text = JSON.stringify(plain);
    if (text === this.#record) return {};
    this.#record = text;
    return { record: plain };
  }

  #update(clientOrderId: string, at: Micros, status: OrderStatus, brokerOrderId: string, reason: string | null): void {
    const order = this.#orders.get(clientOrderId);
    if (order === undefined) return;
    this.#orders.set(clientOrderId, {
      ...order,
      status: statusAfter(order.status, status),
      brokerOrderId: brokerOrderId === '' ? order.brokerOrderId : brokerOrderId,
      reason: reason ?? order.reason,
      updatedAt: at,
    });
    this.#changed.add(clientOrderId);
  }

  #addExecution({ execution, fees, realized, cashChange }: BookedExecution): void {
    const { executionId, clientOrderId, at, quantity } = execution;
    this.#executions.push({
      executionId,
      clientOrderId,
      at,
      quantity,
      legs: asJson(execution.legs),
      fees,
      realized,
      cashChange,
    });
    const order = this.#orders.get(clientOrderId);
    if (order === undefined) return;
    this.#orders.set(clientOrderId, { ...order, filledQuantity: order.filledQuantity + quantity, updatedAt: at });
    this.#changed.add(clientOrderId);
  }

  #addDecision(decision: Decision): void {
    if (decision.type === 'submit') {
      const { order } = decision.approved;
      this.#orders.set(order.clientOrderId, {
        clientOrderId: order.clientOrderId,
        brokerOrderId: null,
        underlying: order.underlying,
        status: 'pending',
        type: order.type,
        limit: order.limit,
        quantity: order.quantity,
        filledQuantity: 0,
        legs: asJson(order.legs),
        strategy: decision.strategy,
        reason: decision.reason.text,
        createdAt: decision.at,
        updatedAt: decision.at,
      });
      this.#changed.add(order.clientOrderId);
    } else if (decision.type === 'alert') {
      const { at, kind, severity, reason } = decision;
      this.#alerts.push({ at, kind, severity, message: reason.text, facts: { rule: reason.rule } });
    }
  }
}

function positionRows(view: EngineView): PositionRow[] {
  const shares = view.shares.map(({ ticker, ...held }) => ({ ...held, symbol: ticker, multiplier: 1 }));
  return [...view.positions, ...shares].map(({ symbol, quantity, averagePrice, multiplier, mark }) => ({
    symbol,
    quantity,
    averagePrice,
    multiplier,
    mark,
    unrealized: mark === null ? null : unrealizedOf(quantity, multiplier, averagePrice, mark),
    updatedAt: view.at,
  }));
}

function unrealizedOf(quantity: number, multiplier: number, averagePrice: number, mark: number): Usd {
  return usdFromMicros(Math.round((mark - averagePrice) * quantity * multiplier * 1e6));
}

function equityRow({ at, equity, cash, realized, unrealized, fees }: EngineView): EquityRow {
  return { at, equity, cash, realized, unrealized, fees };
}
