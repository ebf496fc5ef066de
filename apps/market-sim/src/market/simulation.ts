import { type Micros, TradingError, type Usd, micros } from '@trading-agent/core';
import type { BrokerAccount, BrokerPosition } from '@trading-agent/broker';
import type { Session } from '@trading-agent/calendar';
import { type CancelAnswer, type ExchangeAccount, type Rejection, SimulatedExchange } from '@trading-agent/exchange';
import { type Order, type Quote, isTerminal } from '@trading-agent/instruments';
import type { MarketDay, MarketStep } from '@trading-agent/market-data';
import { DayIndex } from './day-index.ts';
import { FAULTLESS, type FaultPort } from '../faults/effects.ts';
import { grouped } from './grouped.ts';
import { OrderBook, type OrderRecord, type OrderUpdate } from './order-book.ts';
import { OrderFaults, touch } from './order-faults.ts';
import type { RequestJournal } from './request-journal.ts';

export interface SimulationOptions {
  readonly day: MarketDay;
  readonly session: Session;
  readonly accountNumber: string;
  readonly cash: Usd;
  readonly journal: RequestJournal;
  /** What goes wrong with orders; nothing unless given. Called anew whenever the market is wound back. */
  readonly faults?: FaultPort;
  /** The account's public key, by which faults may be meant for it alone. */
  readonly key?: string;
}

/** An accepted order as it stood before anything happened to it, or why there is none. */
export type SubmitOutcome = { readonly accepted: true; readonly record: OrderRecord } | Rejection;

export type CancelOutcome = CancelAnswer;

/**
 * One market day with one account in it: the exchange, how far the day has run, and every request made so far. It moves only when told to.
 * Its state is a function of the day, the step and the journaled requests, which is how it is rebuilt after a kill.
 */
export class Simulation {
  readonly index: DayIndex;
  readonly session: Session;
  readonly accountNumber: string;
  readonly startCash: Usd;
  /** Told about everything that requests (not steps) do to orders, at once. */
  onRequestUpdates: (updates: readonly OrderUpdate[]) => void = () => undefined;
  readonly #day: MarketDay;
  readonly #journal: RequestJournal;
  readonly #faults: FaultPort;
  readonly #key: string;
  #orderFaults: OrderFaults;
  #exchange: SimulatedExchange;
  #book = new OrderBook();
  #step = -1;

  constructor(options: SimulationOptions) {
    this.#day = options.day;
    this.session = options.session;
    this.accountNumber = options.accountNumber;
    this.startCash = options.cash;
    this.#journal = options.journal;
    this.#faults = options.faults ?? FAULTLESS;
    this.#key = options.key ?? '';
    this.#orderFaults = new OrderFaults(this.#faults, this.#key);
    this.index = new DayIndex(options.day);
    this.#exchange = this.#newExchange();
  }

  /** Index of the last step that has happened; -1 before the first. */
  get step(): number {
    return this.#step;
  }

  get steps(): number {
    return this.#day.steps.length;
  }

  /** Simulated time: that of the current step; before the first, the opening or the first step, whichever is earlier. */
  get now(): Micros {
    return this.#exchange.now;
  }

  /** Time of the next step; `null` at the end of the day. */
  get nextAt(): Micros | null {
    return this.#day.steps[this.#step + 1]?.at ?? null;
  }

  /** Requests that have changed or tried to change the account so far. */
  get requestCount(): number {
    return this.#journal.requests().length;
  }

  get account(): BrokerAccount {
    return this.#account.balances();
  }

  get positions(): readonly BrokerPosition[] {
    return this.#orderFaults.shown(this.#account.positions());
  }

  get orders(): Pick<OrderBook, 'records' | 'find' | 'findByClientId'> {
    return this.#book;
  }

  nbbo(symbol: string): Quote | undefined {
    return this.#exchange.nbbo(symbol);
  }

