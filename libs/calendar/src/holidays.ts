import { civilOf, dateOf, dayNumber, nthWeekday, weekdayOf } from './civil.ts';
import { SPECIAL_CLOSURES, SPECIAL_HALF_DAYS } from './sessions-data.ts';

const SUNDAY = 0;
const MONDAY = 1;
const WEDNESDAY = 3;
const THURSDAY = 4;
const FRIDAY = 5;
const SATURDAY = 6;
const OCTOBER = 10;

/** Gregorian Easter Sunday (Meeus/Jones/Butcher, "Astronomical Algorithms", ch. 8). */
function easter(year: number): number {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const g = Math.floor((8 * b + 13) / 25);
  const h = (19 * a + b - Math.floor(b / 4) - g + 15) % 30;
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7;
  const m = Math.floor((a + 11 * h + 19 * l) / 433);
  const month = Math.floor((h + l - 7 * m + 90) / 25);
  return dayNumber(year, month, (h + l - 7 * m + 33 * month + 19) % 32);
}

/** NYSE Rule 7.2: a holiday on a Saturday is kept on the Friday before, on a Sunday on the Monday after. */
function observed(day: number): number {
  const weekday = weekdayOf(day);
  if (weekday === SATURDAY) return day - 1;
  return weekday === SUNDAY ? day + 1 : day;
}

/** Weekday holidays of the exchange in a year, 1990 and later (NYSE Rule 7.2). */
function exchangeHolidays(year: number): ReadonlySet<number> {
  const days = new Set<number>();
  const newYear = dayNumber(year, 1, 1);
  // The Friday before would be the last business day of an accounting year, on which Rule 7.2 keeps the exchange open.
  if (weekdayOf(newYear) !== SATURDAY) days.add(observed(newYear));
  if (year >= 1998) days.add(nthWeekday(year, 1, MONDAY, 3)); // Martin Luther King Jr. Day
  days.add(nthWeekday(year, 2, MONDAY, 3)); // Washington's Birthday
  days.add(easter(year) - 2); // Good Friday
  days.add(nthWeekday(year, 5, MONDAY, -1)); // Memorial Day
  if (year >= 2022) days.add(observed(dayNumber(year, 6, 19))); // Juneteenth
  days.add(observed(dayNumber(year, 7, 4)));
  days.add(nthWeekday(year, 9, MONDAY, 1)); // Labor Day
  days.add(nthWeekday(year, 11, THURSDAY, 4)); // Thanksgiving
  days.add(observed(dayNumber(year, 12, 25)));
  return days;
}

const holidaysByYear = new Map<number, ReadonlySet<number>>();

function isHoliday(day: number, year: number): boolean {
  let holidays = holidaysByYear.get(year);
  if (holidays === undefined) {
    holidays = exchangeHolidays(year);
    holidaysByYear.set(year, holidays);
  }
  return holidays.has(day);
}

export function isTradingDay(day: number): boolean {
  const weekday = weekdayOf(day);
  if (weekday === SUNDAY || weekday === SATURDAY) return false;
  return !isHoliday(day, civilOf(day).year) && !SPECIAL_CLOSURES.has(dateOf(day));
}

/**
 * The early closing time `HH:MM` of a trading day, or null on a full day. The pattern was settled step by step: at 14:00 on
 * Christmas Eve 1990-1992 and after Thanksgiving 1992, at 13:00 since 1993; around Independence Day since 1995.
 */
export function earlyClose(day: number): '13:00' | '14:00' | null {
  const { year, month, day: dayOfMonth } = civilOf(day);
  if (SPECIAL_HALF_DAYS.has(dateOf(day))) return '13:00';
  const hour = year < 1993 ? '14:00' : '13:00';
  if (month === 11) return year >= 1992 && day === nthWeekday(year, 11, THURSDAY, 4) + 1 ? hour : null;
  if (month === 12 && dayOfMonth === 24) return hour;
  return month === 7 && isIndependenceHalfDay(year, dayOfMonth, weekdayOf(day)) ? '13:00' : null;
}

/**
 * A 3 July that is a trading day is a half day, with one turn: when the 4th is a Thursday, until 2012 the Friday after it was the half
 * day and the Wednesday before a full one (1996, 2002); since 2013 it is the Wednesday. When the 4th is a Saturday or Sunday there is none.
 */
function isIndependenceHalfDay(year: number, dayOfMonth: number, weekday: number): boolean {
  if (year < 1995) return false;
  if (dayOfMonth === 5) return year < 2013 && weekday === FRIDAY;
  return dayOfMonth === 3 && (weekday !== WEDNESDAY || year >= 2013);
}

/**
 * Trading days on which banks are closed, so that no trade settles: Columbus Day, Veterans Day (on Monday when it is a Sunday) and, until
 * the exchange kept it too, Martin Luther King Jr. Day (Federal Reserve holiday schedule; FINRA trade-date/settlement-date notices).
 */
export function isBankHoliday(day: number): boolean {
  const { year, month, day: dayOfMonth } = civilOf(day);
  if (month === 1) return day === nthWeekday(year, 1, MONDAY, 3);
  if (month === OCTOBER) return day === nthWeekday(year, OCTOBER, MONDAY, 2);
  if (month !== 11) return false;
  return dayOfMonth === 11 || (dayOfMonth === 12 && weekdayOf(day) === MONDAY);
}
