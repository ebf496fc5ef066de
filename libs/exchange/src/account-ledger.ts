import { nextSession } from '@trading-agent/calendar';
import {
  type MarketDate,
  type Micros,
  type Usd,
  ZERO_USD,
  addUsd,
  deriveUuid,
  negateUsd,
  notional,
} from '@trading-agent/core';
import { type Execution, isOptionSymbol, type Ticker } from '@trading-agent/instruments';
import { type FeeBreakdown, type Margin, Portfolio, type PositionMove, feeBreakdown } from '@trading-agent/portfolio';
import type { Activity, ActivityKind } from './activity.ts';
import { type Holdings, marginFor, requirementOf } from './margin.ts';
import type { Floor } from './floor.ts';

/** One change of the books beside executions, to be told as one activity per row. */
export interface Event {
  readonly eventId: string;
  readonly kind: ActivityKind;
  readonly description: string;
  readonly rows: readonly EventRow[];
}

export interface EventRow {
  readonly kind: ActivityKind;
  /** Units that come or go, when any do. */
  readonly move?: PositionMove;
  /** Cash beside what the move costs. */
  readonly cash?: Usd;
  readonly symbol?: string;
}

const FEE_KINDS: readonly (readonly [name: string, of: keyof FeeBreakdown])[] = [
  ['ORF', 'regulatory'],
  ['OCC', 'clearing'],
  ['TAF', 'tradingActivity'],
  ['REG', 'section31'],
];

/**
 * The money of one account: executions and events go into one portfolio; what is held, what must be set aside for it, and what the broker
 * tells about it later follow from there. Cash = start + executions - fees + activities, to the micro-dollar.
 */
export class AccountLedger {
  readonly #accountNumber: string;
  readonly #floor: Floor;
  readonly #portfolio: Portfolio;
  readonly #activities: Activity[] = [];
  #feesOfDay = new Map<string, Usd>();
  #holdings: Holdings = { options: new Map(), shares: new Map() };
  /** What must stay in cash, and when that was measured: with stock it moves with the price. */
  #required: { readonly at: Micros; readonly amount: Usd | null } | null = null;

  /** At the last close; what the account was opened with on its first day. */
  #lastEquity: Usd;

  constructor(accountNumber: string, cash: Usd, floor: Floor) {
    this.#accountNumber = accountNumber;
    this.#floor = floor;
    this.#lastEquity = cash;
    this.#portfolio = new Portfolio({ cash, contracts: (symbol) => floor.contract(symbol) });
  }

  get cash(): Usd {
    return this.#portfolio.cash;
  }

  get fees(): Usd {
    return this.#portfolio.fees;
  }

  get equity(): Usd {
    return this.#portfolio.value((symbol) => this.#floor.mark(symbol)).equity;
  }

  get lastEquity(): Usd {
    return this.#lastEquity;
  }

  get holdings(): Holdings {
    return this.#holdings;
  }

  /** What must stay in cash; `null` when something is short without cover. */
  get collateral(): Usd | null {
    const { now } = this.#floor;
    if (this.#required === null || (this.#holdings.shares.size > 0 && this.#required.at !== now))
      this.#required = { at: now, amount: requirementOf(this.#holdings, this.#floor) };
    return this.#required.amount;
  }

  get margin(): Margin {
    return marginFor(this.#holdings, this.#floor);
  }

  /** Signed contracts or shares. */
  held(symbol: Ticker): number {
    const { options, shares } = this.#holdings;
    return (isOptionSymbol(symbol) ? options.get(symbol) : shares.get(symbol)) ?? 0;
  }

  options(): ReturnType<Portfolio['positions']> {
    return this.#portfolio.positions();
  }

  shares(): ReturnType<Portfolio['shares']> {
    return this.#portfolio.shares();
  }

  /** The day is over and settled, the night has not begun. */
  endDay(): void {
    this.#lastEquity = this.equity;
  }

  book(execution: Execution): void {
    this.#portfolio.apply(execution);
    const fees = feeBreakdown(execution, this.#floor.session.date);
    for (const [name, of] of FEE_KINDS) {
      this.#feesOfDay.set(name, addUsd(this.#feesOfDay.get(name) ?? ZERO_USD, fees[of]));
    }
    this.refresh();
  }

  /** Books an event and keeps a row for each part of it. `toldOn`: the next session unless given. */
  record({ eventId, kind, description, rows }: Event, toldOn: MarketDate = this.#nextDay): void {
    const moves = rows.flatMap(({ move }) => (move === undefined ? [] : [move]));
    const cash = addUsd(...rows.map((row) => row.cash ?? ZERO_USD));
    if (this.#portfolio.adjust({ adjustmentId: eventId, cash, moves }) === 'duplicate') return;
    for (const [index, { kind: rowKind, move, cash: paid = ZERO_USD, symbol }] of rows.entries()) {
      const flow = move === undefined ? ZERO_USD : notional(move.price, -move.quantity, move.multiplier);
      this.#activities.push({
        activityId: deriveUuid(eventId, kind, index),
        kind: rowKind,
        subtype: null,
        date: this.#floor.session.date,
        toldOn,
        symbol: move?.symbol ?? symbol ?? null,
        quantity: move?.quantity ?? null,
        price: move?.price ?? null,
        netAmount: addUsd(flow, paid),
        groupId: eventId,
        description,
      });
    }
    this.refresh();
  }

  /** A holding becomes another (split); told at once, the day it happens. */
  convert(eventId: string, from: string, to: PositionMove, description: string): void {
    const adjustmentId = eventId;
    this.#portfolio.convert({ adjustmentId, from, to: to.symbol, quantity: to.quantity, multiplier: to.multiplier });
    this.#activities.push({
      activityId: deriveUuid(eventId, 'split'),
      kind: 'split',
      subtype: null,
      date: this.#floor.session.date,
      toldOn: this.#floor.session.date,
      symbol: to.symbol,
      quantity: to.quantity,
      price: null,
      netAmount: ZERO_USD,
      groupId: eventId,
      description,
    });
    this.refresh();
  }

  /** Tells the day's fees as activities of the next session; they were debited with their executions. */
  closeDay(): void {
    const { date } = this.#floor.session;
    for (const [subtype, amount] of this.#feesOfDay) {
      if (amount === 0) continue;
      const activityId = deriveUuid(this.#accountNumber, date, 'fee', subtype);
      this.#activities.push({
        activityId,
        kind: 'fee',
        subtype,
        date,
        toldOn: this.#nextDay,
        symbol: null,
        quantity: null,
        price: null,
        netAmount: negateUsd(amount),
        groupId: activityId,
        description: `${subtype} fee for ${date}`,
      });
    }
    this.#feesOfDay = new Map();
  }

  /** What the broker has told by now, oldest first; `all` includes what it will tell later. */
  activities(all = false): readonly Activity[] {
    return all ? this.#activities : this.#activities.filter(({ toldOn }) => toldOn <= this.#floor.session.date);
  }

  /** To be called when contracts or prices have changed with the day. */
  refresh(): void {
    const options = new Map(this.#portfolio.positions().map(({ symbol, quantity }) => [symbol, quantity]));
    const shares = new Map(this.#portfolio.shares().map(({ ticker, quantity }) => [ticker, quantity]));
    this.#holdings = { options, shares };
    this.#required = null;
  }

  get #nextDay(): MarketDate {
    return nextSession(this.#floor.session.date);
  }
}
