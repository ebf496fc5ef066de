import { usd } from '@trading-agent/core';
import { optionSymbol } from '@trading-agent/instruments';
import { after, anOrder } from '@trading-agent/testkit';
import type { ClosedTrade, RecentOrder } from '../context.ts';

/** An order that has nothing in common with the vertical. */
export function another(id: number, secondsAgo: number): RecentOrder {
  const symbol = optionSymbol(`TWX160115P000${60 + (id % 40)}000`);
  const order = anOrder({
    clientOrderId: `other-${id}`,
    legs: [{ symbol, ratio: 1, intent: 'buy_to_open' }],
    limit: 1,
  });
  return { at: after(-secondsAgo), order };
}

export const others = (count: number, secondsAgo: number): RecentOrder[] =>
  Array.from({ length: count }, (_, id) => another(id, secondsAgo));

export function trade(over: Partial<ClosedTrade> & { readonly minutesAgo: number }): ClosedTrade {
  const { minutesAgo, ...rest } = over;
  return { underlying: 'GOOG', closedAt: after(-60 * minutesAgo), profit: usd(10), stopped: false, ...rest };
}
