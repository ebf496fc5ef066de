import { sideOf, sign } from '@trading-agent/instruments';
import { atMost, type OpeningRule } from './rule.ts';

/**
 * No leg may open against what another structure holds in the same contract: the broker nets them, and both structures would be broken.
 * The number is the legs that do.
 */
export const oppositeHeld: OpeningRule = {
  code: 'opposite-held',
  sized: false,
  check: ({ order, context }) => {
    const opposed = order.legs.filter((leg) => context.exposure(leg.symbol) * sign(sideOf(leg.intent)) < 0);
    return atMost(opposed.length, 0, 'count');
  },
};
