import type { Context } from 'hono';
import { isTerminal } from '@trading-agent/instruments';
import { jsonResponse } from '../http/json.ts';
import type { OrderRecord } from '../market/order-book.ts';
import type { Simulation } from '../market/simulation.ts';
import { type OrderObject, legObjects, orderObject, submittedAt, wireStatus } from './order-object.ts';
import { orderFromRequest } from './order-request.ts';
import type { AccountSettings } from './account-configuration.ts';
import { type Query, countOf, nanosOf } from './query.ts';
import { BrokerRefusal, badParameter, jsonBody, notFound, unprocessable } from './replies.ts';

/** `POST /v2/orders`: 200 with the order as it was received (`pending_new`); what becomes of it comes over the stream. */
export async function submitOrder(
  context: Context,
  simulation: Simulation,
  settings: AccountSettings,
): Promise<Response> {
  if (settings.values.suspend_trade) throw new BrokerRefusal(403, 40310000, 'new orders are rejected by user request');
  const order = orderFromRequest(await jsonBody(context), simulation);
  const outcome = simulation.submit(order);
  if (!outcome.accepted) throw new BrokerRefusal(outcome.status, outcome.code, outcome.reason);
  return jsonResponse(context, orderObject(outcome.record, 'pending_new'));
}

/** `GET /v2/orders`: newest first unless asked otherwise; without `nested` the legs stand beside their parents. */
export function listOrders(context: Context, simulation: Simulation): Response {
  const query = context.req.query();
  const records = selected(simulation.orders.records(), query);
  const nested = query['nested'] === 'true';
  const rows = records.flatMap((record) => (nested ? [orderObject(record)] : flat(record)));
  return jsonResponse(context, rows.slice(0, countOf('limit', query, 50, 500)));
}

/** `GET /v2/orders/{id}`: a package, one of its legs, or a single order. */
export function oneOrder(context: Context, id: string, simulation: Simulation): Response {
  const record = simulation.orders.find(id);
  if (record) return jsonResponse(context, orderObject(record));
  const leg = simulation.orders
    .records()
    .flatMap((candidate) => legObjects(candidate))
    .find((candidate) => candidate['id'] === id);
  if (!leg) throw notFound(`order not found for ${id}`);
  return jsonResponse(context, leg);
}

/** `GET /v2/orders:by_client_order_id`. */
export function orderByClientId(context: Context, simulation: Simulation): Response {
  const id = context.req.query('client_order_id');
  if (!id) throw badParameter('client_order_id is required');
  const record = simulation.orders.findByClientId(id);
  if (!record) throw notFound(`order not found for ${id}`);
  return jsonResponse(context, orderObject(record));
}

/** `DELETE /v2/orders/{id}`: 204 when the cancel was taken; the `canceled` event follows. */
export function cancelOrder(context: Context, id: string, simulation: Simulation): Response {
  const record = simulation.orders.find(id);
  if (!record) throw notFound(`order not found for ${id}`);
  if (isTerminal(record.status) || record.pending !== null)
    throw unprocessable(`order is not cancelable: ${wireStatus(record)}`);
  simulation.cancel([id]);
  return context.body(null, 204);
}

/** `DELETE /v2/orders`: one row per live order. */
export function cancelAllOrders(context: Context, simulation: Simulation): Response {
  const ids = simulation.orders
    .records()
    .filter((record) => !isTerminal(record.status) && record.pending === null)
    .map((record) => record.brokerOrderId);
  const outcomes = ids.length === 0 ? [] : simulation.cancel(ids);
  const rows = ids.map((id, index) => ({ id, status: outcomes[index] === 'accepted' ? 200 : 500 }));
  return jsonResponse(context, rows, 207);
}

function selected(records: readonly OrderRecord[], query: Query): readonly OrderRecord[] {
  const status = query['status'] ?? 'open';
  if (status !== 'open' && status !== 'closed' && status !== 'all') throw badParameter(`invalid status ${status}`);
  const after = nanosOf('after', query);
  const until = nanosOf('until', query);
  const symbols = query['symbols'] ? new Set(query['symbols'].split(',')) : null;
  const oldestFirst = query['direction'] === 'asc';
  const ids = records.map((record) => record.brokerOrderId);
  const afterIndex = query['after_order_id'] ? ids.indexOf(query['after_order_id']) : -1;
  const beforeIndex = query['before_order_id'] ? ids.indexOf(query['before_order_id']) : records.length;
  const found = records.filter((record, index) => {
    const submitted = submittedAt(record);
    return (
      (status === 'all' || isTerminal(record.status) === (status === 'closed')) &&
      (after === undefined || submitted > after) &&
      (until === undefined || submitted < until) &&
      index > afterIndex &&
      index < beforeIndex &&
      (symbols === null || record.legs.some((leg) => symbols.has(leg.symbol)))
    );
  });
  return oldestFirst ? found : found.toReversed();
}

function flat(record: OrderRecord): OrderObject[] {
  return [{ ...orderObject(record), legs: null }, ...legObjects(record)];
}
