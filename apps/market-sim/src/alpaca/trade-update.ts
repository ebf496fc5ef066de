import { deriveUuid } from '@trading-agent/core';
import { type Execution, netPrice } from '@trading-agent/instruments';
import type { OrderUpdate } from '../market/order-book.ts';
import { decimal } from './decimals.ts';
import { legOrderId, orderObject } from './order-object.ts';
import { rfc3339Nanos } from './times.ts';

/**
 * `data` of one `trade_updates` message. The execution's own id is its `event_id`; a package's legs have ids derived from it. A bust or a
 * correction names the execution that it changes as `previous_execution_id`; the order is shown as it was filled.
 */
export function tradeUpdate(update: OrderUpdate): Readonly<Record<string, unknown>> {
  const { event, at, record, execution, reason } = update;
  const timestamp = rfc3339Nanos(at);
  const base = {
    event,
    event_id: execution?.executionId ?? deriveUuid(record.brokerOrderId, event),
    at: timestamp,
    timestamp,
    order: orderObject(record),
    ...(reason !== null && { reason }),
  };
  if (execution === null) return base;
  const filled = { ...base, ...fillFields(update, execution, timestamp) };
  return event === 'trade_bust' || event === 'trade_correct'
    ? {
        ...filled,
        event_id: deriveUuid(execution.executionId, event),
        execution_id: deriveUuid(execution.executionId, event, 'execution'),
        previous_execution_id: execution.executionId,
      }
    : filled;
}

function fillFields(
  { record, positionsAfter }: OrderUpdate,
  execution: Execution,
  timestamp: string,
): Readonly<Record<string, unknown>> {
  const qty = String(execution.quantity);
  const [only, ...others] = execution.legs;
  if (only && others.length === 0) {
    return {
      execution_id: execution.executionId,
      price: decimal(only.price),
      qty,
      position_qty: String(positionsAfter.get(only.symbol) ?? 0),
    };
  }
  const net = netPrice(
    record.order.legs,
    record.order.legs.map((leg) => execution.legs.find(({ symbol }) => symbol === leg.symbol)?.price ?? Number.NaN),
  );
  return {
    price: decimal(net),
    qty,
    position_qtys: Object.fromEntries([...positionsAfter].map(([symbol, held]) => [symbol, String(held)])),
    legs: execution.legs.map((leg, index) => ({
      execution_id: deriveUuid(execution.executionId, index),
      order_id: legOrderId(record.brokerOrderId, index),
      symbol: leg.symbol,
      qty: String(leg.quantity),
      price: decimal(leg.price),
      timestamp,
    })),
  };
}
