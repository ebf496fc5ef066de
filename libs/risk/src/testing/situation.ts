import { loadSettings, type RiskSettings } from '@trading-agent/config';
import { daysBetween, marketDate, microsFromRfc3339, usd } from '@trading-agent/core';
import { type OptionContract, optionContract, type Quote } from '@trading-agent/instruments';
import { COVERED_MARGIN } from '@trading-agent/portfolio';
import { impliedVolatility } from '@trading-agent/pricing';
import { A_CALL, A_DATE, A_HIGHER_CALL, AN_INSTANT, aQuote, aVertical } from '@trading-agent/testkit';
import type { OpenExposure, OpeningIntent, RiskContext, RiskLimits, TradingHistory } from '../context.ts';

export const SESSION = {
  open: microsFromRfc3339('2015-12-24T09:30:00-05:00'),
  close: microsFromRfc3339('2015-12-24T13:00:00-05:00'),
};

/** The settings as shipped. */
export const HOUSE: RiskSettings = loadSettings({ env: {}, cwd: import.meta.dirname }).risk;

export const LIMITS: RiskLimits = {
  maxPositions: 5,
  riskPerTrade: 0.03,
  maxPositionSize: 0.2,
  dailyLoss: 0.05,
  portfolioRisk: 0.15,
  correlation: 0.7,
  ...HOUSE,
};

/** GOOG then. */
export const SPOT = 750;

/** Midpoints 12.40 and 9.55: the vertical costs 12.50 - 9.50 = 3.00 at the far sides, 2.85 at the midpoints. */
export const QUOTES: readonly Quote[] = [
  aQuote({ symbol: A_CALL, bid: 12.3, ask: 12.5 }),
  aQuote({ symbol: A_HIGHER_CALL, bid: 9.5, ask: 9.6 }),
];

export function quotesOf(quotes: readonly Quote[]): RiskContext['quote'] {
  const bySymbol = new Map(quotes.map((quote) => [quote.symbol, quote]));
  return (symbol) => bySymbol.get(symbol);
}

export const NOTHING_HAPPENED: TradingHistory = { closedTrades: [], drawdown: 0, volatilityRatio: () => 1 };

type Over = Partial<Omit<RiskContext, 'limits' | 'history' | 'valuation'>> & {
  limits?: Partial<RiskLimits>;
  orders?: Partial<RiskSettings['orders']>;
  history?: Partial<TradingHistory>;
  valuation?: Partial<RiskContext['valuation']>;
};

/** A quiet account of $25,000 at 10:00 that holds nothing, GOOG at 750; contracts are worth what `quote` says, and their neighbours agree. */
export function aContext({ limits, orders, history, valuation, ...over }: Over = {}): RiskContext {
  const quote = over.quote ?? quotesOf(QUOTES);
  const mark = (symbol: string): number | null => {
    const { bid = null, ask = null } = quote(symbol) ?? {};
    return bid === null || ask === null ? null : (bid + ask) / 2;
  };
  const market = { price: (symbol: string) => (/^[A-Z]+$/.test(symbol) ? SPOT : mark(symbol)) };
  const terms = ({ expiry }: OptionContract) => ({
    years: daysBetween(A_DATE, expiry) / 365,
    rate: 0,
    yield: 0,
    dividends: 0,
  });
  return {
    at: AN_INSTANT,
    date: A_DATE,
    session: SESSION,
    limits: { ...LIMITS, ...limits, orders: { ...HOUSE.orders, ...limits?.orders, ...orders } },
    equity: usd(25_000),
    startOfDayEquity: usd(25_000),
    availableFunds: usd(25_000),
    maintenanceExcess: usd(25_000),
    marginTerms: COVERED_MARGIN,
    accountTradable: true,
    optionsLevel: 3,
    halted: null,
    exposures: [],
    holdings: { options: [], stocks: [] },
    recentOrders: [],
    workingOrders: [],
    dayTrades: { done: 0, pending: 0 },
    history: { ...NOTHING_HAPPENED, ...history },
    valuation: {
      terms,
      earlyExercise: () => null,
      volatility: (contract) => {
        const spot = market.price(contract.underlying) ?? Number.NaN;
        const { strike, right } = contract;
        const price = mark(contract.symbol);
        const solved = impliedVolatility({ spot, strike, right, ...terms(contract), price });
        return solved.kind === 'ok' ? solved.volatility : null;
      },
      modelPrice: ({ symbol }) => mark(symbol),
      ...valuation,
    },
    market,
    quote,
    exposure: () => 0,
    correlation: () => 0,
    ...over,
  };
}

/** The vertical 750/755 for 3.00: $300 at risk a unit, all of it paid. */
export function anIntent(over: Partial<OpeningIntent> = {}): OpeningIntent {
  return {
    order: aVertical(),
    contracts: [optionContract(A_CALL), optionContract(A_HIGHER_CALL)],
    maxLossPerUnit: usd(300),
    committedPerUnit: usd(300),
    ...over,
  };
}

export function anExposure(over: Partial<OpenExposure> = {}): OpenExposure {
  return { underlying: 'TWX', maxLoss: usd(100), committed: usd(100), ...over };
}

/** The same moment in another year, for rules that changed with a date. */
export function on(date: string): Pick<RiskContext, 'date'> {
  return { date: marketDate(date) };
}
