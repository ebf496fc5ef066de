import { MICROS_PER_SECOND } from '@trading-agent/core';
import { type OrderLeg, sideOf, sign } from '@trading-agent/instruments';
import type { RiskContext } from '../context.ts';
import { atLeast, atMost, type OpeningRule, UNMEASURED } from './rule.ts';

/** A quote may be dated this far ahead of our clock, because no two clocks agree; one from farther ahead can't be trusted. */
const CLOCK_TOLERANCE_SECONDS = 1;

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
    if (!isPrice(price)) missing++;
  }
  return atMost('quoted-sides', missing, 0, 'count');
};

/** Age of the oldest quote among the legs. A leg without any quote, or with one from the future, counts as infinitely old. */
export const freshQuotes: OpeningRule = (intent, context) => {
  let oldest = 0;
  for (const leg of intent.order.legs) {
    const quote = context.quote(leg.symbol);
    const age = quote === undefined ? UNMEASURED : (context.at - quote.at) / MICROS_PER_SECOND;
    oldest = Math.max(oldest, age < -CLOCK_TOLERANCE_SECONDS ? UNMEASURED : age);
  }
  return atMost('stale-quotes', oldest, context.limits.maxQuoteAgeSeconds, 'seconds');
};

/**
 * Price collar: the limit may exceed the package's midpoint by at most a share of its gross premium (the sum of the legs' midpoints).
 * Catches a fat finger as well as a market too wide to trade. A market order has no bound, a crossed market no midpoint: neither passes.
 */
export const priceCollar: OpeningRule = (intent, context) => {
  const { order } = intent;
  const mids = packageMidpoint(order.legs, context);
  const excess =
    mids === null || order.limit === null || !(mids.gross > 0) ? Number.NaN : (order.limit - mids.net) / mids.gross;
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
    if (quote === undefined || quote.bid === null || quote.ask === null || quote.ask < quote.bid) return null;
    const mid = ((quote.bid + quote.ask) / 2) * leg.ratio;
    net += sign(sideOf(leg.intent)) * mid;
    gross += mid;
  }
  return { net, gross };
}

function isPrice(price: number | null | undefined): boolean {
  return typeof price === 'number' && price > 0 && Number.isFinite(price);
}
