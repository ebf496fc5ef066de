import { TradingError } from '@trading-agent/core';

/** How one synthetic underlying behaves. Invented round figures of a plausible size, quotes of no day. */
export interface UnderlyingProfile {
  readonly symbol: string;
  readonly kind: 'stock' | 'etf' | 'index';
  /** The level from which the price starts and to which splits bring it back, dollars per share (index points). */
  readonly price: number;
  /** Long-run annual volatility, decimal, everything included: market, jumps, earnings. */
  readonly volatility: number;
  /** Exposure to the market factor. */
  readonly beta: number;
  /** Shares per full day. */
  readonly volume: number;
  /** Width of option spreads relative to a typical single name; below 1 is tighter. */
  readonly spread: number;
  /** Options quoted in pennies at every price (the three index funds); otherwise pennies below 3.00 and nickels from there. */
  readonly pennies: boolean;
  /** Typical displayed size, contracts. */
  readonly depth: number;
  /** Cash dividends per year over the price; 0 pays none. */
  readonly dividendYield: number;
  /** Has expiries on every session of the next two weeks, as the most traded index products have since 2022. */
  readonly dailyExpiries: boolean;
}

type Row = readonly [
  symbol: string,
  price: number,
  volatility: number,
  beta: number,
  millionShares: number,
  spread: number,
  depth: number,
  dividendYield: number,
];

const ROWS: readonly Row[] = [
  ['SPX', 700, 0.18, 1, 0, 0.15, 60, 0],
  ['SPY', 450, 0.18, 1, 80, 0.15, 200, 0.013],
  ['QQQ', 380, 0.21, 1.15, 50, 0.2, 150, 0.006],
  ['IWM', 190, 0.22, 1.15, 35, 0.3, 120, 0.012],
  ['AAPL', 180, 0.27, 1.15, 60, 0.5, 80, 0.005],
  ['MSFT', 330, 0.25, 1.05, 25, 0.6, 50, 0.008],
  ['TSLA', 240, 0.52, 1.7, 110, 0.6, 60, 0],
  ['NVDA', 120, 0.45, 1.7, 250, 0.5, 90, 0.001],
  ['AMZN', 140, 0.32, 1.25, 50, 0.6, 60, 0],
  ['GOOGL', 140, 0.29, 1.1, 30, 0.6, 50, 0.004],
  ['GOOG', 141, 0.29, 1.1, 22, 0.7, 40, 0.004],
  ['META', 310, 0.36, 1.25, 20, 0.7, 40, 0.003],
  ['NFLX', 420, 0.38, 1.2, 6, 1, 25, 0],
  ['ADBE', 520, 0.33, 1.2, 3, 1.2, 20, 0],
  ['CRM', 215, 0.34, 1.2, 6, 1, 25, 0.006],
  ['PYPL', 65, 0.38, 1.3, 14, 0.8, 50, 0],
  ['AMD', 110, 0.46, 1.6, 60, 0.6, 70, 0],
  ['INTC', 36, 0.36, 1.1, 45, 0.6, 120, 0.015],
  ['CSCO', 52, 0.22, 0.9, 20, 0.8, 80, 0.03],
  ['ORCL', 110, 0.29, 1, 9, 0.9, 40, 0.012],
  ['AVGO', 90, 0.36, 1.3, 25, 0.9, 30, 0.018],
  ['QCOM', 115, 0.33, 1.2, 9, 0.9, 40, 0.022],
  ['DIS', 90, 0.29, 1.05, 12, 0.8, 60, 0.01],
  ['BA', 210, 0.35, 1.2, 6, 0.9, 30, 0],
  ['UBER', 45, 0.41, 1.3, 22, 0.8, 60, 0],
  ['COIN', 80, 0.8, 2, 14, 1.1, 30, 0],
  ['PLTR', 16, 0.58, 1.7, 60, 0.8, 120, 0],
  ['JPM', 145, 0.23, 1, 10, 0.8, 50, 0.026],
  ['BAC', 29, 0.27, 1.15, 45, 0.6, 150, 0.028],
  ['WFC', 42, 0.28, 1.1, 18, 0.7, 100, 0.026],
  ['GS', 330, 0.26, 1.1, 2.5, 1.2, 20, 0.022],
  ['C', 44, 0.29, 1.2, 15, 0.8, 80, 0.035],
  ['V', 235, 0.21, 0.95, 6, 0.9, 30, 0.007],
  ['MA', 395, 0.22, 0.95, 3, 1.1, 20, 0.006],
  ['JNJ', 160, 0.17, 0.55, 7, 1, 40, 0.03],
  ['PG', 150, 0.17, 0.5, 7, 1, 40, 0.025],
  ['UNH', 490, 0.24, 0.7, 3, 1.2, 20, 0.015],
  ['HD', 310, 0.23, 0.95, 4, 1.1, 25, 0.026],
  ['WMT', 55, 0.19, 0.55, 20, 0.8, 60, 0.014],
  ['COST', 550, 0.22, 0.8, 2, 1.3, 15, 0.006],
  ['KO', 60, 0.16, 0.5, 13, 0.8, 90, 0.031],
  ['PEP', 180, 0.17, 0.5, 5, 1, 40, 0.029],
  ['MCD', 280, 0.18, 0.6, 3, 1.1, 30, 0.023],
  ['XOM', 110, 0.27, 0.8, 16, 0.7, 70, 0.034],
  ['CVX', 155, 0.26, 0.8, 8, 0.8, 50, 0.04],
  ['PFE', 35, 0.25, 0.6, 28, 0.7, 120, 0.05],
  ['MRK', 108, 0.22, 0.5, 8, 0.9, 50, 0.028],
  ['ABBV', 150, 0.23, 0.55, 6, 1, 40, 0.038],
  ['LLY', 560, 0.31, 0.7, 3, 1.3, 15, 0.01],
  ['T', 16, 0.24, 0.6, 35, 0.7, 150, 0.06],
  ['VZ', 35, 0.23, 0.5, 20, 0.8, 100, 0.06],
  ['GLD', 180, 0.15, 0.1, 7, 0.6, 70, 0],
  ['TLT', 95, 0.18, -0.2, 25, 0.5, 100, 0.035],
  ['XLF', 34, 0.2, 1.05, 40, 0.5, 200, 0.017],
  ['XLE', 86, 0.28, 0.9, 18, 0.6, 100, 0.035],
  ['DIA', 345, 0.17, 0.9, 3.5, 0.7, 40, 0.017],
];

