import { MICROS_PER_DAY, MICROS_PER_MINUTE, micros, type Random } from '@trading-agent/core';
import type { Bar } from '@trading-agent/instruments';

/** 2024-01-02T14:30:00Z. */
export const FIRST_OPEN = 1_704_205_800_000_000;

/**
 * Minute bars of `days` days of 390 minutes, a night between them. `next` gives each bar's log return from the one before it; the rest
 * of the bar is drawn from `random`.
 */
export function minuteBars(symbol: string, days: number, random: Random, next: (previous: number) => number): Bar[] {
  const bars: Bar[] = [];
  let close = 100;
  let change = 0;
  for (let day = 0; day < days; day += 1) {
    for (let minute = 0; minute < 390; minute += 1) {
      const start = FIRST_OPEN + day * MICROS_PER_DAY + minute * MICROS_PER_MINUTE;
      const open = close;
      change = next(change);
      close = open * Math.exp(change);
      bars.push({
        symbol,
        start: micros(start),
        end: micros(start + MICROS_PER_MINUTE),
        open,
        high: Math.max(open, close) * (1 + 0.0002 * random.next()),
        low: Math.min(open, close) * (1 - 0.0002 * random.next()),
        close,
        volume: 1_000 + random.int(9_000),
      });
    }
  }
  return bars;
}

/** Returns that know nothing of the past. */
export function randomWalk(symbol: string, days: number, random: Random): Bar[] {
  return minuteBars(symbol, days, random, () => 0.0005 * random.normal());
}

/** Each return carries `memory` of the one before it: an edge that is really there. */
export function planted(symbol: string, days: number, random: Random, memory: number): Bar[] {
  return minuteBars(symbol, days, random, (previous) => memory * previous + 0.0005 * random.normal());
}
