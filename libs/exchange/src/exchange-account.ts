import type { BrokerAccount, BrokerEvent, BrokerPosition } from '@trading-agent/broker';
import { type Micros, type Usd, deriveUuid, usdFromMicros } from '@trading-agent/core';
import { type OptionSymbol, type Order, isTerminal } from '@trading-agent/instruments';
import { AccountCredit } from './account-credit.ts';
import { AccountLedger } from './account-ledger.ts';
import type { Activity } from './activity.ts';
import type { FillModel } from './fill-model.ts';
import type { Floor } from './floor.ts';
import type { Match } from './match.ts';
import { matchOrder } from './matching.ts';
import { takePlace } from './queue.ts';
import { type Rejection, duplicateClientOrderId, unprocessable } from './rejection.ts';
import {
  type ExchangeOrder,
  type WorkingOrder,
  describeOrder,
  executionOf,
  fillOrder,
  newOrder,
} from './working-order.ts';

export type Submission = { readonly accepted: true; readonly brokerOrderId: string } | Rejection;

export type CancelAnswer = 'accepted' | 'not-cancelable' | 'unknown';

/** Why an order that was replaced has ended. */
export const REPLACED = 'replaced';

/** `next-step`: the request is taken at once and happens after the next step's fills, which may be faster. */
export type RequestTiming = 'at-once' | 'next-step';

export interface Replacement {
  readonly clientOrderId: string;
  readonly quantity?: number | undefined;
  /** Signed net price as in `Order`. */
  readonly limit?: number | undefined;
}

/** What an account is told: order events, and requests that came too late. */
export type ExchangeEvent =
  | BrokerEvent
  | {
      readonly kind: 'too-late';
      readonly at: Micros;
      readonly request: 'cancel' | 'replace';
      readonly brokerOrderId: string;
      readonly reason: string;
    };

export interface ExchangeAccountParts {
  readonly accountNumber: string;
  readonly cash: Usd;
  readonly floor: Floor;
  readonly model: FillModel;
  /** The exchange's count of orders. */
  readonly nextSequence: () => number;
}

/**
 * One account on the exchange: its orders, its money, what it is told. An accepted order whose fill would leave less cash than the collateral
 * of what is held (a market order that has become dearer, cover that was sold meanwhile) is canceled instead, with the reason.
 */
export class ExchangeAccount {
  readonly accountNumber: string;
  readonly ledger: AccountLedger;
  readonly #floor: Floor;
  readonly #model: FillModel;
  readonly #nextSequence: () => number;
  readonly #credit: AccountCredit;
  readonly #orders = new Map<string, WorkingOrder>();
  /** Live orders, oldest first. */
  #working: WorkingOrder[] = [];
  #events: ExchangeEvent[] = [];

  constructor({ accountNumber, cash, floor, model, nextSequence }: ExchangeAccountParts) {
    this.accountNumber = accountNumber;
    this.#floor = floor;
    this.#model = model;
    this.#nextSequence = nextSequence;
    this.ledger = new AccountLedger(accountNumber, cash, floor);
    this.#credit = new AccountCredit(this.ledger, floor, () => this.#working);
  }

