import { nyDate } from '@trading-agent/calendar';
import { TradingError, type Usd, ZERO_USD, addUsd, negateUsd, notional, usdFromMicros } from '@trading-agent/core';
import {
  type Execution,
  type ExecutionLeg,
  type OptionContract,
  type OptionSymbol,
  isOptionSymbol,
  sideOf,
  sign,
} from '@trading-agent/instruments';
import { type Adjustment, type Conversion, assertMove } from './adjustment.ts';
import { feesFor } from './fees.ts';
import { type Holding, trade } from './holding.ts';

export interface Position {
  readonly symbol: OptionSymbol;
  /** Contracts; negative when short, never 0. */
  readonly quantity: number;
  /** Dollars per share, averaged over the contracts still open. */
  readonly averagePrice: number;
  readonly multiplier: number;
}

/** Shares, as an exercise or an assignment brings them and an order takes them away. */
export interface ShareHolding {
  readonly ticker: string;
  /** Negative when short, never 0. */
  readonly quantity: number;
  /** Dollars per share. */
  readonly averagePrice: number;
}

export interface Booking {
  /** Profit of what this execution closed, before fees. */
  readonly realized: Usd;
  readonly fees: Usd;
  /** Premiums received minus premiums paid minus fees. */
  readonly cashChange: Usd;
}

export interface PortfolioValue {
  /** Cash plus what the positions are worth at their marks. */
  readonly equity: Usd;
  /** What the positions are worth above their cost, before fees. */
  readonly unrealized: Usd;
  /** Option symbols and tickers without a mark, sorted; they are carried at cost. */
  readonly unmarked: readonly string[];
}

/** What an account holds before its first booking: an option or, with the multiplier 1, a stock. */
export interface OpeningHolding {
  readonly symbol: string;
  /** Signed contracts or shares, not 0. */
  readonly quantity: number;
  /** Dollars per share. */
  readonly averagePrice: number;
  readonly multiplier: number;
}

export interface PortfolioOptions {
  readonly cash: Usd;
  /** Held from before, at what it cost; nothing when left out. */
  readonly holdings?: readonly OpeningHolding[];
  /** The terms of a contract; only the multiplier matters here. */
  readonly contracts: (symbol: OptionSymbol) => OptionContract;
}

/**
 * Executions and adjustments to positions, shares, cash and profit in whole micro-dollars. Each counts once, however often it is told.
 * At any time `equity - starting cash - cost of the holdings it began with = realized + unrealized - fees`, to the micro-dollar.
 */
export class Portfolio {
  readonly #contracts: (symbol: OptionSymbol) => OptionContract;
  readonly #holdings = new Map<OptionSymbol, Holding>();
  readonly #shares = new Map<string, Holding>();
  readonly #seen = new Set<string>();
  #cash: Usd;
  #fees: Usd = ZERO_USD;
  #realized: Usd = ZERO_USD;

  /** @throws {TradingError} `INVALID_VALUE` for a holding without a whole quantity or with a price that is no price. */
  constructor({ cash, contracts, holdings = [] }: PortfolioOptions) {
    this.#cash = usdFromMicros(cash);
    this.#contracts = contracts;
    for (const { averagePrice, ...held } of holdings) {
      assertMove({ ...held, price: averagePrice }, 'opening');
      const { symbol, quantity, multiplier } = held;
      this.#hold(symbol, { quantity, cost: notional(averagePrice, quantity, multiplier), multiplier });
    }
  }

  get cash(): Usd {
    return this.#cash;
  }

  /** All fees booked so far. */
  get fees(): Usd {
    return this.#fees;
  }

  /** Profit of everything closed so far, before fees. */
  get realized(): Usd {
    return this.#realized;
  }

