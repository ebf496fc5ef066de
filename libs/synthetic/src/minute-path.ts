import type { Session } from '@trading-agent/calendar';
import { MICROS_PER_MINUTE, type Random, micros } from '@trading-agent/core';
import type { Bar } from '@trading-agent/instruments';
import { type FactorDay, type UnderlyingDay, intradayVariance } from './daily-walk.ts';
import type { UnderlyingProfile } from './underlyings.ts';

/** Minute-to-minute log volatility: AR(1) around the day's own. */
const PERSISTENCE = 0.97;
const VOLATILITY_SHOCK = 0.08;

/** Minutes of a session: 390, on half days 210. */
export function sessionMinutes(session: Session): number {
  return Math.round((session.close - session.open) / MICROS_PER_MINUTE);
}

/**
 * Share of the day that falls on each minute: busy at the open, quiet at noon, busier at the close (the U shape that R. A. Wood,
 * T. H. McInish and J. K. Ord describe in "An Investigation of Transactions Data for NYSE Stocks", 1985). Sums to 1.
 */
export function intradayShape(minutes: number): Float64Array {
  const shape = new Float64Array(minutes);
  let total = 0;
  for (let minute = 0; minute < minutes; minute += 1) {
    const passed = (minute + 0.5) / minutes;
    const weight = 1 + 3 * Math.exp(-12 * passed) + 1.5 * Math.exp(-14 * (1 - passed));
    shape[minute] = weight;
    total += weight;
  }
  for (let minute = 0; minute < minutes; minute += 1) shape[minute] = (shape[minute] ?? 0) / total;
  return shape;
}

/**
 * Log returns per minute whose sum is the factor's return of the day: a Brownian bridge in the minutes' own variance clock. The clock is
 * scaled to the variance with which the day's return was drawn; only then is the bridge a free path, in which the morning tells nothing of
 * the afternoon.
 */
export function factorMinutes(random: Random, day: FactorDay, shape: Float64Array): Float64Array {
  const variances = minuteVariances(random, intradayVariance(day.volatility), shape);
  const returns = variances.map((variance) => Math.sqrt(variance) * random.normal());
  const total = sum(variances);
  const excess = (sum(returns) - day.intraday) / total;
  return returns.map((value, minute) => value - (variances[minute] ?? 0) * excess);
}

/** The day's `variance` spread over its minutes by the shape of the day and by volatility that wanders from minute to minute. */
function minuteVariances(random: Random, variance: number, shape: Float64Array): Float64Array {
  let log = 0;
  const weights = shape.map((share) => {
    log = PERSISTENCE * log + VOLATILITY_SHOCK * random.normal();
    return share * Math.exp(2 * log);
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
  readonly profile: UnderlyingProfile;
  readonly session: Session;
  readonly day: UnderlyingDay;
  /** Market factor returns per minute of this session. */
  readonly market: Float64Array;
  readonly shape: Float64Array;
}

/** The minute bars of one underlying in one session, in cents, oldest first. */
export function minuteBars(input: MinutePathInput): Bar[] {
  const { random, profile, session, day, market, shape } = input;
  const own = factorMinutes(random.fork(`minutes/${profile.symbol}/${day.date}`), day.own, shape);
  const detail = random.fork(`bars/${profile.symbol}/${day.date}`);
  const dayVolatility = Math.sqrt(intradayVariance(day.volatility));
  const bars: Bar[] = [];
  let level = Math.log(day.open);
  let last = cents(day.open);
  for (const [minute, share] of shape.entries()) {
    level += profile.beta * (market[minute] ?? 0) + (own[minute] ?? 0);
    const open = last;
    const close = cents(Math.exp(level));
    // Half a minute's movement beyond the ends is about what a path makes inside the minute.
    const reach = 0.5 * dayVolatility * Math.sqrt(share) * close;
    const start = micros(session.open + minute * MICROS_PER_MINUTE);
    bars.push({
      symbol: profile.symbol,
      start,
      end: micros(start + MICROS_PER_MINUTE),
      open,
      high: cents(Math.max(open, close) + reach * Math.abs(detail.normal())),
      low: cents(Math.min(open, close) - reach * Math.abs(detail.normal())),
      close,
      volume: Math.max(1, Math.round(profile.volume * share * Math.exp(0.4 * detail.normal() - 0.08))),
    });
    last = close;
  }
  return bars;
}

/** Rounded to the cent, at least one: what a tape shows. */
export function cents(price: number): number {
  return Math.max(1, Math.round(price * 100)) / 100;
}
