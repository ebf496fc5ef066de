import { sessionsBetween } from '@trading-agent/calendar';
import { type MarketDate, type Random, TradingError, marketDate } from '@trading-agent/core';
import { exp, ln, normal, square } from './arithmetic.ts';
import { type CorporateCalendar, corporateCalendar } from './corporate-calendar.ts';
import {
  type FactorDay,
  type FactorLaw,
  OVERNIGHT_JUMPS,
  SESSIONS_PER_YEAR,
  factorDays,
  intradayVariance,
  jumpVariance,
  overnightVariance,
} from './factor.ts';
import type { MarketRules } from './market-kind.ts';
import type { UnderlyingProfile } from './underlyings.ts';

/** The walk begins here, whatever day is asked for, so that every call with one seed speaks of the same market. */
const ORIGIN = marketDate('1990-01-02');
/** Days before this are too near the origin to have a history. */
export const FIRST_SYNTHETIC_DATE = marketDate('1991-01-02');

/** The last day that the calendar library knows. */
const CALENDAR_END = marketDate('2030-12-31');

const MARKET_LAW: FactorLaw = {
  volatility: 0.16,
  persistence: 0.98,
  volatilityShock: 0.11,
  leverage: -0.85,
  stress: { enter: 1 / 300, leave: 1 / 40, variance: 2.5 },
  jumps: { perYear: 4, mean: -0.01, deviation: 0.018 },
};
const MARKET_VARIANCE = square(MARKET_LAW.volatility) + SESSIONS_PER_YEAR * jumpVariance(MARKET_LAW);

/** How much of a name's own variance is diffusion at least, annual. */
const LEAST_OWN_VOLATILITY = 0.02;
/** Standard deviation of the gap on results, of annual volatility. */
const EARNINGS_GAP = 0.14;
const LARGEST_EARNINGS_GAP = 0.12;

/** A split comes when the close is this many times the level that the name starts from, or a fraction of it. */
const SPLIT_ABOVE = 3;
const MERGE_BELOW = 0.25;
const MERGE_RATIO = 0.25;
/** Sessions from that close to the day it happens. */
const SPLIT_NOTICE = 10;

/** One underlying's session as the walk fixes it; the minutes fill it in. Prices in dollars of that session's shares, not rounded. */
export interface UnderlyingDay {
  readonly index: number;
  readonly date: MarketDate;
  /** The last close, in today's shares. */
  readonly previousClose: number;
  readonly open: number;
  readonly close: number;
  readonly market: FactorDay;
  readonly own: FactorDay;
  /** Dollars that went ex between the last close and the open, 0 for none. */
  readonly dividend: number;
  /** Dollars per quarter that the name has said it pays this year, in today's shares. */
  readonly quarterly: number;
  /** New shares per old since the last close; 1 but for splits. */
  readonly split: number;
  /** Results came out between the last close and the open. */
  readonly earnings: boolean;
}

/** How an underlying's returns are made. */
export interface UnderlyingLaw {
  readonly own: FactorLaw;
  /** Standard deviation of the log gap on results; 0 for what has none. */
  readonly earningsGap: number;
  /** Taken off the log price per night and session so that jumps have no mean. */
  readonly nightJumps: number;
  readonly dayJumps: number;
}

/** The sessions and the market factor from the origin up to a last day, shared by all underlyings of one seed. */
export interface MarketWalk {
  readonly rules: MarketRules;
  readonly random: Random;
  readonly dates: readonly MarketDate[];
  /** The same sessions and all that the calendar knows after them. */
  readonly sessions: readonly MarketDate[];
  readonly marketLaw: FactorLaw;
  readonly market: readonly FactorDay[];
}

let sessions: readonly MarketDate[] | undefined;

/** @throws {TradingError} `OUT_OF_RANGE` for a last day before 1991 or outside the calendar. */
export function marketWalk(random: Random, rules: MarketRules, last: MarketDate): MarketWalk {
  if (last < FIRST_SYNTHETIC_DATE)
    throw new TradingError('OUT_OF_RANGE', `Synthetic markets begin on ${FIRST_SYNTHETIC_DATE}, asked for ${last}`);
  sessions ??= sessionsBetween(ORIGIN, CALENDAR_END);
  const dates = sessionsBetween(ORIGIN, last);
  const market = factorDays(random.fork('daily/market'), MARKET_LAW, dates.length);
  return { rules, random, dates, sessions, marketLaw: MARKET_LAW, market };
}

