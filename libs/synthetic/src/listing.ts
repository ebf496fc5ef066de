import { lastTradingDay, monthlyExpiry, nextSession, previousSession, isSession } from '@trading-agent/calendar';
import { type MarketDate, addDays, daysBetween, weekday } from '@trading-agent/core';
import { type OptionContract, compareContracts, formatOptionSymbol, optionContract } from '@trading-agent/instruments';
import type { UnderlyingDay } from './daily-walk.ts';
import type { UnderlyingProfile } from './underlyings.ts';

/** How long before its expiry a series is listed, calendar days. */
const WEEKLY_DAYS = 35;
const MONTHLY_DAYS = 63;
/** Strikes listed beyond the closing prices since the listing, on each side. */
const STRIKES_BEYOND = 9;
/** Steps between strikes that exchanges use, dollars. */
const STEPS = [0.5, 1, 2.5, 5, 10, 25] as const;
const FRIDAY = 5;

export interface ListedExpiry {
  readonly expiry: MarketDate;
  /** First session on which the series exists. */
  readonly listed: MarketDate;
  /** Last session on which it trades. */
  readonly lastTrading: MarketDate;
}

/** The weekly and monthly expiries that exist on `date`, nearest first: weeklies up to 35 days ahead, monthlies up to 63. */
export function listedExpiries(date: MarketDate): ListedExpiry[] {
  const found: ListedExpiry[] = [];
  let friday = addDays(date, (FRIDAY - weekday(date) + 7) % 7);
  // On a Saturday expiry's week the Friday is its last trading day; a Friday holiday moves the week's expiry to Thursday.
  for (; daysBetween(date, friday) <= MONTHLY_DAYS + 7; friday = addDays(friday, 7)) {
    const monthly = monthlyExpiry(Number(friday.slice(0, 4)), Number(friday.slice(5, 7)));
    const isMonthly = Math.abs(daysBetween(monthly, friday)) <= 1;
    const expiry = isMonthly ? monthly : isSession(friday) ? friday : previousSession(friday);
    const lastTrading = lastTradingDay(expiry, 'pm');
    const from = addDays(expiry, -(isMonthly ? MONTHLY_DAYS : WEEKLY_DAYS));
    const listed = isSession(from) ? from : nextSession(from);
    if (listed <= date && date <= lastTrading) found.push({ expiry, listed, lastTrading });
  }
  return found;
}

/** Dollars between strikes of `profile`: about a quarter of a standard deviation over six weeks, on the exchanges' grid. */
export function strikeStep(profile: UnderlyingProfile): number {
  const wanted = profile.price * profile.volatility * 0.0875;
  return STEPS.findLast((step) => step <= wanted) ?? STEPS[0];
}

/**
 * The contracts of `profile` that exist on the last of `days`, in canonical order. A series has strikes around every close since it was
 * listed, so that a contract that exists once exists until it expires.
 */
export function listedContracts(profile: UnderlyingProfile, days: readonly UnderlyingDay[]): OptionContract[] {
  const today = days.at(-1);
  if (!today) return [];
  const step = strikeStep(profile);
  const contracts: OptionContract[] = [];
  for (const { expiry, listed } of listedExpiries(today.date)) {
    const closes = days.slice(days.findLastIndex((day) => day.date <= listed)).map((day) => day.previousClose);
    const lowest = Math.max(1, Math.round(Math.min(...closes) / step) - STRIKES_BEYOND);
    const highest = Math.round(Math.max(...closes) / step) + STRIKES_BEYOND;
    for (let rung = lowest; rung <= highest; rung += 1) {
      for (const right of ['call', 'put'] as const) {
        contracts.push(
          optionContract(formatOptionSymbol({ root: profile.symbol, expiry, right, strike: rung * step })),
        );
      }
    }
  }
  return contracts.sort(compareContracts);
}
