import { daysBetween } from '@trading-agent/core';
import { atLeast, type OpeningRule, UNMEASURED } from './rule.ts';

/** Calendar days to the first expiry among the legs: what expires today can't be got out of at leisure. */
export const expiryDay: OpeningRule = {
  code: 'expiry-day',
  sized: false,
  check: ({ context, effect }) => {
    let fewest = effect.unit === null ? -UNMEASURED : UNMEASURED;
    for (const { contract } of effect.unit ?? []) fewest = Math.min(fewest, daysBetween(context.date, contract.expiry));
    return atLeast(fewest, context.limits.expiry.minDays, 'count');
  },
};
