import type { RuleCheck } from '@trading-agent/broker';
import { type Order, type Quote, type Side, sideOf } from '@trading-agent/instruments';
import { uncoveredShorts } from '@trading-agent/portfolio';
import type { ClosingIntent, RiskContext } from './context.ts';
import { atMost, percent, percentUp } from './rules/rule.ts';
import { secondsLeft } from './rules/session-hours.ts';

/** Shares that a contract stands for, where the house's limit on contracts is one on shares. */
const SHARES_PER_CONTRACT = 100;

type Market = Pick<RiskContext, 'quote' | 'market' | 'limits'>;

/** The most shares of one order. */
export function mostShares({ limits }: Pick<RiskContext, 'limits'>): number {
  return limits.orders.maxContracts * SHARES_PER_CONTRACT;
}

/**
 * The limit at which shares are closed: the far side of the quotes, but no worse than `orders.shareCollar` beyond their midpoint; without quotes
 * that much beyond the last price. On the tick, rounded to the careful side. `null` without a price.
 */
export function sharePrice(ticker: string, side: Side, market: Market): number | null {
  const reference = referencePrice(ticker, market);
  if (reference === null) return null;
  const { shareCollar } = market.limits.orders;
  const quote = market.quote(ticker);
  // The sides of a crossed market are not prices that anybody stands behind.
  const far = quote === undefined || isCrossed(quote) ? null : side === 'buy' ? quote.ask : quote.bid;
  const perDollar = reference * (1 - shareCollar) >= 1 ? 100 : 10_000;
  if (side === 'sell') {
    const worst = Math.ceil(reference * (1 - shareCollar) * perDollar - 1e-6) / perDollar;
    return far === null ? worst : Math.max(far, worst);
  }
  const worst = Math.floor(reference * (1 + shareCollar) * perDollar + 1e-6) / perDollar;
  return far === null ? worst : Math.min(far, worst);
}

/** The midpoint of a two-sided market, else the last price. */
function referencePrice(ticker: string, context: Market): number | null {
  const known = context.quote(ticker);
  if (known && known.bid !== null && known.ask !== null && known.bid > 0 && !isCrossed(known))
    return (known.bid + known.ask) / 2;
  const price = context.market.price(ticker);
  return price !== null && price > 0 ? price : null;
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
