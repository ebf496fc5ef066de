import {
  MICROS_PER_DAY,
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
  micros,
  type MarketDate,
  type Micros,
  TradingError,
} from '@trading-agent/core';
import { civilOf, dateOf, dayNumber, dayOf, nthWeekday, requireYear } from './civil.ts';

const FIRST_YEAR = 1970;
const LAST_YEAR = 2099;
const HOUR = 60 * MICROS_PER_MINUTE;
const STANDARD = -5 * HOUR;
const DAYLIGHT = -4 * HOUR;
const APRIL = 4;
const OCTOBER = 10;

/** UTC instants between which New York is on daylight saving time. */
interface Daylight {
  readonly start: number;
  readonly end: number;
}

/**
 * Daylight saving days by the law of the time: Uniform Time Act 1966 (last Sunday of April to last Sunday of October), the
 * energy-crisis exceptions of 1974 and 1975, Pub. L. 99-359 (first Sunday of April from 1987), Energy Policy Act of 2005
 * (second Sunday of March to first Sunday of November from 2007). Both changes happen at 02:00 local time.
 */
function daylightDays(year: number): readonly [start: number, end: number] {
  if (year >= 2007) return [nthWeekday(year, 3, 0, 2), nthWeekday(year, 11, 0, 1)];
  const end = nthWeekday(year, OCTOBER, 0, -1);
  if (year >= 1987) return [nthWeekday(year, APRIL, 0, 1), end];
  if (year === 1974) return [dayNumber(1974, 1, 6), end];
  if (year === 1975) return [dayNumber(1975, 2, 23), end];
  return [nthWeekday(year, APRIL, 0, -1), end];
}

const daylightByYear: Daylight[] = [];

function daylight(year: number): Daylight {
  const known = daylightByYear[year - FIRST_YEAR];
  if (known !== undefined) return known;
  const [start, end] = daylightDays(year);
  const built = { start: start * MICROS_PER_DAY + 7 * HOUR, end: end * MICROS_PER_DAY + 6 * HOUR };
  daylightByYear[year - FIRST_YEAR] = built;
  return built;
}

function offsetAt(at: number): number {
  const { year } = civilOf(Math.floor((at + STANDARD) / MICROS_PER_DAY));
  requireYear(year, FIRST_YEAR, LAST_YEAR, 'New York time');
  const { start, end } = daylight(year);
  return at >= start && at < end ? DAYLIGHT : STANDARD;
}

/**
 * The New York calendar day of an instant.
 * @throws {TradingError} `OUT_OF_RANGE` outside 1970-2099.
 */
export function nyDate(at: Micros): MarketDate {
  return dateOf(Math.floor((at + offsetAt(at)) / MICROS_PER_DAY));
}

const two = (value: number): string => (value < 10 ? `0${value}` : String(value));

/**
 * The New York wall-clock time of an instant, `HH:MM:SS`, fractions cut off.
 * @throws {TradingError} `OUT_OF_RANGE` outside 1970-2099.
 */
export function nyTime(at: Micros): string {
  const local = at + offsetAt(at);
  const seconds = Math.floor((local - Math.floor(local / MICROS_PER_DAY) * MICROS_PER_DAY) / MICROS_PER_SECOND);
  return `${two(Math.floor(seconds / 3_600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

const TIME = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/;

/**
 * The instant of a New York wall-clock time, `HH:MM` or `HH:MM:SS`. In the hour that is repeated when daylight saving ends the
 * first passage is meant; in the hour that is skipped when it begins, the clock that was valid before (02:30 EST = 03:30 EDT).
 * @throws {TradingError} `INVALID_VALUE` for another form of time, `OUT_OF_RANGE` outside 1970-2099.
 */
export function nyInstant(date: MarketDate, time: string): Micros {
  const match = TIME.exec(time);
  if (!match) throw new TradingError('INVALID_VALUE', `Expected a time as HH:MM or HH:MM:SS, was "${time}"`);
  const [, hours = '', minutes = '', seconds = '0'] = match;
  const local =
    dayOf(date) * MICROS_PER_DAY +
    Number(hours) * HOUR +
    Number(minutes) * MICROS_PER_MINUTE +
    Number(seconds) * MICROS_PER_SECOND;
  return instantOfLocal(local);
}

/** `local` = microseconds since 1970-01-01T00:00 on the New York wall clock. */
function instantOfLocal(local: number): Micros {
  const year = civilOf(Math.floor(local / MICROS_PER_DAY)).year;
  requireYear(year, FIRST_YEAR, LAST_YEAR, 'New York time');
  const asDaylight = local - DAYLIGHT;
  const { start, end } = daylight(year);
  return micros(asDaylight >= start && asDaylight < end ? asDaylight : local - STANDARD);
}
