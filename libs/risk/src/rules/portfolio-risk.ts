import { usdToNumber } from '@trading-agent/core';
import { worstLoss } from './risk-per-trade.ts';
import { atMost, type OpeningRule } from './rule.ts';

/** Worst losses of everything open or working, this order included, at most the portfolio limit. */
export const portfolioRisk: OpeningRule = {
  code: 'portfolio-risk',
  sized: true,
  check: (prospect) => {
    const { exposures, equity, limits } = prospect.context;
    let total = worstLoss(prospect);
    for (const exposure of exposures) if (total !== null) total += usdToNumber(exposure.maxLoss);
    return atMost(total, usdToNumber(equity) * limits.portfolioRisk, 'usd');
  },
};
