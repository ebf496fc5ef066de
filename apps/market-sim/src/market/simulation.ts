import { type Micros, TradingError, type Usd, micros } from '@trading-agent/core';
import type { BrokerAccount, BrokerPosition } from '@trading-agent/broker';
import type { Session } from '@trading-agent/calendar';
import {
  type CancelAnswer,
  type CorporateAction,
  type ExchangeAccount,
  type ExerciseAnswer,
  type Rejection,
  type Replacement,
  type RequestTiming,
  type ShareTrade,
  SimulatedExchange,
  type Submission,
} from '@trading-agent/exchange';
import { type OptionContract, type Order, type Quote, isTerminal } from '@trading-agent/instruments';
import type { MarketDay, MarketStep } from '@trading-agent/market-data';
import type { Margin } from '@trading-agent/portfolio';
import { FAULTLESS, type FaultPort } from '../faults/effects.ts';
import { type AccountActivity, AccountHistory, type EquityPoint } from './account-history.ts';
import { DayIndex } from './day-index.ts';
import { grouped } from './grouped.ts';
import { OrderBook, type OrderRecord, type OrderUpdate } from './order-book.ts';
import { OrderFaults, touch } from './order-faults.ts';
import type { JournaledRequest, RequestJournal } from './request-journal.ts';

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
  /** When cancels and replacements happen; at once unless given. */
  readonly requestTiming?: RequestTiming;
  readonly corporateActions?: readonly CorporateAction[];
}

/** An accepted order as it stood before anything happened to it, or why there is none. */
export type SubmitOutcome = { readonly accepted: true; readonly record: OrderRecord } | Rejection;

export type CancelOutcome = CancelAnswer;

/** Shares that were closed, as an order that filled at once. */
export interface ShareOrder extends ShareTrade {
  readonly ticker: string;
  readonly at: Micros;
}

/** One of the market's days. */
interface SimulatedDay {
  readonly day: MarketDay;
  readonly session: Session;
  /** Where its steps begin in the journal's count: its morning is the number before. */
  readonly firstStep: number;
}

type Unstepped<Request> = Request extends JournaledRequest ? Omit<Request, 'step'> : never;

/**
 * One account on a market of one or several days: the exchange, how far the present day has run, and every request made so far. It moves only when
 * told to. Its state is a function of the days, the step and the journaled requests, which is how it is rebuilt after a kill.
 */
