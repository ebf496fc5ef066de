import { type OrderLeg, type Quote, sideOf } from '@trading-agent/instruments';
import type { Floor } from './floor.ts';
import type { Match } from './match.ts';
import { type WorkingOrder, openUnits } from './working-order.ts';

/** The one leg of an order that can stand in a queue, and its price. */
function queued({ order }: WorkingOrder): { leg: OrderLeg; price: number; isBuy: boolean } | null {
  const [leg, ...others] = order.legs;
  if (leg === undefined || others.length > 0 || order.limit === null) return null;
  return { leg, price: grid(Math.abs(order.limit)), isBuy: sideOf(leg.intent) === 'buy' };
}

/** Takes the order's place at its price as the quote now is; what stands ahead can only shrink. */
export function takePlace(working: WorkingOrder, quote: Quote | undefined): void {
  const at = queued(working);
  if (at === null) return;
  const best = at.isBuy ? quote?.bid : quote?.ask;
  const size = (at.isBuy ? quote?.bidSize : quote?.askSize) ?? 0;
  if (best === undefined || best === null || best <= 0) {
    working.ahead = 0;
    return;
  }
  const behind = at.isBuy ? at.price < grid(best) : at.price > grid(best);
  if (behind) return;
  working.ahead = at.price === grid(best) ? Math.min(working.ahead ?? size, size) : 0;
}

/**
 * What this step's prints fill of a resting single leg, at its limit. Only while the limit lies within the present quote: a print outside it
 * says nothing about who stood where.
 */
export function fromQueue(working: WorkingOrder, floor: Floor): Match | null {
  const at = queued(working);
  if (at === null || working.ahead === null) return null;
  const { leg, price, isBuy } = at;
  const quote = floor.book.quote(leg.symbol);
  if (quote === undefined || quote.bid === null || quote.ask === null) return null;
  if (price < grid(quote.bid) || price > grid(quote.ask)) return null;
  let units = 0;
  for (const print of floor.tape) {
    const { trade } = print;
    if (trade.symbol !== leg.symbol || trade.at <= working.submittedAt || print.left <= 0) continue;
    const beyond = isBuy ? price - grid(trade.price) : grid(trade.price) - price;
    if (beyond < 0) continue;
    if (beyond === 0) {
      const before = Math.min(print.left, working.ahead);
      working.ahead -= before;
      // Others' orders are served by this part of the print; ours must not claim it twice.
      print.left -= before;
    }
    const taken = Math.min(Math.floor(print.left), openUnits(working) - units);
    print.left -= taken;
    units += taken;
    if (units === openUnits(working)) break;
  }
  return units === 0 ? null : { units, prices: [price], net: isBuy ? price : -price, takesSize: false };
}

function grid(price: number): number {
  return Math.round(price * 10_000) / 10_000;
}
