import { MICROS_PER_SECOND } from '@trading-agent/core';
import { atMost, type OpeningRule, UNMEASURED } from './rule.ts';

/** A quote may be dated this far ahead of our clock, because no two clocks agree; one from farther ahead can't be trusted. */
const CLOCK_TOLERANCE_SECONDS = 1;

/** Age of the oldest quote among the legs. A leg without any quote, or with one from the future, counts as infinitely old. */
export const freshQuotes: OpeningRule = {
  code: 'stale-quotes',
  sized: false,
  check: ({ order, context }) => {
    let oldest = 0;
    for (const leg of order.legs) {
      const quote = context.quote(leg.symbol);
      const age = quote === undefined ? UNMEASURED : (context.at - quote.at) / MICROS_PER_SECOND;
      oldest = Math.max(oldest, age < -CLOCK_TOLERANCE_SECONDS ? UNMEASURED : age);
    }
    return atMost(oldest, context.limits.orders.maxQuoteAgeSeconds, 'seconds');
  },
};
