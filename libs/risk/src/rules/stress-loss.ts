import { usdToNumber } from '@trading-agent/core';
import { atMost, type OpeningRule } from './rule.ts';

/**
 * What the present value of everything, this order included, can lose in the worst cell of the grid of moves of price, volatility and time, each
 * underlying in its own worst cell. What can't be valued never passes.
 */
export const stressLoss: OpeningRule = {
  code: 'stress-loss',
  sized: true,
  check: ({ order, context, effect }) =>
    atMost(
      wholeCents(effect.stressLoss(order.quantity)),
      usdToNumber(context.equity) * context.limits.stress.maxLoss,
      'usd',
    ),
};

/** Rounded up: a model's fraction of a cent is noise. */
function wholeCents(dollars: number | null): number | null {
  return dollars === null ? null : Math.ceil(dollars * 100 - 1e-6) / 100;
}