  /** Checks the order and, when it is accepted, matches it at once against the present quotes. */
  submit(order: Order): Submission {
    const brokerOrderId = this.#idOf(order.clientOrderId);
    if (this.#orders.has(brokerOrderId)) return duplicateClientOrderId();
    const rejection = this.#credit.check(order);
    if (rejection) return rejection;
    this.#enter(newOrder({ brokerOrderId, order, sequence: this.#nextSequence(), at: this.#floor.now }));
    return { accepted: true, brokerOrderId };
  }

  /** A market order of the broker's own, which closes what the account could not deliver. Nothing is checked but that it closes. */
  submitForBroker(order: Order): void {
    const brokerOrderId = this.#idOf(order.clientOrderId);
    if (this.#orders.has(brokerOrderId)) return;
    const at = this.#floor.now;
    this.#enter(newOrder({ brokerOrderId, order, sequence: this.#nextSequence(), at, source: 'broker' }));
  }

  /** Asks for the end of what is left of a live order. One that was filled, canceled or expired before can't be canceled any more. */
  cancel(brokerOrderId: string, timing: RequestTiming = 'at-once'): CancelAnswer {
    const working = this.#orders.get(brokerOrderId);
    if (working === undefined) return 'unknown';
    if (isTerminal(working.status) || working.pending !== null) return 'not-cancelable';
    working.pending = { kind: 'cancel' };
    if (timing === 'at-once') this.settleRequest(working);
    return 'accepted';
  }

  /**
   * Asks for another order in the place of a live one. The new order has its own id at once; it takes over when the old one ends, or is
   * rejected when the old one has been filled first. Its quantity counts what the old one has filled: what is left of it is worked.
   */
  replace(brokerOrderId: string, wish: Replacement, timing: RequestTiming = 'at-once'): Submission {
    const working = this.#orders.get(brokerOrderId);
    if (working === undefined || isTerminal(working.status) || working.pending !== null)
      return unprocessable('order is not replaceable');
    const id = this.#idOf(wish.clientOrderId);
    if (this.#orders.has(id)) return duplicateClientOrderId();
    const { order } = working;
    const quantity = (wish.quantity ?? order.quantity) - working.filled;
    if (quantity < 1) return unprocessable('qty must be greater than what has been filled');
    if (order.limit === null && wish.limit !== undefined) return unprocessable('market orders have no limit price');
    const next = { ...order, clientOrderId: wish.clientOrderId, quantity, limit: wish.limit ?? order.limit };
    const rejection = this.#credit.check(next, working);
    if (rejection) return rejection;
    const at = this.#floor.now;
    const replacement = newOrder({
      brokerOrderId: id,
      order: next,
      sequence: this.#nextSequence(),
      at,
      replaces: brokerOrderId,
    });
    this.#orders.set(id, replacement);
    working.pending = { kind: 'replace', replacement, filledBefore: working.filled };
    if (timing === 'at-once') this.settleRequest(working);
    return { accepted: true, brokerOrderId: id };
  }

  /** What happened since the last call, in order. */
  drainEvents(): readonly ExchangeEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /** Equity marks positions at the mid of the last known sides, at cost while a side was never quoted. Buying power is cash minus collateral and reserves. */
  balances(): BrokerAccount {
    return {
      accountNumber: this.accountNumber,
      cash: this.ledger.cash,
      equity: this.ledger.equity,
      lastEquity: this.ledger.lastEquity,
      optionsBuyingPower: usdFromMicros(Math.max(0, this.#credit.buyingPower())),
      optionsLevel: 3,
      tradable: true,
    };
  }

  /** Options, then shares, each sorted by symbol. */
  positions(): BrokerPosition[] {
    const options = this.ledger
      .options()
      .map(({ symbol, quantity, averagePrice }) => ({ symbol, quantity, averagePrice }));
    const shares = this.ledger
      .shares()
      .map(({ ticker, quantity, averagePrice }) => ({ symbol: ticker, quantity, averagePrice }));
    return [...options, ...shares];
  }

  /** All orders ever accepted, in order of submission. */
  orders(): ExchangeOrder[] {
    return [...this.#orders.values()].map(describeOrder);
  }

  order(brokerOrderId: string): ExchangeOrder | undefined {
    const working = this.#orders.get(brokerOrderId);
    return working && describeOrder(working);
  }

  orderByClientId(clientOrderId: string): ExchangeOrder | undefined {
    return this.order(this.#idOf(clientOrderId));
  }

  activities(): readonly Activity[] {
    return this.ledger.activities();
  }

  /** Fees charged so far. */
  get fees(): Usd {
    return this.ledger.fees;
  }

  /** Live orders, oldest first; for the exchange, which orders those of all accounts by sequence. */
  get working(): readonly WorkingOrder[] {
    return this.#working;
  }

  /** Fills what can fill of a live order at this step, then takes its place in the queue. */
  match(working: WorkingOrder): void {
    const { underlying } = working.order;
    if (isTerminal(working.status)) return;
    if (!this.#floor.trades(underlying)) {
      working.lookedAt = this.#floor.now;
      return;
    }
    const match = matchOrder(working, this.#floor, this.#model);
    if (match !== null) this.#fill(working, match);
    const [leg] = working.order.legs;
    if (this.#model.queue && leg && !isTerminal(working.status)) takePlace(working, this.#floor.book.quote(leg.symbol));
  }

  /** Does what was asked for a live order: ends it, or puts the new one in its place. Too late when it has ended meanwhile. */
  settleRequest(working: WorkingOrder): void {
    const { pending } = working;
    if (pending === null) return;
    working.pending = null;
    if (isTerminal(working.status)) {
      const { brokerOrderId } = working;
      const reason = `order is already ${working.status}`;
      this.#events.push({ kind: 'too-late', at: this.#floor.now, request: pending.kind, brokerOrderId, reason });
      if (pending.kind === 'replace') this.#end(pending.replacement, 'rejected', reason);
      return;
    }
    if (pending.kind === 'cancel') return this.end(working, 'canceled');
    const { replacement, filledBefore } = pending;
    // What filled while the request was under way counts as filled of the new order's quantity.
    const quantity = replacement.order.quantity - (working.filled - filledBefore);
    if (quantity < 1) {
      const { brokerOrderId } = working;
      const reason = 'the order has filled as much as the new one asks for';
      this.#events.push({ kind: 'too-late', at: this.#floor.now, request: 'replace', brokerOrderId, reason });
      return this.#end(replacement, 'rejected', reason);
    }
    working.replacedBy = replacement.brokerOrderId;
    this.end(working, 'canceled', REPLACED);
    return this.#enter({ ...replacement, order: { ...replacement.order, quantity }, lookedAt: this.#floor.now });
  }

  end(working: WorkingOrder, status: 'canceled' | 'expired', reason?: string): void {
    this.#end(working, status, reason);
    this.#working = this.#working.filter((other) => other !== working);
  }

  /** The mark of positions has changed with the day. */
  startDay(): void {
    this.ledger.refresh();
  }

  /** Forgets orders that have ended. */
  sweep(): void {
    this.#working = this.#working.filter(({ status }) => !isTerminal(status));
  }

  /** Contracts of `symbol` that live orders are going to close. */
  reservedToClose(symbol: OptionSymbol): number {
    return this.#credit.reservedToClose().get(symbol) ?? 0;
  }

  #idOf(clientOrderId: string): string {
    return deriveUuid(this.accountNumber, clientOrderId);
  }

  #enter(working: WorkingOrder): void {
    this.#orders.set(working.brokerOrderId, working);
    this.#tell(working, 'new');
    this.match(working);
    if (!isTerminal(working.status)) this.#working.push(working);
  }

  #fill(working: WorkingOrder, match: Match): void {
    const { order } = working;
    const { now } = this.#floor;
    const done = executionOf('', order, match.units, match.prices, now);
    const refusal = working.source === 'broker' ? null : this.#credit.unaffordable(done, order, match);
    if (refusal !== null) return this.#end(working, 'canceled', refusal);
    const execution = fillOrder(working, match.units, match.prices, now);
    this.ledger.book(execution);
    if (match.takesSize) for (const leg of order.legs) this.#floor.book.take(leg, match.units);
    const status = working.status === 'filled' ? 'filled' : 'partially_filled';
    this.#events.push({ kind: 'execution', at: now, brokerOrderId: working.brokerOrderId, status, execution });
  }

  #end(working: WorkingOrder, status: 'canceled' | 'expired' | 'rejected', reason?: string): void {
    working.status = status;
    working.updatedAt = this.#floor.now;
    this.#tell(working, status, reason);
  }

  #tell(working: WorkingOrder, status: 'new' | 'canceled' | 'expired' | 'rejected', reason?: string): void {
    this.#events.push({
      kind: 'order',
      at: this.#floor.now,
      clientOrderId: working.order.clientOrderId,
      brokerOrderId: working.brokerOrderId,
      status,
      ...(reason !== undefined && { reason }),
    });
  }
}
