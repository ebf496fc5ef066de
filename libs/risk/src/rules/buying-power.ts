import { usdToNumber } from '@trading-agent/core';
import { atMost, type OpeningRule } from './rule.ts';

/**
 * What the order adds to the initial margin of everything and what it pays must be there, fees excluded. A position that the account may not hold
 * (an uncovered short), or whose margin can't be computed, never passes.
 */
export const buyingPower: OpeningRule = {
  code: 'buying-power',
  sized: true,
  check: ({ order, context, effect }) => {
    const funds = effect.margin(order.quantity)?.funds ?? null;
    return atMost(funds === null ? null : usdToNumber(funds), usdToNumber(context.availableFunds), 'usd');
  },
};
