import { type Session, lastTradingDay, nextSession } from '@trading-agent/calendar';
import { type MarketDate, type Micros, TradingError, type Usd } from '@trading-agent/core';
import {
  type Execution,
  type OptionContract,
  type OptionSymbol,
  type Quote,
  type Ticker,
  isTerminal,
} from '@trading-agent/instruments';
import type { MarketStep } from '@trading-agent/market-data';
import { type CorporateAction, assertAction } from './corporate-action.ts';
import { bustExecution, correctExecution } from './corrections.ts';
import { ExchangeAccount } from './exchange-account.ts';
import { type ExerciseAnswer, requestDecline, requestExercise } from './exercise-requests.ts';
import { CAREFUL, type FillModel } from './fill-model.ts';
import { Floor } from './floor.ts';
import {
  type Entitlement,
  assignEarly,
  contractsAfterSplits,
  convertForSplits,
  entitlements,
  payDividend,
  splitsOn,
} from './overnight.ts';
import { sellOut } from './sell-out.ts';
import { type Settling, positionsByUnderlying, settleExpiring } from './settlement.ts';
import type { WorkingOrder } from './working-order.ts';

export interface AccountOpening {
  readonly accountNumber: string;
  readonly cash: Usd;
}

export interface SimulatedExchangeOptions {
  readonly accounts: readonly AccountOpening[];
  /** Orders fill while `session.open <= now < session.close`; at the close day orders expire. */
  readonly session: Session;
  readonly contracts: readonly OptionContract[];
  /** `CAREFUL` unless given. */
  readonly fills?: FillModel;
  readonly corporateActions?: readonly CorporateAction[];
}

interface Seat {
  readonly account: ExchangeAccount;
  readonly declined: Set<OptionSymbol>;
  entitled: Entitlement[];
}

/**
 * Accounts on one simulated exchange, day after day, driven by market steps: the only place where a fill is simulated. Deterministic: the
 * same steps and requests in the same order give the same ids, fills and events. Which orders fill and at what price: see `FillModel`;
 * older orders come first, whoever's they are.
 *
 * After the close options that expire are settled, positions and cash change without any event, and the broker tells of it as activities of the
 * next session. Overnight, short options may be assigned early, stocks split or go ex-dividend.
 */
export class SimulatedExchange {
  readonly #floor: Floor;
  readonly #actions: readonly CorporateAction[];
  readonly #seats = new Map<string, Seat>();
  #sequence = 0;
  #dayClosed = false;

