import { isSession, lastTradingDay, nextSession, nyDate, optionsClose, requireSession } from '@trading-agent/calendar';
import { daysBetween, type MarketDate, MICROS_PER_DAY, type Micros, TradingError } from '@trading-agent/core';

const DAYS = 365;

export interface ExpiryTerms {
  /** The date the contract carries (a Saturday before 2015 is understood). */
  readonly expiry: MarketDate;
  /** `am`: settled at the opening prices of the expiry's session (09:30); `pm`: at the close. */
  readonly settles: 'am' | 'pm';
  /** Underlying or index option root: decides between 16:00 and 16:15 (13:00 and 13:15 on half days). */
  readonly root: string;
}

/**
 * The instant at which an option stops being worth more than its exercise value, by New York time.
 * @throws {TradingError} `OUT_OF_RANGE` outside 1990-2030.
 */
export function expiryInstant({ expiry, settles, root }: ExpiryTerms): Micros {
  const last = lastTradingDay(expiry, 'pm');
  return settles === 'am' ? requireSession(last).open : optionsClose(last, root, last);
}

/** Years of 365 days between two instants, to the microsecond; 0 when `to` has passed. */
export function yearsBetween(from: Micros, to: Micros): number {
  return Math.max(0, to - from) / (DAYS * MICROS_PER_DAY);
}

/** The instant from which the stock trades without its dividend: the open of the ex date, or of the next session after a closed one. */
export function exInstant(exDate: MarketDate): Micros {
  return requireSession(isSession(exDate) ? exDate : nextSession(exDate)).open;
}

/** `date` moved on by `lag` sessions; a closed day counts like the next session. */
function settledAfter(date: MarketDate, lag: number): MarketDate {
  let day = isSession(date) ? date : nextSession(date);
  for (let k = 0; k < lag; k += 1) day = nextSession(day);
  return day;
}

export interface SettlementLag {
  /** Sessions from the trade to the payment of the premium. */
  readonly premium: number;
  /** Sessions from exercise to delivery against the strike. */
  readonly delivery: number;
}

/**
 * The years over which money is really lent: from the payment of the premium to the payment at delivery, whole days as lenders count.
 * @throws {TradingError} `INVALID_VALUE` for a lag that is not 0-10 sessions, `OUT_OF_RANGE` outside 1990-2030.
 */
export function financingYears(now: Micros, terms: ExpiryTerms, lag: SettlementLag): number {
  for (const sessions of [lag.premium, lag.delivery]) {
    if (!Number.isInteger(sessions) || sessions < 0 || sessions > 10) {
      throw new TradingError('INVALID_VALUE', `Expected a settlement lag of 0 to 10 sessions, was ${sessions}`);
    }
  }
  const paid = settledAfter(nyDate(now), lag.premium);
  const delivered = settledAfter(lastTradingDay(terms.expiry, 'pm'), lag.delivery);
  return Math.max(0, daysBetween(paid, delivered)) / DAYS;
}

/** The rate that, over the `years` of the volatility clock, discounts like `rate` over the `financing` years. */
export function settledRate(rate: number, years: number, financing: number): number {
  return years > 0 ? (rate * financing) / years : rate;
}
