import type { MarketDate, Micros } from '@trading-agent/core';
import type { Bar } from '@trading-agent/instruments';
import type { Timespan } from './bars.ts';

export interface IndicatorQuery {
  readonly symbol: string;
  /** `day` unless given. */
  readonly timespan?: Exclude<Timespan, 'second'>;
  readonly from?: MarketDate;
  readonly to?: MarketDate;
  /** `close` unless given. */
  readonly of?: 'open' | 'high' | 'low' | 'close';
  readonly adjusted?: boolean;
  /** Bars per value: 50 for averages, 14 for the RSI unless given. */
  readonly window?: number;
  /** At most this many values, the newest; 5,000 is the most one call gives. */
  readonly limit?: number;
}

export interface MacdQuery extends Omit<IndicatorQuery, 'window'> {
  /** 12, 26 and 9 unless given. */
  readonly shortWindow?: number;
  readonly longWindow?: number;
  readonly signalWindow?: number;
}

/** A value of an indicator at the bar that begins at `at`. */
export interface IndicatorValue {
  readonly at: Micros;
  readonly value: number;
}

export interface MacdValue extends IndicatorValue {
  readonly signal: number;
  readonly histogram: number;
}

/** Indicators of a symbol's bars, whoever computes them. Oldest first. */
export interface TechnicalAnalysis {
  sma(query: IndicatorQuery): Promise<readonly IndicatorValue[]>;
  ema(query: IndicatorQuery): Promise<readonly IndicatorValue[]>;
  rsi(query: IndicatorQuery): Promise<readonly IndicatorValue[]>;
  macd(query: MacdQuery): Promise<readonly MacdValue[]>;
}

/** Bars that indicators are computed from: oldest first, dates inclusive, adjusted as of `to`. */
export type TechnicalBars = (request: {
  readonly symbol: string;
  readonly timespan: 'minute' | 'hour' | 'day';
  readonly from: MarketDate;
  readonly to: MarketDate;
  readonly adjusted: boolean;
}) => Promise<readonly Bar[]>;
