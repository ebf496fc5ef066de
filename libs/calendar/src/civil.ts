import { type MarketDate, TradingError } from '@trading-agent/core';

/*
 * Days as whole numbers since 1970-01-01, so that calendar arithmetic in hot loops needs no Date object.
 * Both conversions are Howard Hinnant's (https://howardhinnant.github.io/date_algorithms.html), proleptic Gregorian.
 */

export interface Civil {
  readonly year: number;
  /** 1-12. */
  readonly month: number;
  /** 1-31. */
  readonly day: number;
}

export function dayNumber(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}

export function civilOf(day: number): Civil {
  const z = day + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted + (shifted < 10 ? 3 : -9);
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1,
  };
}

/** 0 = Sunday ... 6 = Saturday. */
export function weekdayOf(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}

/** The `nth` (1 = first) given weekday of a month; `nth` -1 = the last one. */
export function nthWeekday(year: number, month: number, weekday: number, nth: number): number {
  if (nth > 0) {
    const first = dayNumber(year, month, 1);
    return first + ((weekday - weekdayOf(first) + 7) % 7) + 7 * (nth - 1);
  }
  const last = (month === 12 ? dayNumber(year + 1, 1, 1) : dayNumber(year, month + 1, 1)) - 1;
  return last - ((weekdayOf(last) - weekday + 7) % 7);
}

const names = new Map<number, MarketDate>();

/** `YYYY-MM-DD`; each day's text is built once and shared. */
export function dateOf(day: number): MarketDate {
  const known = names.get(day);
  if (known !== undefined) return known;
  const { year, month, day: dayOfMonth } = civilOf(day);
  const text = `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(dayOfMonth).padStart(2, '0')}`;
  const date = text as MarketDate;
  names.set(day, date);
  return date;
}

const digits = (text: string, from: number, to: number): number => {
  let value = 0;
  for (let index = from; index < to; index += 1) value = value * 10 + text.charCodeAt(index) - 48;
  return value;
};

/** The day number of a `MarketDate`, which is well formed by construction. */
export function dayOf(date: MarketDate): number {
  return dayNumber(digits(date, 0, 4), digits(date, 5, 7), digits(date, 8, 10));
}

/** @throws {TradingError} `OUT_OF_RANGE` when the year lies outside `first`..`last`. */
export function requireYear(year: number, first: number, last: number, what: string): void {
  if (!(Number.isInteger(year) && year >= first && year <= last)) {
    throw new TradingError('OUT_OF_RANGE', `${what} covers the years ${first}-${last}, was ${year}`, {
      hint: `Give a date from ${first}-01-01 to ${last}-12-31.`,
      details: { year, first, last },
    });
  }
}
