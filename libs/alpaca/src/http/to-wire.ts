import { formatUsd, usd } from '@trading-agent/core';
import { type Order, assertValidOrder, isOptionSymbol, sideOf } from '@trading-agent/instruments';

/**
 * The body of `POST /v2/orders`. A package keeps the signed net limit (debit positive, credit negative), as Alpaca has it too; a single leg
 * is a side and a positive price.
 * @throws {TradingError} `ORDER_INVALID`.
 */
export function orderRequest(order: Order): Readonly<Record<string, unknown>> {
  assertValidOrder(order);
  const common = {
    client_order_id: order.clientOrderId,
    qty: String(order.quantity),
    type: order.type,
    time_in_force: order.timeInForce,
  };
  const [leg, ...others] = order.legs;
  if (leg && others.length === 0) {
    return {
      ...common,
      symbol: leg.symbol,
      side: sideOf(leg.intent),
      // Of options alone: what a sale of shares does follows from what is held.
      ...(isOptionSymbol(leg.symbol) ? { position_intent: leg.intent } : {}),
      ...(order.limit === null ? {} : { limit_price: decimal(Math.abs(order.limit)) }),
    };
  }
  return {
    ...common,
    order_class: 'mleg',
    ...(order.limit === null ? {} : { limit_price: decimal(order.limit) }),
    legs: order.legs.map(({ symbol, ratio, intent }) => ({
      symbol,
      ratio_qty: String(ratio),
      side: sideOf(intent),
      position_intent: intent,
    })),
  };
}

/** Dollars as decimal text, brought back from the double to the micro-dollar. */
function decimal(dollars: number): string {
  return formatUsd(usd(dollars));
}
