import { daysBetween, MICROS_PER_SECOND, usdToNumber } from '@trading-agent/core';
import { type Order, type Quote, sideOf, sign } from '@trading-agent/instruments';
import { A_DATE, AN_INSTANT } from '@trading-agent/testkit';
import type { ClosedTrade, OpenExposure, RecentOrder, RiskLimits } from '../../context.ts';
import { LIMITS } from '../situation.ts';
import { isCovered, type Truth, worstOf } from './payoffs.ts';
import { blackScholes, BY_SYMBOL, european, SPOTS, VOLATILITY, worthOf, yearsOf } from './storm-market.ts';

// Every limit measured again, by its own arithmetic in dollars: nothing of the rules is used.

/** The account as it was before the order. */
export interface AccountFacts {
  /** Dollars in the morning, and now. */
  readonly start: number;
  readonly equity: number;
  /** What the day has lost, as a fraction of `start`. */
  readonly lost: number;
  readonly cash: number;
  readonly halted: string | null;
  readonly level: number;
  readonly correlation: number | null;
  readonly closed: readonly ClosedTrade[];
  readonly drawdown: number;
  readonly volatility: number | null;
  readonly dayTrades: number;
  readonly limits: RiskLimits;
  readonly exposures: readonly OpenExposure[];
  /** Contracts by symbol, signed. */
  readonly held: ReadonlyMap<string, number>;
  /** By ticker. */
  readonly shares: ReadonlyMap<string, number>;
  readonly recent: readonly RecentOrder[];
}

/** An order that came through, and what it was judged by. */
export interface Judged {
  readonly sent: Order;
  readonly asked: Order;
  /** What the intent said of its loss and capital, as a multiple of the truth. */
  readonly claim: number;
  readonly truth: Truth;
  readonly working: readonly Order[];
  readonly quotes: ReadonlyMap<string, Quote>;
  /** The model's prices as a multiple of the truth. */
  readonly bias: number;
}

/** The limits that the order breaks. */
export function brokenLimits(
  account: AccountFacts,
  { sent, asked, claim, truth, working, quotes, bias }: Judged,
): string[] {
  const { equity, limits } = account;
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
    account.exposures
      .filter(({ underlying }) => ticker === undefined || underlying === ticker)
      .reduce((total, exposure) => total + usdToNumber(exposure[what]), 0);
  must('size', units >= 1 && units <= asked.quantity);
  must('halted', account.halted === null);
  // Half of nothing is no understatement.
  must('stated-risk', claim >= 1 || (truth.loss === 0 && truth.committed === 0));
  must('daily-loss', account.lost < 0.05);
  must(
    'opens-only',
    sent.legs.every(({ intent }) => intent.endsWith('_to_open')),
  );
  must('option-level', account.level >= (sent.legs.length > 1 ? 3 : sent.legs[0]?.intent === 'buy_to_open' ? 2 : 1));
  must('risk-per-trade', wholeLoss <= equity * limits.riskPerTrade + slack);
  must('portfolio-risk', wholeLoss + sum('maxLoss') <= equity * limits.portfolioRisk + slack);
  must('position-size', wholeCapital + sum('committed', sent.underlying) <= equity * limits.maxPositionSize + slack);
  must('max-positions', account.exposures.length < limits.maxPositions);
  const isElsewhere = account.exposures.some(({ underlying }) => underlying !== sent.underlying);
  must('correlation', !isElsewhere || Math.abs(account.correlation ?? 1) <= 0.7);
  const contracts = sent.legs.reduce((total, { ratio }) => total + ratio, 0) * units;
  must('fat-finger', contracts <= limits.orders.maxContracts);
  must('order-rate', account.recent.length < 60);
  must('order-burst', account.recent.filter(({ at }) => AN_INSTANT - at < 60 * MICROS_PER_SECOND).length < 10);
  const key = ({ legs }: Order): string =>
    legs
      .map((leg) => `${leg.symbol}${leg.ratio}${leg.intent}`)
      .sort(byText)
      .join();
  const young = account.recent.filter(({ at }) => AN_INSTANT - at < 60 * MICROS_PER_SECOND).map(({ order }) => order);
  const seen = [...young, ...working];
  must('duplicate-intent', !seen.some((other) => key(other) === key(sent)));
  must('duplicate-intent', !account.recent.some(({ order }) => order.clientOrderId === sent.clientOrderId));
  for (const { legs } of working)
    for (const leg of legs)
      must(
        'wash-trade',
        !sent.legs.some((own) => own.symbol === leg.symbol && sideOf(own.intent) !== sideOf(leg.intent)),
      );
  if (account.start < 25_000) must('day-trading', account.dayTrades + account.exposures.length + 1 < 4);

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
    must('opposite-held', (account.held.get(leg.symbol) ?? 0) * direction >= 0);
    if (contract === undefined) continue;
    must('expiry-day', daysBetween(A_DATE, contract.expiry) >= 1);
  }
  for (const [symbol, quantity] of account.held) {
    const quote = quotes.get(symbol);
    must('stale-marks', quantity === 0 || (quote !== undefined && AN_INSTANT - quote.at <= 900 * MICROS_PER_SECOND));
  }
  must('price-collar', limit - net <= limits.orders.priceCollar * gross + 1e-3);
  must('model-price', limit - modelNet <= limits.orders.modelCollar * modelGross + 1e-3);
  // Regulation T lends half of what long shares are worth.
  const lent = [...account.shares].reduce((sum, [ticker, quantity]) => sum + (quantity * (SPOTS[ticker] ?? 0)) / 2, 0);
  must('buying-power', account.cash + lent - limit * 100 * units + slack >= reserved(account, change));
  must('uncovered', isCovered([...account.held, ...change]));

  const after = new Map(account.held);
  for (const [symbol, quantity] of change) after.set(symbol, (after.get(symbol) ?? 0) + quantity);
  for (const [symbol, quantity] of after) {
    const contract = BY_SYMBOL.get(symbol);
    if (contract === undefined || quantity >= 0 || daysBetween(A_DATE, contract.expiry) > limits.expiry.deliveryDays)
      continue;
    const spot = SPOTS[contract.underlying] ?? Number.NaN;
    if (contract.right === 'put' && spot < contract.strike) delivered -= quantity * 100 * contract.strike;
    if (contract.right === 'call' && spot > contract.strike) delivered -= quantity * 100 * spot;
  }
  must('delivery', delivered <= 2 * equity + slack);
  broken.push(
    ...brokenGreeks(after, account.shares, sent.underlying, equity, limits.greeks),
    ...brokenProtections(account, sent.underlying),
  );
  must('stress-loss', stressLoss(after, account.shares) <= limits.stress.maxLoss * equity + 0.02);
  return broken;
}