const PENNY_CLASSES: ReadonlySet<string> = new Set(['SPY', 'QQQ', 'IWM']);
const DAILY_EXPIRIES: ReadonlySet<string> = new Set(['SPY', 'QQQ', 'IWM', 'SPX']);
const FUNDS: ReadonlySet<string> = new Set(['SPY', 'QQQ', 'IWM', 'GLD', 'TLT', 'XLF', 'XLE', 'DIA']);
/** The market factor itself as an index; nobody trades it, its options are European. */
export const MARKET_INDEX = 'SPX';
/** The volatility index of `SPX`: minute bars only. */
export const VOLATILITY_INDEX = 'VIX';
/** Indexes have it before their name on the tape. */
export const INDEX_PREFIX = 'I:';

const PROFILES: ReadonlyMap<string, UnderlyingProfile> = new Map(
  ROWS.map(([symbol, price, volatility, beta, millionShares, spread, depth, dividendYield]) => [
    symbol,
    {
      symbol,
      kind: symbol === MARKET_INDEX ? 'index' : FUNDS.has(symbol) ? 'etf' : 'stock',
      price,
      volatility,
      beta,
      volume: millionShares * 1_000_000,
      spread,
      depth,
      pennies: PENNY_CLASSES.has(symbol),
      dividendYield,
      dailyExpiries: DAILY_EXPIRIES.has(symbol),
    },
  ]),
);

/** The tickers that a synthetic market can hold. */
export const SYNTHETIC_UNDERLYINGS: readonly string[] = [...PROFILES.keys()];

/** @throws {TradingError} `UNKNOWN_SYMBOL` for a ticker that the synthetic market does not have. */
export function underlyingProfile(symbol: string): UnderlyingProfile {
  const profile = PROFILES.get(symbol);
  if (profile) return profile;
  throw new TradingError('UNKNOWN_SYMBOL', `The synthetic market has no ${symbol}`, {
    hint: `It has ${SYNTHETIC_UNDERLYINGS.join(', ')}.`,
    details: { symbol },
  });
}
