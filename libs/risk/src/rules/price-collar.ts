import { type OrderLeg, sideOf, sign } from '@trading-agent/instruments';
import type { RiskContext } from '../context.ts';
import { atMost, type OpeningRule, percentUp } from './rule.ts';

/**
 * Price collar: the limit may exceed the package's midpoint by at most a share of its gross premium (the sum of the legs' midpoints).
 * Catches a price typed wrong as well as a market too wide to trade. A market order has no bound, a crossed market no midpoint: neither passes.
 */
export const priceCollar: OpeningRule = {
  code: 'price-collar',
  sized: false,
  check: ({ order, context }) => {
    const mids = packageMidpoint(order.legs, context);
    const excess =
      mids === null || order.limit === null || !(mids.gross > 0) ? Number.NaN : (order.limit - mids.net) / mids.gross;
    return atMost(percentUp(excess), context.limits.orders.priceCollar * 100, 'percent');
  },
};

function packageMidpoint(
  legs: readonly OrderLeg[],
  context: Pick<RiskContext, 'quote'>,
): { net: number; gross: number } | null {
  let net = 0;
  let gross = 0;
  for (const leg of legs) {
    const quote = context.quote(leg.symbol);
    if (quote === undefined || quote.bid === null || quote.ask === null || quote.ask < quote.bid) return null;
    const mid = ((quote.bid + quote.ask) / 2) * leg.ratio;
    net += sign(sideOf(leg.intent)) * mid;
    gross += mid;
  }
  return { net, gross };
}
