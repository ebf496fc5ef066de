import { monthlyExpiry, lastTradingDay } from '@trading-agent/calendar';
import { type MarketDate, seededRandom } from '@trading-agent/core';
import type { UnderlyingProfile } from './underlyings.ts';

/** What is known years ahead: on which sessions a name reports and on which it goes ex dividend. */
export interface CorporateCalendar {
  /** By session: 1 where results come out between the close before and the open. */
  readonly earnings: Uint8Array;
  /** By session: 1 where a quarterly dividend goes ex. */
  readonly exDividend: Uint8Array;
}

/** Funds pay in March, June, September and December, stocks in one of three cycles. */
const FUND_CYCLE = 2;
/** Results come out from the 8th to the 20th session of January, April, July and October. */
const FIRST_REPORT = 8;
const REPORT_SPAN = 13;

/** `dates`: sessions from the first of a month on. */
export function corporateCalendar(profile: UnderlyingProfile, dates: readonly MarketDate[]): CorporateCalendar {
  const earnings = new Uint8Array(dates.length);
  const exDividend = new Uint8Array(dates.length);
  // A name's habits are its own, not the seed's: the same in every market.
  const habit = seededRandom(`synthetic habits of ${profile.symbol}`);
  const reports = FIRST_REPORT + habit.int(REPORT_SPAN);
  const cycle = profile.kind === 'etf' ? FUND_CYCLE : habit.int(3);
  const exSession = 4 + habit.int(8);
  let month = '';
  let session = 0;
  for (const [index, date] of dates.entries()) {
    session = date.slice(0, 7) === month ? session + 1 : 0;
    month = date.slice(0, 7);
    const number = Number(month.slice(5));
    if (profile.kind === 'stock' && number % 3 === 1 && session === reports) earnings[index] = 1;
    if (profile.dividendYield === 0 || (number - 1) % 3 !== cycle) continue;
    const ex =
      profile.kind === 'etf'
        ? date === lastTradingDay(monthlyExpiry(Number(month.slice(0, 4)), number), 'pm')
        : session === exSession;
    if (ex) exDividend[index] = 1;
  }
  return { earnings, exDividend };
}
