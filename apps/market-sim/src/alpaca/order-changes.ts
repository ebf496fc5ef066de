import type { Context } from 'hono';
import { deriveUuid } from '@trading-agent/core';
import { isTerminal, sideOf } from '@trading-agent/instruments';
import { z } from 'zod';
import { jsonResponse } from '../http/json.ts';
import type { OrderRecord } from '../market/order-book.ts';
import type { Simulation } from '../market/simulation.ts';
import { orderObject, wireStatus } from './order-object.ts';
import { amount } from './order-request.ts';
import { BrokerRefusal, badParameter, jsonBody, notFound, unprocessable } from './replies.ts';

const schema = z.object({
  qty: amount.nullish(),
  limit_price: amount.nullish(),
  stop_price: amount.nullish(),
  trail: amount.nullish(),
  time_in_force: z.string().nullish(),
  client_order_id: z.string().max(128).nullish(),
});

/**
 * `PATCH /v2/orders/{id}`: 200 with a new order that has an id of its own. Whether it takes over or loses against a fill of the old one comes
 * over the stream.
 */
export async function replaceOrder(context: Context, id: string, simulation: Simulation): Promise<Response> {
  const record = simulation.orders.find(id);
  if (!record) throw notFound(`order not found for ${id}`);
  const parsed = schema.safeParse(await jsonBody(context));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw badParameter(`${issue?.path.join('.') ?? 'body'}: ${issue?.message ?? 'malformed'}`);
  }
  const { qty, limit_price: limit, stop_price: stop, trail, time_in_force: time, client_order_id: name } = parsed.data;
  if (isTerminal(record.status) || record.pending !== null)
    throw unprocessable(`order is not replaceable: ${wireStatus(record)}`);
  if (stop != null || trail != null) throw unprocessable('stop_price and trail are not allowed for this order');
  if (time != null && time !== 'day')
    throw unprocessable('order_time_in_force provided not supported for options trading');
  if (qty != null && (!Number.isInteger(qty) || qty < 1)) throw unprocessable('qty must be a positive whole number');
  if (qty == null && limit == null) throw unprocessable('nothing to replace');
  const outcome = simulation.replace(id, {
    clientOrderId: name || deriveUuid(simulation.accountNumber, 'unnamed', simulation.requestCount),
    ...(qty != null && { quantity: qty }),
    ...(limit != null && { limit: signed(limit, record) }),
  });
  if (!outcome.accepted) throw new BrokerRefusal(outcome.status, outcome.code, outcome.reason);
  return jsonResponse(context, orderObject(outcome.record, 'accepted'));
}

/** A single leg's limit is a plain price on the wire and a credit inside the project when it is a sale. */
function signed(price: number, { order }: OrderRecord): number {
  const [only, ...others] = order.legs;
  if (!only || others.length > 0) return price;
  if (price <= 0) throw unprocessable('limit price must be greater than 0');
  return sideOf(only.intent) === 'buy' ? price : -price;
}
