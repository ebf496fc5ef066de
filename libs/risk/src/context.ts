import type { RiskSettings } from '@trading-agent/config';
import type { MarketDate, Micros, Usd } from '@trading-agent/core';
import type { OptionContract, Order, Quote } from '@trading-agent/instruments';
import type { Holdings, MarginMarket, MarginTerms } from '@trading-agent/portfolio';
import type { GridSpots } from '@trading-agent/pricing';

/** The limits that follow from the account's tier. Fractions of equity unless said otherwise. */
export interface TierLimits {
  readonly maxPositions: number;
  readonly riskPerTrade: number;
  readonly maxPositionSize: number;
  readonly dailyLoss: number;
  readonly portfolioRisk: number;
  /** Largest absolute correlation of minute returns with an underlying already held (1 = 100%). */
  readonly correlation: number;
}

/** Everything that risk enforces: the tier's limits and the house's. */
export type RiskLimits = TierLimits & RiskSettings;

/** Risk that is already taken or on its way: an open structure, or a working order that would open one. */
export interface OpenExposure {
  readonly underlying: string;
  /** Worst loss at expiry of all its units, premium included. */
  readonly maxLoss: Usd;
  /** Capital it binds: premium paid or collateral. */
  readonly committed: Usd;
}

/** An opening order that was submitted within the last hour. */
export interface RecentOrder {
  readonly at: Micros;
  readonly order: Order;
}

/** A structure that was opened and closed again. */
export interface ClosedTrade {
  readonly underlying: string;
  readonly closedAt: Micros;
  /** Before fees. */
  readonly profit: Usd;
  /** True when a stop-loss closed it. */
  readonly stopped: boolean;
}

/** What happened so far, for the protections. */
export interface TradingHistory {
  /** Oldest first. */
  readonly closedTrades: readonly ClosedTrade[];
  /** Largest fall from the day's highest equity up to now, as a fraction of it. */
  readonly drawdown: number;
  /** Volatility of an underlying's last bars over that of those before; `null` while there are too few. */
  volatilityRatio(underlying: string): number | null;
}

/** What all contracts of one expiry are valued with. */
export interface ValuationTerms {
  /** Time to expiry in years of 365 days. */
  readonly years: number;
  /** Continuously compounded, decimal. */
  readonly rate: number;
  /** What the underlying costs or pays continuously besides its cash dividends (borrow fee), decimal. */
  readonly yield: number;
  /** Present value of the cash dividends before expiry, dollars per share: no part of the price that options are written on. */
  readonly dividends: number;
}

/** What the right to exercise an option early is worth. */
export interface EarlyExercise {
  /**
   * Dollars per share above the European value at the first `count` prices of the underlying and one volatility, with the terms of now, into `out`.
   */
  premiums(count: number, spots: GridSpots, volatility: number, out: Float64Array): void;
}

/** What values a contract for greeks and stress: what is not known makes the account's risk unknown, and that means no. */
export interface Valuation {
  /** Implied volatility, decimal per year; `null` when there is none. */
  volatility(contract: OptionContract): number | null;
  terms(contract: OptionContract): ValuationTerms;
  /** `null` where there is no such right, and where it can't be worth much at any price. It follows from the contract and its terms. */
  earlyExercise(contract: OptionContract): EarlyExercise | null;
  /** What the neighbouring strikes say the contract is worth, its own quote left out, dollars per share; `null` when they say nothing. */
  modelPrice(contract: OptionContract): number | null;
}

/** What risk knows about the account and the market at the moment of the order. */
export interface RiskContext {
  readonly at: Micros;
  readonly date: MarketDate;
  readonly session: { readonly open: Micros; readonly close: Micros };
  readonly limits: RiskLimits;
  readonly equity: Usd;
  readonly startOfDayEquity: Usd;
  /** Cash plus stock less what working orders will pay and less the initial margin of everything held and working. */
  readonly availableFunds: Usd;
  /** The same less the maintenance margin. */
  readonly maintenanceExcess: Usd;
  readonly marginTerms: MarginTerms;
  readonly accountTradable: boolean;
  readonly optionsLevel: number;
  /** Why new risk is halted, or `null`. */
  readonly halted: string | null;
  readonly exposures: readonly OpenExposure[];
  /** What is held and what working opening orders may still bring. */
  readonly holdings: Holdings;
  /** Opening orders submitted within the last hour, oldest first. */
  readonly recentOrders: readonly RecentOrder[];
  /** Orders that the broker has not finished with, of either purpose. */
  readonly workingOrders: readonly Order[];
  /** Positions opened and closed on one day within the sessions that regulation counts, and those opened today that still may be. */
  readonly dayTrades: { readonly done: number; readonly pending: number };
  readonly history: TradingHistory;
  readonly valuation: Valuation;
  /** Marks of options and prices of underlyings. */
  readonly market: MarginMarket;
  quote(symbol: string): Quote | undefined;
  /** Contracts of a symbol that are held or working, signed. */
  exposure(symbol: string): number;
  /** Correlation of two underlyings' minute returns, `null` while there is too little history. */
  correlation(a: string, b: string): number | null;
}

/** An order that would open a position, with the money it puts at risk. */
export interface OpeningIntent {
  readonly order: Order;
  /** The contracts of the legs, in any order. */
  readonly contracts: readonly OptionContract[];
  /** Worst loss at expiry of one unit incl. premium; `null` when unbounded. */
  readonly maxLossPerUnit: Usd | null;
  /** Capital one unit binds: premium paid (debit) or collateral (credit). */
  readonly committedPerUnit: Usd;
  /** Shares held that one unit counts on; what they can lose is not the order's. None when left out. */
  readonly shares?: number;
}

/** An order that closes what is held. */
export interface ClosingIntent {
  readonly order: Order;
  /** Contracts of a leg, or shares, that are held and that no other working order is about to close, signed. */
  held(symbol: string): number;
  /** Of an order on shares: how many of the ticker's sold options need as cover, not negative. */
  cover?(ticker: string): number;
}
