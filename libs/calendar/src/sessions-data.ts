/*
 * What the exchange decided day by day and no rule yields. Dates are New York days.
 * Source: NYSE, "Special closings" and "Early closings" (nyse.com holiday history) and the yearly holiday calendars.
 */

/** Full-day closures outside the holiday schedule. */
export const SPECIAL_CLOSURES: ReadonlyMap<string, string> = new Map([
  ['1994-04-27', 'Funeral of President Nixon'],
  ['2001-09-11', 'Terrorist attacks'],
  ['2001-09-12', 'Terrorist attacks'],
  ['2001-09-13', 'Terrorist attacks'],
  ['2001-09-14', 'Terrorist attacks'],
  ['2004-06-11', 'Day of mourning for President Reagan'],
  ['2007-01-02', 'Day of mourning for President Ford'],
  ['2012-10-29', 'Hurricane Sandy'],
  ['2012-10-30', 'Hurricane Sandy'],
  ['2018-12-05', 'Day of mourning for President Bush'],
  ['2025-01-09', 'Day of mourning for President Carter'],
]);

/** Half days outside the yearly pattern (rules in `holidays.ts`). */
export const SPECIAL_HALF_DAYS: ReadonlySet<string> = new Set(['1997-12-26', '1999-12-31', '2003-12-26']);

/** First and last year for which sessions are known. */
export const FIRST_SESSION_YEAR = 1990;
export const LAST_SESSION_YEAR = 2030;
