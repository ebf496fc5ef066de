import { TradingError, type Usd, micros } from '@trading-agent/core';
import type { Session } from '@trading-agent/calendar';
import {
  type CorporateAction,
  type ExchangeAccount,
  type ExerciseAnswer,
  type Rejection,
  type Replacement,
  type RequestTiming,
  SimulatedExchange,
  type Submission,
} from '@trading-agent/exchange';
import { type Execution, type Order, isTerminal, sideOf, sign } from '@trading-agent/instruments';
import type { MarketDay, MarketStep } from '@trading-agent/market-data';
import type { FaultPort } from '../faults/effects.ts';
import { AccountHistory } from './account-history.ts';
import { OrderBook, type OrderRecord, type OrderUpdate } from './order-book.ts';
import { OrderFaults, touch } from './order-faults.ts';

/** An accepted order as it stood before anything happened to it, or why there is none. */
export type SubmitOutcome = { readonly accepted: true; readonly record: OrderRecord } | Rejection;

export interface AccountRunOptions {
  readonly day: MarketDay;
  readonly session: Session;
  readonly accountNumber: string;
  readonly cash: Usd;
  readonly faults: FaultPort;
  /** The account's public key, by which faults may be meant for it alone. */
  readonly key: string;
  readonly corporateActions?: readonly CorporateAction[];
}

/**
 * One run of an account through the market: its exchange, its orders as they were told, its history. It knows steps and requests, not where they
 * come from; a market that is wound back begins another run.
 */
export class AccountRun {
  readonly exchange: SimulatedExchange;
  readonly book = new OrderBook();
  readonly history = new AccountHistory();
  readonly orderFaults: OrderFaults;
  readonly #accountNumber: string;
  /** Requests that wait for the next step and have not been told yet. */
  readonly #waiting: OrderUpdate[] = [];

  constructor({ day, session, accountNumber, cash, faults, key, corporateActions }: AccountRunOptions) {
    this.#accountNumber = accountNumber;
    this.orderFaults = new OrderFaults(faults, key, () => this.exchange.now);
    this.exchange = new SimulatedExchange({
      accounts: [{ accountNumber, cash }],
      session,
      contracts: day.contracts,
      ...(corporateActions !== undefined && { corporateActions }),
    });
    this.#beginMorning(day);
  }

