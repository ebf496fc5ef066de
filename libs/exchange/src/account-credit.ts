import { type Usd, notional } from '@trading-agent/core';
import { type Execution, type Order, type Ticker, netPrice, opens, sharesOf } from '@trading-agent/instruments';
import { feesFor } from '@trading-agent/portfolio';
import type { AccountLedger } from './account-ledger.ts';
import type { Floor } from './floor.ts';
import { afterFill, requirementOf } from './margin.ts';
import type { Match } from './match.ts';
import { naturalPrices } from './matching.ts';
import { checkIntents, checkTerms } from './order-checks.ts';
import { INSUFFICIENT_BUYING_POWER, type Rejection, UNCOVERED, forbidden, unprocessable } from './rejection.ts';
import { type WorkingOrder, executionOf, openUnits } from './working-order.ts';

/**
 * What an account can afford: the checks before an order is taken and before it fills, and the buying power they leave. Reads the books, changes
 * nothing.
 */
export class AccountCredit {
  readonly #ledger: AccountLedger;
  readonly #floor: Floor;
  /** Live orders, oldest first. */
  readonly #working: () => readonly WorkingOrder[];

  constructor(ledger: AccountLedger, floor: Floor, working: () => readonly WorkingOrder[]) {
    this.#ledger = ledger;
    this.#floor = floor;
    this.#working = working;
  }

  /**
   * Why the broker refuses the order, `null` when he takes it.
   * @param without an order that is going to be replaced, whose reserves are free for the new one
   */
  check(order: Order, without: WorkingOrder | null = null): Rejection | null {
    const { session, contracts, now } = this.#floor;
    const wrong = checkTerms(order, this.#floor);
    if (wrong) return wrong;
    if (order.type === 'market' && !this.#floor.isOpen) {
      return unprocessable('options market orders are only allowed during market hours');
    }
    if (now >= session.close) return unprocessable('the session is over, day orders are not accepted');
    const held = (symbol: Ticker): number => this.#ledger.held(symbol);
    const misfit = checkIntents(order, contracts, held, this.reservedToClose(without));
    if (misfit) return misfit;
    let net = order.limit;
    if (net === null) {
      const prices = naturalPrices(order, this.#floor.book);
      if (prices === null) return forbidden('no available quote for a market order');
      net = netPrice(order.legs, prices);
    }
    const need = this.#requirement(order, order.quantity, net);
    if (need === null) return forbidden(UNCOVERED);
    if (need > 0 && need > this.buyingPower(without)) return forbidden(INSUFFICIENT_BUYING_POWER);
    return null;
  }

  /** Contracts and shares that live orders are going to close, by symbol. */
  reservedToClose(without: WorkingOrder | null = null): ReadonlyMap<Ticker, number> {
    const reserved = new Map<Ticker, number>();
    for (const working of this.#working()) {
      if (working === without) continue;
      for (const leg of working.order.legs) {
        if (opens(leg.intent)) continue;
        reserved.set(leg.symbol, (reserved.get(leg.symbol) ?? 0) + leg.ratio * openUnits(working));
      }
    }
    return reserved;
  }

  /** Buying power that `units` at `net` would use: premium, fees and additional collateral; negative when it sets some free, `null` when uncovered. */
  #requirement(order: Order, units: number, net: number): number | null {
    const after = requirementOf(afterFill(this.#ledger.holdings, order, units), this.#floor);
    if (this.#ledger.collateral === null) {
      // Nothing covers what is held any more (an assignment took the cover): only the way out is open.
      return order.legs.some((leg) => opens(leg.intent)) ? null : 0;
    }
    if (after === null) return null;
    return after - this.#ledger.collateral + this.#premium(order, units, net) + this.#feeEstimate(order, units);
  }

  #premium(order: Order, units: number, net: number): Usd {
    const [leg] = order.legs;
    return notional(net, units, leg === undefined ? 0 : this.#floor.multiplier(leg.symbol));
  }

  /** Fees if every unit filled alone, which is the dearest way: each execution is rounded up. Shares don't fill one by one. */
  #feeEstimate(order: Order, units: number): number {
    const prices = order.legs.map(({ symbol }) => this.#floor.book.mark(symbol) ?? Math.abs(order.limit ?? 0));
    const { now, session } = this.#floor;
    const [executions, size] = sharesOf(order) === null ? [units, 1] : [1, units];
    return executions * feesFor(executionOf('', order, size, prices, now), session.date);
  }

  /** Micro-dollars that new orders may use: cash less collateral and what live orders may still need; negative when it is short. */
  buyingPower(without: WorkingOrder | null = null): number {
    const { cash, collateral } = this.#ledger;
    if (collateral === null) return 0;
    let free = cash - collateral;
    for (const working of this.#working()) {
      const { order } = working;
      if (order.limit === null || working === without) continue;
      const reserve = this.#requirement(order, openUnits(working), order.limit);
      // A live order that nothing covers any more: no new risk until it is gone.
      if (reserve === null) return 0;
      free -= Math.max(0, reserve);
    }
    return free;
  }

  /** Why this fill must not happen: the cash left would not carry the collateral left. What is short already must not become worse. */
  unaffordable(done: Execution, order: Order, match: Match): string | null {
    const { cash, collateral: before } = this.#ledger;
    if (before === null) return null;
    const collateral = requirementOf(afterFill(this.#ledger.holdings, order, match.units), this.#floor);
    if (collateral === null) return UNCOVERED;
    const spent = this.#premium(order, match.units, match.net) + feesFor(done, this.#floor.session.date);
    return cash - spent - collateral < Math.min(0, cash - before) ? INSUFFICIENT_BUYING_POWER : null;
  }
}
