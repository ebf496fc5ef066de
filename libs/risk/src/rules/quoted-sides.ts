import { type Order, sideOf } from '@trading-agent/instruments';
import type { RiskContext } from '../context.ts';
import { atMost, type OpeningRule } from './rule.ts';

/** Every leg must be quoted on the side it needs now: an ask to buy, a bid to sell. The number is the legs that are not. */
export const quotedSides: OpeningRule = {
  code: 'quoted-sides',
  sized: false,
  check: ({ order, context }) => atMost(unquotedLegs(order, context), 0, 'count'),
};

export function unquotedLegs(order: Order, context: Pick<RiskContext, 'quote'>): number {
  let missing = 0;
  for (const leg of order.legs) {
    const quote = context.quote(leg.symbol);
    const price = sideOf(leg.intent) === 'buy' ? quote?.ask : quote?.bid;
    if (!(typeof price === 'number' && price > 0 && Number.isFinite(price))) missing++;
  }
  return missing;
}
