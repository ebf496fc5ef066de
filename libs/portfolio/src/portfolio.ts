import { nyDate } from '@trading-agent/calendar';
import { TradingError, type Usd, ZERO_USD, addUsd, negateUsd, notional, usdFromMicros } from '@trading-agent/core';
import {
  type Execution,
  type ExecutionLeg,
  type OptionContract,
  type OptionSymbol,
  sideOf,
  sign,
} from '@trading-agent/instruments';
import { feesFor } from './fees.ts';

export interface Position {
  readonly symbol: OptionSymbol;
  /** Contracts; negative when short, never 0. */
  readonly quantity: number;
  /** Dollars per share, averaged over the contracts still open. */
  readonly averagePrice: number;
  readonly multiplier: number;
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
  /** Positions without a mark, sorted; they are carried at cost. */
  readonly unmarked: readonly OptionSymbol[];
}

export interface PortfolioOptions {
  readonly cash: Usd;
  /** The terms of a contract; only the multiplier matters here. */
  readonly contracts: (symbol: OptionSymbol) => OptionContract;
}

interface Holding {
  quantity: number;
  /** What the open contracts cost: positive when long, negative (received) when short. */
  cost: number;
  readonly multiplier: number;
}

/**
 * Executions to positions, cash and profit in whole micro-dollars. An execution counts once, however often it is told.
 * At any time `equity - starting cash = realized + unrealized - fees`, to the micro-dollar.
 */
export class Portfolio {
  readonly #contracts: (symbol: OptionSymbol) => OptionContract;
  readonly #holdings = new Map<OptionSymbol, Holding>();
  readonly #seen = new Set<string>();
  #cash: Usd;
  #fees: Usd = ZERO_USD;
  #realized: Usd = ZERO_USD;

  constructor({ cash, contracts }: PortfolioOptions) {
    this.#cash = usdFromMicros(cash);
    this.#contracts = contracts;
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
    const changed = new Map<OptionSymbol, Holding>();
    let realized = 0;
    let cashChange: number = negateUsd(fees);
    for (const leg of execution.legs) {
      assertBookable(leg, execution);
      const { multiplier } = this.#contracts(leg.symbol);
      const before = changed.get(leg.symbol) ?? this.#holdings.get(leg.symbol) ?? { quantity: 0, cost: 0, multiplier };
      const { after, profit, flow } = trade(before, leg);
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
    for (const [symbol, holding] of changed) {
      if (holding.quantity === 0) this.#holdings.delete(symbol);
      else this.#holdings.set(symbol, holding);
    }
    this.#seen.add(execution.executionId);
    this.#cash = totals.cash;
    this.#fees = totals.fees;
    this.#realized = totals.realized;
    return booking;
  }

  /** What is held, sorted by symbol. */
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

  /** @param mark What one share's worth of the contract is worth (dollars), `null` when unknown. */
  value(mark: (symbol: OptionSymbol) => number | null): PortfolioValue {
    let worth = 0;
    let unrealized = 0;
    const unmarked: OptionSymbol[] = [];
    for (const [symbol, { quantity, cost, multiplier }] of this.#holdings) {
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
}

/** One leg against one holding: what it closes comes first (at average cost), the rest opens. */
function trade(before: Holding, leg: ExecutionLeg): { after: Holding; profit: number; flow: number } {
  const direction = sign(sideOf(leg.intent));
  const flow = notional(leg.price, -direction * leg.quantity, before.multiplier);
  const closing = before.quantity * direction < 0 ? Math.min(leg.quantity, Math.abs(before.quantity)) : 0;
  // A whole close releases the whole cost, so no micro-dollar is left behind by rounding.
  const released =
    closing === 0
      ? 0
      : closing === Math.abs(before.quantity)
        ? before.cost
        : Math.round(before.cost * (closing / Math.abs(before.quantity)));
  const closed = notional(leg.price, -direction * closing, before.multiplier);
  const opened = notional(leg.price, direction * (leg.quantity - closing), before.multiplier);
  return {
    after: {
      quantity: before.quantity + direction * leg.quantity,
      cost: before.cost - released + opened,
      multiplier: before.multiplier,
    },
    profit: closed - released,
    flow,
  };
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
