import { MICROS_PER_SECOND } from '@trading-agent/core';
import { type OrderLeg, sideOf, sign } from '@trading-agent/instruments';
import type { RiskContext } from '../context.ts';
import { atLeast, atMost, type OpeningRule } from './rule.ts';

/** Regular hours only: open <= now < close. The number is the seconds left until the close, negative outside the session. */
export const sessionHours: OpeningRule = (_intent, context) => {
  const { open, close } = context.session;
  const left = context.at < open ? -1 : (close - context.at) / MICROS_PER_SECOND;
  return { ...atLeast('session-hours', left, 0, 'seconds'), passed: left > 0 };
};

/** Every leg must be quoted on the side it needs now: an ask to buy, a bid to sell. The number is the legs that are not. */
export const quotedSides: OpeningRule = (intent, context) => {
  let missing = 0;
  for (const leg of intent.order.legs) {
    const quote = context.quote(leg.symbol);
    const price = sideOf(leg.intent) === 'buy' ? quote?.ask : quote?.bid;
    if (price === undefined || price === null || price <= 0) missing++;
  }
  return atMost('quoted-sides', missing, 0, 'count');
};

/** Age of the oldest quote among the legs. A leg without any quote is infinitely old. */
export const freshQuotes: OpeningRule = (intent, context) => {
  let oldest = 0;
  for (const leg of intent.order.legs) {
    const quote = context.quote(leg.symbol);
    oldest = Math.max(
      oldest,
      quote === undefined ? Number.MAX_SAFE_INTEGER : (context.at - quote.at) / MICROS_PER_SECOND,
    );
  }
  return atMost('stale-quotes', oldest, context.limits.maxQuoteAgeSeconds, 'seconds');
};

/**
 * Price collar: the limit may exceed the package's midpoint by at most a share of its gross premium (the sum of the legs' midpoints).
 * Catches a fat finger as well as a market too wide to trade. A market order has no bound and never passes.
 */
export const priceCollar: OpeningRule = (intent, context) => {
  const { order } = intent;
  const mids = packageMidpoint(order.legs, context);
  const excess =
    mids === null || order.limit === null || mids.gross <= 0
      ? Number.MAX_SAFE_INTEGER
      : (order.limit - mids.net) / mids.gross;
  return atMost('price-collar', Math.round(excess * 1e6) / 1e4, context.limits.priceCollar * 100, 'percent');
};

/** Opening orders within the last hour, this one included. */
export const orderRate: OpeningRule = (_intent, context) =>
  atMost('order-rate', context.ordersInLastHour + 1, context.limits.maxOrdersPerHour, 'count');

function packageMidpoint(legs: readonly OrderLeg[], context: RiskContext): { net: number; gross: number } | null {
  let net = 0;
  let gross = 0;
  for (const leg of legs) {
    const quote = context.quote(leg.symbol);
    if (quote === undefined || quote.bid === null || quote.ask === null) return null;
    const mid = ((quote.bid + quote.ask) / 2) * leg.ratio;
    net += sign(sideOf(leg.intent)) * mid;
    gross += mid;
  }
  return { net, gross };
}
