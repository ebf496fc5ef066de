import { notional } from '@trading-agent/core';

/** What is held of one contract or stock. */
export interface Holding {
  readonly quantity: number;
  /** Micro-dollars that the open units cost: positive when long, negative (received) when short. */
  readonly cost: number;
  readonly multiplier: number;
}

/** A holding after a trade, with the trade's profit and its flow of cash, in micro-dollars. */
export interface HoldingChange {
  readonly after: Holding;
  readonly profit: number;
  readonly flow: number;
}

/** `quantity` signed units traded at `price` dollars per share: what closes comes first (at average cost), the rest opens. */
export function trade(before: Holding, quantity: number, price: number): HoldingChange {
  const { multiplier } = before;
  const direction = Math.sign(quantity);
  const closing = before.quantity * direction < 0 ? Math.min(Math.abs(quantity), Math.abs(before.quantity)) : 0;
  const released = costOf(before, closing);
  const closed = notional(price, -direction * closing, multiplier);
  const opened = notional(price, quantity - direction * closing, multiplier);
  return {
    after: { quantity: before.quantity + quantity, cost: before.cost - released + opened, multiplier },
    profit: closed - released,
    flow: notional(price, -quantity, multiplier),
  };
}

/** Cost of `units` of the holding. All of them have the whole cost, so no micro-dollar is left behind by rounding. */
function costOf(holding: Holding, units: number): number {
  if (units === 0) return 0;
  const held = Math.abs(holding.quantity);
  return units === held ? holding.cost : Math.round(holding.cost * (units / held));
}
