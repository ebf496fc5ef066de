import { MICROS_PER_SECOND } from '@trading-agent/core';
import { type Order, type OrderLeg, type Quote, netPrice, sideOf } from '@trading-agent/instruments';
import { draw } from './chance.ts';
import { type FillModel, insideChance } from './fill-model.ts';
import type { Floor } from './floor.ts';
import type { Match } from './match.ts';
import type { NbboBook } from './nbbo-book.ts';
import { fromQueue } from './queue.ts';
import { type WorkingOrder, openUnits } from './working-order.ts';

/** What of the order can trade at this step: at the natural prices, else from the queue, else inside the spread. */
export function matchOrder(working: WorkingOrder, floor: Floor, model: FillModel): Match | null {
  return (
    matchNow(working.order, openUnits(working), floor.book) ??
    (model.queue ? fromQueue(working, floor) : null) ??
    insideSpread(working, floor, model)
  );
}

/** The natural prices of the order's legs (buy at the ask, sell at the bid); `null` unless every leg's side is quoted. */
export function naturalPrices(order: Order, book: NbboBook): number[] | null {
  const prices: number[] = [];
  for (const leg of order.legs) {
    const price = book.touch(leg.symbol, sideOf(leg.intent));
    if (price === null) return null;
    prices.push(price);
  }
  return prices;
}

/**
 * What of `open` units can trade at once: every leg at its natural price, the net within the limit, whole units only and no more than the
 * smallest displayed size carries.
 */
export function matchNow(order: Order, open: number, book: NbboBook): Match | null {
  const prices = naturalPrices(order, book);
  if (prices === null) return null;
  const net = netPrice(order.legs, prices);
  // The net is on the grid of 0.0001; the limit is brought onto it, so that 0.1 + 0.2 is as good as 0.3.
  if (order.limit !== null && net > onGrid(order.limit)) return null;
  const units = displayedUnits(order, open, book);
  return units > 0 ? { units, prices, net, takesSize: true } : null;
}

function displayedUnits(order: Order, open: number, book: NbboBook): number {
  let units = open;
  for (const leg of order.legs) {
    units = Math.min(units, Math.floor(book.left(leg.symbol, sideOf(leg.intent)) / leg.ratio));
  }
  return units;
}

/** Looks once per step for somebody who trades at the order's limit inside the spread. */
function insideSpread(working: WorkingOrder, { book, now, session }: Floor, model: FillModel): Match | null {
  const { order } = working;
  const seconds = (now - Math.max(working.lookedAt, session.open)) / MICROS_PER_SECOND;
  working.lookedAt = now;
  const inside = model.inside?.[order.legs.length - 1];
  if (inside === undefined || order.limit === null || seconds <= 0) return null;
  const quotes = order.legs.map(({ symbol }) => book.quote(symbol));
  if (!quotes.every(isTwoSided)) return null;
  const natural = netPrice(order.legs, naturalOf(order.legs, quotes));
  const mid = midNet(order.legs, quotes);
  const limit = onGrid(order.limit);
  if (!(limit < natural && mid < natural)) return null;
  const chance = insideChance(inside, (limit - mid) / (natural - mid), seconds);
  if (chance === 0 || draw(working.brokerOrderId, 'inside', now) >= chance) return null;
  const units = displayedUnits(order, openUnits(working), book);
  if (units < 1) return null;
  const prices = improvedPrices(order.legs, quotes, natural - limit);
  const net = netPrice(order.legs, prices);
  return net > limit ? null : { units, prices, net, takesSize: true };
}

type TwoSided = Quote & { readonly bid: number; readonly ask: number };

function isTwoSided(quote: Quote | undefined): quote is TwoSided {
  return quote !== undefined && quote.bid !== null && quote.ask !== null && quote.bid > 0 && quote.ask >= quote.bid;
}

function naturalOf(legs: readonly OrderLeg[], quotes: readonly TwoSided[]): number[] {
  return quotes.map(({ bid, ask }, index) => (isBought(legs[index]) ? ask : bid));
}

function midNet(legs: readonly OrderLeg[], quotes: readonly TwoSided[]): number {
  let net = 0;
  for (const [index, leg] of legs.entries()) {
    const quote = quotes[index];
    if (quote === undefined) continue;
    net += ((isBought(leg) ? 1 : -1) * leg.ratio * (quote.bid + quote.ask)) / 2;
  }
  return net;
}

/**
 * Leg prices that together are `improvement` better than the natural net, each leg in proportion to its spread and inside its quote. On
 * cents when everything else is; the widest leg takes what rounding leaves, at least all of it. Without room for that the limit is missed.
 */
function improvedPrices(legs: readonly OrderLeg[], quotes: readonly TwoSided[], improvement: number): number[] {
  const total = tenThousandths(improvement);
  const cents = [total, ...quotes.flatMap(({ bid, ask }) => [bid, ask].map(tenThousandths))];
  const tick = cents.every((price) => price % 100 === 0) ? 100 : 1;
  const spreads = quotes.map(({ bid, ask }) => tenThousandths(ask) - tenThousandths(bid));
  const weight = legs.reduce((sum, leg, index) => sum + leg.ratio * (spreads[index] ?? 0), 0);
  const widest = spreads.indexOf(Math.max(...spreads));
  const better = spreads.map((spread) => Math.floor((total * spread) / weight / tick) * tick);
  let rest = total;
  for (const [index, leg] of legs.entries()) if (index !== widest) rest -= leg.ratio * (better[index] ?? 0);
  better[widest] = Math.min(spreads[widest] ?? 0, Math.ceil(rest / (legs[widest]?.ratio ?? 1) / tick) * tick);
  return quotes.map(({ bid, ask }, index) => {
    const gain = better[index] ?? 0;
    return (isBought(legs[index]) ? tenThousandths(ask) - gain : tenThousandths(bid) + gain) / 10_000;
  });
}

function tenThousandths(price: number): number {
  return Math.round(price * 10_000);
}

function isBought(leg: OrderLeg | undefined): boolean {
  return leg !== undefined && sideOf(leg.intent) === 'buy';
}

function onGrid(price: number): number {
  return tenThousandths(price) / 10_000;
}
