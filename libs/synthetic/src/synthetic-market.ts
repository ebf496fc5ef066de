import { type Session, previousSession, requireSession, sessionsBetween } from '@trading-agent/calendar';
import { type MarketDate, TradingError, seededRandom } from '@trading-agent/core';
import type { Bar, OptionContract, Quote } from '@trading-agent/instruments';
import type { MarketDay, MarketStep } from '@trading-agent/market-data';
import { type MarketWalk, type UnderlyingDay, type UnderlyingWalk, marketWalk, underlyingWalk } from './daily-walk.ts';
import { DEFAULT_EXPIRY_DAYS, listedContracts } from './listing.ts';
import { type MarketKind, marketRules } from './market-kind.ts';
import {
  type FactorMinutes,
  type MinutePath,
  factorMinutes,
  intradayShape,
  minutePath,
  sessionMinutes,
} from './minute-path.ts';
import { OptionMarket } from './option-quotes.ts';
import { Surface } from './surface.ts';
import { INDEX_PREFIX, MARKET_INDEX, VOLATILITY_INDEX, underlyingProfile } from './underlyings.ts';
import { indexExpiries, indexPoints } from './volatility-index.ts';

/** Which of all synthetic markets. */
export interface MarketIdentity {
  readonly seed: number | string;
  /** `synthetic` unless given. */
  readonly kind?: MarketKind;
  /** Correlation of a `planted` market's signal; 0.2 unless given. */
  readonly strength?: number;
}

/** One underlying in one session. */
export interface UnderlyingSession {
  readonly walk: UnderlyingWalk;
  readonly day: UnderlyingDay;
  readonly session: Session;
  readonly path: MinutePath;
  readonly market: FactorMinutes;
}

/** One seed's market up to a last day. Making it costs a walk through all sessions since 1990 per underlying, once each. */
export class SyntheticMarket {
  readonly walk: MarketWalk;
  readonly #underlyings = new Map<string, UnderlyingWalk>();
  #shared: { readonly date: MarketDate; readonly shape: Float64Array; readonly market: FactorMinutes } | undefined;

  /** @throws {TradingError} `OUT_OF_RANGE` (before 1991, beyond the calendar, no correlation), `INVALID_VALUE` (strength without `planted`). */
  constructor(identity: MarketIdentity, last: MarketDate) {
    const rules = marketRules(identity.kind ?? 'synthetic', identity.strength);
    // Kinds share their noise: what differs between two kinds of one seed is the kind.
    this.walk = marketWalk(seededRandom(identity.seed), rules, last);
  }

  /** @throws {TradingError} `UNKNOWN_SYMBOL`. */
  underlying(symbol: string): UnderlyingWalk {
    const known = this.#underlyings.get(symbol);
    if (known !== undefined) return known;
    const walk = underlyingWalk(this.walk, underlyingProfile(symbol));
    this.#underlyings.set(symbol, walk);
    return walk;
  }

  /** @throws {TradingError} `NOT_A_SESSION`, `OUT_OF_RANGE` when the walk does not reach `date`, `UNKNOWN_SYMBOL`. */
  session(symbol: string, date: MarketDate): UnderlyingSession {
    const session = requireSession(date);
    const walk = this.underlying(symbol);
    const day = walk.days[this.#index(date)];
    if (day === undefined) throw outside(date);
    const { shape, market } = this.#minutes(session);
    const { random, rules } = this.walk;
    const path = minutePath({ random, walk, day, session, market, shape, signal: rules.signal });
    return { walk, day, session, path, market };
  }

  /** Minute bars of an underlying, or of the volatility index, in one session. */
  bars(symbol: string, date: MarketDate): readonly Bar[] {
    return symbol === VOLATILITY_INDEX ? this.#volatilityIndex(date) : this.session(symbol, date).path.bars;
  }

  /** What is listed on `symbol`, in canonical order. */
  contracts({ walk, day }: UnderlyingSession, expiryDays: number): OptionContract[] {
    return listedContracts(walk.profile, walk.days.slice(0, day.index + 1), expiryDays);
  }

  options(of: UnderlyingSession, contracts: readonly OptionContract[]): OptionMarket {
    const { walk, day, path } = of;
    const { rules, random } = this.walk;
    const expiries = [...new Set(contracts.map(({ expiry }) => expiry))];
    return new OptionMarket({
      profile: walk.profile,
      contracts,
      surface: this.#surface(of, expiries),
      rate: rules.rate,
      bars: path.bars,
      prices: path.prices,
      mood: rules.quoteMood,
      random: random.fork(`quotes/${walk.profile.symbol}/${day.date}`),
    });
  }

  #surface({ walk, day, path, market, session }: UnderlyingSession, expiries: readonly MarketDate[]): Surface {
    return new Surface({ walk: this.walk, underlying: walk, day, market, own: path.own, open: session.open, expiries });
  }

