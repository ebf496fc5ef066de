import type { Micros, Usd } from '@trading-agent/core';
import type { Order, OptionContract, Quote } from '@trading-agent/instruments';

/** The limits that risk enforces: the account's tier plus the house's order limits. Fractions of equity unless said otherwise. */
export interface RiskLimits {
  readonly maxPositions: number;
  readonly riskPerTrade: number;
  readonly maxPositionSize: number;
  readonly dailyLoss: number;
  readonly portfolioRisk: number;
  /** Largest absolute correlation of minute returns with an underlying already held (1 = 100%). */
  readonly correlation: number;
  /** Oldest quote an order may be based on, in seconds. */
  readonly maxQuoteAgeSeconds: number;
  /** How far beyond the midpoint an order may reach, as a fraction of the package's gross premium. */
  readonly priceCollar: number;
  /** Opening orders per hour. */
  readonly maxOrdersPerHour: number;
}

export const HOUSE_LIMITS = { maxQuoteAgeSeconds: 90, priceCollar: 0.25, maxOrdersPerHour: 60 } as const;

/** Risk that is already taken or on its way: an open structure, or a working order that would open one. */
export interface OpenExposure {
  readonly underlying: string;
  /** Worst loss at expiry of all its units, premium included. */
  readonly maxLoss: Usd;
  /** Capital it binds: premium paid or collateral. */
  readonly committed: Usd;
}

/** What risk knows about the account and the market at the moment of the order. */
export interface RiskContext {
  readonly at: Micros;
  readonly session: { readonly open: Micros; readonly close: Micros };
  readonly limits: RiskLimits;
  readonly equity: Usd;
  readonly startOfDayEquity: Usd;
  /** Cash not bound by collateral or by working orders. */
  readonly availableFunds: Usd;
  readonly accountTradable: boolean;
  readonly optionsLevel: number;
  /** Why new risk is halted, or `null`. */
  readonly halted: string | null;
  readonly exposures: readonly OpenExposure[];
  /** Opening orders submitted within the last hour. */
  readonly ordersInLastHour: number;
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
}

/** An order that closes what is held. */
export interface ClosingIntent {
  readonly order: Order;
  /** Contracts of a leg that are held and that no other working order is about to close, signed. */
  held(symbol: string): number;
}
