import type { MarketDate } from '@trading-agent/core';

export interface ActionQuery {
  readonly symbol?: string;
  /** Ex-dividend dates, execution dates: inclusive. */
  readonly from?: MarketDate;
  readonly to?: MarketDate;
}

export interface Dividend {
  readonly id: string | null;
  readonly symbol: string;
  /** Per share, as paid; `currency` is a code such as `USD`. */
  readonly amount: number;
  readonly currency: string | null;
  /** A regular cash dividend, a special one, capital gains long or short, or something newer. */
  readonly kind: 'regular' | 'special' | 'long-term-gain' | 'short-term-gain' | 'other';
  readonly exDate: MarketDate;
  readonly declared: MarketDate | null;
  readonly recorded: MarketDate | null;
  readonly paid: MarketDate | null;
  /** Times a year; 0 is once. */
  readonly frequency: number | null;
}

/** `from` shares became `to` on `date`: 1 to 7 for a seven-for-one split. */
export interface Split {
  readonly id: string | null;
  readonly symbol: string;
  readonly date: MarketDate;
  readonly from: number;
  readonly to: number;
}

export const TREASURY_TENORS = {
  '1m': 1 / 12,
  '2m': 2 / 12,
  '3m': 3 / 12,
  '6m': 6 / 12,
  '1y': 1,
  '2y': 2,
  '3y': 3,
  '5y': 5,
  '7y': 7,
  '10y': 10,
  '20y': 20,
  '30y': 30,
} as const;
export type TreasuryTenor = keyof typeof TREASURY_TENORS;

/** Par yields of one day as decimals (0.05 is 5 %), those that were published. */
export interface TreasuryYields {
  readonly date: MarketDate;
  readonly yields: Readonly<Partial<Record<TreasuryTenor, number>>>;
}
