import type { BrokerEvent } from '@trading-agent/broker';
import { type Micros, TradingError, deriveUuid, microsFromRfc3339 } from '@trading-agent/core';
import { type ExecutionLeg, optionSymbol } from '@trading-agent/instruments';
import { z } from 'zod';
import { badMessage } from '../errors.ts';
import { toIntent, toLegs } from '../http/from-wire.ts';
import { orderSchema } from '../http/models.ts';
import { count, price } from '../numbers.ts';

const decimal = z.union([z.string(), z.number()]).transform(String);

/** Any frame of `/stream`. */
export const frameSchema = z.looseObject({
  stream: z.string().nullish(),
  action: z.string().nullish(),
  data: z.unknown().optional(),
});

export const authorizationSchema = z.looseObject({ status: z.string().nullish(), action: z.string().nullish() });
export const listeningSchema = z.looseObject({ streams: z.array(z.string()).nullish() });

const updateSchema = z.looseObject({
  event: z.string(),
  event_id: z.string().min(1).nullish(),
  execution_id: z.string().min(1).nullish(),
  timestamp: z.string().nullish(),
  at: z.string().nullish(),
  price: decimal.nullish(),
  qty: decimal.nullish(),
  reason: z.string().nullish().catch(null),
  legs: z
    .array(
      z.looseObject({
        execution_id: z.string().min(1).nullish(),
        symbol: z.string(),
        side: z.string().nullish(),
        position_intent: z.string().nullish(),
        qty: decimal,
        price: decimal,
      }),
    )
    .nullish(),
  order: orderSchema,
});
type Update = z.infer<typeof updateSchema>;

/**
 * `data` of one `trade_updates` message as a broker event, whoever placed the order.
 * @throws {TradingError} `BROKER_DISAGREES` when an earlier fill is taken back or corrected, which no event can express;
 * `BROKER_BAD_MESSAGE` when the message can't be read. After either only a reconciliation tells what is held.
 */
export function parseTradeUpdate(data: unknown): BrokerEvent {
  const parsed = updateSchema.safeParse(data);
  if (!parsed.success) throw badMessage('An order update that can not be read', {}, parsed.error);
  try {
    return toEvent(parsed.data);
  } catch (cause) {
    if (cause instanceof TradingError && cause.code === 'BROKER_DISAGREES') throw cause;
    throw badMessage(
      `The update "${parsed.data.event}" of order ${parsed.data.order.id} can not be read`,
      { event: parsed.data.event, brokerOrderId: parsed.data.order.id },
      cause,
    );
  }
}

function toEvent(update: Update): BrokerEvent {
  const at = timeOf(update);
  const { event, order } = update;
  switch (event) {
    case 'fill':
    case 'partial_fill':
      return fill(update, at);
    case 'trade_bust':
    case 'trade_correct':
      throw new TradingError(
        'BROKER_DISAGREES',
        `The broker has changed a fill of order ${order.client_order_id} (${event})`,
        {
          hint: 'Reconcile positions and cash with the broker.',
          details: { event, brokerOrderId: order.id, clientOrderId: order.client_order_id },
        },
      );
    default:
      return {
        kind: 'order',
        at,
        clientOrderId: order.client_order_id,
        brokerOrderId: order.id,
        status: endOf(event),
        ...(update.reason ? { reason: update.reason } : {}),
      };
  }
}

/** What an event that is no fill says about the order: over, or (whatever its name) still live. */
function endOf(event: string): 'new' | 'canceled' | 'expired' | 'rejected' {
  switch (event) {
    case 'canceled':
    case 'expired':
    case 'rejected':
      return event;
    case 'replaced':
      return 'canceled';
    default:
      return 'new';
  }
}

function fill(update: Update, at: Micros): BrokerEvent {
  const { order } = update;
  const quantity = count(required(update.qty, 'qty'));
  if (quantity < 1) throw badMessage(`A fill of ${quantity}`);
  return {
    kind: 'execution',
    at,
    brokerOrderId: order.id,
    status: update.event === 'fill' ? 'filled' : 'partially_filled',
    execution: {
      executionId: executionId(update),
      clientOrderId: order.client_order_id,
      at,
      quantity,
      legs: update.legs && update.legs.length > 0 ? packageLegs(update, update.legs) : singleLeg(update, quantity),
    },
  };
}

/** A package has no execution id of its own: its event's, or one made of its legs' ids in any order. */
function executionId(update: Update): string {
  if (!update.legs || update.legs.length === 0) return required(update.execution_id ?? update.event_id, 'execution_id');
  if (update.event_id) return update.event_id;
  const ids = update.legs.map((leg) => required(leg.execution_id, 'execution_id'));
  return deriveUuid('alpaca/package', ...ids.toSorted());
}

function singleLeg(update: Update, quantity: number): readonly ExecutionLeg[] {
  if (update.order.order_class === 'mleg') throw badMessage('A fill of a package without its legs');
  return toLegs(update.order).map(({ symbol, intent }) => ({
    symbol,
    intent,
    quantity,
    price: price(required(update.price, 'price')),
  }));
}

function packageLegs(update: Update, legs: NonNullable<Update['legs']>): readonly ExecutionLeg[] {
  return legs.map((leg) => {
    const symbol = optionSymbol(leg.symbol);
    const ordered = update.order.legs?.find((candidate) => candidate.symbol === leg.symbol);
    return {
      symbol,
      intent: toIntent(leg.position_intent ?? ordered?.position_intent, leg.side ?? ordered?.side),
      quantity: count(leg.qty),
      price: price(leg.price),
    };
  });
}

function timeOf(update: Update): Micros {
  return microsFromRfc3339(required(update.timestamp ?? update.at, 'timestamp'));
}

function required(value: string | null | undefined, name: string): string {
  if (value === null || value === undefined || value === '') throw badMessage(`An order update without ${name}`);
  return value;
}
