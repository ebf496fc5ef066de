import { type Micros, TradingError, type Usd } from '@trading-agent/core';
import type { BrokerAccount, BrokerPosition } from '@trading-agent/broker';
import type { Session } from '@trading-agent/calendar';
import type {
  CancelAnswer,
  CorporateAction,
  ExerciseAnswer,
  Replacement,
  RequestTiming,
} from '@trading-agent/exchange';
import type { OptionContract, Order, Quote } from '@trading-agent/instruments';
import type { MarketDay, MarketStep } from '@trading-agent/market-data';
import type { Margin } from '@trading-agent/portfolio';
import { FAULTLESS, type FaultPort } from '../faults/effects.ts';
import type { AccountActivity, EquityPoint } from './account-history.ts';
import { AccountRun, type SubmitOutcome } from './account-run.ts';
import { DayIndex } from './day-index.ts';
import { grouped } from './grouped.ts';
import { type Halt, type HaltSpan, haltSpan, withHalts } from './halts.ts';
import type { OrderBook, OrderUpdate } from './order-book.ts';
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
  /** Pauses in trading on every day; none unless given. */
  readonly halts?: readonly Halt[];
}

/** One of the market's days. */
interface SimulatedDay {
  readonly day: MarketDay;
  readonly session: Session;
  /** Pauses in trading; the day's data knows them. */
  readonly halts: readonly HaltSpan[];
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
  /** As they were before anybody asked for a halt. */
  readonly #days: SimulatedDay[];
  #today: SimulatedDay;
  #index: DayIndex;
  #run: AccountRun;
  #step = -1;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.accountNumber = options.accountNumber;
    this.startCash = options.cash;
    this.#journal = options.journal;
    this.#faults = options.faults ?? FAULTLESS;
    this.#key = options.key ?? '';
    this.#today = this.#dayOf(options.day, options.session, 0);
    this.#days = [this.#today];
    this.#index = new DayIndex(this.#today.day);
    this.#run = this.#newRun(this.#today);
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
    return this.#run.exchange.now;
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
    return this.#run.account.balances();
  }

  get margin(): Margin {
    return this.#run.account.ledger.margin;
  }

  get positions(): readonly BrokerPosition[] {
    return this.#run.orderFaults.shown(this.#run.account.positions());
  }

  get orders(): Pick<OrderBook, 'records' | 'find' | 'findByClientId'> {
    return this.#run.book;
  }

  /** Fills as they came and what else the broker has told of by now, oldest first. */
  get activities(): readonly AccountActivity[] {
    return this.#run.history.activities(this.#run.account.activities());
  }

  /** The account's equity minute by minute since it was opened. */
  get equityCurve(): readonly EquityPoint[] {
    return this.#run.history.equity;
  }

  nbbo(symbol: string): Quote | undefined {
    return this.#run.exchange.nbbo(symbol);
  }

  /** What a contract or a share is worth now. */
  mark(symbol: string): number | null {
    return this.#run.exchange.mark(symbol);
  }

  /** The mark at the last close; `null` on the first day. */
  closingMark(symbol: string): number | null {
    return this.#run.exchange.closingMark(symbol);
  }

  /** A contract that is listed today or held. */
  contract(symbol: string): OptionContract | undefined {
    return this.#run.exchange.contract(symbol);
  }

  /** Lets the next step happen; `null` at the end of the day. */
  advance(): { readonly step: MarketStep; readonly updates: readonly OrderUpdate[] } | null {
    const step = this.#today.day.steps[this.#step + 1];
    if (!step) return null;
    this.#step += 1;
    this.#haltAt(step.at);
    return { step, updates: this.#run.advance(step) };
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
    return this.#request({ kind: 'submit', order }, () => this.#run.submit(order));
  }

  /** Journals the cancels of all given orders as one request, then asks the exchange for each. */
  cancel(brokerOrderIds: readonly string[]): readonly CancelAnswer[] {
    const timing = this.#options.requestTiming;
    return this.#request({ kind: 'cancel', brokerOrderIds, ...(timing !== undefined && { timing }) }, () =>
      brokerOrderIds.map((id) => this.#run.cancel(id, timing)),
    );
  }

  /** Journals the wish to put another order in the place of a live one, then asks the exchange. */
  replace(brokerOrderId: string, wish: Replacement): SubmitOutcome {
    const timing = this.#options.requestTiming;
    return this.#request({ kind: 'replace', brokerOrderId, wish, ...(timing !== undefined && { timing }) }, () =>
      this.#run.replace(brokerOrderId, wish, timing),
    );
  }

  exercise(symbol: string): ExerciseAnswer {
    return this.#request({ kind: 'exercise', symbol }, () => this.#run.exercise(symbol));
  }

  doNotExercise(symbol: string): ExerciseAnswer {
    return this.#request({ kind: 'decline', symbol }, () => this.#run.doNotExercise(symbol));
  }

  /** The present day's pauses in trading. */
  get halts(): readonly HaltSpan[] {
    return this.#today.halts;
  }

  /**
   * Journals a halt of the present day and lets it happen when its time comes.
   * @throws {TradingError} `OUT_OF_RANGE` unless it lies ahead, `UNKNOWN_SYMBOL` for an underlying that the day has not.
   */
  halt(halt: HaltSpan): void {
    if (halt.end <= halt.start || (halt.start <= this.now && halt.start !== this.nextAt))
      throw new TradingError(
        'OUT_OF_RANGE',
        `A halt of ${halt.symbol} has to begin after the market's present and before its end`,
        {
          hint: 'Leave `from` out to begin at the next step.',
        },
      );
    // Refused before it is journaled.
    withHalts({ ...this.#today.day, steps: [] }, [halt]);
    this.#request({ kind: 'halt', ...halt }, () => this.#applyHalt(halt));
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
    this.#faults.rewind(this.#key);
    for (const [number, day] of this.#days.entries()) {
      if (number > 0) this.#enter(day);
      else this.#begin(day);
      const isToday = day.firstStep === today.firstStep;
      const last = isToday ? step : day.day.steps.length - 1;
      for (;;) {
        const updates = (requests.get(day.firstStep + this.#step) ?? []).flatMap((request) => this.#again(request));
        if (this.#step === last && isToday) return { updates, forgotten };
        if (this.#step === last) break;
        this.advance();
      }
    }
    throw new TradingError('INTERNAL', 'The present day is none of the market’s days');
  }

  #dayOf(day: MarketDay, session: Session, firstStep: number): SimulatedDay {
    const halts = (this.#options.halts ?? []).map((halt) => haltSpan(session.date, halt));
    return { day: withHalts(day, halts), session, halts, firstStep };
  }

  #following(day: MarketDay, session: Session): SimulatedDay {
    return this.#dayOf(day, session, this.firstStep + this.steps + 1);
  }

  #begin(day: SimulatedDay): void {
    this.#present(day);
    this.#run = this.#newRun(day);
  }

  #enter(next: SimulatedDay): void {
    this.#run.openDay(next.day, next.session);
    this.#present(next);
  }

  #present(day: SimulatedDay): void {
    this.#today = day;
    this.#index = this.#index.day === day.day ? this.#index : new DayIndex(day.day);
    this.#step = -1;
  }

  #newRun({ day, session }: SimulatedDay): AccountRun {
    const { corporateActions } = this.#options;
    return new AccountRun({
      day,
      session,
      accountNumber: this.accountNumber,
      cash: this.startCash,
      faults: this.#faults,
      key: this.#key,
      ...(corporateActions !== undefined && { corporateActions }),
    });
  }

  #request<Answer>(request: Unstepped<JournaledRequest>, apply: () => Answer): Answer {
    this.#journal.append({ ...request, step: this.#today.firstStep + this.#step });
    const answer = apply();
    this.onRequestUpdates(this.#run.drain());
    return answer;
  }

  /** Does a journaled request again. */
  #again(request: JournaledRequest): readonly OrderUpdate[] {
    const run = this.#run;
    if (request.kind === 'submit') run.submit(request.order);
    else if (request.kind === 'cancel') for (const id of request.brokerOrderIds) run.cancel(id, request.timing);
    else if (request.kind === 'replace') run.replace(request.brokerOrderId, request.wish, request.timing);
    else if (request.kind === 'exercise') run.exercise(request.symbol);
    else if (request.kind === 'halt') this.#applyHalt(request);
    else run.doNotExercise(request.symbol);
    return run.drain();
  }

  /** What is still to come of the day loses what the halt keeps from happening. */
  #applyHalt({ symbol, start, end }: HaltSpan): void {
    const halt = { symbol, start, end };
    this.#today = {
      ...this.#today,
      day: withHalts(this.#today.day, [halt]),
      halts: [...this.#today.halts, halt],
    };
    this.#index = new DayIndex(this.#today.day);
  }

  #haltAt(at: Micros): void {
    const { halts } = this.#today;
    for (const symbol of new Set(halts.map((halt) => halt.symbol))) {
      if (halts.some((halt) => halt.symbol === symbol && halt.start <= at && at < halt.end))
        this.#run.exchange.halt(symbol);
      else this.#run.exchange.resume(symbol);
    }
  }
}
