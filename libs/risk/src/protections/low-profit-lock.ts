import { MICROS_PER_MINUTE, usdToNumber } from '@trading-agent/core';
import { atLeast } from '../rules/rule.ts';
import type { Protection } from './protection.ts';

/** An underlying that was traded several times and did not earn is left alone. The number is its profit within the span, once there were enough trades. */
export const lowProfitLock: Protection = {
  code: 'low-profit-lock',
  check: ({ at, underlying, history, equity, settings: { lowProfitLock: lock } }) => {
    const since = at - lock.minutes * MICROS_PER_MINUTE;
    const trades = history.closedTrades.filter(
      (trade) => trade.underlying === underlying && !(trade.closedAt <= since),
    );
    const least = lock.minProfit * equity;
    const profit = trades.reduce((sum, trade) => sum + usdToNumber(trade.profit), 0);
    return atLeast(trades.length < lock.trades ? Math.max(least, profit) : profit, least, 'usd');
  },
};