export class Simulation {
  readonly accountNumber: string;
  readonly startCash: Usd;
  /** Told about everything that requests (not steps) do to orders, at once. */
  onRequestUpdates: (updates: readonly OrderUpdate[]) => void = () => undefined;
  readonly #options: SimulationOptions;
  readonly #journal: RequestJournal;
  readonly #faults: FaultPort;
  readonly #key: string;
  readonly #days: SimulatedDay[];
  #today: SimulatedDay;
  #index: DayIndex;
  #orderFaults: OrderFaults;
  #exchange: SimulatedExchange;
  #book = new OrderBook();
  #history = new AccountHistory();
  #shareOrders: ShareOrder[] = [];
  #step = -1;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.accountNumber = options.accountNumber;
    this.startCash = options.cash;
    this.#journal = options.journal;
    this.#faults = options.faults ?? FAULTLESS;
    this.#key = options.key ?? '';
    this.#orderFaults = new OrderFaults(this.#faults, this.#key);
    this.#today = { day: options.day, session: options.session, firstStep: 0 };
    this.#days = [this.#today];
    this.#index = new DayIndex(options.day);
    this.#exchange = this.#newExchange();
  }

  /** The present day, arranged for look-ups. */
  get index(): DayIndex {
    return this.#index;
  }

  get session(): Session {
    return this.#today.session;
  }

  /** Index of the day's last step that has happened; -1 before the first. */
  get step(): number {
    return this.#step;
  }

  /** Steps of the present day. */
  get steps(): number {
    return this.#today.day.steps.length;
  }

  /** Where the present day's steps begin in the count of all days' steps; its morning is the number before. */
  get firstStep(): number {
    return this.#today.firstStep;
  }

  /** Simulated time: that of the current step; before the first, the opening or the first step, whichever is earlier. */
  get now(): Micros {
    return this.#exchange.now;
  }

  /** Time of the next step; `null` at the end of the day. */
  get nextAt(): Micros | null {
    return this.#today.day.steps[this.#step + 1]?.at ?? null;
  }

  /** Requests that have changed or tried to change the account so far. */
  get requestCount(): number {
    return this.#journal.requests().length;
  }

  get account(): BrokerAccount {
    return this.#account.balances();
  }

  get margin(): Margin {
    return this.#account.ledger.margin;
  }

  get positions(): readonly BrokerPosition[] {
    return this.#orderFaults.shown(this.#account.positions());
  }

  get orders(): Pick<OrderBook, 'records' | 'find' | 'findByClientId'> {
    return this.#book;
  }

  /** Fills as they came and what else the broker has told of by now, oldest first. */
  get activities(): readonly AccountActivity[] {
    return this.#history.activities(this.#account.activities());
  }

  /** The account's equity minute by minute since it was opened. */
  get equityCurve(): readonly EquityPoint[] {
    return this.#history.equity;
  }

  /** Equity at the last close; what the account began with on its first day. */
  get lastEquity(): Usd {
    return this.#history.lastEquity ?? this.startCash;
  }

  nbbo(symbol: string): Quote | undefined {
    return this.#exchange.nbbo(symbol);
  }

  /** What a contract or a share is worth now. */
  mark(symbol: string): number | null {
    return this.#exchange.mark(symbol);
  }

  /** The mark at the last close; `null` on the first day. */
  closingMark(symbol: string): number | null {
    return this.#exchange.closingMark(symbol);
  }

  /** A contract that is listed today or held. */
  contract(symbol: string): OptionContract | undefined {
    return this.#exchange.contract(symbol);
  }

  /** Lets the next step happen; `null` at the end of the day. */
  advance(): { readonly step: MarketStep; readonly updates: readonly OrderUpdate[] } | null {
    const step = this.#today.day.steps[this.#step + 1];
    if (!step) return null;
    this.#step += 1;
    this.#exchange.advance(step);
    const updates = this.#drain();
    this.#history.mark(this.now, () => this.#account.ledger.equity);
    return { step, updates };
  }

  /**
   * Begins the next day: positions and cash stay, what the night does to them happens.
   * @throws {TradingError} `OUT_OF_RANGE` before the present day has ended, or for a day that does not lie after it.
   */
  openNextDay(day: MarketDay, session: Session): void {
    if (this.nextAt !== null) {
      throw new TradingError('OUT_OF_RANGE', `The day of ${this.session.date} still has steps to come`);
    }
    const next = this.#following(day, session);
    this.#enter(next);
    this.#days.push(next);
  }

  /** Makes `day` the present one without going through the days before it; `rebuild` does that and has to follow. */
  appendDay(day: MarketDay, session: Session): void {
    this.#today = this.#following(day, session);
    this.#days.push(this.#today);
  }

  /** Journals the order, then hands it to the exchange. */
  submit(order: Order): SubmitOutcome {
    return this.#request({ kind: 'submit', order }, () => this.#applySubmit(order));
  }

  /** Journals the cancels of all given orders as one request, then asks the exchange for each. */
  cancel(brokerOrderIds: readonly string[]): readonly CancelOutcome[] {
    const timing = this.#options.requestTiming;
    return this.#request({ kind: 'cancel', brokerOrderIds, ...(timing !== undefined && { timing }) }, () =>
      this.#applyCancel(brokerOrderIds, timing),
    );
  }

  /** Journals the wish to put another order in the place of a live one, then asks the exchange. */
  replace(brokerOrderId: string, wish: Replacement): SubmitOutcome {
    const timing = this.#options.requestTiming;
    return this.#request({ kind: 'replace', brokerOrderId, wish, ...(timing !== undefined && { timing }) }, () =>
      this.#applyReplace(brokerOrderId, wish, timing),
    );
  }

  exercise(symbol: string): ExerciseAnswer {
    return this.#request({ kind: 'exercise', symbol }, () => this.#applyExercise(symbol));
  }

  doNotExercise(symbol: string): ExerciseAnswer {
    const { accountNumber } = this;
    return this.#request({ kind: 'decline', symbol }, () => this.#exchange.doNotExercise(accountNumber, symbol));
  }

  /** Closes shares that an exercise or an assignment brought. */
  closeShares(ticker: string, quantity: number): ShareOrder | Rejection {
    return this.#request({ kind: 'close-shares', ticker, quantity }, () => this.#applyCloseShares(ticker, quantity));
  }

  /** Shares closed so far, oldest first. */
  get shareOrders(): readonly ShareOrder[] {
    return this.#shareOrders;
  }

  /**
   * Winds the market to the state right after `step` of the present day, with every request journaled up to then; later ones are forgotten.
   * Returns what the requests made at `step` itself did, for whoever has not heard of it yet, and how many requests were forgotten.
   * @throws {TradingError} `OUT_OF_RANGE` when the day has no such step.
   */
  rebuild(step: number): { readonly updates: readonly OrderUpdate[]; readonly forgotten: number } {
    if (!Number.isInteger(step) || step < -1 || step >= this.steps) {
      throw new TradingError('OUT_OF_RANGE', `The day has steps 0 to ${this.steps - 1}, asked to go on after ${step}`, {
        details: { step, steps: this.steps },
      });
    }
    const today = this.#today;
    const forgotten = this.#journal.rewind(today.firstStep + step);
    const requests = grouped(this.#journal.requests(), (request) => request.step);
    this.#book = new OrderBook();
    this.#history = new AccountHistory();
    this.#shareOrders = [];
    this.#faults.rewind(this.#key);
    this.#orderFaults = new OrderFaults(this.#faults, this.#key);
    for (const [number, day] of this.#days.entries()) {
      if (number > 0) this.#enter(day);
      else this.#begin(day);
      const last = day === today ? step : day.day.steps.length - 1;
      for (;;) {
        const updates = (requests.get(day.firstStep + this.#step) ?? []).flatMap((request) => this.#again(request));
        if (this.#step === last && day === today) return { updates, forgotten };
        if (this.#step === last) break;
        this.advance();
      }
    }
    throw new TradingError('INTERNAL', 'The present day is none of the market’s days');
  }

  get #account(): ExchangeAccount {
    return this.#exchange.account(this.accountNumber);
  }

  #following(day: MarketDay, session: Session): SimulatedDay {
    return { day, session, firstStep: this.firstStep + this.steps + 1 };
  }

  #begin(day: SimulatedDay): void {
    this.#today = day;
    this.#index = this.#index.day === day.day ? this.#index : new DayIndex(day.day);
    this.#exchange = this.#newExchange();
    this.#step = -1;
  }

  #enter(next: SimulatedDay): void {
    this.#history.closeDay(this.#account.ledger.equity);
    this.#exchange.openSession(next.session, next.day.contracts);
    this.#today = next;
    this.#index = new DayIndex(next.day);
    this.#step = -1;
    this.#morning();
    this.#syncPositions();
  }

  #request<Answer>(request: Unstepped<JournaledRequest>, apply: () => Answer): Answer {
    this.#journal.append({ ...request, step: this.#today.firstStep + this.#step });
    const answer = apply();
    this.onRequestUpdates(this.#drain());
    return answer;
  }

  /** Does a journaled request again. */
  #again(request: JournaledRequest): readonly OrderUpdate[] {
    if (request.kind === 'submit') this.#applySubmit(request.order);
    else if (request.kind === 'cancel') this.#applyCancel(request.brokerOrderIds, request.timing);
    else if (request.kind === 'replace') this.#applyReplace(request.brokerOrderId, request.wish, request.timing);
    else if (request.kind === 'exercise') this.#applyExercise(request.symbol);
    else if (request.kind === 'close-shares') this.#applyCloseShares(request.ticker, request.quantity);
    else this.#exchange.doNotExercise(this.accountNumber, request.symbol);
    return this.#drain();
  }

  #applySubmit(order: Order): SubmitOutcome {
    const admitted = this.#orderFaults.admitted(order);
    const answer = this.#account.submit(admitted.order);
    if (answer.accepted && admitted.cut !== null) this.#orderFaults.remember(answer.brokerOrderId, admitted.cut);
    return this.#opened(answer, order);
  }

  #applyCancel(brokerOrderIds: readonly string[], timing: RequestTiming | undefined): CancelOutcome[] {
    return brokerOrderIds.map((id) => {
      this.#fillBeforeCancel(id);
      const answer = this.#account.cancel(id, timing);
      if (answer === 'accepted') this.#noteWaiting(id, 'cancel');
      return answer;
    });
  }

  #applyReplace(brokerOrderId: string, wish: Replacement, timing: RequestTiming | undefined): SubmitOutcome {
    const answer = this.#account.replace(brokerOrderId, wish, timing);
    if (!answer.accepted) return answer;
    const order = this.#account.order(answer.brokerOrderId)?.order;
    const outcome = order === undefined ? answer : this.#opened(answer, order, brokerOrderId);
    this.#noteWaiting(brokerOrderId, 'replace');
    return 'record' in outcome ? outcome : this.#lost(answer.brokerOrderId);
  }

  #applyExercise(symbol: string): ExerciseAnswer {
    return this.#exchange.exercise(this.accountNumber, symbol);
  }

  #applyCloseShares(ticker: string, quantity: number): ShareOrder | Rejection {
    const answer = this.#exchange.closeShares(this.accountNumber, ticker, quantity);
    if (!answer.accepted) return answer;
    const order = { ...answer, ticker, at: this.now };
    this.#shareOrders.push(order);
    return order;
  }

  #opened(answer: Submission, order: Order, replaces?: string): SubmitOutcome {
    if (!answer.accepted) return answer;
    const { brokerOrderId } = answer;
    const opened = { brokerOrderId, order, at: this.now, expiresAt: this.session.close };
    const record = this.#book.open({ ...opened, ...(replaces !== undefined && { replaces }) });
    return { accepted: true, record };
  }

  #lost(brokerOrderId: string): never {
    throw new TradingError('INTERNAL', `The exchange took order ${brokerOrderId} and does not know it`);
  }

  /** A request that waits for the next step is told at once, as such. */
  #noteWaiting(brokerOrderId: string, request: 'cancel' | 'replace'): void {
    if (this.#account.order(brokerOrderId)?.pending === request)
      this.#waiting.push(this.#book.await(brokerOrderId, request, this.now));
  }

  readonly #waiting: OrderUpdate[] = [];

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
    const updates = this.#waiting.splice(0);
    for (const told of this.#account.drainEvents()) {
      // What the broker places by itself is heard of for the first time here.
      if (this.#book.find(told.brokerOrderId) === undefined) this.#openForBroker(told.brokerOrderId);
      const events = told.kind === 'too-late' ? [told] : this.#orderFaults.told(told);
      for (const event of events) updates.push(this.#book.apply(event));
    }
    for (const update of updates) this.#history.executed(update);
    this.#syncPositions();
    return updates;
  }

  #openForBroker(brokerOrderId: string): void {
    const order = this.#account.order(brokerOrderId);
    if (order === undefined) return;
    const { session } = this;
    this.#book.open({
      brokerOrderId,
      order: order.order,
      at: order.submittedAt,
      expiresAt: session.close,
      source: order.source,
    });
  }

  #syncPositions(): void {
    this.#book.setPositions(new Map(this.#account.positions().map(({ symbol, quantity }) => [symbol, quantity])));
  }

  #newExchange(): SimulatedExchange {
    const [first] = this.#days;
    const { day, session } = first ?? this.#today;
    const { corporateActions } = this.#options;
    const exchange = new SimulatedExchange({
      accounts: [{ accountNumber: this.accountNumber, cash: this.startCash }],
      session,
      contracts: day.contracts,
      ...(corporateActions !== undefined && { corporateActions }),
    });
    exchange.advance({ at: morningOf(day, session), quotes: [], bars: [], trades: [] });
    return exchange;
  }

  #morning(): void {
    const { day, session } = this.#today;
    this.#exchange.advance({ at: morningOf(day, session), quotes: [], bars: [], trades: [] });
  }
}

function morningOf({ steps }: MarketDay, { open }: Session): Micros {
  return micros(Math.min(steps[0]?.at ?? open, open));
}
