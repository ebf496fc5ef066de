import {
  type Session,
  lastTradingDay,
  previousSession,
  requireSession,
  sessionsBetween,
} from '@trading-agent/calendar';
import { type MarketDate, type Micros, type Random, TradingError, seededRandom } from '@trading-agent/core';
import type { Bar, Quote } from '@trading-agent/instruments';
import type { MarketDay, MarketStep } from '@trading-agent/market-data';
import { type MarketWalk, type UnderlyingDay, marketWalk, underlyingDays } from './daily-walk.ts';
import { listedContracts } from './listing.ts';
import { factorMinutes, intradayShape, minuteBars, sessionMinutes } from './minute-path.ts';
import { OptionMarket } from './option-quotes.ts';
import { type UnderlyingProfile, underlyingProfile } from './underlyings.ts';

export interface SyntheticDayRequest {
  readonly date: MarketDate;
  /** Tickers out of `SYNTHETIC_UNDERLYINGS`. */
  readonly underlyings: readonly string[];
  readonly seed: number | string;
  /** Only the first so many minutes of the session; what they hold is the same as without. */
  readonly minutes?: number;
}

/**
 * One day of the synthetic market of `seed`: minute bars of the underlyings, quotes of all listed options at the end of every minute (the
 * first time all, then only what changed), and the session before as history. Days of one seed belong to one market: a close is followed
 * by the next day's open, a contract exists until it expires.
 * @throws {TradingError} `NOT_A_SESSION`, `UNKNOWN_SYMBOL`, `OUT_OF_RANGE` (before 1991, near the calendar's end, minutes below 1),
 * `INVALID_VALUE` when no underlying is asked for.
 */
export function generateMarketDay(request: SyntheticDayRequest): MarketDay {
  const { date, seed, minutes } = request;
  const underlyings = [...new Set(request.underlyings)].sort();
  if (underlyings.length === 0) throw new TradingError('INVALID_VALUE', 'Expected at least one underlying, got none');
  if (minutes !== undefined && !(Number.isSafeInteger(minutes) && minutes >= 1))
    throw new TradingError('OUT_OF_RANGE', `Expected a whole number of minutes from 1 on, was ${minutes}`);
  const session = requireSession(date);
  const random = seededRandom(seed);
  const walk = marketWalk(random, date);
  const today = new SessionFactory(random, walk, session);
  const before = new SessionFactory(random, walk, requireSession(previousSession(date)));

  const count = Math.min(minutes ?? Number.POSITIVE_INFINITY, sessionMinutes(session));
  const history: Bar[] = [];
  const markets = underlyings.map((symbol) => {
    const profile = underlyingProfile(symbol);
    const days = underlyingDays(random, walk, profile);
    const day = last(days);
    history.push(...before.bars(profile, last(days.slice(0, -1))));
    const contracts = listedContracts(profile, days);
    const options = new OptionMarket({
      profile,
      contracts,
      volatility: day.volatility,
      open: day.open,
      random: random.fork(`quotes/${symbol}/${date}`),
      expires: expiryInstants(),
    });
    return { contracts, bars: today.bars(profile, day).slice(0, count), options };
  });

  const steps: MarketStep[] = [];
  for (let minute = 0; minute < count; minute += 1) {
    const bars: Bar[] = [];
    const quotes: Quote[] = [];
    for (const market of markets) {
      const bar = market.bars[minute];
      if (!bar) continue;
      bars.push(bar);
      for (const quote of market.options.quotes(bar)) quotes.push(quote);
    }
    const at = bars[0]?.end;
    if (at === undefined) break;
    steps.push({ at, quotes: quotes.sort(bySymbol), bars, trades: [] });
  }
  return {
    date,
    underlyings,
    contracts: markets.flatMap((market) => market.contracts),
    steps,
    history: history.sort((a, b) => a.start - b.start || bySymbol(a, b)),
    quarantined: [],
    quarantinedTotal: 0,
  };
}

export interface SyntheticBarsRequest {
  readonly symbol: string;
  /** Market dates, both included. */
  readonly from: MarketDate;
  readonly to: MarketDate;
  readonly seed: number | string;
}

/**
 * Minute bars of one underlying over a range of days, oldest first: the same bars that `generateMarketDay` gives for each of the days.
 * @throws {TradingError} `UNKNOWN_SYMBOL`, `OUT_OF_RANGE` (before 1991, outside the calendar, a range that ends before it begins).
 */
export function generateMinuteBars(request: SyntheticBarsRequest): Bar[] {
  const { from, to, seed } = request;
  if (to < from) throw new TradingError('OUT_OF_RANGE', `The range from ${from} to ${to} ends before it begins`);
  const profile = underlyingProfile(request.symbol);
  const random = seededRandom(seed);
  const dates = new Set(sessionsBetween(from, to));
  const walk = marketWalk(random, to);
  const bars: Bar[] = [];
  for (const day of underlyingDays(random, walk, profile)) {
    if (!dates.has(day.date)) continue;
    for (const bar of new SessionFactory(random, walk, requireSession(day.date)).bars(profile, day)) bars.push(bar);
  }
  return bars;
}

/** Makes the bars of one session: what all underlyings share (shape, market factor) is made once. */
class SessionFactory {
  readonly #random: Random;
  readonly #session: Session;
  readonly #shape: Float64Array;
  readonly #market: Float64Array;

  constructor(random: Random, walk: MarketWalk, session: Session) {
    this.#random = random;
    this.#session = session;
    this.#shape = intradayShape(sessionMinutes(session));
    const market = walk.market[walk.dates.lastIndexOf(session.date)];
    if (!market) throw new TradingError('INTERNAL', `The walk does not reach ${session.date}`);
    this.#market = factorMinutes(random.fork(`minutes/market/${session.date}`), market, this.#shape);
  }

  bars(profile: UnderlyingProfile, day: UnderlyingDay): Bar[] {
    return minuteBars({
      random: this.#random,
      profile,
      session: this.#session,
      day,
      market: this.#market,
      shape: this.#shape,
    });
  }
}

function expiryInstants(): (expiry: MarketDate) => Micros {
  const known = new Map<MarketDate, Micros>();
  return (expiry) => {
    const at = known.get(expiry) ?? requireSession(lastTradingDay(expiry, 'pm')).close;
    known.set(expiry, at);
    return at;
  };
}

function last(days: readonly UnderlyingDay[]): UnderlyingDay {
  const day = days.at(-1);
  if (!day) throw new TradingError('INTERNAL', 'The walk holds no day');
  return day;
}

function bySymbol(a: { readonly symbol: string }, b: { readonly symbol: string }): number {
  return a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0;
}
