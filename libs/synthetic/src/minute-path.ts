import type { Session } from '@trading-agent/calendar';
import { MICROS_PER_MINUTE, type Random, micros } from '@trading-agent/core';
import type { Bar } from '@trading-agent/instruments';
import { exp, ln, normal, power, square } from './arithmetic.ts';
import type { UnderlyingDay, UnderlyingWalk } from './daily-walk.ts';
import { type FactorDay, SESSIONS_PER_YEAR, intradayVariance } from './factor.ts';
import { INDEX_PREFIX } from './underlyings.ts';

/** Minute-to-minute log volatility: AR(1) around the day's own, and what is a minute's own. */
const PERSISTENCE = 0.97;
const VOLATILITY_SHOCK = 0.08;
const MINUTE_SHOCK = 0.2;
/** Length of the blocks in which the signal of a planted market works. */
export const BLOCK_MINUTES = 30;

/** Minutes of a session: 390, on half days 210. */
export function sessionMinutes(session: Session): number {
  return Math.round((session.close - session.open) / MICROS_PER_MINUTE);
}

/**
 * Share of the day that falls on each minute: busy at the open, quiet at noon, busier at the close (the U shape that R. A. Wood,
 * T. H. McInish and J. K. Ord describe in "An Investigation of Transactions Data for NYSE Stocks", 1985). Sums to 1.
 */
export function intradayShape(minutes: number): Float64Array {
  return shapeOf(minutes, 4.5, 1.9);
}

/** The same of volume, which is less concentrated at the open and more at the close. */
function volumeShape(minutes: number): Float64Array {
  return shapeOf(minutes, 2.1, 2.4);
}

function shapeOf(minutes: number, atOpen: number, atClose: number): Float64Array {
  const shape = new Float64Array(minutes);
  for (let minute = 0; minute < minutes; minute += 1) {
    const passed = (minute + 0.5) / minutes;
    shape[minute] = 1 + atOpen * exp(-12 * passed) + atClose * exp(-14 * (1 - passed));
  }
  const total = sum(shape);
  return shape.map((weight) => weight / total);
}

/** One factor's minutes of a session. */
export interface FactorMinutes {
  /** Diffusion returns per minute; their sum is the day's. */
  readonly returns: Float64Array;
  /** The variance with which each was drawn; their sum is that of the day from open to close. */
  readonly variances: Float64Array;
}

/**
 * Log returns per minute whose sum is the factor's return of the session: a Brownian bridge in the minutes' own variance clock. The clock
 * is scaled to the variance with which the day's return was drawn; only then is the bridge a free path, in which the morning tells nothing
 * of the afternoon. With a `signal` the standardised returns of the half-hours are an AR(1) process with that coefficient instead, again
 * conditioned on the day's return.
 */
export function factorMinutes(random: Random, day: FactorDay, shape: Float64Array, signal: number): FactorMinutes {
  const drawn = clock(random, intradayVariance(day.variance), shape);
  const innovations = drawn.map((variance) => Math.sqrt(variance) * normal(random));
  if (signal === 0) {
    const total = sum(drawn);
    const excess = total > 0 ? (sum(innovations) - day.intraday) / total : 0;
    return { returns: innovations.map((value, minute) => value - (drawn[minute] ?? 0) * excess), variances: drawn };
  }
  return correlated({ innovations, variances: drawn, total: day.intraday, signal });
}

interface Correlated {
  readonly innovations: Float64Array;
  readonly variances: Float64Array;
  readonly total: number;
  readonly signal: number;
}

function correlated({ innovations, variances, total, signal }: Correlated): FactorMinutes {
  const count = Math.ceil(variances.length / BLOCK_MINUTES);
  const block = (minute: number): number => Math.floor(minute / BLOCK_MINUTES);
  const deviation = new Float64Array(count);
  const fresh = new Float64Array(count);
  for (const [minute, variance] of variances.entries()) {
    deviation[block(minute)] = (deviation[block(minute)] ?? 0) + variance;
    fresh[block(minute)] = (fresh[block(minute)] ?? 0) + (innovations[minute] ?? 0);
  }
  const free = Math.sqrt(1 - signal * signal);
  const value = new Float64Array(count);
  for (let b = 0; b < count; b += 1) {
    const root = Math.sqrt(deviation[b] ?? 0);
    deviation[b] = root;
    const own = root > 0 ? (fresh[b] ?? 0) / root : 0;
    value[b] = b === 0 ? own : signal * (value[b - 1] ?? 0) + free * own;
  }
  const reach = new Float64Array(count).fill(1);
  for (let b = 1; b < count; b += 1) reach[b] = signal * (reach[b - 1] ?? 0);
  // Covariance of each block's value with the sum of the day, and that sum's variance.
  const covariance = new Float64Array(count);
  for (let b = 0; b < count; b += 1) {
    for (let a = 0; a < count; a += 1)
      covariance[b] = (covariance[b] ?? 0) + (deviation[a] ?? 0) * (reach[Math.abs(a - b)] ?? 0);
  }
  let spread = 0;
  let reached = 0;
  for (let b = 0; b < count; b += 1) {
    spread += (deviation[b] ?? 0) * (covariance[b] ?? 0);
    reached += (deviation[b] ?? 0) * (value[b] ?? 0);
  }
  const all = sum(variances);
  if (!(all > 0)) return { returns: innovations, variances };
  // The signal makes the sum vary more than its parts; all is scaled back to the variance of the day.
  const scale = Math.sqrt(all / spread);
  const pull = (total / scale - reached) / spread;
  const returns = innovations.map((innovation, minute) => {
    const b = block(minute);
    const root = deviation[b] ?? 0;
    if (root === 0) return 0;
    const before = value[b] ?? 0;
    const own = b === 0 ? before : (before - signal * (value[b - 1] ?? 0)) / free;
    const drift = before + pull * (covariance[b] ?? 0) - (b === 0 ? 1 : free) * own;
    return scale * ((b === 0 ? 1 : free) * innovation + ((variances[minute] ?? 0) / root) * drift);
  });
  return { returns, variances };
}

