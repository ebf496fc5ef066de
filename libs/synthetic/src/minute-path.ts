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
 * Log returns per minute whose sum is the factor's return of the day: a Brownian bridge in the minutes' own variance clock. As the day's
 * return was drawn with the variance of a free path, the bridge is a free path (nothing in the morning tells of the close).
 */
export function factorMinutes(random: Random, day: FactorDay, variance: number, shape: Float64Array): Float64Array {
  const returns = new Float64Array(shape.length);
  const variances = new Float64Array(shape.length);
  let log = 0;
  let drawn = 0;
  let clock = 0;
  for (const [minute, share] of shape.entries()) {
    log = PERSISTENCE * log + VOLATILITY_SHOCK * random.normal();
    const own = variance * share * Math.exp(2 * log);
    const value = Math.sqrt(own) * random.normal();
    returns[minute] = value;
    variances[minute] = own;
    drawn += value;
    clock += own;
  }
  const excess = (drawn - day.intraday) / clock;
  for (let minute = 0; minute < returns.length; minute += 1) {
    returns[minute] = (returns[minute] ?? 0) - (variances[minute] ?? 0) * excess;
  }
  return returns;
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
  const variance = intradayVariance(day.own.volatility);
  const own = factorMinutes(random.fork(`minutes/${profile.symbol}/${day.date}`), day.own, variance, shape);
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
