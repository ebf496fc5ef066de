import { type Order, netPrice, sideOf } from '@trading-agent/instruments';
import type { NbboBook } from './nbbo-book.ts';

/** A price at which a whole package can trade now. */
export interface Match {
  readonly units: number;
  /** Dollars per share in leg order. */
  readonly prices: readonly number[];
  /** Signed net per unit and share. */
  readonly net: number;
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
  if (order.limit !== null && net > Math.round(order.limit * 10_000) / 10_000) return null;
  let units = open;
  for (const leg of order.legs) {
    units = Math.min(units, Math.floor(book.left(leg.symbol, sideOf(leg.intent)) / leg.ratio));
  }
  return units > 0 ? { units, prices, net } : null;
}