/** The law by which the parts of `profile`'s variance sum to its volatility. */
export function underlyingLaw(profile: UnderlyingProfile): UnderlyingLaw {
  const { volatility, beta, kind } = profile;
  const earningsGap = kind === 'stock' ? Math.min(EARNINGS_GAP * volatility, LARGEST_EARNINGS_GAP) : 0;
  const jumps = kind === 'stock' ? { perYear: 3, mean: 0, deviation: 0.16 * volatility } : null;
  const others =
    beta * beta * MARKET_VARIANCE +
    4 * earningsGap * earningsGap +
    (jumps === null ? 0 : jumps.perYear * square(jumps.deviation));
  const own: FactorLaw = {
    volatility: Math.sqrt(Math.max(volatility * volatility - others, square(LEAST_OWN_VOLATILITY))),
    persistence: 0.975,
    volatilityShock: 0.11,
    leverage: kind === 'index' ? 0 : -0.3,
    stress: null,
    jumps,
  };
  const law = kind === 'index' ? { ...own, volatility: 0 } : own;
  const night = compensator(MARKET_LAW, beta, OVERNIGHT_JUMPS) + compensator(law, 1, OVERNIGHT_JUMPS);
  const day = compensator(MARKET_LAW, beta, 1 - OVERNIGHT_JUMPS) + compensator(law, 1, 1 - OVERNIGHT_JUMPS);
  return { own: law, earningsGap, nightJumps: night, dayJumps: day };
}

/** ln of the mean of e^(beta times jump) when `share` of the jumps may come. */
function compensator({ jumps }: FactorLaw, beta: number, share: number): number {
  if (jumps === null) return 0;
  const growth = exp(beta * jumps.mean + 0.5 * square(beta * jumps.deviation)) - 1;
  return ln(1 + (share * jumps.perYear * growth) / SESSIONS_PER_YEAR);
}

/** Everything that the walk knows of one underlying. */
export interface UnderlyingWalk {
  readonly profile: UnderlyingProfile;
  readonly law: UnderlyingLaw;
  readonly calendar: CorporateCalendar;
  /** By session, in the order of the market walk's dates. */
  readonly days: readonly UnderlyingDay[];
}

/**
 * Every day of one underlying from the origin on. A day does not depend on later days: a longer walk of the same seed begins with the same
 * days.
 */
export function underlyingWalk(walk: MarketWalk, profile: UnderlyingProfile): UnderlyingWalk {
  const { random, rules, dates } = walk;
  const { beta } = profile;
  const law = underlyingLaw(profile);
  const calendar = corporateCalendar(profile, walk.sessions);
  const own = factorDays(random.fork(`daily/${profile.symbol}`), law.own, dates.length);
  const surprises = random.fork(`earnings/${profile.symbol}`);
  // The premium is paid overnight: within the session no minute is better than another.
  const drift =
    (rules.rate === 0 && rules.equityPremium === 0 ? 0 : rules.rate + beta * rules.equityPremium) / SESSIONS_PER_YEAR;
  const splits = profile.kind !== 'index';
  const days: UnderlyingDay[] = [];
  let close = profile.price * exp(0.3 * normal(random.fork(`start/${profile.symbol}`)));
  let dividend = quarterly(profile, close);
  let year = dates[0]?.slice(0, 4);
  let pending: { ratio: number; in: number } | undefined;
  for (const [index, date] of dates.entries()) {
    const market = walk.market[index];
    const self = own[index];
    if (!market || !self) break;
    if (date.slice(0, 4) !== year) {
      year = date.slice(0, 4);
      dividend = quarterly(profile, close);
    }
    let split = 1;
    if (pending !== undefined) {
      pending.in -= 1;
      if (pending.in === 0) {
        split = pending.ratio;
        dividend = Math.round((dividend / split) * 10_000) / 10_000;
        pending = undefined;
      }
    }
    const previousClose = close / split;
    const gap = law.earningsGap * normal(surprises);
    const earnings = calendar.earnings[index] === 1;
    const paid = calendar.exDividend[index] === 1 && dividend < 0.2 * previousClose ? dividend : 0;
    const overnight =
      drift +
      beta * market.overnight -
      0.5 * beta * beta * overnightVariance(market.variance) +
      self.overnight -
      0.5 * overnightVariance(self.variance) +
      beta * market.nightJump +
      self.nightJump -
      law.nightJumps +
      (earnings ? gap - 0.5 * square(law.earningsGap) : 0);
    const open = previousClose * exp(overnight) - paid;
    const intraday =
      beta * market.intraday -
      0.5 * beta * beta * intradayVariance(market.variance) +
      self.intraday -
      0.5 * intradayVariance(self.variance) +
      beta * market.dayJump +
      self.dayJump -
      law.dayJumps;
    close = open * exp(intraday);
    days.push({
      index,
      date,
      previousClose,
      open,
      close,
      market,
      own: self,
      dividend: paid,
      quarterly: dividend,
      split,
      earnings,
    });
    if (!splits || pending !== undefined) continue;
    if (close > SPLIT_ABOVE * profile.price) pending = { ratio: Math.round(close / profile.price), in: SPLIT_NOTICE };
    else if (close < MERGE_BELOW * profile.price) pending = { ratio: MERGE_RATIO, in: SPLIT_NOTICE };
  }
  return { profile, law, calendar, days };
}

/** What a name pays in each quarter of a year, by the close of the year before: whole cents. */
export function quarterly(profile: UnderlyingProfile, close: number): number {
  return Math.round(25 * profile.dividendYield * close) / 100;
}
