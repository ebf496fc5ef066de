import { atMost, type OpeningRule } from './rule.ts';

/** Open structures and working opening orders, this one included. */
export const maxPositions: OpeningRule = {
  code: 'max-positions',
  sized: false,
  check: ({ context }) => atMost(context.exposures.length + 1, context.limits.maxPositions, 'count'),
};
