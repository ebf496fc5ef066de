import { MICROS_PER_SECOND } from '@trading-agent/core';
import { atLeast, UNMEASURED } from '../rules/rule.ts';
import type { Protection } from './protection.ts';

/** After a losing trade its underlying rests. The number is the seconds since the last one. */
export const cooldown: Protection = {
  code: 'cooldown',
  check: ({ at, underlying, history, settings }) => {
    let since = UNMEASURED;
    for (const trade of history.closedTrades) {
      if (trade.underlying === underlying && trade.profit < 0)
        since = Math.min(since, (at - trade.closedAt) / MICROS_PER_SECOND);
    }
    return atLeast(since, settings.cooldownMinutes * 60, 'seconds');
  },
};