  /** @throws {TradingError} `INVALID_VALUE` without accounts or with one twice, `OUT_OF_RANGE` for a split that is not whole. */
  constructor({ accounts, session, contracts, fills = CAREFUL, corporateActions = [] }: SimulatedExchangeOptions) {
    for (const action of corporateActions) assertAction(action);
    this.#actions = corporateActions;
    this.#floor = new Floor(session, contracts);
    for (const { accountNumber, cash } of accounts) {
      if (this.#seats.has(accountNumber))
        throw new TradingError('INVALID_VALUE', `Account ${accountNumber} is named twice`);
      const nextSequence = (): number => this.#sequence++;
      const account = new ExchangeAccount({ accountNumber, cash, floor: this.#floor, model: fills, nextSequence });
      this.#seats.set(accountNumber, { account, declined: new Set(), entitled: [] });
    }
    if (this.#seats.size === 0) throw new TradingError('INVALID_VALUE', 'An exchange needs at least one account');
  }

  /** The last step's time; midnight before the first step of a session. */
  get now(): Micros {
    return this.#floor.now;
  }

  get session(): Session {
    return this.#floor.session;
  }

  /** @throws {TradingError} `INVALID_VALUE` for an account that does not exist. */
  account(accountNumber: string): ExchangeAccount {
    return this.#seat(accountNumber).account;
  }

  accounts(): readonly ExchangeAccount[] {
    return [...this.#seats.values()].map(({ account }) => account);
  }

  /**
   * Takes over the step's quotes, prints and time, then fills resting orders; at or after the close it expires them instead and settles the
   * day. A day whose data ends early needs one empty step at the close.
   * @throws {TradingError} `OUT_OF_RANGE` when the step lies before the present.
   */
  advance(step: MarketStep): void {
    this.#floor.advance(step);
    if (this.#floor.now >= this.#floor.session.close) return this.#closeDay();
    this.#settle((contract) => contract.settles === 'am' && this.#floor.opening(contract.underlying) !== null);
    for (const { account, working } of this.#live()) account.match(working);
    for (const { account, working } of this.#live()) account.settleRequest(working);
    for (const { account, declined } of this.#seats.values()) {
      sellOut(account, this.#settling(account, declined), this.#floor);
      account.sweep();
    }
    return undefined;
  }

  /**
   * The next trading day. What happens in the night comes first: early assignments, splits, dividends.
   * @throws {TradingError} `OUT_OF_RANGE` when the present day has not reached its close, or for any session but the next.
   */
  openSession(session: Session, contracts: readonly OptionContract[]): void {
    const floor = this.#floor;
    if (!this.#dayClosed) {
      throw new TradingError('OUT_OF_RANGE', `The session of ${floor.session.date} has not reached its close`);
    }
    const expected = nextSession(floor.session.date);
    if (session.date !== expected) {
      // What expires, splits or goes ex-dividend on a session that is left out would never happen.
      throw new TradingError('OUT_OF_RANGE', `After ${floor.session.date} comes ${expected}, not ${session.date}`);
    }
    const { date } = session;
    const seats = [...this.#seats.values()];
    const carried: OptionContract[] = [];
    for (const { account, declined } of seats) {
      const { ledger } = account;
      ledger.endDay();
      assignEarly(this.#settling(account, declined), date, this.#actions);
      carried.push(...ledger.options().map(({ symbol }) => floor.contract(symbol)));
      carried.push(...contractsAfterSplits(ledger, floor, date, this.#actions));
    }
    floor.openSession(session, contracts, carried);
    for (const { ticker, ratio } of splitsOn(date, this.#actions)) floor.split(ticker, ratio);
    for (const seat of seats) {
      const { account, declined } = seat;
      convertForSplits(this.#settling(account, declined), date, this.#actions);
      seat.entitled.push(...entitlements(account.ledger, date, this.#actions));
      this.#payDividends(seat, date);
      account.startDay();
    }
    this.#dayClosed = false;
  }

  /** Stops trading in a stock and all options on it, as a limit-up/limit-down pause does: orders are taken and rest. */
  halt(underlying: Ticker): void {
    this.#floor.setHalted(underlying, true);
  }

  resume(underlying: Ticker): void {
    this.#floor.setHalted(underlying, false);
  }

  /** Exercises all of a long position at once; the broker tells of it the next session. */
  exercise(accountNumber: string, symbol: string): ExerciseAnswer {
    const { account, declined } = this.#seat(accountNumber);
    const available = (held: OptionSymbol): number => account.ledger.held(held) - account.reservedToClose(held);
    return requestExercise(this.#settling(account, declined), symbol, available, this.#sequence++);
  }

  /** A long position that is not to be exercised when it expires, whatever it is worth. */
  doNotExercise(accountNumber: string, symbol: string): ExerciseAnswer {
    const { account, declined } = this.#seat(accountNumber);
    return requestDecline({ ...this.#settling(account, declined), declined }, symbol);
  }

  /** Takes an execution of today back, as an exchange does with an erroneous trade. The order stays as it is: what was busted is not worked again. */
  bust(accountNumber: string, execution: Execution): void {
    bustExecution(execution, this.#seat(accountNumber).account.ledger, this.#floor);
  }

  /** Gives an execution of today other prices, in the order of its legs. */
  correct(accountNumber: string, execution: Execution, prices: readonly number[]): void {
    correctExecution(execution, prices, this.#seat(accountNumber).account.ledger, this.#floor);
  }

  /** The latest row of an instrument as it came, whatever of its size is left. */
  nbbo(symbol: Ticker): Quote | undefined {
    return this.#floor.book.quote(symbol);
  }

  /** What a contract or a share is worth now; `null` when nobody ever said. */
  mark(symbol: Ticker): number | null {
    return this.#floor.mark(symbol);
  }

  /** The mark at the end of the last session; `null` on the first day. */
  closingMark(symbol: Ticker): number | null {
    return this.#floor.closingMark(symbol);
  }

  /** Listed today or held by somebody. */
  contract(symbol: string): OptionContract | undefined {
    return this.#floor.contracts.get(symbol);
  }

  /** Live orders of all accounts, oldest first. */
  #live(): { readonly account: ExchangeAccount; readonly working: WorkingOrder }[] {
    const live = this.accounts().flatMap((account) => account.working.map((working) => ({ account, working })));
    return this.#seats.size === 1 ? live : live.sort((a, b) => a.working.sequence - b.working.sequence);
  }

  #closeDay(): void {
    for (const { account, working } of this.#live()) {
      account.settleRequest(working);
      if (!isTerminal(working.status)) account.end(working, 'expired');
    }
    // A replacement that took over a moment ago expires as well.
    for (const { account, working } of this.#live()) account.end(working, 'expired');
    if (this.#dayClosed) return;
    this.#settle(() => true);
    for (const { account } of this.#seats.values()) account.ledger.closeDay();
    this.#dayClosed = true;
  }

  /** Settles what expires today and `isDue`. Options that settle at the opening do so at the first price of the day after their last. */
  #settle(isDue: (contract: OptionContract) => boolean): void {
    const { session } = this.#floor;
    for (const { account, declined } of this.#seats.values()) {
      const settling = this.#settling(account, declined);
      const groups = positionsByUnderlying(
        account.ledger,
        this.#floor,
        (contract) => lastTradingDay(contract.expiry, 'pm') === session.date && isDue(contract),
      );
      for (const [underlying, positions] of groups) {
        const am = positions.filter(({ contract }) => contract.settles === 'am');
        const pm = positions.filter(({ contract }) => contract.settles === 'pm');
        if (am.length > 0)
          settleExpiring(settling, am, this.#floor.opening(underlying) ?? this.#floor.spot(underlying));
        if (pm.length > 0) settleExpiring(settling, pm, this.#floor.spot(underlying));
      }
    }
  }

  #payDividends(seat: Seat, today: MarketDate): void {
    const due = seat.entitled.filter(({ payDate }) => payDate <= today);
    seat.entitled = seat.entitled.filter(({ payDate }) => payDate > today);
    for (const paid of due) payDividend(seat.account.accountNumber, seat.account.ledger, paid, today);
  }

  #settling({ accountNumber, ledger }: ExchangeAccount, declined: ReadonlySet<OptionSymbol>): Settling {
    return { accountNumber, ledger, floor: this.#floor, declined };
  }

  #seat(accountNumber: string): Seat {
    const seat = this.#seats.get(accountNumber);
    if (seat === undefined) throw new TradingError('INVALID_VALUE', `The exchange has no account ${accountNumber}`);
    return seat;
  }
}