  /**
   * Books one execution. All or nothing: when it throws, nothing was booked.
   * @throws {TradingError} `INVALID_VALUE` for a leg without a positive whole quantity or with a price that is no price; what `contracts` throws.
   */
  apply(execution: Execution): Booking | 'duplicate' {
    if (this.#seen.has(execution.executionId)) return 'duplicate';
    const fees = feesFor(execution, nyDate(execution.at));
    const changed = new Map<string, Holding>();
    let realized = 0;
    let cashChange: number = negateUsd(fees);
    for (const leg of execution.legs) {
      assertBookable(leg, execution);
      const multiplier = isOptionSymbol(leg.symbol) ? this.#contracts(leg.symbol).multiplier : 1;
      const before = changed.get(leg.symbol) ?? this.#holding(leg.symbol) ?? emptyHolding(multiplier);
      const { after, profit, flow } = trade(before, sign(sideOf(leg.intent)) * leg.quantity, leg.price);
      changed.set(leg.symbol, after);
      realized += profit;
      cashChange += flow;
    }
    const booking: Booking = { realized: usdFromMicros(realized), fees, cashChange: usdFromMicros(cashChange) };
    const totals = {
      cash: addUsd(this.#cash, booking.cashChange),
      fees: addUsd(this.#fees, fees),
      realized: addUsd(this.#realized, booking.realized),
    };
    // From here on nothing can fail.
    for (const [symbol, holding] of changed) this.#hold(symbol, holding);
    this.#seen.add(execution.executionId);
    this.#cash = totals.cash;
    this.#fees = totals.fees;
    this.#realized = totals.realized;
    return booking;
  }

  /**
   * Books a change that no execution caused. All or nothing, and once.
   * @throws {TradingError} `INVALID_VALUE` for a move without a whole quantity or a price.
   */
  adjust({ adjustmentId, cash, moves }: Adjustment): Booking | 'duplicate' {
    if (this.#seen.has(adjustmentId)) return 'duplicate';
    const changed = new Map<string, Holding>();
    let realized: number = cash;
    let cashChange: number = cash;
    for (const move of moves) {
      assertMove(move, adjustmentId);
      const before = changed.get(move.symbol) ?? this.#holding(move.symbol) ?? emptyHolding(move.multiplier);
      const { after, profit, flow } = trade(before, move.quantity, move.price);
      changed.set(move.symbol, after);
      realized += profit;
      cashChange += flow;
    }
    const booking = { realized: usdFromMicros(realized), fees: ZERO_USD, cashChange: usdFromMicros(cashChange) };
    const totals = {
      cash: addUsd(this.#cash, booking.cashChange),
      realized: addUsd(this.#realized, booking.realized),
    };
    for (const [symbol, holding] of changed) this.#hold(symbol, holding);
    this.#seen.add(adjustmentId);
    this.#cash = totals.cash;
    this.#realized = totals.realized;
    return booking;
  }

  /**
   * Makes one holding another, at the same cost; nothing happens when nothing of it is held, or a second time.
   * @throws {TradingError} `INVALID_VALUE` when the other is held already: of two that change places the first to go must be told first.
   */
  convert({ adjustmentId, from, to, quantity, multiplier }: Conversion): void {
    const before = this.#holding(from);
    if (before === undefined || this.#seen.has(adjustmentId)) return;
    if (from !== to && this.#holding(to) !== undefined)
      throw new TradingError('INVALID_VALUE', `Adjustment ${adjustmentId}: ${from} can't become ${to}, which is held`, {
        details: { adjustmentId, from, to },
      });
    this.#hold(from, { ...before, quantity: 0 });
    this.#hold(to, { quantity, cost: before.cost, multiplier });
    this.#seen.add(adjustmentId);
  }

  /** Options held, sorted by symbol. */
  positions(): Position[] {
    return [...this.#holdings.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([symbol, { quantity, cost, multiplier }]) => ({
        symbol,
        quantity,
        averagePrice: cost / (quantity * multiplier) / 1e6,
        multiplier,
      }));
  }

  /** Stock held, sorted by ticker. */
  shares(): ShareHolding[] {
    return [...this.#shares.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([ticker, { quantity, cost }]) => ({ ticker, quantity, averagePrice: cost / quantity / 1e6 }));
  }

  /** @param mark What one share's worth of the contract, or one share of the stock, is worth (dollars), `null` when unknown. */
  value(mark: (symbol: string) => number | null): PortfolioValue {
    let worth = 0;
    let unrealized = 0;
    const unmarked: string[] = [];
    for (const [symbol, { quantity, cost, multiplier }] of [...this.#holdings, ...this.#shares]) {
      const price = mark(symbol);
      const value = price === null ? cost : notional(price, quantity, multiplier);
      if (price === null) unmarked.push(symbol);
      worth += value;
      unrealized += value - cost;
    }
    return {
      equity: usdFromMicros(this.#cash + worth),
      unrealized: usdFromMicros(unrealized),
      unmarked: unmarked.sort(),
    };
  }

  #holding(symbol: string): Holding | undefined {
    return isOptionSymbol(symbol) ? this.#holdings.get(symbol) : this.#shares.get(symbol);
  }

  #hold(symbol: string, holding: Holding): void {
    if (isOptionSymbol(symbol)) replace(this.#holdings, symbol, holding);
    else replace(this.#shares, symbol, holding);
  }
}

function replace<Key>(holdings: Map<Key, Holding>, key: Key, holding: Holding): void {
  if (holding.quantity === 0) holdings.delete(key);
  else holdings.set(key, holding);
}

function emptyHolding(multiplier: number): Holding {
  return { quantity: 0, cost: 0, multiplier };
}

function assertBookable(leg: ExecutionLeg, execution: Execution): void {
  if (!Number.isSafeInteger(leg.quantity) || leg.quantity < 1 || !Number.isFinite(leg.price) || leg.price < 0) {
    throw new TradingError(
      'INVALID_VALUE',
      `Execution ${execution.executionId}: expected a positive whole quantity and a price, was ${leg.quantity} ${leg.symbol} at ${leg.price}`,
      { details: { executionId: execution.executionId, symbol: leg.symbol } },
    );
  }
}
