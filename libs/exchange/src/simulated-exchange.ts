import type { BrokerAccount, BrokerEvent, BrokerOrder, BrokerPosition } from '@trading-agent/broker';
import { type Session, nyInstant } from '@trading-agent/calendar';
import {
  type Micros,
  TradingError,
  type Usd,
  ZERO_USD,
  deriveUuid,
  notional,
  subtractUsd,
  usdFromMicros,
} from '@trading-agent/core';
import {
  type Execution,
  type OptionContract,
  type OptionSymbol,
  type Order,
  type OrderStatus,
  type Quote,
  type Ticker,
  isTerminal,
  netPrice,
  opens,
} from '@trading-agent/instruments';
import type { MarketStep } from '@trading-agent/market-data';
import { Portfolio, feesFor } from '@trading-agent/portfolio';
import { type Contracts, type Quantities, afterFill, collateralOf } from './collateral.ts';
import { type Match, matchNow, naturalPrices } from './matching.ts';
import { NbboBook } from './nbbo-book.ts';
import { checkIntents, checkTerms } from './order-checks.ts';
import {
  INSUFFICIENT_BUYING_POWER,
  type Rejection,
  UNCOVERED,
  duplicateClientOrderId,
  forbidden,
  unprocessable,
} from './rejection.ts';

export interface SimulatedExchangeOptions {
  readonly accountNumber: string;
  readonly cash: Usd;
  /** Orders fill while `session.open <= now < session.close`; at the close day orders expire. */
  readonly session: Session;
  readonly contracts: readonly OptionContract[];
}

export type Submission = { readonly accepted: true; readonly brokerOrderId: string } | Rejection;

/** An order as the exchange keeps it, with its times. */
export interface ExchangeOrder extends BrokerOrder {
  readonly submittedAt: Micros;
  readonly updatedAt: Micros;
}

interface WorkingOrder {
  readonly brokerOrderId: string;
  readonly order: Order;
  readonly submittedAt: Micros;
  updatedAt: Micros;
  status: OrderStatus;
  filled: number;
  fills: number;
  /** Per leg: premium in micro-dollars per multiplier, for the average price. */
  readonly paid: number[];
}

/**
 * One account on one simulated exchange for one session, driven by market steps: the only place where a fill is simulated. Deterministic: the
 * same steps and requests in the same order give the same ids, fills and events.
 *
 * Fills: buy at the ask, sell at the bid of the contract's latest quote row, a package only as a whole and only when its net is within the limit;
 * never more than the displayed size, which is used up until the next row. Older orders come first.
 *
 * Money: cash never falls below the collateral of what is held. An accepted order whose fill would break that (a market order that has become
 * dearer, cover that was sold meanwhile) is canceled instead, with the reason.
 */
export class SimulatedExchange {
  readonly #accountNumber: string;
  readonly #session: Session;
  readonly #contracts: Contracts;
  readonly #portfolio: Portfolio;
  readonly #book = new NbboBook();
  readonly #orders = new Map<string, WorkingOrder>();
  /** Live orders, oldest first. */
  #working: WorkingOrder[] = [];
  #held: Quantities = new Map();
  #collateral: Usd = ZERO_USD;
  #events: BrokerEvent[] = [];
  #now: Micros;

