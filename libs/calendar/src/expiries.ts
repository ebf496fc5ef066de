import { type MarketDate, weekday } from '@trading-agent/core';
import { civilOf, dateOf, dayOf, nthWeekday, requireYear } from './civil.ts';
import { nextSession, previousSession, requireSession, sessionOnOrBefore } from './sessions.ts';
import { FIRST_SESSION_YEAR, LAST_SESSION_YEAR } from './sessions-data.ts';
import { regulation } from './regulations.ts';

/**
 * - `monthly`: the standard expiry, third Friday of the month (the Saturday after it until January 2015).
 * - `weekly`: any other end of a trading week.
 * - `quarterly`: the last session of a quarter, when it is neither of those.
 * - `daily`: any other session.
 */
export type ExpiryKind = 'monthly' | 'weekly' | 'quarterly' | 'daily';

const FRIDAY = 5;

/**
 * The date that standard monthly options of `year`/`month` (1-12) carry as their expiry. On a holiday it moves to the session before;
 * Saturday expiries never moved.
 * @throws {TradingError} `OUT_OF_RANGE` outside 1990-2030.
 */
export function monthlyExpiry(year: number, month: number): MarketDate {
  requireYear(year, FIRST_SESSION_YEAR, LAST_SESSION_YEAR, 'The table of expiries');
  const friday = nthWeekday(year, month, FRIDAY, 3);
  const { weekday: day } = regulation('monthly-expiry', dateOf(friday));
  return day === 'saturday' ? dateOf(friday + 1) : sessionOnOrBefore(dateOf(friday));
}

/**
 * The last session on which options of this expiry trade. Saturday expiries and expiries on a holiday fall back to the session before;
 * AM-settled options (settled at the opening prices) trade until the session before that.
 * @throws {TradingError} `OUT_OF_RANGE` outside 1990-2030.
 */
export function lastTradingDay(expiry: MarketDate, settles: 'am' | 'pm'): MarketDate {
  const last = sessionOnOrBefore(expiry);
  return settles === 'am' ? previousSession(last) : last;
}

/**
 * What kind of expiry a date is.
 * @throws {TradingError} `NOT_A_SESSION` when nothing can expire on that day, `OUT_OF_RANGE` outside 1990-2030.
 */
export function expiryKind(expiry: MarketDate): ExpiryKind {
  const day = dayOf(expiry);
  const { year, month } = civilOf(day);
  // Long-dated series listed with a Saturday expiry kept it after the change of 2015.
  if (expiry === monthlyExpiry(year, month) || day === nthWeekday(year, month, FRIDAY, 3) + 1) return 'monthly';
  requireSession(expiry);
  const next = nextSession(expiry);
  if (weekday(next) < weekday(expiry) || weekday(expiry) === FRIDAY) return 'weekly';
  return month % 3 === 0 && civilOf(dayOf(next)).month !== month ? 'quarterly' : 'daily';
}
