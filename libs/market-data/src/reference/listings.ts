import type { MarketDate, Micros } from '@trading-agent/core';

export type MarketState = 'open' | 'closed' | 'extended-hours' | 'other';

/** The market at the vendor's present instant. */
export interface MarketStatus {
  readonly state: MarketState;
  readonly at: Micros;
  readonly early: boolean;
  readonly late: boolean;
  /** State by exchange, the vendor's names. */
  readonly exchanges: Readonly<Record<string, MarketState>>;
}

/** A coming day on which an exchange is closed or closes early. Only the future is announced; the past is in `calendar`. */
export interface Holiday {
  readonly date: MarketDate;
  readonly exchange: string;
  readonly name: string;
  readonly status: 'closed' | 'early-close' | 'other';
  readonly open: Micros | null;
  readonly close: Micros | null;
}

export interface ExchangeInfo {
  readonly id: number;
  readonly kind: string;
  readonly assetClass: string | null;
  readonly name: string;
  readonly acronym: string | null;
  readonly mic: string | null;
  readonly operatingMic: string | null;
  readonly participant: string | null;
}

/** Which of a bar's figures a trade with this condition changes; `null` when not said. */
export interface ConditionUpdates {
  readonly highLow: boolean | null;
  readonly openClose: boolean | null;
  readonly volume: boolean | null;
}

export interface ConditionInfo {
  readonly id: number;
  readonly kind: string;
  readonly name: string;
  readonly assetClass: string | null;
  /** `trade`, `bbo`, `nbbo`. */
  readonly appliesTo: readonly string[];
  /** Code by tape: OPRA, CTA, UTP. */
  readonly codes: Readonly<Record<string, string>>;
  readonly consolidated: ConditionUpdates;
  readonly marketCenter: ConditionUpdates;
  readonly legacy: boolean;
}

export interface TickerQuery {
  readonly market?: 'stocks' | 'indices' | 'crypto' | 'fx' | 'otc';
  /** The vendor's type: `CS` common stock, `ETF`, … */
  readonly type?: string;
  readonly symbol?: string;
  readonly search?: string;
  readonly active?: boolean;
  readonly asOf?: MarketDate;
  /** At most this many rows; all of them unless given. */
  readonly limit?: number;
}

export interface TickerInfo {
  readonly symbol: string;
  readonly name: string;
  readonly market: string;
  readonly type: string | null;
  readonly active: boolean | null;
  readonly currency: string | null;
  readonly exchange: string | null;
  /** SEC and FIGI numbers: a ticker is reused, these are not. */
  readonly cik: string | null;
  readonly figi: string | null;
  readonly updated: Micros | null;
  readonly delisted: Micros | null;
}

export interface TickerDetails extends TickerInfo {
  /** Dollars. */
  readonly marketCap: number | null;
  readonly sharesOutstanding: number | null;
  readonly listed: MarketDate | null;
  readonly industryCode: string | null;
  readonly industry: string | null;
  readonly description: string | null;
  readonly homepage: string | null;
  readonly employees: number | null;
  readonly roundLot: number | null;
}
