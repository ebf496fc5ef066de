import { type Micros, TradingError, unreachable } from '@trading-agent/core';
import { type ExchangeEvent, REPLACED } from '@trading-agent/exchange';
import { type Execution, type Order, type OrderLeg, type OrderStatus, sideOf, sign } from '@trading-agent/instruments';

export interface LegRecord extends OrderLeg {
  /** Contracts filled. */
  readonly filledQuantity: number;
  /** Sum of price x contracts, in millionths of a dollar per share: exact. */
  readonly filledCost: number;
}

/** One order as the account's owner may see it at one moment; a later moment is another record. */
export interface OrderRecord {
  readonly brokerOrderId: string;
  readonly order: Order;
  readonly status: OrderStatus;
  readonly filledQuantity: number;
  readonly legs: readonly LegRecord[];
  readonly submittedAt: Micros;
  /** How many orders were accepted earlier at the same instant: makes submission times distinct below the microsecond. */
  readonly submittedRank: number;
  readonly updatedAt: Micros;
  /** When the order reached its terminal status; `null` while it is live. */
  readonly endedAt: Micros | null;
  /** When the day order expires. */
  readonly expiresAt: Micros;
  /** `broker`: placed by the broker itself, to close what could not be delivered. */
  readonly source: 'client' | 'broker';
  /** The order in whose place this one was put, and the one that was put in its place. */
  readonly replaces: string | null;
  readonly replacedBy: string | null;
  /** A request that has been taken and not yet carried out; `takeover`: this order waits to take the place of another. */
  readonly pending: 'cancel' | 'replace' | 'takeover' | null;
}

export type OrderUpdateEvent =
  | 'new'
  | 'partial_fill'
  | 'fill'
  | 'canceled'
  | 'expired'
  | 'rejected'
  | 'replaced'
  | 'pending_cancel'
  | 'pending_replace'
  | 'order_cancel_rejected'
  | 'order_replace_rejected'
  | 'trade_bust'
  | 'trade_correct';

/** What an order that has just been accepted is. */
export interface OpenedOrder {
  readonly brokerOrderId: string;
  readonly order: Order;
  readonly at: Micros;
  readonly expiresAt: Micros;
  readonly source?: 'client' | 'broker';
  readonly replaces?: string;
}

/** One thing that happened to an order, with the order and the positions as they stood right after it. */
export interface OrderUpdate {
  readonly event: OrderUpdateEvent;
  readonly at: Micros;
  readonly record: OrderRecord;
  /** What was filled; of a bust what was taken back, of a correction what is true now. */
  readonly execution: Execution | null;
  /** The exchange's words for an end it brought about itself. */
  readonly reason: string | null;
  /** Signed contracts or shares held after the execution, per leg symbol; empty without an execution. */
  readonly positionsAfter: ReadonlyMap<string, number>;
}

/** Average price per share of what a leg has filled; `null` before its first fill. */
export function averagePrice(leg: LegRecord): number | null {
  return leg.filledQuantity === 0 ? null : leg.filledCost / leg.filledQuantity / 1_000_000;
}

/** Signed net average price per unit and share (debit positive); for a single leg the plain price. */
export function averageNetPrice(record: OrderRecord): number | null {
  const [only, ...others] = record.legs;
  if (only && others.length === 0) return averagePrice(only);
  let net = 0;
  for (const leg of record.legs) {
    const price = averagePrice(leg);
    if (price === null) return null;
    net += sign(sideOf(leg.intent)) * leg.ratio * price;
  }
  return net;
}

/** The history of the account's orders, told by the exchange's events: what REST answers and what the stream sends are cut from it. */
export class OrderBook {
  readonly #records = new Map<string, OrderRecord>();
  #positions = new Map<string, number>();
  #lastSubmitted: { at: Micros; rank: number } | null = null;

