import { microsFromRfc3339, usd } from '@trading-agent/core';
import { optionContract, type Quote } from '@trading-agent/instruments';
import { A_CALL, A_HIGHER_CALL, AN_INSTANT, aQuote, aVertical } from '@trading-agent/testkit';
import { HOUSE_LIMITS, type OpenExposure, type OpeningIntent, type RiskContext, type RiskLimits } from '../context.ts';

export const SESSION = {
  open: microsFromRfc3339('2015-12-24T09:30:00-05:00'),
  close: microsFromRfc3339('2015-12-24T13:00:00-05:00'),
};

export const LIMITS: RiskLimits = {
  maxPositions: 5,
  riskPerTrade: 0.03,
  maxPositionSize: 0.2,
  dailyLoss: 0.05,
  portfolioRisk: 0.15,
  correlation: 0.7,
  ...HOUSE_LIMITS,
};

/** Midpoints 12.40 and 9.55: the vertical costs 12.50 - 9.50 = 3.00 at the far sides, 2.85 at the midpoints. */
export const QUOTES: readonly Quote[] = [
  aQuote({ symbol: A_CALL, bid: 12.3, ask: 12.5 }),
  aQuote({ symbol: A_HIGHER_CALL, bid: 9.5, ask: 9.6 }),
];

export function quotesOf(quotes: readonly Quote[]): RiskContext['quote'] {
  const bySymbol = new Map(quotes.map((quote) => [quote.symbol, quote]));
  return (symbol) => bySymbol.get(symbol);
}

/** A quiet account of $25,000 at 10:00 that holds nothing. */
export function aContext({
  limits,
  ...over
}: Partial<Omit<RiskContext, 'limits'>> & { limits?: Partial<RiskLimits> } = {}): RiskContext {
  return {
    at: AN_INSTANT,
    session: SESSION,
    limits: { ...LIMITS, ...limits },
    equity: usd(25_000),
    startOfDayEquity: usd(25_000),
    availableFunds: usd(25_000),
    accountTradable: true,
    optionsLevel: 3,
    halted: null,
    exposures: [],
    ordersInLastHour: 0,
    quote: quotesOf(QUOTES),
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
