import type { BrokerOrder } from '@trading-agent/broker';
import { type Micros, deriveUuid, notional } from '@trading-agent/core';
import type { Execution, Order, OrderStatus } from '@trading-agent/instruments';

/** What an order is waiting for: a cancel or a replacement that has been asked for but has not happened. */
export type PendingRequest =
  | { readonly kind: 'cancel' }
  | {
      readonly kind: 'replace';
      readonly replacement: WorkingOrder;
      /** Units that had filled when it was asked for. */
      readonly filledBefore: number;
    };

/** An order as the exchange keeps it. */
export interface WorkingOrder {
  readonly brokerOrderId: string;
  readonly order: Order;
  /** Place among all orders of the exchange: earlier ones come first. */
  readonly sequence: number;
  /** The broker closes positions of an account by itself when they could not be delivered. */
  readonly source: 'client' | 'broker';
  readonly replaces: string | null;
  readonly submittedAt: Micros;
  updatedAt: Micros;
  status: OrderStatus;
  filled: number;
  fills: number;
  /** Per leg: premium in micro-dollars per multiplier, for the average price. */
  readonly paid: number[];
  replacedBy: string | null;
  pending: PendingRequest | null;
  /** Contracts that stand before this one at its price; `null` while it is not at the best price. */
  ahead: number | null;
  /** Up to when a counterparty inside the spread has been looked for. */
  lookedAt: Micros;
}

/** An order as its owner may see it. Replaced ones have the status `canceled` and name their successor. */
export interface ExchangeOrder extends BrokerOrder {
  readonly submittedAt: Micros;
  readonly updatedAt: Micros;
  readonly source: 'client' | 'broker';
  readonly replaces: string | null;
  readonly replacedBy: string | null;
  readonly pending: 'cancel' | 'replace' | null;
}

export interface NewOrder {
  readonly brokerOrderId: string;
  readonly order: Order;
  readonly sequence: number;
  readonly at: Micros;
  readonly source?: 'client' | 'broker';
  readonly replaces?: string;
}

export function newOrder({ brokerOrderId, order, sequence, at, source = 'client', replaces }: NewOrder): WorkingOrder {
  return {
    brokerOrderId,
    order,
    sequence,
    source,
    replaces: replaces ?? null,
    submittedAt: at,
    updatedAt: at,
    status: 'new',
    filled: 0,
    fills: 0,
    paid: order.legs.map(() => 0),
    replacedBy: null,
    pending: null,
    ahead: null,
    lookedAt: at,
  };
}

/** Units that are still to be filled. */
export function openUnits({ order, filled }: WorkingOrder): number {
  return order.quantity - filled;
}

/** Adds `units` at `prices` (leg order) to what is filled and gives the execution. */
export function fillOrder(working: WorkingOrder, units: number, prices: readonly number[], at: Micros): Execution {
  const done = executionOf(deriveUuid(working.brokerOrderId, working.fills), working.order, units, prices, at);
  for (const [index, leg] of done.legs.entries())
    working.paid[index] = (working.paid[index] ?? 0) + notional(leg.price, leg.quantity, 1);
  working.filled += units;
  working.fills += 1;
  working.updatedAt = at;
  working.status = working.filled === working.order.quantity ? 'filled' : 'partially_filled';
  return done;
}

export function executionOf(
  executionId: string,
  order: Order,
  units: number,
  prices: readonly number[],
  at: Micros,
): Execution {
  return {
    executionId,
    clientOrderId: order.clientOrderId,
    at,
    quantity: units,
    legs: order.legs.map(({ symbol, intent, ratio }, index) => ({
      symbol,
      intent,
      quantity: ratio * units,
      price: prices[index] ?? 0,
    })),
  };
}

export function describeOrder(working: WorkingOrder): ExchangeOrder {
  const { brokerOrderId, order, status, filled, submittedAt, updatedAt, paid, source, replaces, replacedBy } = working;
  const filledLegs = order.legs.map((leg, index) => ({
    symbol: leg.symbol,
    quantity: leg.ratio * filled,
    averagePrice: (paid[index] ?? 0) / (leg.ratio * filled) / 1e6,
  }));
  return {
    brokerOrderId,
    order,
    status,
    filledQuantity: filled,
    filledLegs: filled === 0 ? [] : filledLegs,
    submittedAt,
    updatedAt,
    source,
    replaces,
    replacedBy,
    pending: working.pending?.kind ?? null,
  };
}
