import { atMost, type OpeningRule } from './rule.ts';

/** No new risk while the account is halted (kill switch, disagreement with the broker, daily loss). */
export const notHalted: OpeningRule = {
  code: 'halted',
  sized: false,
  check: ({ context }) => atMost(context.halted === null ? 0 : 1, 0, 'count'),
};
