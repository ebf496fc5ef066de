import type { RuleCheck } from '@trading-agent/broker';
import { MICROS_PER_SECOND } from '@trading-agent/core';
import { type Order, type Quote, type Side, sideOf } from '@trading-agent/instruments';
import { uncoveredShorts } from '@trading-agent/portfolio';
import type { ClosingIntent, RiskContext } from './context.ts';
import { atMost, percent, percentUp } from './rules/rule.ts';
import { secondsLeft } from './rules/session-hours.ts';

/** Shares that a contract stands for, where the house's limit on contracts is one on shares. */
const SHARES_PER_CONTRACT = 100;

/** A quote may be dated this far ahead of our clock, because no two clocks agree; one from farther ahead can't be trusted. */
const CLOCK_TOLERANCE_SECONDS = 1;

type Market = Pick<RiskContext, 'at' | 'quote' | 'market' | 'limits'>;

/** The most shares of one order. */
export function mostShares({ limits }: Pick<RiskContext, 'limits'>): number {
  return limits.orders.maxContracts * SHARES_PER_CONTRACT;
}

/** The limit of an order that closes shares, and what it was made from. */
export interface SharePrice {
  /** Dollars per share, above zero, on the tick. */
  readonly price: number;
  /** In words: the quotes, or why they were no use and the last price was taken. */
  readonly basis: string;
}

/**
 * The limit at which shares are closed: the far side of fresh quotes, but no worse than `orders.shareCollar` beyond their midpoint; without them that much
 * beyond the last price. On the tick, rounded to the careful side. `null` without a price.
 */
export function sharePrice(ticker: string, side: Side, market: Market): SharePrice | null {
  const reference = referencePrice(ticker, market);
  if (reference === null) return null;
  const { shareCollar } = market.limits.orders;
  const found = freshQuote(ticker, market);
  const far = typeof found === 'string' ? null : side === 'buy' ? found.ask : found.bid;
  const basis = basisOf(found, side, reference);
  // The collar's end is rounded to its careful side, a quote (a broker may tell one between two ticks) to the side on which it is met.
  if (side === 'sell') {
    const worst = toTick(Math.ceil, reference * (1 - shareCollar));
    return { price: far === null ? worst : Math.max(toTick(Math.floor, far), worst), basis };
  }
  const worst = toTick(Math.floor, reference * (1 + shareCollar));
  return { price: far === null ? worst : Math.min(toTick(Math.ceil, far), worst), basis };
}

/** Binary noise, in ticks. */
const NOISE = 1e-6;

function toTick(round: (ticks: number) => number, price: number): number {
  const ticks = price * ticksPerDollar(price);
  const nearest = Math.round(ticks);
  return (Math.abs(ticks - nearest) < NOISE ? nearest : round(ticks)) / ticksPerDollar(price);
}

/** Orders at a dollar and above are in cents; below it a hundredth of a cent will do (Regulation NMS, rule 612). */
function ticksPerDollar(price: number): number {
  return price >= 1 ? 100 : 10_000;
}

function basisOf(found: Quote | string, side: Side, reference: number): string {
  if (typeof found === 'string') return `by the last price ${reference}: ${found}`;
  const { bid, ask } = found;
  if (bid !== null && ask !== null) return `by the quotes ${bid} x ${ask}`;
  const far = side === 'buy' ? ask : bid;
  return far === null
    ? `by the last price ${reference}: nobody ${side === 'buy' ? 'offers' : 'bids'}`
    : `by the quote ${far}`;
}

/** The midpoint of a two-sided market, else the last price. */
function referencePrice(ticker: string, context: Market): number | null {
  const known = freshQuote(ticker, context);
  if (typeof known !== 'string' && known.bid !== null && known.ask !== null && known.bid > 0)
    return (known.bid + known.ask) / 2;
  const price = context.market.price(ticker);
  return price !== null && price > 0 ? price : null;
}

/** The quote of a share, or why there is none to price an order by. */
function freshQuote(ticker: string, market: Market): Quote | string {
  const quote = market.quote(ticker);
  if (quote === undefined) return 'it has no quotes';
  const age = (market.at - quote.at) / MICROS_PER_SECOND;
  const { maxQuoteAgeSeconds } = market.limits.orders;
  if (age > maxQuoteAgeSeconds) return `its quote is ${Math.round(age)} s old, older than ${maxQuoteAgeSeconds} s`;
  if (age < -CLOCK_TOLERANCE_SECONDS) return `its quote is dated ${Math.round(-age)} s ahead of the clock`;
  // The sides of a crossed market are not prices that anybody stands behind.
  return isCrossed(quote) ? `its quotes ${quote.bid} x ${quote.ask} are crossed` : quote;
}

function isCrossed({ bid, ask }: Quote): boolean {
  return bid !== null && ask !== null && !(ask >= bid);
}

/** Every rule over an order that closes `ticker`'s shares. */
export function shareChecks(order: Order, ticker: string, intent: ClosingIntent, context: RiskContext): RuleCheck[] {
  const held = intent.held(ticker);
  const [leg] = order.legs;
  const side = leg === undefined ? 'sell' : sideOf(leg.intent);
  const closable = Math.max(0, side === 'sell' ? held : -held);
  // An intent that does not say what must stay lets nothing go; less than all options together leave uncovered is not believed.
  const cover = Math.max(intent.cover?.(ticker) ?? Number.NaN, leastCover(ticker, side, context));
  return [
    { rule: 'session-hours', ...secondsLeft(context) },
    { rule: 'share-collar', ...atMost(percentUp(beyond(order, ticker, side, context)), collarOf(context), 'percent') },
    { rule: 'fat-finger', ...atMost(order.quantity, mostShares(context), 'count') },
    { rule: 'closes-held', ...atMost(Math.max(0, order.quantity - closable), 0, 'count') },
    { rule: 'keeps-cover', ...atMost(Math.max(0, cover - (closable - order.quantity)), 0, 'count') },
  ];
}

/** Shares that the ticker's sold options need even if every bought one covers them. */
function leastCover(ticker: string, side: Side, { holdings }: RiskContext): number {
  const legs = holdings.options.flatMap(({ contract, quantity }) =>
    contract.underlying === ticker ? [{ contract, signedRatio: quantity }] : [],
  );
  const right = side === 'sell' ? 'call' : 'put';
  return uncoveredShorts(legs)
    .filter(({ contract }) => contract.right === right)
    .reduce((sum, { contract, quantity }) => sum + quantity * contract.multiplier, 0);
}

function collarOf({ limits }: RiskContext): number {
  return percent(limits.orders.shareCollar);
}

/** By how much the limit is worse than the reference, as a fraction of it. */
function beyond({ limit }: Order, ticker: string, side: Side, context: RiskContext): number {
  const reference = referencePrice(ticker, context);
  if (reference === null || limit === null) return Number.NaN;
  return (side === 'sell' ? reference + limit : limit - reference) / reference;
}