  /** All orders in order of submission. */
  records(): readonly OrderRecord[] {
    return [...this.#records.values()];
  }

  find(brokerOrderId: string): OrderRecord | undefined {
    return this.#records.get(brokerOrderId);
  }

  findByClientId(clientOrderId: string): OrderRecord | undefined {
    return this.records().find((record) => record.order.clientOrderId === clientOrderId);
  }

  /** Enters an order that the exchange has just accepted, before its events are applied. */
  open({ brokerOrderId, order, at, expiresAt, source = 'client', replaces }: OpenedOrder): OrderRecord {
    const rank = this.#lastSubmitted?.at === at ? this.#lastSubmitted.rank + 1 : 0;
    this.#lastSubmitted = { at, rank };
    const record: OrderRecord = {
      brokerOrderId,
      order,
      status: 'new',
      filledQuantity: 0,
      legs: order.legs.map((leg) => ({ ...leg, filledQuantity: 0, filledCost: 0 })),
      submittedAt: at,
      submittedRank: rank,
      updatedAt: at,
      endedAt: null,
      expiresAt,
      source,
      replaces: replaces ?? null,
      replacedBy: null,
      pending: replaces === undefined ? null : 'takeover',
    };
    return this.#keep(record);
  }

  /** A request for a live order has been taken and waits. */
  await(brokerOrderId: string, request: 'cancel' | 'replace', at: Micros): OrderUpdate {
    const record = this.#keep({ ...this.#require(brokerOrderId), pending: request, updatedAt: at });
    return this.#update(record, `pending_${request}`, at, null);
  }

  /** Enters positions that changed without any order. */
  setPositions(positions: ReadonlyMap<string, number>): void {
    this.#positions = new Map(positions);
  }

  /** @throws {TradingError} `INTERNAL` when the exchange tells about an order that was never entered. */
  apply(event: ExchangeEvent): OrderUpdate {
    const before = this.#require(event.brokerOrderId);
    switch (event.kind) {
      case 'order': {
        const isReplaced = event.status === 'canceled' && event.reason === REPLACED;
        const replacedBy = isReplaced ? this.#successor(before.brokerOrderId) : null;
        const record = this.#keep({
          ...before,
          status: event.status,
          updatedAt: event.at,
          endedAt: event.status === 'new' ? null : event.at,
          replacedBy,
          pending: null,
        });
        return this.#update(record, isReplaced ? 'replaced' : event.status, event.at, event.reason ?? null);
      }
      case 'too-late': {
        const record = this.#keep({ ...before, pending: null });
        return this.#update(record, `order_${event.request}_rejected`, event.at, event.reason);
      }
      case 'execution': {
        const record = this.#keep(filled(before, event.execution, event.status, event.at));
        return {
          event: event.status === 'filled' ? 'fill' : 'partial_fill',
          at: event.at,
          record,
          execution: event.execution,
          reason: null,
          positionsAfter: this.#move(event.execution),
        };
      }
      default:
        return unreachable(event);
    }
  }

  /** An execution that has just been told is taken back (`null`) or becomes another; the order itself stays as it was told. */
  change(told: OrderUpdate, before: Execution, corrected: Execution | null): OrderUpdate {
    const positionsAfter = corrected === null ? this.#move(before, -1) : told.positionsAfter;
    const event = corrected === null ? 'trade_bust' : 'trade_correct';
    return { ...told, event, execution: corrected ?? before, positionsAfter };
  }

  #require(brokerOrderId: string): OrderRecord {
    const record = this.#records.get(brokerOrderId);
    if (!record) throw new TradingError('INTERNAL', `The exchange told about the unknown order ${brokerOrderId}`);
    return record;
  }

  #keep(record: OrderRecord): OrderRecord {
    this.#records.set(record.brokerOrderId, record);
    return record;
  }

  #update(record: OrderRecord, event: OrderUpdateEvent, at: Micros, reason: string | null): OrderUpdate {
    return { event, at, record, execution: null, reason, positionsAfter: new Map() };
  }

  #successor(brokerOrderId: string): string | null {
    return this.records().findLast(({ replaces }) => replaces === brokerOrderId)?.brokerOrderId ?? null;
  }

  #move(execution: Execution, direction: 1 | -1 = 1): ReadonlyMap<string, number> {
    const after = new Map<string, number>();
    for (const leg of execution.legs) {
      const quantity = (this.#positions.get(leg.symbol) ?? 0) + direction * sign(sideOf(leg.intent)) * leg.quantity;
      this.#positions.set(leg.symbol, quantity);
      after.set(leg.symbol, quantity);
    }
    return after;
  }
}

function filled(
  before: OrderRecord,
  execution: Execution,
  status: 'filled' | 'partially_filled',
  at: Micros,
): OrderRecord {
  const legs = before.legs.map((leg) => {
    const part = execution.legs.find((candidate) => candidate.symbol === leg.symbol);
    if (!part) return leg;
    return {
      ...leg,
      filledQuantity: leg.filledQuantity + part.quantity,
      filledCost: leg.filledCost + Math.round(part.price * 1_000_000) * part.quantity,
    };
  });
  return {
    ...before,
    status,
    legs,
    filledQuantity: before.filledQuantity + execution.quantity,
    updatedAt: at,
    endedAt: status === 'filled' ? at : null,
  };
}
