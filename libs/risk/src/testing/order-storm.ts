import { daysBetween, micros, MICROS_PER_SECOND, type Random, usd, usdToNumber } from '@trading-agent/core';
import {
  type OptionContract,
  optionContract,
  optionSymbol,
  type Order,
  type OrderLeg,
  type PositionIntent,
  type Quote,
  sideOf,
  sign,
} from '@trading-agent/instruments';
import { COVERED_MARGIN, marginOf } from '@trading-agent/portfolio';
import { A_DATE, after, AN_INSTANT } from '@trading-agent/testkit';
import type { ClosedTrade, OpenExposure, RecentOrder, RiskContext } from '../context.ts';
import { evaluateOpening } from '../evaluate.ts';
import { aContext, LIMITS } from './situation.ts';

// Random accounts under fire. What comes through is measured again here, by its own arithmetic in dollars: nothing of the rules is used.

const SPOTS: Readonly<Record<string, number>> = { GOOG: 70, TWX: 70, SPY: 72 };
const TICKERS = ['GOOG', 'GOOG', 'TWX', 'SPY'];
const VOLATILITY = 0.3;
const CONTRACTS: readonly OptionContract[] = Object.keys(SPOTS).flatMap((root) =>
  ['151224', '151226', '160115', '160219'].flatMap((expiry) =>
    [60, 65, 70, 75, 80].flatMap((strike) =>
      ['C', 'P'].map((right) => optionContract(`${root}${expiry}${right}000${strike}000`)),
    ),
  ),
);
const BY_SYMBOL = new Map<string, OptionContract>(CONTRACTS.map((contract) => [contract.symbol, contract]));

export interface StormResult {
  readonly attempts: number;
  readonly approved: number;
  readonly reduced: number;
  /** How often each rule stood in the way. */
  readonly refusals: ReadonlyMap<string, number>;
}

/**
 * Sends `attempts` random opening orders against random accounts, each account until it has seen forty.
 * @throws Error telling the order and the limit as soon as one is approved that breaks one.
 */
export function stormOfOrders(random: Random, attempts: number): StormResult {
  const refusals = new Map<string, number>();
  let approved = 0;
  let reduced = 0;
  let account = new Account(random);
  for (let id = 0; id < attempts; id++) {
    if (id % 40 === 39) account = new Account(random);
    const outcome = account.attempt(id);
    if (outcome.kind === 'refused') {
      for (const rule of outcome.rules) refusals.set(rule, (refusals.get(rule) ?? 0) + 1);
    } else {
      approved++;
      if (outcome.kind === 'reduced') reduced++;
    }
  }
  return { attempts, approved, reduced, refusals };
}

type Outcome =
  | { readonly kind: 'approved' | 'reduced' }
  | { readonly kind: 'refused'; readonly rules: readonly string[] };

class Account {
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
  readonly #exposures: OpenExposure[] = [];
  readonly #held = new Map<string, number>();
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
    const order = this.#order(id, ticker, quotes);
    const claim = pick([1, 1, 1, 0.5, 2]);
    const truth = truthOf(order);
    const unit = { loss: truth.loss ?? 0, committed: truth.committed ?? 0 };
    const working = pick([false, false, false, true])
      ? [{ ...this.#order(id + 0.5, ticker, quotes), quantity: 1 }]
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
    const broken = this.#broken(sent, order, claim, truth, context, quotes, bias, equity);
    if (broken.length > 0) {
      throw new Error(
        `Order ${id} was ${verdict.kind} but breaks ${broken.join(', ')}: ${JSON.stringify({ sent, claim, truth })}`,
      );
    }
    this.#fill(sent, unit, claim);
    return { kind: verdict.kind };
  }

  #order(id: number, ticker: string, quotes: ReadonlyMap<string, Quote>): Order {
    const random = this.#random;
    const listed = CONTRACTS.filter(
      ({ underlying, expiry }) => underlying === ticker && (expiry > '2016' || random.next() < 0.1),
    );
    const count = pickOf(random, [1, 2, 2, 2, 4, 4, 3]);
    const first = random.int(listed.length);
    const legs = new Map<string, OrderLeg>();
    for (let index = 0; index < count; index++) {
      // Often the next strikes of the same expiry and right: packages that somebody might mean.
      const near = random.next() < 0.8;
      const contract =
        listed[index === 0 ? first : near ? (first + 2 * index) % listed.length : random.int(listed.length)];
      if (contract === undefined) continue;
      const side: PositionIntent = index % 2 === 0 ? pickOf(random, ['buy_to_open', 'sell_to_open']) : flip(legs);
      const intent: PositionIntent = random.next() < 0.03 ? 'sell_to_close' : side;
      legs.set(contract.symbol, { symbol: contract.symbol, ratio: random.next() < 0.1 ? 2 : 1, intent });
    }
    const chosen = [...legs.values()];
    const normal = chosen.every(({ ratio }) => ratio === 2) ? chosen.map((leg) => ({ ...leg, ratio: 1 })) : chosen;
    let net = pickOf(random, [0, 0, 0, 0.3, -0.3, 5]);
    for (const leg of normal) {
      const quote = quotes.get(leg.symbol);
      net += sign(sideOf(leg.intent)) * ((sideOf(leg.intent) === 'buy' ? quote?.ask : quote?.bid) ?? 1) * leg.ratio;
    }
    const only = normal.length === 1 ? normal[0] : undefined;
    const limit = only === undefined ? net : sign(sideOf(only.intent)) * Math.max(0.01, Math.abs(net));
    return {
      clientOrderId: random.next() < 0.02 ? 'order-again' : `order-${id}`,
      underlying: ticker,
      legs: normal,
      quantity: 1 + random.int(pickOf(random, [1, 1, 3, 20, 400])),
      type: 'limit',
      limit: Math.round(limit * 100) / 100,
      timeInForce: 'day',
    };
  }

