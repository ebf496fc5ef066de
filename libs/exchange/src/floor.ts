import { type Session, nyInstant } from '@trading-agent/calendar';
import { type Micros, TradingError } from '@trading-agent/core';
import { isOptionSymbol, type OptionContract, type Trade } from '@trading-agent/instruments';
import type { MarketStep } from '@trading-agent/market-data';
import { afterSplit } from './corporate-action.ts';
import type { Contracts } from './margin.ts';
import { NbboBook } from './nbbo-book.ts';

/** A print of the present step and how much of it no resting order has claimed yet. */
export interface TapePrint {
  readonly trade: Trade;
  left: number;
}

/** What every account of the exchange has in common: the clock, the listed contracts, the quotes, the tape, halts. */
export class Floor {
  #session: Session;
  #contracts: Contracts;
  #book = new NbboBook();
  #now: Micros;
  #tape: readonly TapePrint[] = [];
  readonly #spots = new Map<string, number>();
  /** The first price of the day, for options that settle at the opening. */
  readonly #opening = new Map<string, number>();
  readonly #halted = new Set<string>();
  /** Marks at the end of the last session. */
  #closingMarks: ReadonlyMap<string, number> = new Map();

  constructor(session: Session, contracts: readonly OptionContract[]) {
    this.#session = session;
    this.#contracts = bySymbol(contracts);
    this.#now = nyInstant(session.date, '00:00');
  }

  get session(): Session {
    return this.#session;
  }

  get contracts(): Contracts {
    return this.#contracts;
  }

  get book(): NbboBook {
    return this.#book;
  }

  get now(): Micros {
    return this.#now;
  }

  get tape(): readonly TapePrint[] {
    return this.#tape;
  }

  get isOpen(): boolean {
    return this.#now >= this.#session.open && this.#now < this.#session.close;
  }

  /** Whether orders on `underlying` can fill now. */
  trades(underlying: string): boolean {
    return this.isOpen && !this.#halted.has(underlying);
  }

  /** Stops (or lets go on) trading in a stock and all options on it, as a limit-up/limit-down pause does. */
  setHalted(underlying: string, halted: boolean): void {
    if (halted) this.#halted.add(underlying);
    else this.#halted.delete(underlying);
  }

  contract(symbol: string): OptionContract {
    const contract = this.#contracts.get(symbol);
    if (contract === undefined) throw new TradingError('UNKNOWN_SYMBOL', `The exchange does not list ${symbol}`);
    return contract;
  }

  /** Of a contract's as listed; a share's is 1. */
  multiplier(symbol: string): number {
    return isOptionSymbol(symbol) ? this.contract(symbol).multiplier : 1;
  }

  /** @throws {TradingError} `OUT_OF_RANGE` when the step lies before the present. */
  advance(step: MarketStep): void {
    if (step.at < this.#now) {
      throw new TradingError('OUT_OF_RANGE', `Time can't run backwards: at ${this.#now}, step at ${step.at}`);
    }
    this.#now = step.at;
    for (const quote of step.quotes) this.#book.set(quote);
    for (const bar of step.bars) {
      if (this.#contracts.has(bar.symbol)) continue;
      this.#spots.set(bar.symbol, bar.close);
      this.#book.assume(bar);
      if (bar.start >= this.#session.open && !this.#opening.has(bar.symbol)) this.#opening.set(bar.symbol, bar.open);
    }
    this.#tape = step.trades.map((trade) => ({ trade, left: trade.size }));
  }

  /**
   * The next day: yesterday's quotes are marks, not offers any more. `carried` are contracts that somebody still holds; they stay known even
   * when the day does not list them.
   */
  openSession(session: Session, contracts: readonly OptionContract[], carried: readonly OptionContract[]): void {
    const marks = new Map<string, number>();
    for (const symbol of [...this.#contracts.keys(), ...this.#spots.keys()]) {
      const mark = this.mark(symbol);
      if (mark !== null) marks.set(symbol, mark);
    }
    this.#closingMarks = marks;
    this.#session = session;
    this.#contracts = bySymbol([...carried, ...contracts]);
    this.#book = new NbboBook();
    this.#tape = [];
    this.#opening.clear();
    this.#halted.clear();
    this.#now = nyInstant(session.date, '00:00');
  }

  /** The last price of a stock or an index; `null` when it was never told. */
  spot(ticker: string): number | null {
    return this.#spots.get(ticker) ?? this.#spots.get(`I:${ticker}`) ?? null;
  }

  /** Today's first price of a stock or an index. */
  opening(ticker: string): number | null {
    return this.#opening.get(ticker) ?? this.#opening.get(`I:${ticker}`) ?? null;
  }

  /** Yesterday's prices of a stock and of the options on it, by a split of `ratio` for 1. */
  split(ticker: string, ratio: number): void {
    const spot = this.spot(ticker);
    if (spot !== null) this.#spots.set(ticker, spot / ratio);
    const marks = new Map(this.#closingMarks);
    const stock = marks.get(ticker);
    if (stock !== undefined) marks.set(ticker, stock / ratio);
    const options = [...this.#contracts.values()].filter(({ underlying }) => underlying === ticker);
    // A strike of before may be listed again for what was another one.
    for (const { symbol } of options) marks.delete(symbol);
    for (const contract of options) {
      const mark = this.#closingMarks.get(contract.symbol);
      if (mark !== undefined) marks.set(afterSplit(contract, ratio).symbol, mark / ratio);
    }
    this.#closingMarks = marks;
  }

  /** What a contract or a stock is worth: the mid of the last known sides, else its last price, else yesterday's mark. */
  readonly mark = (symbol: string): number | null =>
    this.#book.mark(symbol) ?? this.spot(symbol) ?? this.closingMark(symbol);

  /** The mark at the end of the last session. */
  closingMark(symbol: string): number | null {
    return this.#closingMarks.get(symbol) ?? null;
  }
}

function bySymbol(contracts: readonly OptionContract[]): Contracts {
  return new Map(contracts.map((contract) => [contract.symbol, contract]));
}
