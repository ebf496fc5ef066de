import { type OptionContract, type Order, sideOf, sign } from '@trading-agent/instruments';
import { BY_SYMBOL, SPOTS } from './storm-market.ts';

// Payoffs at expiry by looking at many prices, not by the formulas that risk uses.

export interface Truth {
  /** Dollars a unit can lose, `null` when there is no bound. */
  readonly loss: number | null;
  readonly committed: number | null;
}

/** Worst of one unit by looking at many prices of the stock, not by the formula that risk uses. */
export function truthOf(order: Order): Truth {
  const legs = order.legs.flatMap(({ symbol, ratio, intent }) => {
    const contract = BY_SYMBOL.get(symbol);
    return contract === undefined ? [] : [{ contract, quantity: sign(sideOf(intent)) * ratio }];
  });
  const collateral = worstOfAll(legs);
  if (collateral > 100_000) return { loss: null, committed: null };
  const paid = (order.limit ?? Number.NaN) * 100;
  return { loss: Math.max(0, collateral + paid), committed: collateral + Math.max(0, paid) };
}

type Legs = readonly { readonly contract: OptionContract; readonly quantity: number }[];

/**
 * The same when something is sold at several expiries: each may lose. Every leg is tried in every group of legs that can be got out of together, none bought
 * that is gone before one that is sold.
 */
function worstOfAll(legs: Legs): number {
  const ends = [...new Set(legs.flatMap(({ contract, quantity }) => (quantity < 0 ? [contract.expiry] : [])))];
  if (ends.length <= 1) return worstOf(legs);
  let best = Number.POSITIVE_INFINITY;
  for (let choice = 0; choice < ends.length ** legs.length; choice++) {
    const endOf = (leg: number): string => ends[Math.floor(choice / ends.length ** leg) % ends.length] ?? '';
    if (legs.some(({ contract, quantity }, leg) => quantity < 0 && contract.expiry > endOf(leg))) continue;
    let worst = 0;
    for (const end of ends)
      worst += worstOf(
        legs.filter(({ contract, quantity }, leg) => endOf(leg) === end && (quantity < 0 || contract.expiry >= end)),
      );
    best = Math.min(best, worst);
  }
  return best;
}

/** The worst payoff of the legs alive at any expiry, with the shares beside them, as a positive number of dollars; huge when it has no bound. */
export function worstOf(legs: Legs, shares = 0): number {
  let worst = 0;
  for (const expiry of new Set(legs.map(({ contract }) => contract.expiry))) {
    for (const spot of [0, 60, 65, 70, 75, 80, 10_000]) {
      let payoff = shares * spot;
      for (const { contract, quantity } of legs) {
        if (contract.expiry < expiry) continue;
        const beyond = spot - contract.strike;
        payoff += quantity * 100 * Math.max(0, contract.right === 'call' ? beyond : -beyond);
      }
      worst = Math.max(worst, -payoff);
    }
  }
  return worst;
}

/** No more calls sold than bought, of those that live at least as long. */
export function isCovered(changes: readonly (readonly [string, number])[]): boolean {
  const held = new Map<string, number>();
  for (const [symbol, quantity] of changes) held.set(symbol, (held.get(symbol) ?? 0) + quantity);
  for (const ticker of Object.keys(SPOTS)) {
    let cover = 0;
    for (const expiry of ['2016-02-19', '2016-01-15', '2015-12-26', '2015-12-24']) {
      for (const [symbol, quantity] of held) {
        const contract = BY_SYMBOL.get(symbol);
        if (contract?.underlying === ticker && contract.right === 'call' && contract.expiry === expiry)
          cover += quantity;
      }
      if (cover < 0) return false;
    }
  }
  return true;
}