  constructor({ accountNumber, cash, session, contracts }: SimulatedExchangeOptions) {
    this.#accountNumber = accountNumber;
    this.#session = session;
    const listed = new Map(contracts.map((contract) => [contract.symbol, contract]));
    this.#contracts = listed;
    this.#portfolio = new Portfolio({
      cash,
      contracts: (symbol) => {
        const contract = listed.get(symbol);
        if (contract === undefined) throw new TradingError('UNKNOWN_SYMBOL', `The exchange does not list ${symbol}`);
        return contract;
      },
    });
    this.#now = nyInstant(session.date, '00:00');
  }

  /** The last step's time; midnight before the first step. */
  get now(): Micros {
    return this.#now;
  }

  /**
   * Takes over the step's quotes and its time, then fills resting orders; at or after the close it expires them instead. A day whose data ends
   * early needs one empty step at the close.
   * @throws {TradingError} `OUT_OF_RANGE` when the step lies before the present.
   */
  advance(step: MarketStep): void {
    if (step.at < this.#now) {
      throw new TradingError('OUT_OF_RANGE', `Time can't run backwards: at ${this.#now}, step at ${step.at}`);
    }
    this.#now = step.at;
    for (const quote of step.quotes) this.#book.set(quote);
    if (this.#now >= this.#session.close) {
      for (const working of this.#working) this.#end(working, 'expired');
    } else {
      for (const working of this.#working) this.#match(working);
    }
    this.#working = this.#working.filter((working) => !isTerminal(working.status));
  }

  /** Checks the order and, when it is accepted, matches it at once against the present quotes. */
  submit(order: Order): Submission {
    const brokerOrderId = deriveUuid(this.#accountNumber, order.clientOrderId);
    if (this.#orders.has(brokerOrderId)) return duplicateClientOrderId();
    const rejection = this.#check(order);
    if (rejection) return rejection;
    const working: WorkingOrder = {
      brokerOrderId,
      order,
      submittedAt: this.#now,
      updatedAt: this.#now,
      status: 'new',
      filled: 0,
      fills: 0,
      paid: order.legs.map(() => 0),
    };
    this.#orders.set(brokerOrderId, working);
    this.#tell(working, 'new');
    this.#match(working);
    if (!isTerminal(working.status)) this.#working.push(working);
    return { accepted: true, brokerOrderId };
  }

  /** Ends what is left of a live order. An order that was filled, canceled or expired before can't be canceled any more. */
  cancel(brokerOrderId: string): 'accepted' | 'not-cancelable' | 'unknown' {
    const working = this.#orders.get(brokerOrderId);
    if (working === undefined) return 'unknown';
    if (isTerminal(working.status)) return 'not-cancelable';
    this.#end(working, 'canceled');
    this.#working = this.#working.filter((other) => other !== working);
    return 'accepted';
  }

  /** What happened since the last call, in order. */
  drainEvents(): readonly BrokerEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /** Equity marks positions at the mid of the last known sides, at cost while a side was never quoted. Buying power is cash minus collateral and reserves. */
  account(): BrokerAccount {
    return {
      accountNumber: this.#accountNumber,
      cash: this.#portfolio.cash,
      equity: this.#portfolio.value((symbol) => this.#book.mark(symbol)).equity,
      optionsBuyingPower: usdFromMicros(Math.max(0, this.#buyingPower())),
      optionsLevel: 3,
      tradable: true,
    };
  }

  /** Sorted by symbol. */
  positions(): BrokerPosition[] {
    return this.#portfolio
      .positions()
      .map(({ symbol, quantity, averagePrice }) => ({ symbol, quantity, averagePrice }));
  }

  /** All orders ever accepted, in order of submission. */
  orders(): ExchangeOrder[] {
    return [...this.#orders.values()].map(describe);
  }

  order(brokerOrderId: string): ExchangeOrder | undefined {
    const working = this.#orders.get(brokerOrderId);
    return working && describe(working);
  }

  orderByClientId(clientOrderId: string): ExchangeOrder | undefined {
    return this.order(deriveUuid(this.#accountNumber, clientOrderId));
  }

  /** The latest row of an instrument as it came, whatever of its size is left. */
  nbbo(symbol: Ticker): Quote | undefined {
    return this.#book.quote(symbol);
  }

  /** Fees charged so far. */
  get fees(): Usd {
    return this.#portfolio.fees;
  }

  get #open(): boolean {
    return this.#now >= this.#session.open && this.#now < this.#session.close;
  }

  #check(order: Order): Rejection | null {
    const wrong = checkTerms(order, this.#contracts, this.#session.date);
    if (wrong) return wrong;
    if (order.type === 'market' && !this.#open) {
      return unprocessable('options market orders are only allowed during market hours');
    }
    if (this.#now >= this.#session.close) return unprocessable('the session is over, day orders are not accepted');
    const misfit = checkIntents(order, this.#contracts, this.#held, this.#reservedToClose());
    if (misfit) return misfit;
    let net = order.limit;
    if (net === null) {
      const prices = naturalPrices(order, this.#book);
      if (prices === null) return forbidden('no available quote for a market order');
      net = netPrice(order.legs, prices);
    }
    const need = this.#requirement(order, order.quantity, net);
    if (need === null) return forbidden(UNCOVERED);
    if (need > 0 && need > this.#buyingPower()) return forbidden(INSUFFICIENT_BUYING_POWER);
    return null;
  }

  /** Contracts that live orders are going to close, per symbol. */
  #reservedToClose(): Map<OptionSymbol, number> {
    const reserved = new Map<OptionSymbol, number>();
    for (const { order, filled } of this.#working) {
      for (const leg of order.legs) {
        if (opens(leg.intent)) continue;
        reserved.set(leg.symbol, (reserved.get(leg.symbol) ?? 0) + leg.ratio * (order.quantity - filled));
      }
    }
    return reserved;
  }

  /** Buying power that `units` at `net` would use: premium, fees and additional collateral; negative when it sets some free, `null` when uncovered. */
  #requirement(order: Order, units: number, net: number): number | null {
    const collateral = collateralOf(afterFill(this.#held, order, units), this.#contracts);
    if (collateral === null) return null;
    return collateral - this.#collateral + this.#premium(order, units, net) + this.#feeEstimate(order, units);
  }

  #premium(order: Order, units: number, net: number): Usd {
    const [leg] = order.legs;
    const multiplier = (leg && this.#contracts.get(leg.symbol)?.multiplier) ?? 0;
    return notional(net, units, multiplier);
  }

  /** Fees if every unit filled alone, which is the dearest way: each execution is rounded up. */
  #feeEstimate(order: Order, units: number): number {
    const prices = order.legs.map(({ symbol }) => this.#book.mark(symbol) ?? Math.abs(order.limit ?? 0));
    return units * feesFor(execution('', order, 1, prices, this.#now), this.#session.date);
  }

  #buyingPower(): number {
    let free: number = subtractUsd(this.#portfolio.cash, this.#collateral);
    for (const { order, filled } of this.#working) {
      if (order.limit === null) continue;
      const reserve = this.#requirement(order, order.quantity - filled, order.limit);
      // A live order that nothing covers any more: no new risk until it is gone.
      if (reserve === null) return 0;
      free -= Math.max(0, reserve);
    }
    return free;
  }

  #match(working: WorkingOrder): void {
    if (!this.#open || isTerminal(working.status)) return;
    const { order } = working;
    const match = matchNow(order, order.quantity - working.filled, this.#book);
    if (match === null) return;
    const done = execution(
      deriveUuid(working.brokerOrderId, working.fills),
      order,
      match.units,
      match.prices,
      this.#now,
    );
    const refusal = this.#unaffordable(done, order, match);
    if (refusal !== null) {
      this.#end(working, 'canceled', refusal);
      return;
    }
    this.#fill(working, done, match);
  }

  #fill(working: WorkingOrder, done: Execution, match: Match): void {
    const { order } = working;
    this.#portfolio.apply(done);
    this.#held = new Map(this.#portfolio.positions().map(({ symbol, quantity }) => [symbol, quantity]));
    this.#collateral = collateralOf(this.#held, this.#contracts) ?? this.#collateral;
    for (const [index, leg] of order.legs.entries()) {
      this.#book.take(leg, match.units);
      working.paid[index] = (working.paid[index] ?? 0) + notional(match.prices[index] ?? 0, match.units * leg.ratio, 1);
    }
    working.filled += match.units;
    working.fills += 1;
    working.updatedAt = this.#now;
    const status = working.filled === order.quantity ? 'filled' : 'partially_filled';
    working.status = status;
    this.#events.push({
      kind: 'execution',
      at: this.#now,
      brokerOrderId: working.brokerOrderId,
      status,
      execution: done,
    });
  }

  /** Why this fill must not happen: the cash left would not carry the collateral left. */
  #unaffordable(done: Execution, order: Order, match: Match): string | null {
    const collateral = collateralOf(afterFill(this.#held, order, match.units), this.#contracts);
    if (collateral === null) return UNCOVERED;
    const spent = this.#premium(order, match.units, match.net) + feesFor(done, this.#session.date);
    return this.#portfolio.cash - spent < collateral ? INSUFFICIENT_BUYING_POWER : null;
  }

  #end(working: WorkingOrder, status: 'canceled' | 'expired', reason?: string): void {
    working.status = status;
    working.updatedAt = this.#now;
    this.#tell(working, status, reason);
  }

  #tell(working: WorkingOrder, status: 'new' | 'canceled' | 'expired', reason?: string): void {
    this.#events.push({
      kind: 'order',
      at: this.#now,
      clientOrderId: working.order.clientOrderId,
      brokerOrderId: working.brokerOrderId,
      status,
      ...(reason !== undefined && { reason }),
    });
  }
}

function execution(executionId: string, order: Order, units: number, prices: readonly number[], at: Micros): Execution {
  return {
    executionId,
    clientOrderId: order.clientOrderId,
    at,
    quantity: units,
    legs: order.legs.map(({ symbol, intent, ratio }, index) => ({
      symbol,
      intent,
      quantity: ratio * units,
      price: prices[index] ?? 0,
    })),
  };
}

function describe(working: WorkingOrder): ExchangeOrder {
  const { brokerOrderId, order, status, filled, submittedAt, updatedAt, paid } = working;
  const filledLegs = order.legs.map((leg, index) => ({
    symbol: leg.symbol,
    quantity: leg.ratio * filled,
    averagePrice: (paid[index] ?? 0) / (leg.ratio * filled) / 1e6,
  }));
  return {
    brokerOrderId,
    order,
    status,
    filledQuantity: filled,
    filledLegs: filled === 0 ? [] : filledLegs,
    submittedAt,
    updatedAt,
  };
}