/** What must stay in cash, or be lent on shares: per underlying the worst of all its positions at any expiry. No margin rule may ask for less. */
function reserved({ held, shares }: AccountFacts, more: ReadonlyMap<string, number>): number {
  let reserved = 0;
  for (const ticker of Object.keys(SPOTS)) {
    const legs = [...new Set([...held.keys(), ...more.keys()])].flatMap((symbol) => {
      const contract = BY_SYMBOL.get(symbol);
      const quantity = (held.get(symbol) ?? 0) + (more.get(symbol) ?? 0);
      return contract?.underlying === ticker && quantity !== 0 ? [{ contract, quantity }] : [];
    });
    reserved += worstOf(legs, shares.get(ticker) ?? 0);
  }
  return reserved;
}

function brokenGreeks(
  held: ReadonlyMap<string, number>,
  shares: ReadonlyMap<string, number>,
  own: string,
  equity: number,
  limits: RiskLimits['greeks'],
): string[] {
  const sums = { underlying: [0, 0, 0, 0], net: [0, 0, 0, 0] };
  for (const [ticker, quantity] of shares) {
    const move = quantity * (SPOTS[ticker] ?? Number.NaN) * 0.01;
    sums.net[0] = (sums.net[0] ?? 0) + move;
    if (ticker === own) sums.underlying[0] = (sums.underlying[0] ?? 0) + move;
  }
  for (const [symbol, quantity] of held) {
    const contract = BY_SYMBOL.get(symbol);
    if (contract === undefined || quantity === 0) continue;
    const spot = SPOTS[contract.underlying] ?? Number.NaN;
    const years = yearsOf(contract);
    const value = (s: number, v: number, t: number): number => quantity * 100 * european(contract, s, v, t);
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
  return (['underlying', 'net'] as const).flatMap((scope) =>
    sums[scope].flatMap((figure, index) =>
      Math.abs(figure) > equity * ((allowed(limits[scope])[index] ?? 0) + 1e-5) ? [`${scope} greek ${index}`] : [],
    ),
  );
}

function allowed({ delta, gamma, vega, theta }: RiskLimits['greeks']['net']): readonly number[] {
  return [delta, gamma, vega, theta];
}

function brokenProtections(past: AccountFacts, own: string): string[] {
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

function stressLoss(held: ReadonlyMap<string, number>, shares: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const [ticker, spot] of Object.entries(SPOTS)) {
    let worst = 0;
    for (const move of LIMITS.stress.spot)
      for (const factor of LIMITS.stress.volatility)
        for (const days of LIMITS.stress.days) {
          let change = (shares.get(ticker) ?? 0) * spot * move;
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

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
