import {
  isSession,
  lastTradingDay,
  monthlyExpiry,
  nextSession,
  previousSession,
  sessionsBetween,
} from '@trading-agent/calendar';
import { type MarketDate, addDays, daysBetween, marketDate, weekday } from '@trading-agent/core';
import { type OptionContract, compareContracts, formatOptionSymbol, optionContract } from '@trading-agent/instruments';
import type { UnderlyingDay } from './daily-walk.ts';
import type { UnderlyingProfile } from './underlyings.ts';

/** How long before its expiry a series is listed, calendar days. */
const DAILY_DAYS = 14;
const WEEKLY_DAYS = 35;
const MONTHLY_DAYS = 63;
/** January expiries are listed two years and more ahead, the other months of the quarterly cycle nine months. */
const JANUARY_DAYS = 730;
const CYCLE_DAYS = 270;
/** Daily expiries of index products began then (Tuesdays and Thursdays were the last to come). */
const FIRST_DAILY = marketDate('2022-11-14');
/** Expiries further away than this are left out unless asked for. */
export const DEFAULT_EXPIRY_DAYS = 63;
/** Strikes listed beyond the closing prices since the listing, on each side. */
const STRIKES_BEYOND = 9;
const DAILY_STRIKES = 6;
const FAR_STRIKES = 5;
const FAR_STEP = 5;
/** Steps between strikes that exchanges use, cents. */
const STEPS = [50, 100, 250, 500, 1000, 2500, 5000, 10_000] as const;
const FRIDAY = 5;

export interface ListedExpiry {
  readonly expiry: MarketDate;
  /** First session on which the series exists. */
  readonly listed: MarketDate;
  /** Last session on which it trades. */
  readonly lastTrading: MarketDate;
  /** Days it is listed for; far series have wider steps. */
  readonly life: number;
}

/**
 * The expiries that exist on `date` and lie at most `days` ahead, nearest first: weeklies up to 35 days, the two next monthlies, months of
 * the cycle January, April, July, October up to nine months, Januaries up to two years; every session of two weeks where `daily`.
 */
export function listedExpiries(date: MarketDate, daily = false, days: number = DEFAULT_EXPIRY_DAYS): ListedExpiry[] {
  const found = new Map<MarketDate, ListedExpiry>();
  const add = (expiry: MarketDate, life: number): void => {
    const lastTrading = lastTradingDay(expiry, 'pm');
    const from = addDays(expiry, -life);
    const listed = isSession(from) ? from : nextSession(from);
    if (listed <= date && date <= lastTrading && daysBetween(date, expiry) <= days)
      found.set(expiry, { expiry, listed, lastTrading, life });
  };
  if (daily && date >= FIRST_DAILY)
    for (const one of sessionsBetween(date, addDays(date, DAILY_DAYS))) add(one, DAILY_DAYS);
  let friday = addDays(date, (FRIDAY - weekday(date) + 7) % 7);
  // On a Saturday expiry's week the Friday is its last trading day; a Friday holiday moves the week's expiry to Thursday.
  for (; daysBetween(date, friday) <= Math.min(days, JANUARY_DAYS) + 7; friday = addDays(friday, 7)) {
    if (friday > LAST_FRIDAY) break;
    const month = Number(friday.slice(5, 7));
    const monthly = monthlyExpiry(Number(friday.slice(0, 4)), month);
    const isMonthly = Math.abs(daysBetween(monthly, friday)) <= 1;
    const expiry = isMonthly ? monthly : isSession(friday) ? friday : previousSession(friday);
    add(expiry, isMonthly ? (month === 1 ? JANUARY_DAYS : month % 3 === 1 ? CYCLE_DAYS : MONTHLY_DAYS) : WEEKLY_DAYS);
  }
  return [...found.values()].sort((a, b) => (a.expiry < b.expiry ? -1 : 1));
}

/** The calendar library's last year is 2030. */
const LAST_FRIDAY = marketDate('2030-12-20');

/** Cents between strikes at a price: about a quarter of a standard deviation over six weeks, on the exchanges' grid. */
export function strikeStep(profile: UnderlyingProfile, price: number): number {
  const wanted = 100 * price * profile.volatility * 0.0875;
  return STEPS.findLast((step) => step <= wanted) ?? STEPS[0];
}

/**
 * The contracts of `profile` that exist on the last of `days` and expire at most `expiryDays` ahead, in canonical order. A series has
 * strikes around every close since it was listed, so that a contract that exists once exists until it expires. A split in whole numbers
 * divides the strikes of what is listed (rounded to cents, as options clearing does); what any other split leaves has a deliverable of
 * its own and is no longer quoted.
 */
export function listedContracts(
  profile: UnderlyingProfile,
  days: readonly UnderlyingDay[],
  expiryDays: number = DEFAULT_EXPIRY_DAYS,
): OptionContract[] {
  const today = days.at(-1);
  if (!today) return [];
  const root = profile.kind === 'index' ? `${profile.symbol}W` : profile.symbol;
  const contracts: OptionContract[] = [];
  for (const one of listedExpiries(today.date, profile.dailyExpiries, expiryDays)) {
    const { expiry } = one;
    for (const cents of strikes(profile, days, one)) {
      for (const right of ['call', 'put'] as const)
        contracts.push(optionContract(formatOptionSymbol({ root, expiry, right, strike: cents / 100 })));
    }
  }
  return contracts.sort(compareContracts);
}

/** Strikes in cents, ascending. */
function strikes(
  profile: UnderlyingProfile,
  days: readonly UnderlyingDay[],
  { expiry, listed, life }: ListedExpiry,
): readonly number[] {
  let found = new Set<number>();
  const first = Math.max(
    0,
    days.findLastIndex((day) => day.date <= listed),
  );
  for (let index = first; index < days.length; index += 1) {
    const day = days[index];
    if (day === undefined) continue;
    if (day.split > 1 && Number.isInteger(day.split))
      found = new Set([...found].map((strike) => Math.round(strike / day.split)));
    else if (day.split !== 1) found = new Set();
    // While its expiry is far a series has few strikes, far apart.
    const far = daysBetween(day.date, expiry) > MONTHLY_DAYS;
    const step = strikeStep(profile, day.previousClose * (far ? FAR_STEP : 1));
    const beyond = far ? FAR_STRIKES : life === DAILY_DAYS ? DAILY_STRIKES : STRIKES_BEYOND;
    const middle = Math.round((100 * day.previousClose) / step);
    for (let rung = Math.max(1, middle - beyond); rung <= middle + beyond; rung += 1) found.add(rung * step);
  }
  return [...found].sort((a, b) => a - b);
}