  #volatilityIndex(date: MarketDate): readonly Bar[] {
    const of = this.session(MARKET_INDEX, date);
    const surface = this.#surface(of, indexExpiries(date));
    let last: number | undefined;
    return of.path.bars.map((bar, minute) => {
      const spot = of.path.prices[minute] ?? 0;
      const close = indexPoints(surface.expiries.map((terms) => surface.slice(terms, minute, bar.end, spot, 0)));
      const open = last ?? close;
      last = close;
      const { start, end } = bar;
      const [high, low] = [Math.max(open, close), Math.min(open, close)];
      return { symbol: `${INDEX_PREFIX}${VOLATILITY_INDEX}`, start, end, open, high, low, close, volume: 0 };
    });
  }

  #minutes(session: Session): { readonly shape: Float64Array; readonly market: FactorMinutes } {
    const { date } = session;
    if (this.#shared?.date === date) return this.#shared;
    const day = this.walk.market[this.#index(date)];
    if (day === undefined) throw outside(date);
    const shape = intradayShape(sessionMinutes(session));
    const { random, rules } = this.walk;
    const market = factorMinutes(random.fork(`minutes/market/${date}`), day, shape, rules.signal);
    this.#shared = { date, shape, market };
    return this.#shared;
  }

  #index(date: MarketDate): number {
    return this.walk.dates.lastIndexOf(date);
  }
}

function outside(date: MarketDate): TradingError {
  return new TradingError('OUT_OF_RANGE', `The synthetic market's walk does not reach ${date}`);
}

export interface SyntheticDayRequest extends MarketIdentity {
  readonly date: MarketDate;
  /** Tickers out of `SYNTHETIC_UNDERLYINGS`, or `VIX`. */
  readonly underlyings: readonly string[];
  /** Only the first so many minutes of the session; what they hold is the same as without. */
  readonly minutes?: number;
  /** Steps before this minute are left out (0, the first, unless given); at this one all options are quoted, as otherwise at the first. */
  readonly firstMinute?: number;
  /** Options that expire further ahead are left out, calendar days; 63 unless given. */
  readonly expiryDays?: number;
}

/**
 * One day of the synthetic market of `seed`: minute bars of the underlyings, quotes of the listed options at the end of every minute (the
 * first time all, then only what changed), and the session before as history. Days of one seed belong to one market: a close is followed
 * by the next day's open, a contract exists until it expires.
 * @throws {TradingError} `NOT_A_SESSION`, `UNKNOWN_SYMBOL`, `OUT_OF_RANGE` (before 1991, near the calendar's end, no such minutes),
 * `INVALID_VALUE` when no underlying is asked for.
 */
