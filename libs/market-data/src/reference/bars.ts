import { nyDate, nyInstant } from '@trading-agent/calendar';
import {
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
  type MarketDate,
  type Micros,
  addDays,
  marketDate,
  micros,
} from '@trading-agent/core';
import type { Bar } from '@trading-agent/instruments';

export const TIMESPANS = ['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'] as const;
export type Timespan = (typeof TIMESPANS)[number];

export interface BarQuery {
  /** Stock (`SPY`), option (`SPY251219C00650000`) or index (`I:SPX`). */
  readonly symbol: string;
  readonly timespan: Timespan;
  /** Timespans per bar; 1 unless given. */
  readonly multiplier?: number;
  /** Market dates, inclusive. */
  readonly from: MarketDate;
  readonly to: MarketDate;
  /** For splits; `true` unless given. */
  readonly adjusted?: boolean;
}

/** A bar with what the vendor adds; `null` where it does not (indices have none of it). Volume of an index is 0. */
export interface DetailedBar extends Bar {
  /** Volume-weighted average price, dollars per share. */
  readonly vwap: number | null;
  /** How many trades. */
  readonly trades: number | null;
}

/** One day of one instrument, with the prices before and after regular hours; `null` where unknown. */
export interface DaySummary {
  readonly symbol: string;
  readonly date: MarketDate;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number | null;
  readonly preMarket: number | null;
  readonly afterHours: number | null;
}

/**
 * End of the window of a bar that begins at `start`: fixed lengths up to the hour, New York calendar days, weeks, months from there on.
 * A day of 23 or 25 hours is as long as it is.
 */
export function barEnd(start: Micros, timespan: Timespan, multiplier = 1): Micros {
  switch (timespan) {
    case 'second':
      return micros(start + multiplier * MICROS_PER_SECOND);
    case 'minute':
      return micros(start + multiplier * MICROS_PER_MINUTE);
    case 'hour':
      return micros(start + multiplier * 60 * MICROS_PER_MINUTE);
    case 'day':
      return midnightAfter(start, multiplier);
    case 'week':
      return midnightAfter(start, 7 * multiplier);
    case 'month':
      return monthsAfter(start, multiplier);
    case 'quarter':
      return monthsAfter(start, 3 * multiplier);
    case 'year':
      return monthsAfter(start, 12 * multiplier);
  }
}

function midnightAfter(start: Micros, days: number): Micros {
  return nyInstant(addDays(nyDate(start), days), '00:00');
}

function monthsAfter(start: Micros, months: number): Micros {
  const date = nyDate(start);
  const month = Number(date.slice(5, 7)) - 1 + months;
  const year = String(Number(date.slice(0, 4)) + Math.floor(month / 12)).padStart(4, '0');
  return nyInstant(marketDate(`${year}-${String((month % 12) + 1).padStart(2, '0')}-01`), '00:00');
}

/** The New York calendar day that `at` lies in. */
export function marketDateOf(at: Micros): MarketDate {
  return nyDate(at);
}

/** From midnight to midnight in New York: the window of a day's bar. */
export function dayWindow(date: MarketDate): { readonly start: Micros; readonly end: Micros } {
  return { start: nyInstant(date, '00:00'), end: nyInstant(addDays(date, 1), '00:00') };
}
