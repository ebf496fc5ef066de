import { atMost, type OpeningRule } from './rule.ts';

/**
 * Every leg must be a known, standard contract of the order's own underlying: limits per underlying are counted by that name. The number is
 * the legs that are not.
 */
export const tradableContracts: OpeningRule = {
  code: 'tradable-contracts',
  sized: false,
  check: ({ order, effect }) => {
    const unfit = order.legs.filter(({ symbol }) => {
      const contract = effect.contractOf(symbol);
      return contract === undefined || contract.adjusted || contract.underlying !== order.underlying;
    });
    return atMost(unfit.length, 0, 'count');
  },
};
