import { atMost, type OpeningRule } from './rule.ts';

/** Largest absolute correlation with another underlying that is held. Unknown counts as fully correlated: doubt means no. */
export const correlation: OpeningRule = {
  code: 'correlation',
  sized: false,
  check: ({ order, context }) => {
    let highest = 0;
    for (const exposure of context.exposures) {
      if (exposure.underlying === order.underlying) continue;
      highest = Math.max(highest, Math.abs(context.correlation(order.underlying, exposure.underlying) ?? 1));
    }
    return atMost(highest, context.limits.correlation, 'ratio');
  },
};