/** The day's `variance` spread over its minutes by the shape of the day and by volatility that wanders from minute to minute. */
function clock(random: Random, variance: number, shape: Float64Array): Float64Array {
  let log = 0;
  const weights = shape.map((share) => {
    log = PERSISTENCE * log + VOLATILITY_SHOCK * normal(random);
    return share * exp(2 * (log + MINUTE_SHOCK * normal(random)));
  });
  const scale = variance / sum(weights);
  return weights.map((weight) => weight * scale);
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

export interface MinutePathInput {
  readonly random: Random;
  readonly walk: UnderlyingWalk;
  readonly day: UnderlyingDay;
  readonly session: Session;
  /** The market factor's minutes of this session. */
  readonly market: FactorMinutes;
  readonly shape: Float64Array;
  readonly signal: number;
}

/** One underlying's session: its bars, and what the price and the two factors had come to at the end of each minute. */
export interface MinutePath {
  readonly bars: readonly Bar[];
  /** Dollars, not rounded. */
  readonly prices: Float64Array;
  readonly own: FactorMinutes;
}

/** The minute bars of one underlying in one session, in cents, oldest first, and the path behind them. */
export function minutePath(input: MinutePathInput): MinutePath {
  const { random, walk, session, day, market, shape, signal } = input;
  const { profile, law } = walk;
  const { beta, symbol } = profile;
  const own = factorMinutes(random.fork(`minutes/${symbol}/${day.date}`), day.own, shape, signal);
  const detail = random.fork(`bars/${symbol}/${day.date}`);
  const jumpAt = (factor: FactorDay): number => Math.floor(factor.dayJumpAt * shape.length);
  const [marketJump, ownJump] = [jumpAt(day.market), jumpAt(day.own)];
  const name = profile.kind === 'index' ? `${INDEX_PREFIX}${symbol}` : symbol;
  const sold = profile.volume * activity(walk, day);
  const busy = volumeShape(shape.length);
  const prices = new Float64Array(shape.length);
  const bars: Bar[] = [];
  let level = ln(day.open);
  let last = cents(day.open);
  for (const [minute, share] of busy.entries()) {
    const ofMarket = market.variances[minute] ?? 0;
    const ofOwn = own.variances[minute] ?? 0;
    level +=
      beta * (market.returns[minute] ?? 0) -
      0.5 * beta * beta * ofMarket +
      (own.returns[minute] ?? 0) -
      0.5 * ofOwn -
      law.dayJumps / shape.length;
    if (minute === marketJump) level += beta * day.market.dayJump;
    if (minute === ownJump) level += day.own.dayJump;
    const price = exp(level);
    prices[minute] = price;
    const open = last;
    const close = cents(price);
    const deviation = Math.sqrt(beta * beta * ofMarket + ofOwn);
    // Half a minute's movement beyond the ends is about what a path makes inside the minute.
    const reach = 0.5 * deviation * close;
    const start = micros(session.open + minute * MICROS_PER_MINUTE);
    const high = cents(Math.max(open, close) + reach * Math.abs(normal(detail)));
    const low = cents(Math.min(open, close) - reach * Math.abs(normal(detail)));
    const noise = exp(0.4 * normal(detail) - 0.08);
    bars.push({
      symbol: name,
      start,
      end: micros(start + MICROS_PER_MINUTE),
      open,
      high,
      low,
      close,
      volume: profile.volume === 0 ? 0 : Math.max(1, Math.round(sold * share * noise)),
    });
    last = close;
  }
  return { bars, prices, own };
}

/** How much is traded on a day, of a usual one: more when volatility is high, and twice as much on results. */
function activity({ profile, law }: UnderlyingWalk, day: UnderlyingDay): number {
  const usual = square(profile.volatility) / SESSIONS_PER_YEAR;
  const today = square(profile.beta) * day.market.variance + day.own.variance;
  const shares = profile.price / day.previousClose;
  return power(Math.max(today / usual, 0.05), 0.4) * shares * (day.earnings && law.earningsGap > 0 ? 2 : 1);
}

/** Rounded to the cent, at least one: what a tape shows. */
export function cents(price: number): number {
  return Math.max(1, Math.round(price * 100)) / 100;
}
