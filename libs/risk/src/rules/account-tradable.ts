import { atLeast, type OpeningRule } from './rule.ts';

/** The broker must say that the account may trade. */
export const accountTradable: OpeningRule = {
  code: 'account-tradable',
  sized: false,
  check: ({ context }) => atLeast(context.accountTradable ? 1 : 0, 1, 'count'),
};
