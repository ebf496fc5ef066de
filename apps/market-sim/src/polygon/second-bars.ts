import { MICROS_PER_SECOND, micros } from '@trading-agent/core';
import type { Bar, Trade } from '@trading-agent/instruments';

/** The bars of the seconds in which `trades`, in the order of time, happened: one per symbol and second. */
export function secondBars(trades: readonly Trade[]): readonly Bar[] {
  const bars = new Map<string, Bar>();
  for (const { symbol, at, price, size } of trades) {
    const start = micros(Math.floor(at / MICROS_PER_SECOND) * MICROS_PER_SECOND);
    const key = `${symbol} ${start}`;
    const known = bars.get(key);
    bars.set(key, {
      symbol,
      start,
      end: micros(start + MICROS_PER_SECOND),
      open: known?.open ?? price,
      high: Math.max(known?.high ?? price, price),
      low: Math.min(known?.low ?? price, price),
      close: price,
      volume: (known?.volume ?? 0) + size,
    });
  }
  return [...bars.values()];
}
