import { usdToNumber } from '@trading-agent/core';
import { sideOf, sign } from '@trading-agent/instruments';
import type { OpeningIntent } from '../context.ts';
import { atMost, type OpeningRule, UNMEASURED } from './rule.ts';

/** Worst loss of the whole order at most the tier's risk per trade; an unbounded loss never passes. */
export const riskPerTrade: OpeningRule = (intent, context) => {
  return atMost('risk-per-trade', worstLoss(intent), usdToNumber(context.equity) * context.limits.riskPerTrade, 'usd');
};

/** Worst losses of everything open or working, this order included, at most the portfolio limit. */
export const portfolioRisk: OpeningRule = (intent, context) => {
  let total = worstLoss(intent);
  for (const exposure of context.exposures) total += usdToNumber(exposure.maxLoss);
  return atMost('portfolio-risk', total, usdToNumber(context.equity) * context.limits.portfolioRisk, 'usd');
};

/** Capital bound in one underlying, this order included, at most the tier's position size. */
export const positionSize: OpeningRule = (intent, context) => {
  let total = usdToNumber(intent.committedPerUnit) * intent.order.quantity;
  for (const exposure of context.exposures) {
    if (exposure.underlying === intent.order.underlying) total += usdToNumber(exposure.committed);
  }
  return atMost('position-size', total, usdToNumber(context.equity) * context.limits.maxPositionSize, 'usd');
};

/** Open structures and working opening orders, this one included. */
export const maxPositions: OpeningRule = (_intent, context) =>
  atMost('max-positions', context.exposures.length + 1, context.limits.maxPositions, 'count');

/** Largest absolute correlation with another underlying that is held. Unknown counts as fully correlated: doubt means no. */
export const correlation: OpeningRule = (intent, context) => {
  let highest = 0;
  for (const exposure of context.exposures) {
    if (exposure.underlying === intent.order.underlying) continue;
    highest = Math.max(highest, Math.abs(context.correlation(intent.order.underlying, exposure.underlying) ?? 1));
  }
  return atMost('correlation', highest, context.limits.correlation, 'ratio');
};

/**
 * No leg may open against what another structure holds in the same contract: the broker nets them, and both structures would be broken.
 * The number is the legs that do.
 */
export const oppositeHeld: OpeningRule = (intent, context) => {
  const opposed = intent.order.legs.filter((leg) => context.exposure(leg.symbol) * sign(sideOf(leg.intent)) < 0);
  return atMost('opposite-held', opposed.length, 0, 'count');
};

/** Dollars the whole order can lose. */
function worstLoss({ maxLossPerUnit, order }: OpeningIntent): number {
  return maxLossPerUnit === null ? UNMEASURED : usdToNumber(maxLossPerUnit) * order.quantity;
}
