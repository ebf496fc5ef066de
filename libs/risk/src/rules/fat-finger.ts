import { atMost, type OpeningRule } from './rule.ts';

/** Contracts of the whole order, all legs together: more than anybody means is a mistake. */
export const fatFinger: OpeningRule = {
  code: 'fat-finger',
  sized: true,
  check: ({ order, context }) =>
    atMost(
      order.quantity * order.legs.reduce((sum, { ratio }) => sum + ratio, 0),
      context.limits.orders.maxContracts,
      'count',
    ),
};
