import { sideOf } from '@trading-agent/instruments';
import { atMost, type OpeningRule } from './rule.ts';

/**
 * No order may meet one of our own: buying and selling the same contract at once is a wash trade (Securities Exchange Act section 9(a)(1)), and
 * brokers refuse it. The number is the legs whose other side is working.
 */
export const washTrade: OpeningRule = {
  code: 'wash-trade',
  sized: false,
  check: ({ order, context }) => {
    const crossed = order.legs.filter((leg) =>
      context.workingOrders.some(({ legs }) =>
        legs.some(({ symbol, intent }) => symbol === leg.symbol && sideOf(intent) !== sideOf(leg.intent)),
      ),
    );
    return atMost(crossed.length, 0, 'count');
  },
};
