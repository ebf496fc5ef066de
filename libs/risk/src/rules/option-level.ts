import { atLeast, type OpeningRule } from './rule.ts';

/** Option level at the broker: 1 to sell covered, 2 for long calls and puts, 3 for anything with two or more legs (Alpaca's levels). */
export const optionLevel: OpeningRule = {
  code: 'option-level',
  sized: false,
  check: ({ order, context }) => {
    const only = order.legs.length === 1 ? order.legs[0] : undefined;
    const needed = only === undefined ? 3 : only.intent === 'buy_to_open' ? 2 : 1;
    return atLeast(context.optionsLevel, needed, 'count');
  },
};
