import { atMost } from '../rules/rule.ts';
import type { Protection } from './protection.ts';

/** An underlying that suddenly moves at a multiple of its volatility is in a state that nothing here was fitted to. Too little history never passes. */
export const volatilityHalt: Protection = {
  code: 'volatility-halt',
  check: ({ underlying, history, settings }) =>
    atMost(history.volatilityRatio(underlying), settings.volatilityHalt.ratio, 'ratio'),
};