  #context(equity: number, quotes: ReadonlyMap<string, Quote>, working: readonly Order[], bias: number): RiskContext {
    const options = [...this.#held].flatMap(([symbol, quantity]) => {
      const contract = BY_SYMBOL.get(symbol);
      return contract === undefined ? [] : [{ contract, quantity }];
    });
    const market = { price: (symbol: string) => SPOTS[symbol] ?? worthOf(BY_SYMBOL.get(symbol)) };
    const { initial } = marginOf({ options, stocks: [] }, market, COVERED_MARGIN);
    if (initial === null) throw new Error('An approved position has no margin');
    const free = this.#cash - usdToNumber(initial);
    return aContext({
      equity: usd(equity),
      startOfDayEquity: usd(this.#start),
      availableFunds: usd(free),
      maintenanceExcess: usd(free),
      halted: this.#halted,
      optionsLevel: this.#level,
      exposures: this.#exposures,
      holdings: { options, stocks: [] },
      recentOrders: this.#recent,
      workingOrders: working,
      dayTrades: { done: this.#dayTrades, pending: this.#exposures.length },
      history: { closedTrades: this.#closed, drawdown: this.#drawdown, volatilityRatio: () => this.#volatility },
      quote: (symbol) => quotes.get(symbol),
      market,
      valuation: {
        volatility: () => VOLATILITY,
        modelPrice: (contract) => (worthOf(contract) ?? 0) * bias,
      },
      exposure: (symbol) => this.#held.get(symbol) ?? 0,
      correlation: () => this.#correlation,
    });
  }

  /** What must stay in cash: per underlying the worst of all its positions at any expiry. No margin rule may ask for less. */
  #reserved(more: ReadonlyMap<string, number> = new Map()): number {
    let reserved = 0;
    for (const ticker of Object.keys(SPOTS)) {
      const legs = [...new Set([...this.#held.keys(), ...more.keys()])].flatMap((symbol) => {
        const contract = BY_SYMBOL.get(symbol);
        const quantity = (this.#held.get(symbol) ?? 0) + (more.get(symbol) ?? 0);
        return contract?.underlying === ticker && quantity !== 0 ? [{ contract, quantity }] : [];
      });
      reserved += worstOf(legs);
    }
    return reserved;
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

  /** The limits that the order breaks. */
  #broken(
    sent: Order,
    asked: Order,
    claim: number,
    truth: Truth,
    context: RiskContext,
    quotes: ReadonlyMap<string, Quote>,
    bias: number,
    equity: number,
  ): string[] {
    const broken: string[] = [];
    const must = (rule: string, holds: boolean): void => {
      if (!holds) broken.push(rule);
    };
    const units = sent.quantity;
    const limit = sent.limit ?? Number.NaN;
    const slack = 1e-6;
    const wholeLoss = (truth.loss ?? Number.POSITIVE_INFINITY) * units;
    const wholeCapital = (truth.committed ?? Number.POSITIVE_INFINITY) * units;
    const sum = (what: 'maxLoss' | 'committed', ticker?: string): number =>
      this.#exposures
        .filter(({ underlying }) => ticker === undefined || underlying === ticker)
        .reduce((total, exposure) => total + usdToNumber(exposure[what]), 0);
    must('size', units >= 1 && units <= asked.quantity);
    must('halted', this.#halted === null);
    // Half of nothing is no understatement.
    must('stated-risk', claim >= 1 || (truth.loss === 0 && truth.committed === 0));
    must('daily-loss', this.#lost < 0.05);
    must(
      'opens-only',
      sent.legs.every(({ intent }) => intent.endsWith('_to_open')),
    );
    must('option-level', this.#level >= (sent.legs.length > 1 ? 3 : sent.legs[0]?.intent === 'buy_to_open' ? 2 : 1));
    must('risk-per-trade', wholeLoss <= equity * 0.03 + slack);
    must('portfolio-risk', wholeLoss + sum('maxLoss') <= equity * 0.15 + slack);
    must('position-size', wholeCapital + sum('committed', sent.underlying) <= equity * 0.2 + slack);
    must('max-positions', this.#exposures.length < 5);
    const isElsewhere = this.#exposures.some(({ underlying }) => underlying !== sent.underlying);
    must('correlation', !isElsewhere || Math.abs(this.#correlation ?? 1) <= 0.7);
    const contracts = sent.legs.reduce((total, { ratio }) => total + ratio, 0) * units;
    must('fat-finger', contracts <= 500);
    must('order-rate', this.#recent.length < 60);
    must('order-burst', this.#recent.filter(({ at }) => AN_INSTANT - at < 60 * MICROS_PER_SECOND).length < 10);
    const key = ({ legs }: Order): string =>
      legs
        .map((leg) => `${leg.symbol}${leg.ratio}${leg.intent}`)
        .sort(byText)
        .join();
    const young = this.#recent.filter(({ at }) => AN_INSTANT - at < 60 * MICROS_PER_SECOND).map(({ order }) => order);
    const seen = [...young, ...context.workingOrders];
    must('duplicate-intent', !seen.some((other) => key(other) === key(sent)));
    must('duplicate-intent', !this.#recent.some(({ order }) => order.clientOrderId === sent.clientOrderId));
    for (const { legs } of context.workingOrders)
      for (const leg of legs)
        must(
          'wash-trade',
          !sent.legs.some((own) => own.symbol === leg.symbol && sideOf(own.intent) !== sideOf(leg.intent)),
        );
    if (this.#start < 25_000) must('day-trading', this.#dayTrades + this.#exposures.length + 1 < 4);

    let [net, gross, modelNet, modelGross] = [0, 0, 0, 0];
    const change = new Map<string, number>();
    let delivered = 0;
    for (const leg of sent.legs) {
      const contract = BY_SYMBOL.get(leg.symbol);
      const quote = quotes.get(leg.symbol);
      const direction = sign(sideOf(leg.intent));
      const mid = ((quote?.bid ?? Number.NaN) + (quote?.ask ?? Number.NaN)) / 2;
      const model = (worthOf(contract) ?? Number.NaN) * bias;
      net += direction * leg.ratio * mid;
      gross += leg.ratio * mid;
      modelNet += direction * leg.ratio * model;
      modelGross += leg.ratio * model;
      change.set(leg.symbol, direction * leg.ratio * units);
      must('quoted-sides', ((direction > 0 ? quote?.ask : quote?.bid) ?? 0) > 0);
      must('stale-quotes', quote !== undefined && AN_INSTANT - quote.at <= 90 * MICROS_PER_SECOND);
      must('opposite-held', (this.#held.get(leg.symbol) ?? 0) * direction >= 0);
      if (contract === undefined) continue;
      must('expiry-day', daysBetween(A_DATE, contract.expiry) >= 1);
    }
    for (const [symbol, quantity] of this.#held) {
      const quote = quotes.get(symbol);
      must('stale-marks', quantity === 0 || (quote !== undefined && AN_INSTANT - quote.at <= 900 * MICROS_PER_SECOND));
    }
    must('price-collar', limit - net <= 0.25 * gross + 1e-3);
    must('model-price', limit - modelNet <= 0.35 * modelGross + 1e-3);
    must('buying-power', this.#cash - limit * 100 * units + slack >= this.#reserved(change));
    must('uncovered', isCovered([...this.#held, ...change]));

    const after = new Map(this.#held);
    for (const [symbol, quantity] of change) after.set(symbol, (after.get(symbol) ?? 0) + quantity);
    for (const [symbol, quantity] of after) {
      const contract = BY_SYMBOL.get(symbol);
      if (contract === undefined || quantity >= 0 || daysBetween(A_DATE, contract.expiry) > 2) continue;
      const spot = SPOTS[contract.underlying] ?? Number.NaN;
      if (contract.right === 'put' && spot < contract.strike) delivered -= quantity * 100 * contract.strike;
      if (contract.right === 'call' && spot > contract.strike) delivered -= quantity * 100 * spot;
    }
    must('delivery', delivered <= 2 * equity + slack);
    broken.push(...brokenGreeks(after, sent.underlying, equity), ...brokenProtections(this, sent.underlying));
    must('stress-loss', stressLoss(after) <= 0.15 * equity + 0.02);
    return broken;
  }

  /** What the protections must see. */
  get past(): { closed: readonly ClosedTrade[]; drawdown: number; volatility: number | null } {
    return { closed: this.#closed, drawdown: this.#drawdown, volatility: this.#volatility };
  }
}

interface Truth {
  /** Dollars a unit can lose, `null` when there is no bound. */
  readonly loss: number | null;
  readonly committed: number | null;
}

/** Worst of one unit by looking at many prices of the stock, not by the formula that risk uses. */
function truthOf(order: Order): Truth {
  const legs = order.legs.flatMap(({ symbol, ratio, intent }) => {
    const contract = BY_SYMBOL.get(symbol);
    return contract === undefined ? [] : [{ contract, quantity: sign(sideOf(intent)) * ratio }];
  });
  const collateral = worstOf(legs);
  if (collateral > 100_000) return { loss: null, committed: null };
  const paid = (order.limit ?? Number.NaN) * 100;
  return { loss: Math.max(0, collateral + paid), committed: collateral > 0 ? collateral : Math.max(0, paid) };
}

/** The worst payoff of the legs alive at any expiry, as a positive number of dollars; huge when it has no bound. */
function worstOf(legs: readonly { readonly contract: OptionContract; readonly quantity: number }[]): number {
  let worst = 0;
  for (const expiry of new Set(legs.map(({ contract }) => contract.expiry))) {
    for (const spot of [0, 60, 65, 70, 75, 80, 10_000]) {
      let payoff = 0;
      for (const { contract, quantity } of legs) {
        if (contract.expiry < expiry) continue;
        const beyond = spot - contract.strike;
        payoff += quantity * 100 * Math.max(0, contract.right === 'call' ? beyond : -beyond);
      }
      worst = Math.max(worst, -payoff);
    }
  }
  return worst;
}

/** No more calls sold than bought, of those that live at least as long. */
function isCovered(changes: readonly (readonly [string, number])[]): boolean {
  const held = new Map<string, number>();
  for (const [symbol, quantity] of changes) held.set(symbol, (held.get(symbol) ?? 0) + quantity);
  for (const ticker of Object.keys(SPOTS)) {
    let cover = 0;
    for (const expiry of ['2016-02-19', '2016-01-15', '2015-12-26', '2015-12-24']) {
      for (const [symbol, quantity] of held) {
        const contract = BY_SYMBOL.get(symbol);
        if (contract?.underlying === ticker && contract.right === 'call' && contract.expiry === expiry)
          cover += quantity;
      }
      if (cover < 0) return false;
    }
  }
  return true;
}

function brokenGreeks(held: ReadonlyMap<string, number>, own: string, equity: number): string[] {
  const sums = { underlying: [0, 0, 0, 0], net: [0, 0, 0, 0] };
  for (const [symbol, quantity] of held) {
    const contract = BY_SYMBOL.get(symbol);
    if (contract === undefined || quantity === 0) continue;
    const spot = SPOTS[contract.underlying] ?? Number.NaN;
    const years = yearsOf(contract);
    const value = (s: number, v: number, t: number): number => quantity * 100 * blackScholes(contract, s, v, t);
    // Differences instead of formulas.
    const [h, v] = [spot * 1e-4, 1e-4];
    const now = value(spot, VOLATILITY, years);
    const [up, down] = [value(spot + h, VOLATILITY, years), value(spot - h, VOLATILITY, years)];
    const figures = [
      ((up - down) / (2 * h)) * spot * 0.01,
      ((up - 2 * now + down) / (h * h)) * spot * spot * 1e-4,
      ((value(spot, VOLATILITY + v, years) - value(spot, VOLATILITY - v, years)) / (2 * v)) * 0.01,
      (value(spot, VOLATILITY, years - 1e-5) - value(spot, VOLATILITY, years + 1e-5)) / 2e-5 / 365,
    ];
    for (const [index, figure] of figures.entries()) {
      sums.net[index] = (sums.net[index] ?? 0) + figure;
      if (contract.underlying === own) sums.underlying[index] = (sums.underlying[index] ?? 0) + figure;
    }
  }
  const limits = { underlying: [0.03, 0.015, 0.015, 0.015], net: [0.05, 0.025, 0.025, 0.025] };
  return (['underlying', 'net'] as const).flatMap((scope) =>
    sums[scope].flatMap((figure, index) =>
      Math.abs(figure) > equity * ((limits[scope][index] ?? 0) + 1e-5) ? [`${scope} greek ${index}`] : [],
    ),
  );
}

function brokenProtections({ past }: Account, own: string): string[] {
  const ago = ({ closedAt }: ClosedTrade): number => (AN_INSTANT - closedAt) / (60 * MICROS_PER_SECOND);
  const mine = past.closed.filter(({ underlying }) => underlying === own);
  const recent = mine.filter((trade) => ago(trade) < 240);
  const lost = recent.reduce((total, { profit }) => total + profit, 0);
  return [
    ...(mine.some((trade) => trade.profit < 0 && ago(trade) < 30) ? ['cooldown'] : []),
    ...(past.closed.filter((trade) => trade.stopped && ago(trade) < 120).length >= 3 ? ['stop-loss-guard'] : []),
    ...(past.drawdown >= 0.04 ? ['drawdown-lock'] : []),
    ...(recent.length >= 3 && lost < 0 ? ['low-profit-lock'] : []),
    ...(past.volatility === null || past.volatility > 4 ? ['volatility-halt'] : []),
  ];
}

function stressLoss(held: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const [ticker, spot] of Object.entries(SPOTS)) {
    let worst = 0;
    for (const move of LIMITS.stress.spot)
      for (const factor of LIMITS.stress.volatility)
        for (const days of LIMITS.stress.days) {
          let change = 0;
          for (const [symbol, quantity] of held) {
            const contract = BY_SYMBOL.get(symbol);
            if (contract?.underlying !== ticker) continue;
            const years = yearsOf(contract);
            const later = blackScholes(
              contract,
              spot * (1 + move),
              VOLATILITY * factor,
              Math.max(0, years - days / 365),
            );
            change += quantity * 100 * (later - blackScholes(contract, spot, VOLATILITY, years));
          }
          worst = Math.min(worst, change);
        }
    total -= worst;
  }
  return total;
}

function yearsOf({ expiry }: OptionContract): number {
  return daysBetween(A_DATE, expiry) / 365;
}

function worthOf(contract: OptionContract | undefined): number | null {
  if (contract === undefined) return null;
  return blackScholes(contract, SPOTS[contract.underlying] ?? Number.NaN, VOLATILITY, yearsOf(contract));
}

/** Black and Scholes without interest, never below intrinsic value. */
function blackScholes({ right, strike }: OptionContract, spot: number, volatility: number, years: number): number {
  const phi = right === 'call' ? 1 : -1;
  const intrinsic = Math.max(0, phi * (spot - strike));
  if (years <= 0) return intrinsic;
  const deviation = volatility * Math.sqrt(years);
  const d1 = Math.log(spot / strike) / deviation + deviation / 2;
  return Math.max(intrinsic, phi * (spot * normal(phi * d1) - strike * normal(phi * (d1 - deviation))));
}

/** The normal distribution by its continued fraction and its series (Abramowitz and Stegun 26.2.11, 26.2.14). */
function normal(x: number): number {
  const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  if (Math.abs(x) > 4) {
    let fraction = Math.abs(x);
    for (let k = 40; k >= 1; k--) fraction = Math.abs(x) + k / fraction;
    return x > 0 ? 1 - density / fraction : density / fraction;
  }
  let [term, sum] = [x, x];
  for (let k = 1; k < 80; k++) {
    term *= (x * x) / (2 * k + 1);
    sum += term;
  }
  return 0.5 + density * sum;
}

function quoteOf(contract: OptionContract, spread: number, age: number, missing: 'bid' | 'ask' | null): Quote {
  const mid = Math.max(0.02, worthOf(contract) ?? 0);
  const half = Math.min(spread / 2, mid / 2);
  return {
    symbol: contract.symbol,
    at: after(-age),
    bid: missing === 'bid' ? null : Math.max(0.01, Math.floor((mid - half) * 100) / 100),
    bidSize: 10,
    ask: missing === 'ask' ? null : Math.ceil((mid + half) * 100) / 100,
    askSize: 10,
  };
}

/** The side opposite to the last leg's, so that many packages are spreads. */
function flip(legs: ReadonlyMap<string, OrderLeg>): PositionIntent {
  const last = [...legs.values()].at(-1);
  return last !== undefined && sideOf(last.intent) === 'buy' ? 'sell_to_open' : 'buy_to_open';
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function pickOf<T>(random: Random, values: readonly T[]): T {
  const value = values[random.int(values.length)];
  if (value === undefined) throw new Error('Nothing to pick from');
  return value;
}
