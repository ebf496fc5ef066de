import { MICROS_PER_SECOND } from '@trading-agent/core';
import type { Order } from '@trading-agent/instruments';
import { atMost, type OpeningRule } from './rule.ts';

/**
 * The same decision never makes two orders: none with this id or these legs may be working, nor have been sent a moment ago. The number is the
 * orders that are the same.
 */
export const duplicateIntent: OpeningRule = {
  code: 'duplicate-intent',
  sized: false,
  check: ({ order, context }) => {
    const span = context.limits.orders.duplicateSeconds * MICROS_PER_SECOND;
    const recent = context.recentOrders
      .filter((other) => other.order.clientOrderId === order.clientOrderId || !(context.at - other.at >= span))
      .map((other) => other.order);
    const others = new Set([...context.workingOrders, ...recent]);
    return atMost([...others].filter((other) => isSame(order, other)).length, 0, 'count');
  },
};

function isSame(a: Order, b: Order): boolean {
  if (a.clientOrderId === b.clientOrderId) return true;
  return (
    a.legs.length === b.legs.length &&
    a.legs.every((leg) =>
      b.legs.some(({ symbol, ratio, intent }) => leg.symbol === symbol && leg.ratio === ratio && leg.intent === intent),
    )
  );
}
