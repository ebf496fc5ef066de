import { deriveUuid } from '@trading-agent/core';
import { type OrderStatus, isOptionSymbol, isTerminal, sideOf } from '@trading-agent/instruments';
import { type LegRecord, type OrderRecord, averageNetPrice, averagePrice } from '../market/order-book.ts';
import { decimal } from './decimals.ts';
import { rfc3339Nanos } from './times.ts';

export type OrderObject = Readonly<Record<string, unknown>>;

/** What the wire knows beside the project's own: a fresh order answers `pending_new`, one that waits to replace another is `accepted`. */
export type WireStatus = OrderStatus | 'pending_new' | 'accepted' | 'pending_cancel' | 'pending_replace' | 'replaced';

/** The record's status in the broker's words. */
export function wireStatus({ status, pending, replacedBy }: OrderRecord): WireStatus {
  if (replacedBy !== null) return 'replaced';
  if (isTerminal(status) || pending === null) return status;
  return pending === 'takeover' ? 'accepted' : `pending_${pending}`;
}

/** The broker's id of one leg of a package. */
export function legOrderId(brokerOrderId: string, legIndex: number): string {
  return deriveUuid(brokerOrderId, 'leg', legIndex);
}

/** The broker's id of a contract. */
export function assetId(symbol: string): string {
  return deriveUuid('asset', symbol);
}

/** A submission time that no other order of the account has. */
export function submittedAt(record: OrderRecord): string {
  return rfc3339Nanos(record.submittedAt, Math.min(record.submittedRank, 999));
}

/** The order as REST and the stream show it: a package is a parent without symbol whose legs are orders of their own. */
export function orderObject(record: OrderRecord, status: WireStatus = wireStatus(record)): OrderObject {
  const [only, ...others] = record.legs;
  if (only && others.length === 0) return simpleOrder(record, only, status);
  const net = averageNetPrice(record);
  return {
    ...common(record, status),
    id: record.brokerOrderId,
    client_order_id: record.order.clientOrderId,
    asset_id: '',
    symbol: '',
    asset_class: '',
    qty: String(record.order.quantity),
    filled_qty: String(record.filledQuantity),
    filled_avg_price: net === null ? null : decimal(net),
    order_class: 'mleg',
    order_type: record.order.type,
    type: record.order.type,
    side: '',
    limit_price: record.order.limit === null ? null : decimal(record.order.limit),
    legs: legObjects(record, status),
  };
}

/** The legs of a package as orders; empty for a single-leg order. */
export function legObjects(record: OrderRecord, status: WireStatus = wireStatus(record)): OrderObject[] {
  if (record.legs.length < 2) return [];
  return record.legs.map((leg, index) => {
    const average = averagePrice(leg);
    return {
      ...common(record, status),
      id: legOrderId(record.brokerOrderId, index),
      client_order_id: deriveUuid(record.order.clientOrderId, 'leg', index),
      asset_id: assetId(leg.symbol),
      symbol: leg.symbol,
      asset_class: 'us_option',
      qty: String(record.order.quantity * leg.ratio),
      ratio_qty: String(leg.ratio),
      filled_qty: String(leg.filledQuantity),
      filled_avg_price: average === null ? null : decimal(average),
      order_class: 'mleg',
      order_type: '',
      type: '',
      side: sideOf(leg.intent),
      position_intent: leg.intent,
      limit_price: null,
      legs: null,
    };
  });
}

function simpleOrder(record: OrderRecord, leg: LegRecord, status: WireStatus): OrderObject {
  const average = averagePrice(leg);
  return {
    ...common(record, status),
    id: record.brokerOrderId,
    client_order_id: record.order.clientOrderId,
    asset_id: assetId(leg.symbol),
    symbol: leg.symbol,
    asset_class: isOptionSymbol(leg.symbol) ? 'us_option' : 'us_equity',
    qty: String(record.order.quantity),
    filled_qty: String(record.filledQuantity),
    filled_avg_price: average === null ? null : decimal(average),
    order_class: 'simple',
    order_type: record.order.type,
    type: record.order.type,
    side: sideOf(leg.intent),
    position_intent: leg.intent,
    // Inside the project a sale's limit is negative (a credit); the broker writes a single leg's limit as the plain price.
    limit_price: record.order.limit === null ? null : decimal(Math.abs(record.order.limit)),
    legs: null,
  };
}

function common(record: OrderRecord, status: WireStatus): OrderObject {
  const submitted = submittedAt(record);
  const end = record.endedAt === null ? null : rfc3339Nanos(record.endedAt);
  const ended = (as: WireStatus): string | null => (wireStatus(record) === as ? end : null);
  return {
    created_at: submitted,
    updated_at: record.updatedAt === record.submittedAt ? submitted : rfc3339Nanos(record.updatedAt),
    submitted_at: submitted,
    filled_at: ended('filled'),
    expired_at: ended('expired'),
    expires_at: rfc3339Nanos(record.expiresAt),
    canceled_at: ended('canceled'),
    failed_at: ended('rejected'),
    replaced_at: ended('replaced'),
    replaced_by: record.replacedBy,
    replaces: record.replaces,
    notional: null,
    time_in_force: record.order.timeInForce,
    stop_price: null,
    status,
    extended_hours: false,
    trail_percent: null,
    trail_price: null,
    hwm: null,
    subtag: null,
    source: record.source === 'broker' ? 'system' : null,
  };
}
