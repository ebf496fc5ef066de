import { MICROS_PER_MINUTE } from '@trading-agent/core';
import { atMost } from '../rules/rule.ts';
import type { Protection } from './protection.ts';

/** Several stop-losses in a row say that the market is not the one that is modelled. The number is the stops within the span, of any underlying. */
export const stopLossGuard: Protection = {
  code: 'stop-loss-guard',
  check: ({ at, history, settings: { stopLossGuard: guard } }) => {
    const since = at - guard.minutes * MICROS_PER_MINUTE;
    const stops = history.closedTrades.filter(({ stopped, closedAt }) => stopped && !(closedAt <= since)).length;
    return atMost(stops, guard.stops - 1, 'count');
  },
};
