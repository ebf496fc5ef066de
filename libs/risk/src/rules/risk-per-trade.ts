import { usdToNumber } from '@trading-agent/core';
import { atMost, type OpeningRule, type Prospect } from './rule.ts';

/** Worst loss of the whole order at most the tier's risk per trade; an unbounded loss never passes. */
export const riskPerTrade: OpeningRule = {
  code: 'risk-per-trade',
  sized: true,
  check: (prospect) => {
    const { equity, limits } = prospect.context;
    return atMost(worstLoss(prospect), usdToNumber(equity) * limits.riskPerTrade, 'usd');
  },
};

/** Dollars the whole order can lose at expiry; `null` when there is no bound. */
export function worstLoss({ order, intent: { maxLossPerUnit } }: Prospect): number | null {
  return maxLossPerUnit === null ? null : usdToNumber(maxLossPerUnit) * order.quantity;
}
