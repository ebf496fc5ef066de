import { TradingError } from './errors.ts';

declare const microsBrand: unique symbol;
declare const dateBrand: unique symbol;

/** An instant: whole microseconds since 1970-01-01T00:00:00Z. */
export type Micros = number & { readonly [microsBrand]: true };
/** A calendar day in America/New_York, `YYYY-MM-DD`. Compares correctly as text. */
export type MarketDate = string & { readonly [dateBrand]: true };

export const MICROS_PER_MILLI = 1_000;
export const MICROS_PER_SECOND = 1_000_000;
export const MICROS_PER_MINUTE = 60 * MICROS_PER_SECOND;
export const MICROS_PER_DAY = 24 * 60 * MICROS_PER_MINUTE;

/** @throws {TradingError} `OUT_OF_RANGE` when `value` is not a safe integer. */
export function micros(value: number): Micros {
  if (!Number.isSafeInteger(value)) {
    throw new TradingError('OUT_OF_RANGE', `Time must be whole microseconds since the epoch, was ${value}`);
  }
  return value as Micros;
}

export function microsFromMillis(millis: number): Micros {
  return micros(Math.round(millis * MICROS_PER_MILLI));
}

const DIGITS = /^\d{4,19}$/;

/**
 * Nanoseconds since the epoch as text (flat files, snapshots) to microseconds, truncated. The text never passes through a
 * double with nanosecond magnitude, which could not hold it.
 * @throws {TradingError} `INVALID_VALUE` when the text is not a run of 4-19 digits.
 */
export function microsFromNanosText(text: string): Micros {
  if (!DIGITS.test(text)) throw new TradingError('INVALID_VALUE', `Expected nanoseconds as digits, was "${text}"`);
  return micros(Number(text.slice(0, -3)));
}

/** The instant as nanoseconds in decimal text, exactly. */
export function nanosText(at: Micros): string {
  return `${at}000`;
}

const RFC3339 = /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)$/;

/**
 * RFC 3339 with up to nine fraction digits and `Z` or an offset to microseconds (digits beyond the sixth are dropped).
 * @throws {TradingError} `INVALID_VALUE` when the text has another form.
 */
export function microsFromRfc3339(text: string): Micros {
  const match = RFC3339.exec(text);
  const seconds = match ? Date.parse(`${match[1]?.replace(' ', 'T')}${match[3]}`) : Number.NaN;
  // Date.parse rolls 30 February over into March; a day that does not exist is refused.
  if (!match || Number.isNaN(seconds) || !isCalendarDay(text.slice(0, 10))) {
    throw new TradingError('INVALID_VALUE', `Expected a time such as 2026-01-05T14:31:00.123456Z, was "${text}"`);
  }
  return micros(seconds * MICROS_PER_MILLI + Number((match[2] ?? '').slice(0, 6).padEnd(6, '0')));
}

/** `2015-12-24T14:31:00.000000Z`, always UTC with six fraction digits. */
export function formatRfc3339(at: Micros): string {
  const whole = Math.floor(at / MICROS_PER_SECOND);
  const fraction = String(at - whole * MICROS_PER_SECOND).padStart(6, '0');
  return `${new Date(whole * 1_000).toISOString().slice(0, 19)}.${fraction}Z`;
}

const DATE = /^\d{4}-\d\d-\d\d$/;

/**
 * A `YYYY-MM-DD` day that exists in the calendar.
 * @throws {TradingError} `INVALID_DATE` otherwise.
 */
export function marketDate(text: string): MarketDate {
  if (!DATE.test(text) || !isCalendarDay(text)) {
    throw new TradingError('INVALID_DATE', `Expected a date as YYYY-MM-DD, was "${text}"`, {
      hint: 'Give a calendar day such as 2015-12-24.',
    });
  }
  return text as MarketDate;
}

const DAYS_OF_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** @param text as YYYY-MM-DD */
function isCalendarDay(text: string): boolean {
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 7);
  const day = digits(text, 8, 10);
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day >= 1 && day <= (DAYS_OF_MONTH[month - 1] ?? 0) + (leap ? 1 : 0);
}

function digits(text: string, from: number, to: number): number {
  let number = 0;
  for (let index = from; index < to; index++) number = 10 * number + text.charCodeAt(index) - 48;
  return number;
}

/** The day `days` calendar days after `date` (before it when negative). */
export function addDays(date: MarketDate, days: number): MarketDate {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10) as MarketDate;
}

/** Whole calendar days from `from` to `to`; negative when `to` is earlier. Days to expiry: `daysBetween(today, expiry)`. */
export function daysBetween(from: MarketDate, to: MarketDate): number {
  return dayNumber(to) - dayNumber(from);
}

/**
 * Days since 1970-01-01 in the Gregorian calendar, counted in years that begin in March (E. G. Richards in "Explanatory Supplement to the
 * Astronomical Almanac", 3rd edition, 2013, 15.11). By hand: it is asked for each contract of a portfolio, and a `Date` takes ten times as long.
 */
function dayNumber(date: MarketDate): number {
  const month = digits(date, 5, 7);
  const year = digits(date, 0, 4) - (month <= 2 ? 1 : 0);
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + digits(date, 8, 10) - 1;
  const leapDays = Math.floor(year / 4) - Math.floor(year / 100) + Math.floor(year / 400);
  return 365 * year + leapDays + dayOfYear - 719_468;
}

/** 0 = Sunday ... 6 = Saturday. */
export function weekday(date: MarketDate): number {
  return new Date(`${date}T00:00:00Z`).getUTCDay();
}
