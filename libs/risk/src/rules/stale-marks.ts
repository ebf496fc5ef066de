import { MICROS_PER_SECOND } from '@trading-agent/core';
import { atMost, type OpeningRule, UNMEASURED } from './rule.ts';

/**
 * Age of the oldest quote of anything that is held or on its way: equity, greeks and stress are measured with it, so that an account whose marks
 * have stopped is not known. What was never quoted, or is dated ahead of the clocks' tolerance, counts as infinitely old.
 */
export const freshMarks: OpeningRule = {
  code: 'stale-marks',
  sized: false,
  check: ({ context }) => {
    let oldest = 0;
    for (const { contract, quantity } of context.holdings.options) {
      if (quantity === 0) continue;
      const quote = context.quote(contract.symbol);
      const age = quote === undefined ? UNMEASURED : (context.at - quote.at) / MICROS_PER_SECOND;
      oldest = Math.max(oldest, age < -CLOCK_TOLERANCE_SECONDS ? UNMEASURED : age);
    }
    return atMost(oldest, context.limits.orders.maxMarkAgeMinutes * 60, 'seconds');
  },
};

const CLOCK_TOLERANCE_SECONDS = 1;