  get account(): ExchangeAccount {
    return this.exchange.account(this.#accountNumber);
  }

  advance(step: MarketStep): readonly OrderUpdate[] {
    this.exchange.advance(step);
    const updates = this.drain();
    this.history.mark(this.exchange.now, () => this.account.ledger.equity);
    return updates;
  }

  /** The next day: positions and cash stay, what the night does to them happens. */
  openDay(day: MarketDay, session: Session): void {
    this.exchange.openSession(session, day.contracts);
    this.#beginMorning(day);
    this.#syncPositions();
  }

  submit(order: Order): SubmitOutcome {
    const admitted = this.orderFaults.admitted(order);
    const answer = this.account.submit(admitted.order);
    if (answer.accepted && admitted.cut !== null) this.orderFaults.remember(answer.brokerOrderId, admitted.cut);
    return this.#opened(answer, order);
  }

  cancel(brokerOrderId: string, timing: RequestTiming | undefined): ReturnType<ExchangeAccount['cancel']> {
    this.#fillBeforeCancel(brokerOrderId);
    const answer = this.account.cancel(brokerOrderId, timing);
    if (answer === 'accepted') this.#noteWaiting(brokerOrderId, 'cancel');
    return answer;
  }

  replace(brokerOrderId: string, wish: Replacement, timing: RequestTiming | undefined): SubmitOutcome {
    const answer = this.account.replace(brokerOrderId, wish, timing);
    if (!answer.accepted) return answer;
    const order = this.account.order(answer.brokerOrderId)?.order;
    const outcome = order === undefined ? answer : this.#opened(answer, order, brokerOrderId);
    this.#noteWaiting(brokerOrderId, 'replace');
    if ('record' in outcome) return outcome;
    throw new TradingError('INTERNAL', `The exchange took order ${answer.brokerOrderId} and does not know it`);
  }

  exercise(symbol: string): ExerciseAnswer {
    return this.exchange.exercise(this.#accountNumber, symbol);
  }

  doNotExercise(symbol: string): ExerciseAnswer {
    return this.exchange.doNotExercise(this.#accountNumber, symbol);
  }

  /** What happened to orders since the last call, as the account's owner hears it. */
  drain(): readonly OrderUpdate[] {
    const updates = this.#waiting.splice(0);
    for (const told of this.account.drainEvents()) {
      // What the broker places by itself is heard of for the first time here.
      if (this.book.find(told.brokerOrderId) === undefined) this.#openForBroker(told.brokerOrderId);
      const events = told.kind === 'too-late' ? [told] : this.orderFaults.told(told);
      for (const event of events) {
        const update = this.book.apply(event);
        this.history.executed(update);
        updates.push(update, ...this.#changed(update));
      }
    }
    this.#syncPositions();
    return updates;
  }

  /** What faults make of a fill that has just happened. */
  #changed(update: OrderUpdate): readonly OrderUpdate[] {
    const { execution, record } = update;
    if (execution === null) return [];
    return this.orderFaults.changesOf(update).map((change) => {
      if (change.do === 'bust') {
        this.exchange.bust(this.#accountNumber, execution);
        return this.book.change(update, execution, null);
      }
      const prices = correctedPrices(record.order, execution, change.by);
      this.exchange.correct(this.#accountNumber, execution, prices);
      const legs = execution.legs.map((leg, index) => ({ ...leg, price: prices[index] ?? leg.price }));
      return this.book.change(update, execution, { ...execution, legs });
    });
  }

  #opened(answer: Submission, order: Order, replaces?: string): SubmitOutcome {
    if (!answer.accepted) return answer;
    const { brokerOrderId } = answer;
    const { now, session } = this.exchange;
    const opened = { brokerOrderId, order, at: now, expiresAt: session.close };
    const record = this.book.open({ ...opened, ...(replaces !== undefined && { replaces }) });
    return { accepted: true, record };
  }

  #openForBroker(brokerOrderId: string): void {
    const placed = this.account.order(brokerOrderId);
    if (placed === undefined) return;
    const { order, submittedAt: at, source } = placed;
    this.book.open({ brokerOrderId, order, at, expiresAt: this.exchange.session.close, source });
  }

  /** A request that waits for the next step is told at once, as such. */
  #noteWaiting(brokerOrderId: string, request: 'cancel' | 'replace'): void {
    if (this.account.order(brokerOrderId)?.pending === request)
      this.#waiting.push(this.book.await(brokerOrderId, request, this.exchange.now));
  }

  /** The market touches the order's limit for an instant, when a fault wants the cancel to come too late. */
  #fillBeforeCancel(brokerOrderId: string): void {
    const record = this.book.find(brokerOrderId);
    if (record === undefined || isTerminal(record.status) || !this.orderFaults.losesToFill(record.order)) return;
    const { now: at } = this.exchange;
    const units = record.order.quantity - record.filledQuantity;
    const quotes = touch(record.order, units, at, (symbol) => this.exchange.nbbo(symbol));
    if (quotes === null) return;
    for (const side of [quotes.touching, quotes.before])
      this.exchange.advance({ at, quotes: side, bars: [], trades: [] });
  }

  #syncPositions(): void {
    this.book.setPositions(new Map(this.account.positions().map(({ symbol, quantity }) => [symbol, quantity])));
  }

  /** The opening, or the first step when it comes earlier. */
  #beginMorning({ steps }: MarketDay): void {
    const { open } = this.exchange.session;
    const at = micros(Math.min(steps[0]?.at ?? open, open));
    this.exchange.advance({ at, quotes: [], bars: [], trades: [] });
  }
}

/** A single leg's price `by` dollars higher, or a first leg's that makes the package so much dearer; not below nothing. */
function correctedPrices({ legs }: Order, execution: Execution, by: number): number[] {
  const [first, ...others] = legs;
  const direction = first !== undefined && others.length > 0 ? sign(sideOf(first.intent)) / first.ratio : 1;
  return execution.legs.map(({ price }, index) =>
    index === 0 ? Math.max(0, Math.round((price + direction * by) * 1e6) / 1e6) : price,
  );
}
