/**
 * The risk check of one four-leg order (an iron condor) against a portfolio of 50 positions: all rules, greeks, stress grid and margin included.
 * `spread`: the positions are condors on thirteen underlyings; `one`: all 50 are on the order's own underlying, which is the worst case for
 * margin; `american`: as `spread`, with interest of 5% and what early exercise is worth by the tables that the engine uses. `warm`: other orders have been checked at this moment, so that what is held is valued and margined already; `turn`: prices stand, but
 * the account is looked at anew, as the engine does for each underlying; `fresh`: every price has moved since. Prints one JSON object; wall time of single checks in microseconds, of many short runs the one with the lowest p99: the others shared the processor.
 */
import { loadSettings } from '@trading-agent/config';
import { daysBetween, marketDate, micros, usd } from '@trading-agent/core';
import {
  formatOptionSymbol,
  type OptionContract,
  optionContract,
  type Order,
  type Quote,
} from '@trading-agent/instruments';
import { COVERED_MARGIN, type HeldOption, marginOf } from '@trading-agent/portfolio';
import { optionPrice, Rates, UnderlyingPricer } from '@trading-agent/pricing';
import { evaluateOpening, type OpeningIntent, type RiskContext } from '@trading-agent/risk';

const GOAL_P99 = 200;
const RUNS = 60;
const CHECKS = 400;
const DATE = marketDate('2026-03-02');
const NOON = micros(Date.parse('2026-03-02T17:00:00Z') * 1_000);
const SPOT = 100;
const VOLATILITY = 0.3;
const EXPIRIES = ['2026-03-20', '2026-04-17', '2026-05-15', '2026-06-18'].map(marketDate);
const settings = loadSettings({ env: {}, cwd: import.meta.dirname });

const contracts = new Map<string, OptionContract>();
function contract(
  root: string,
  expiry: (typeof EXPIRIES)[number],
  right: 'call' | 'put',
  strike: number,
): OptionContract {
  const symbol = formatOptionSymbol({ root, expiry, right, strike });
  let known = contracts.get(symbol);
  if (known === undefined) contracts.set(symbol, (known = optionContract(symbol)));
  return known;
}

function condor(root: string, expiry: (typeof EXPIRIES)[number], inner: number, lots: number): HeldOption[] {
  return [
    { contract: contract(root, expiry, 'put', SPOT - inner - 5), quantity: lots },
    { contract: contract(root, expiry, 'put', SPOT - inner), quantity: -lots },
    { contract: contract(root, expiry, 'call', SPOT + inner), quantity: -lots },
    { contract: contract(root, expiry, 'call', SPOT + inner + 5), quantity: lots },
  ];
}

function years({ expiry }: OptionContract): number {
  return daysBetween(DATE, expiry) / 365;
}

const prices = new Map<string, number>();
function price(symbol: string): number | null {
  const known = contracts.get(symbol);
  if (known === undefined) return SPOT;
  let value = prices.get(symbol);
  if (value === undefined) {
    const { strike, right } = known;
    value = optionPrice({ spot: SPOT, strike, right, years: years(known), rate: 0, yield: 0, volatility: VOLATILITY });
    prices.set(symbol, value);
  }
  return value;
}

const portfolios = {
  spread: Array.from({ length: 13 }, (_, index) =>
    condor(`AA${String.fromCodePoint(65 + index)}`, EXPIRIES[index % 4] ?? DATE, 5 + (index % 3), 2),
  )
    .flat()
    .slice(0, 50),
  one: Array.from({ length: 13 }, (_, index) =>
    condor('AAA', EXPIRIES[index % 4] ?? DATE, 4 + 2 * Math.floor(index / 4) + (index % 4) / 2, 1 + (index % 3)),
  )
    .flat()
    .slice(0, 50),
};

const curve = { date: DATE, yields: [1 / 12, 1].map((years) => ({ years, yield: 0.05 })) };
const pricer = new UnderlyingPricer({ rates: Rates.asOf(DATE, curve), dividends: [] });

/** As the engine values at one moment: each expiry is asked for once. */
function valuationOf(american: boolean): RiskContext['valuation'] {
  const european = {
    volatility: () => VOLATILITY,
    terms: (one: OptionContract) => ({ years: years(one), rate: 0, yield: 0, dividends: 0 }),
    earlyExercise: () => null,
    modelPrice: ({ symbol }: OptionContract) => price(symbol),
  };
  if (!american) return european;
  const expiries = new Map<string, ReturnType<UnderlyingPricer['expiry']>>();
  const expiryOf = ({ expiry, root, settles, style }: OptionContract): ReturnType<UnderlyingPricer['expiry']> => {
    let found = expiries.get(expiry);
    if (found === undefined) {
      found = pricer.expiry({ expiry, root, settles, style, at: NOON, spot: SPOT, pairs: () => [] });
      expiries.set(expiry, found);
    }
    return found;
  };
  const known = new Map<ReturnType<UnderlyingPricer['expiry']>, ReturnType<RiskContext['valuation']['terms']>>();
  return {
    ...european,
    terms: (one) => {
      const expiry = expiryOf(one);
      let terms = known.get(expiry);
      if (terms === undefined) {
        const { years: left, rate, yield: borrow, paid } = expiry.inputs;
        known.set(expiry, (terms = { years: left, rate, yield: borrow, dividends: paid }));
      }
      return terms;
    },
    earlyExercise: (one) => expiryOf(one).earlyExercise(one),
  };
}

