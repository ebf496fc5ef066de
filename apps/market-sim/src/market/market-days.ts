import { nextSession, requireSession } from '@trading-agent/calendar';
import type { MarketDate } from '@trading-agent/core';
import type { MarketDay } from '@trading-agent/market-data';
import type { Accounts } from './accounts.ts';

export interface MarketDaysOptions {
  readonly accounts: Accounts;
  /** Sessions in all, the first included. */
  readonly count: number;
  readonly load: (date: MarketDate) => Promise<MarketDay>;
}

/** The market's days one after the other: each is loaded when the one before has ended. */
export class MarketDays {
  readonly #options: MarketDaysOptions;
  #opened = 1;
  #opening: Promise<boolean> | null = null;

  constructor(options: MarketDaysOptions) {
    this.#options = options;
  }

  /** Whether another day is to come. */
  get hasNext(): boolean {
    return this.#opened < this.#options.count;
  }

  /**
   * Begins the next day; `false` when there is none. Asked twice, it begins once.
   * @throws {TradingError} `OUT_OF_RANGE` while the present day has not ended, and what loading a day throws.
   */
  openNext(): Promise<boolean> {
    this.#opening ??= this.#open().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  /** Takes a market that was killed to its last journaled request, through all days before it. */
  async resume(): Promise<void> {
    const { accounts, load } = this.#options;
    const last = accounts.lastRequest;
    if (last < 0) return;
    const { simulation } = accounts.first;
    // A request in the morning of a day stands one before its first step.
    while (this.hasNext && last >= simulation.firstStep + simulation.steps) {
      const date = nextSession(simulation.session.date);
      accounts.appendDay(await load(date), requireSession(date));
      this.#opened += 1;
    }
    accounts.rebuild(Math.min(last - simulation.firstStep, simulation.steps - 1));
  }

  async #open(): Promise<boolean> {
    if (!this.hasNext) return false;
    const { accounts, load } = this.#options;
    const date = nextSession(accounts.first.simulation.session.date);
    accounts.openNextDay(await load(date), requireSession(date));
    this.#opened += 1;
    return true;
  }
}
