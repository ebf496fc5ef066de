import { usdToNumber } from '@trading-agent/core';
import { atMost, type OpeningRule } from './rule.ts';

/** Capital bound in one underlying, this order included, at most the tier's position size. */
export const positionSize: OpeningRule = {
  code: 'position-size',
  sized: true,
  check: ({ order, intent, context }) => {
    let total = usdToNumber(intent.committedPerUnit) * order.quantity;
    for (const exposure of context.exposures) {
      if (exposure.underlying === order.underlying) total += usdToNumber(exposure.committed);
    }
    return atMost(total, usdToNumber(context.equity) * context.limits.maxPositionSize, 'usd');
  },
};