function contextOf(options: readonly HeldOption[], american: boolean): RiskContext {
  const market = { price };
  const { initial } = marginOf({ options, stocks: [] }, market, COVERED_MARGIN);
  const million = usd(1_000_000);
  const quotes = new Map<string, Quote>();
  return {
    at: NOON,
    date: DATE,
    session: { open: micros(NOON - 9e9), close: micros(NOON + 9e9) },
    limits: {
      maxPositions: 60,
      riskPerTrade: 0.04,
      maxPositionSize: 0.3,
      dailyLoss: 0.05,
      portfolioRisk: 0.15,
      correlation: 0.7,
      ...settings.risk,
    },
    equity: million,
    startOfDayEquity: million,
    availableFunds: usd(1_000_000 - (initial ?? 0) / 1e6),
    maintenanceExcess: million,
    marginTerms: COVERED_MARGIN,
    accountTradable: true,
    optionsLevel: 3,
    halted: null,
    exposures: Array.from({ length: 13 }, (_, index) => ({
      underlying: `AA${String.fromCodePoint(65 + index)}`,
      maxLoss: usd(1_000),
      committed: usd(1_000),
    })),
    holdings: { options, stocks: [] },
    recentOrders: [],
    workingOrders: [],
    dayTrades: { done: 0, pending: 0 },
    history: { closedTrades: [], drawdown: 0, volatilityRatio: () => 1 },
    valuation: valuationOf(american),
    market,
    quote: (symbol) => {
      let quote = quotes.get(symbol);
      if (quote === undefined) {
        const mid = price(symbol) ?? 1;
        quote = { symbol, at: NOON, bid: mid * 0.99, bidSize: 10, ask: mid * 1.01, askSize: 10 };
        quotes.set(symbol, quote);
      }
      return quote;
    },
    exposure: () => 0,
    correlation: () => 0.3,
  };
}

function intentOf(index: number): OpeningIntent {
  const legs = condor('AAA', EXPIRIES[index % 4] ?? DATE, 10 + (index % 7), 1);
  const net = legs.reduce((sum, { contract: { symbol }, quantity }) => sum + quantity * (price(symbol) ?? 0), 0);
  const order: Order = {
    clientOrderId: `order-${index}`,
    underlying: 'AAA',
    legs: legs.map(({ contract: { symbol }, quantity }) => ({
      symbol,
      ratio: 1,
      intent: quantity > 0 ? 'buy_to_open' : 'sell_to_open',
    })),
    quantity: 1 + (index % 3),
    type: 'limit',
    limit: Math.round(net * 100) / 100,
    timeInForce: 'day',
  };
  return {
    order,
    contracts: legs.map((leg) => leg.contract),
    maxLossPerUnit: usd(500),
    committedPerUnit: usd(500),
  };
}

interface Figures {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

function measure(
  options: readonly HeldOption[],
  look: 'warm' | 'turn' | 'fresh',
  american: boolean,
): Figures & { readonly verdicts: Record<string, number> } {
  const intents = Array.from({ length: 84 }, (_, index) => intentOf(index));
  const context = contextOf(options, american);
  const verdicts: Record<string, number> = {};
  let moved = 0;
  let best: Figures | null = null;
  for (let run = 0; run < RUNS; run++) {
    const times: number[] = [];
    for (let check = 0; check < CHECKS; check++) {
      const intent = intents[check % intents.length];
      if (intent === undefined) continue;
      moved += look === 'fresh' ? 1e-9 : 0;
      const against =
        look === 'warm'
          ? context
          : {
              ...context,
              holdings: { options: options.map((one) => ({ ...one })), stocks: [] },
              market: movedBy(moved),
              valuation: valuationOf(american),
            };
      const start = process.hrtime.bigint();
      const verdict = evaluateOpening(intent, against);
      times.push(Number(process.hrtime.bigint() - start) / 1_000);
      const told =
        verdict.kind === 'refused' ? `refused by ${verdict.failed.map(({ rule }) => rule).join(' ')}` : verdict.kind;
      if (run === 0) verdicts[told] = (verdicts[told] ?? 0) + 1;
    }
    times.sort((a, b) => a - b);
    const at = (share: number): number => Math.round((times[Math.floor(share * (times.length - 1))] ?? 0) * 10) / 10;
    const figures = { p50: at(0.5), p99: at(0.99), max: at(1) };
    if (best === null || figures.p99 < best.p99) best = figures;
  }
  return { ...(best ?? { p50: 0, p99: 0, max: 0 }), verdicts };
}

/** Every price a little higher: nothing that was computed from another one can be used. */
function movedBy(share: number): RiskContext['market'] {
  return {
    price: (symbol) => {
      const now = price(symbol);
      return now === null ? null : now * (1 + share);
    },
  };
}

function measureAll(options: readonly HeldOption[], american = false) {
  return {
    warm: measure(options, 'warm', american),
    turn: measure(options, 'turn', american),
    fresh: measure(options, 'fresh', american),
  };
}

console.log(
  JSON.stringify(
    {
      bench: 'risk check of a four-leg order against 50 positions, microseconds',
      goal: { p99: GOAL_P99 },
      n: CHECKS,
      spread: measureAll(portfolios.spread),
      one: measureAll(portfolios.one),
      american: measureAll(portfolios.spread, true),
    },
    null,
    2,
  ),
);