export function generateMarketDay(request: SyntheticDayRequest): MarketDay {
  const { date, minutes, firstMinute = 0, expiryDays = DEFAULT_EXPIRY_DAYS } = request;
  const underlyings = [...new Set(request.underlyings)].sort();
  if (underlyings.length === 0) throw new TradingError('INVALID_VALUE', 'Expected at least one underlying, got none');
  if (minutes !== undefined && !(Number.isSafeInteger(minutes) && minutes >= 1))
    throw new TradingError('OUT_OF_RANGE', `Expected a whole number of minutes from 1 on, was ${minutes}`);
  if (!(Number.isSafeInteger(firstMinute) && firstMinute >= 0 && firstMinute < (minutes ?? Number.POSITIVE_INFINITY)))
    throw new TradingError('OUT_OF_RANGE', `Expected the first minute to be one of the minutes, was ${firstMinute}`);
  const session = requireSession(date);
  const market = new SyntheticMarket(request, date);
  const count = Math.min(minutes ?? Number.POSITIVE_INFINITY, sessionMinutes(session));
  const before = previousSession(date);
  const history = underlyings.flatMap((symbol) => market.bars(symbol, before));
  const parts = underlyings.map((symbol) => {
    if (symbol === VOLATILITY_INDEX) return { bars: market.bars(symbol, date), contracts: [], options: null };
    const of = market.session(symbol, date);
    const contracts = market.contracts(of, expiryDays);
    return {
      bars: of.path.bars,
      contracts,
      options: new ChangedQuotes(market.options(of, contracts), contracts.length),
    };
  });
  const steps: MarketStep[] = [];
  for (let minute = firstMinute; minute < count; minute += 1) {
    const bars = parts.flatMap((part) => part.bars[minute] ?? []);
    const quotes = parts.flatMap((part) => part.options?.at(minute) ?? []);
    const at = bars[0]?.end;
    if (at === undefined) break;
    steps.push({ at, quotes: quotes.sort(bySymbol), bars: bars.sort(bySymbol), trades: [] });
  }
  return {
    date,
    underlyings,
    contracts: parts.flatMap((part) => part.contracts),
    steps,
    history: history.sort((a, b) => a.start - b.start || bySymbol(a, b)),
    quarantined: [],
    quarantinedTotal: 0,
  };
}

/** Quotes of a chain minute by minute: at first all, afterwards only what differs. */
class ChangedQuotes {
  readonly #options: OptionMarket;
  readonly #before: readonly Int32Array[];

  constructor(options: OptionMarket, count: number) {
    this.#options = options;
    this.#before = [0, 1, 2, 3].map(() => new Int32Array(count).fill(-1));
  }

  at(minute: number): Quote[] {
    const options = this.#options;
    options.price(minute);
    const now = [options.bid, options.ask, options.bidSize, options.askSize];
    const changed: Quote[] = [];
    for (let place = 0; place < options.bid.length; place += 1) {
      if (now.every((column, index) => column[place] === this.#before[index]?.[place])) continue;
      changed.push(options.quote(place, minute));
    }
    for (const [index, column] of now.entries()) this.#before[index]?.set(column);
    return changed;
  }
}

export interface SyntheticBarsRequest extends MarketIdentity {
  readonly symbol: string;
  /** Market dates, both included. */
  readonly from: MarketDate;
  readonly to: MarketDate;
}

/**
 * Minute bars of one underlying over a range of days, oldest first: the same bars that `generateMarketDay` gives for each of the days.
 * @throws {TradingError} `UNKNOWN_SYMBOL`, `OUT_OF_RANGE` (before 1991, outside the calendar, a range that ends before it begins).
 */
export function generateMinuteBars(request: SyntheticBarsRequest): Bar[] {
  const { from, to, symbol } = request;
  if (to < from) throw new TradingError('OUT_OF_RANGE', `The range from ${from} to ${to} ends before it begins`);
  const market = new SyntheticMarket(request, to);
  const bars: Bar[] = [];
  for (const date of sessionsBetween(from, to)) for (const bar of market.bars(symbol, date)) bars.push(bar);
  return bars;
}

function bySymbol(a: { readonly symbol: string }, b: { readonly symbol: string }): number {
  return a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0;
}
