import { micros, MICROS_PER_SECOND, type Random, usd, usdToNumber } from '@trading-agent/core';
import { optionSymbol, type Order, type Quote, sideOf, sign } from '@trading-agent/instruments';
import { COVERED_MARGIN, marginOf } from '@trading-agent/portfolio';
import { after, AN_INSTANT } from '@trading-agent/testkit';
import type { ClosedTrade, OpenExposure, RecentOrder, RiskContext, RiskLimits } from '../../context.ts';
import { evaluateOpening } from '../../evaluate.ts';
import { aContext } from '../situation.ts';
import { type AccountFacts, brokenLimits } from './broken-limits.ts';
import { truthOf } from './payoffs.ts';
import { randomOrder } from './random-order.ts';
import { tightened } from './tight-limits.ts';
import {
  BY_SYMBOL,
  CONTRACTS,
  pickOf,
  quoteOf,
  RATE,
  SPOTS,
  TICKERS,
  VOLATILITY,
  worthOf,
  yearsOf,
} from './storm-market.ts';

export type Outcome =
  | { readonly kind: 'approved' | 'reduced' }
  | { readonly kind: 'refused'; readonly rules: readonly string[] };

/** A random account that sends random orders and keeps what comes through. */
export class StormAccount {
  readonly #random: Random;
  readonly #start: number;
  readonly #lost: number;
  readonly #halted: string | null;
  readonly #level: number;
  readonly #correlation: number | null;
  readonly #closed: readonly ClosedTrade[];
  readonly #drawdown: number;
  readonly #volatility: number | null;
  readonly #dayTrades: number;
  readonly #limits: RiskLimits;
  readonly #exposures: OpenExposure[] = [];
  readonly #held = new Map<string, number>();
  /** By ticker; what was paid for them is not in the cash any more. */
  readonly #shares = new Map<string, number>();
  readonly #recent: RecentOrder[] = [];
  #cash: number;