  /** Lets the next step happen; `null` at the end of the day. */
  advance(): { readonly step: MarketStep; readonly updates: readonly OrderUpdate[] } | null {
    const step = this.#day.steps[this.#step + 1];
    if (!step) return null;
    this.#step += 1;
    this.#exchange.advance(step);
    return { step, updates: this.#drain() };
  }

  /** Journals the order, then hands it to the exchange. */
  submit(order: Order): SubmitOutcome {
    this.#journal.append({ kind: 'submit', step: this.#step, order });
    const { outcome, updates } = this.#applySubmit(order);
    this.onRequestUpdates(updates);
    return outcome;
  }

  /** Journals the cancels of all given orders as one request, then asks the exchange for each. */
  cancel(brokerOrderIds: readonly string[]): readonly CancelOutcome[] {
    this.#journal.append({ kind: 'cancel', step: this.#step, brokerOrderIds });
    const { outcomes, updates } = this.#applyCancel(brokerOrderIds);
    this.onRequestUpdates(updates);
    return outcomes;
  }

  /**
   * Winds the market to the state right after `step`, with every request journaled up to then; later ones are forgotten. Returns what
   * the requests made at `step` itself did, for whoever has not heard of it yet, and how many requests were forgotten.
   * @throws {TradingError} `OUT_OF_RANGE` when the day has no such step.
   */
  rebuild(step: number): { readonly updates: readonly OrderUpdate[]; readonly forgotten: number } {
    if (!Number.isInteger(step) || step < -1 || step >= this.steps) {
      throw new TradingError('OUT_OF_RANGE', `The day has steps 0 to ${this.steps - 1}, asked to go on after ${step}`, {
        details: { step, steps: this.steps },
      });
    }
    const forgotten = this.#journal.rewind(step);
    const requests = grouped(this.#journal.requests(), (request) => request.step);
    this.#exchange = this.#newExchange();
    this.#book = new OrderBook();
    this.#faults.rewind(this.#key);
    this.#orderFaults = new OrderFaults(this.#faults, this.#key);
    this.#step = -1;
    let updates: readonly OrderUpdate[] = [];
    for (;;) {
      updates = (requests.get(this.#step) ?? []).flatMap((request) =>
        request.kind === 'submit'
          ? this.#applySubmit(request.order).updates
          : this.#applyCancel(request.brokerOrderIds).updates,
      );
      if (this.#step === step) return { updates, forgotten };
      this.advance();
    }
  }

  get #account(): ExchangeAccount {
    return this.#exchange.account(this.accountNumber);
  }

  #applySubmit(order: Order): { outcome: SubmitOutcome; updates: readonly OrderUpdate[] } {
    const admitted = this.#orderFaults.admitted(order);
    const answer = this.#account.submit(admitted.order);
    if (!answer.accepted) return { outcome: answer, updates: this.#drain() };
    if (admitted.cut !== null) this.#orderFaults.remember(answer.brokerOrderId, admitted.cut);
    const record = this.#book.open(answer.brokerOrderId, order, this.now);
    return { outcome: { accepted: true, record }, updates: this.#drain() };
  }

  #applyCancel(brokerOrderIds: readonly string[]): { outcomes: CancelOutcome[]; updates: readonly OrderUpdate[] } {
    const outcomes = brokerOrderIds.map((id) => {
      this.#fillBeforeCancel(id);
      return this.#account.cancel(id);
    });
    return { outcomes, updates: this.#drain() };
  }

  /** The market touches the order's limit for an instant, when a fault wants the cancel to come too late. */
  #fillBeforeCancel(brokerOrderId: string): void {
    const record = this.#book.find(brokerOrderId);
    if (record === undefined || isTerminal(record.status) || !this.#orderFaults.losesToFill(record.order)) return;
    const units = record.order.quantity - record.filledQuantity;
    const quotes = touch(record.order, units, this.now, (symbol) => this.nbbo(symbol));
    if (quotes === null) return;
    for (const side of [quotes.touching, quotes.before])
      this.#exchange.advance({ at: this.now, quotes: side, bars: [], trades: [] });
  }

  #drain(): readonly OrderUpdate[] {
    return this.#account
      .drainEvents()
      .filter((event) => event.kind !== 'too-late')
      .flatMap((event) => this.#orderFaults.told(event))
      .map((event) => this.#book.apply(event));
  }

  #newExchange(): SimulatedExchange {
    const exchange = new SimulatedExchange({
      accounts: [{ accountNumber: this.accountNumber, cash: this.startCash }],
      session: this.session,
      contracts: this.#day.contracts,
    });
    const first = this.#day.steps[0]?.at ?? this.session.open;
    exchange.advance({ at: micros(Math.min(first, this.session.open)), quotes: [], bars: [], trades: [] });
    return exchange;
  }
}
