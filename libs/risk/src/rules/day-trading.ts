import { regulation } from '@trading-agent/calendar';
import { subtractUsd, unreachable, usdToNumber } from '@trading-agent/core';
import { atMost, type Measure, type OpeningRule, type Prospect } from './rule.ts';

/**
 * How much may be opened and closed within a day, as the regulation of the date says.
 * - Before 2001-09-28: anything.
 * - Pattern day trader (FINRA Rule 4210(f)(8)(B), until 2026-06-03): below the minimum equity, what is opened today must leave room to close it
 *   today: the number is the day trades done, those that what was opened today may still make, and this one's; the limit one fewer than make
 *   a pattern.
 * - Intraday margin (Rule 4210(d)(2), from 2026-06-04): maintenance margin is owed at every moment; the number is what the order would add to it
 *   and pay, the limit what is there.
 */
export const dayTrading: OpeningRule = {
  code: 'day-trading',
  sized: true,
  check: (prospect) => {
    const { context } = prospect;
    const rule = regulation('day-trading', context.date);
    switch (rule.kind) {
      case 'none':
        return atMost(0, 0, 'count');
      case 'pattern-day-trader': {
        const { done, pending } = context.dayTrades;
        const free = usdToNumber(context.startOfDayEquity) >= rule.minimumEquity;
        return atMost(free ? 0 : done + pending + 1, rule.dayTrades - 1, 'count');
      }
      case 'intraday-margin':
        return intradayMargin(prospect);
      default:
        return unreachable(rule);
    }
  },
};

function intradayMargin({ order, context, effect }: Prospect): Measure {
  const margin = effect.margin(order.quantity);
  const change =
    margin === null || margin.before.maintenance === null || margin.after.maintenance === null
      ? null
      : usdToNumber(subtractUsd(margin.after.maintenance, margin.before.maintenance)) + usdToNumber(margin.premium);
  return atMost(change, usdToNumber(context.maintenanceExcess), 'usd');
}
