import { sessionsBetween } from '@trading-agent/calendar';
import { type MarketDate, type Random, TradingError, marketDate } from '@trading-agent/core';
import type { UnderlyingProfile } from './underlyings.ts';

/** The walk begins here, whatever day is asked for, so that every call with one seed speaks of the same market. */
const ORIGIN = marketDate('1990-01-02');
/** Days before this are too near the origin to have a history. */
export const FIRST_SYNTHETIC_DATE = marketDate('1991-01-02');

const SESSIONS_PER_YEAR = 252;
/** Long-run annual volatility of the market factor. */
const MARKET_VOLATILITY = 0.155;
/** Part of a day's variance that happens while the market is closed. */
const OVERNIGHT = 0.2;
/** Log volatility per session: AR(1); stationary standard deviation 0.33 (a year's volatility then ranges over about a factor of 3). */
const PERSISTENCE = 0.97;
const VOLATILITY_SHOCK = 0.08;
/**
 * The log price is pulled towards its base level so that decades of prices stay in a sensible range: its standard deviation around the base
 * is this. The pull per session is a few thousandths of the distance at most, far below what a strategy could live on.
 */
const LEVEL_DEVIATION = 0.45;

/** One factor's part in one day. */
export interface FactorDay {
  /** Annual volatility that rules this day, decimal. */
  readonly volatility: number;
  /** Log returns, driftless in price (half the variance is taken off). */
  readonly overnight: number;
  readonly intraday: number;
}

/** One underlying's day as the walk fixes it; the minutes fill it in. */
export interface UnderlyingDay {
  readonly date: MarketDate;
  readonly previousClose: number;
  /** Dollars, not rounded. */
  readonly open: number;
  readonly close: number;
  /** Annual volatility that rules this day, decimal, market part included. */
  readonly volatility: number;
  readonly market: FactorDay;
  readonly own: FactorDay;
}

/** The sessions and the market factor from the origin up to a last day, shared by all underlyings of one seed. */
export interface MarketWalk {
  readonly dates: readonly MarketDate[];
  readonly market: readonly FactorDay[];
}

/** @throws {TradingError} `OUT_OF_RANGE` for a last day before 1991 or outside the calendar. */
export function marketWalk(random: Random, last: MarketDate): MarketWalk {
  if (last < FIRST_SYNTHETIC_DATE)
    throw new TradingError('OUT_OF_RANGE', `Synthetic markets begin on ${FIRST_SYNTHETIC_DATE}, asked for ${last}`);
  const dates = sessionsBetween(ORIGIN, last);
  return { dates, market: factorDays(random.fork('daily/market'), MARKET_VOLATILITY, dates.length) };
}

/**
 * Every day of one underlying from the origin on, in the order of `walk.dates`. A day does not depend on later days: a longer walk of the
 * same seed begins with the same days.
 */
export function underlyingDays(random: Random, walk: MarketWalk, profile: UnderlyingProfile): UnderlyingDay[] {
  const marketPart = profile.beta * MARKET_VOLATILITY;
  const ownVolatility = Math.sqrt(Math.max(profile.volatility ** 2 - marketPart ** 2, 0.02 ** 2));
  const own = factorDays(random.fork(`daily/${profile.symbol}`), ownVolatility, walk.dates.length);
  const days: UnderlyingDay[] = [];
  // An AR(1) process with coefficient 1 - p has the variance s2 / (2 p) for small p.
  const pull = profile.volatility ** 2 / SESSIONS_PER_YEAR / (2 * LEVEL_DEVIATION ** 2);
  let level = 0;
  let previousClose = profile.price;
  for (const [index, date] of walk.dates.entries()) {
    const market = walk.market[index];
    const self = own[index];
    if (!market || !self) break;
    const atOpen = level * (1 - pull) + profile.beta * market.overnight + self.overnight;
    level = atOpen + profile.beta * market.intraday + self.intraday;
    const close = profile.price * Math.exp(level);
    days.push({
      date,
      previousClose,
      open: profile.price * Math.exp(atOpen),
      close,
      volatility: Math.hypot(profile.beta * market.volatility, self.volatility),
      market,
      own: self,
    });
    previousClose = close;
  }
  return days;
}

/** Stochastic volatility: the log of each day's volatility is an AR(1) process (S. J. Taylor, "Modelling Financial Time Series", 1986). */
function factorDays(random: Random, longRun: number, count: number): FactorDay[] {
  const stationary = VOLATILITY_SHOCK ** 2 / (1 - PERSISTENCE ** 2);
  const days: FactorDay[] = [];
  let log = 0;
  for (let index = 0; index < count; index += 1) {
    log = PERSISTENCE * log + VOLATILITY_SHOCK * random.normal();
    // Minus the variance: the mean of the squared volatility is then the square of the long-run one.
    const volatility = longRun * Math.exp(log - stationary);
    const open = intradayVariance(volatility);
    const closed = (open * OVERNIGHT) / (1 - OVERNIGHT);
    days.push({
      volatility,
      overnight: Math.sqrt(closed) * random.normal() - closed / 2,
      intraday: Math.sqrt(open) * random.normal() - open / 2,
    });
  }
  return days;
}

/** Variance of the log return from open to close that an annual `volatility` means. */
export function intradayVariance(volatility: number): number {
  return ((1 - OVERNIGHT) * volatility ** 2) / SESSIONS_PER_YEAR;
}
