import { atMost, type OpeningRule } from './rule.ts';

/** Opening orders within the last hour, this one included. */
export const orderRate: OpeningRule = {
  code: 'order-rate',
  sized: false,
  check: ({ context }) => atMost(context.recentOrders.length + 1, context.limits.orders.maxPerHour, 'count'),
};
