import { MICROS_PER_MINUTE } from '@trading-agent/core';
import { atMost, type OpeningRule } from './rule.ts';

/** Opening orders within the last minute, this one included: a loop that runs away is stopped here. */
export const orderBurst: OpeningRule = {
  code: 'order-burst',
  sized: false,
  check: ({ context }) =>
    atMost(
      context.recentOrders.filter(({ at }) => !(context.at - at >= MICROS_PER_MINUTE)).length + 1,
      context.limits.orders.maxPerMinute,
      'count',
    ),
};