  constructor(random: Random) {
    this.#random = random;
    const pick = <T>(values: readonly T[]): T => pickOf(random, values);
    this.#start = Math.round(2_000 * 250 ** random.next());
    this.#lost = pick([0, 0, 0, 0, 0, 0, 0, 0.01, 0.06]);
    this.#cash = this.#start * (1 - this.#lost);
    this.#halted = random.next() < 0.05 ? 'kill switch' : null;
    this.#level = random.next() < 0.1 ? 2 : 3;
    this.#correlation = pick([0, 0, 0.5, -0.69, 0.9, null]);
    this.#closed = Array.from({ length: pick([0, 0, 0, 0, 1, 4, 9]) }, () => ({
      underlying: pick(TICKERS),
      closedAt: after(-60 * (1 + random.int(300))),
      profit: usd(random.int(200) - 100),
      stopped: random.next() < 0.7,
    }));
    this.#drawdown = pick([0, 0, 0, 0, 0, 0, 0.02, 0.04, 0.05]);
    this.#volatility = pick([1, 1, 1, 1, 1, 1, 2, 4.5, null]);
    const before = pick([0, 0, 0, 0, 0, 0, 9, 59]);
    for (let index = 0; index < before; index++) this.#recent.push(this.#earlier(index, before));
    this.#dayTrades = pick([0, 0, 0, 1, 3]);
    this.#limits = tightened(random);
    if (random.next() < 0.15) this.#cash *= 0.05;
    // From before: whole lots, odd ones, and few; in some accounts only, because the grouping of options with shares takes long.
    if (random.next() < 0.1) {
      const [ticker, quantity] = [pick(TICKERS), pick([10, 100, 150, 300])];
      const paid = quantity * (SPOTS[ticker] ?? Number.NaN);
      if (paid < this.#cash / 2) {
        this.#shares.set(ticker, quantity);
        this.#cash -= paid;
      }
    }
  }

  /** An order of another account's making: it counts against the rate and is like no other. */
  #earlier(index: number, of: number): RecentOrder {
    const symbol = optionSymbol(`SPY160115C00${100 + index}000`);
    const order: Order = {
      clientOrderId: `earlier-${index}`,
      underlying: 'SPY',
      legs: [{ symbol, ratio: 1, intent: 'buy_to_open' }],
      quantity: 1,
      type: 'limit',
      limit: 1,
      timeInForce: 'day',
    };
    return { at: after(of < 20 ? -30 : -600), order };
  }

  attempt(id: number): Outcome {
    const random = this.#random;
    const pick = <T>(values: readonly T[]): T => pickOf(random, values);
    const equity = this.#start * (1 - this.#lost);
    const spread = 0.01 + random.next() ** 2 * 0.4;
    const age = pick([0, 0, 0, 30, 90, 91]);
    const missing = pick<'bid' | 'ask' | null>([null, null, null, null, 'bid', 'ask']);
    const quotes = new Map(
      CONTRACTS.map((contract, index): [string, Quote] => [
        contract.symbol,
        quoteOf(contract, spread, age, index % 3 === 0 ? missing : null),
      ]),
    );
    const bias = pick([1, 1, 1, 1, 1, 0.5, 1.6]);
    const ticker = pick(TICKERS);
    const order = randomOrder(random, id, ticker, quotes);
    const claim = pick([1, 1, 1, 0.5, 2]);
    const truth = truthOf(order);
    const unit = { loss: truth.loss ?? 0, committed: truth.committed ?? 0 };
    const working = pick([false, false, false, true])
      ? [{ ...randomOrder(random, id + 0.5, ticker, quotes), quantity: 1 }]
      : [];
    // What is held beside the order may not have been quoted for a while.
    const silence = id % 7 === 0 ? 901 : 900;
    for (const symbol of this.#held.keys()) {
      const quote = quotes.get(symbol);
      if (id % 7 < 2 && quote !== undefined && !order.legs.some((leg) => leg.symbol === symbol))
        quotes.set(symbol, { ...quote, at: after(-silence) });
    }
    const context = this.#context(equity, quotes, working, bias);
    const verdict = evaluateOpening(
      {
        order,
        contracts: CONTRACTS,
        maxLossPerUnit: truth.loss === null ? (claim === 0.5 ? usd(100) : null) : usd(unit.loss * claim),
        committedPerUnit: usd(truth.committed === null ? 100 : Math.max(0, unit.committed * claim)),
      },
      context,
    );
    if (verdict.kind === 'refused') return { kind: 'refused', rules: verdict.failed.map(({ rule }) => rule) };
    const sent = verdict.approved.order;
    const broken = brokenLimits(this.#facts(equity), { sent, asked: order, claim, truth, working, quotes, bias });
    if (broken.length > 0) {
      throw new Error(
        `Order ${id} was ${verdict.kind} but breaks ${broken.join(', ')}: ${JSON.stringify({ sent, claim, truth })}`,
      );
    }
    this.#fill(sent, unit, claim);
    return { kind: verdict.kind };
  }

  #context(equity: number, quotes: ReadonlyMap<string, Quote>, working: readonly Order[], bias: number): RiskContext {
    const options = [...this.#held].flatMap(([symbol, quantity]) => {
      const contract = BY_SYMBOL.get(symbol);
      return contract === undefined ? [] : [{ contract, quantity }];
    });
    const market = { price: (symbol: string) => SPOTS[symbol] ?? worthOf(BY_SYMBOL.get(symbol)) };
    const stocks = [...this.#shares].map(([symbol, quantity]) => ({ symbol, quantity }));
    const { initial } = marginOf({ options, stocks }, market, COVERED_MARGIN);
    if (initial === null) throw new Error('An approved position has no margin');
    // As the engine counts: what shares are worth is there, less what must be paid for them.
    const worth = stocks.reduce((sum, { symbol, quantity }) => sum + quantity * (SPOTS[symbol] ?? Number.NaN), 0);
    const free = this.#cash + worth - usdToNumber(initial);
    return aContext({
      limits: this.#limits,
      equity: usd(equity),
      startOfDayEquity: usd(this.#start),
      availableFunds: usd(free),
      maintenanceExcess: usd(free),
      halted: this.#halted,
      optionsLevel: this.#level,
      exposures: this.#exposures,
      holdings: { options, stocks },
      recentOrders: this.#recent,
      workingOrders: working,
      dayTrades: { done: this.#dayTrades, pending: this.#exposures.length },
      history: { closedTrades: this.#closed, drawdown: this.#drawdown, volatilityRatio: () => this.#volatility },
      quote: (symbol) => quotes.get(symbol),
      market,
      valuation: {
        volatility: () => VOLATILITY,
        terms: (contract) => ({ years: yearsOf(contract), rate: RATE, yield: 0, dividends: 0 }),
        modelPrice: (contract) => (worthOf(contract) ?? 0) * bias,
      },
      exposure: (symbol) => this.#held.get(symbol) ?? 0,
      correlation: () => this.#correlation,
    });
  }

  #fill(order: Order, unit: { loss: number; committed: number }, claim: number): void {
    for (const leg of order.legs) {
      const change = sign(sideOf(leg.intent)) * leg.ratio * order.quantity;
      this.#held.set(leg.symbol, (this.#held.get(leg.symbol) ?? 0) + change);
    }
    this.#cash -= (order.limit ?? 0) * 100 * order.quantity;
    // What was claimed is what counts from now on, and it was at least the truth.
    this.#exposures.push({
      underlying: order.underlying,
      maxLoss: usd(unit.loss * claim * order.quantity),
      committed: usd(unit.committed * claim * order.quantity),
    });
    this.#recent.push({ at: micros(AN_INSTANT - this.#random.int(120) * MICROS_PER_SECOND), order });
  }

  #facts(equity: number): AccountFacts {
    return {
      start: this.#start,
      equity,
      lost: this.#lost,
      cash: this.#cash,
      halted: this.#halted,
      level: this.#level,
      correlation: this.#correlation,
      closed: this.#closed,
      drawdown: this.#drawdown,
      volatility: this.#volatility,
      dayTrades: this.#dayTrades,
      limits: this.#limits,
      exposures: this.#exposures,
      held: this.#held,
      shares: this.#shares,
      recent: this.#recent,
    };
  }
}
