import { nyDate, nyInstant } from '@trading-agent/calendar';
import { MICROS_PER_SECOND, type Micros, TradingError, addDays, micros } from '@trading-agent/core';
import type { Bar, Trade } from '@trading-agent/instruments';

/** Length of a window: whole seconds that divide a day, or the New York calendar day. */
export type Window = { readonly seconds: number } | 'day';

/** Bars of each symbol from its trades, in any order; windows without trades are missing. Oldest first, then by symbol. */
export function barsFromTrades(trades: readonly Trade[], window: Window): readonly Bar[] {
  const pieces = trades.map(({ symbol, at, price, size }) => ({
    symbol,
    start: at,
    end: at,
    open: price,
    high: price,
    low: price,
    close: price,
    volume: size,
  }));
  return coarser(pieces, window);
}

/**
 * Longer bars from shorter ones (seconds to minutes to days), in any order. A bar belongs to the window in which it begins.
 * @throws {TradingError} `OUT_OF_RANGE` for a window that does not divide a day.
 */
export function coarser(bars: readonly Bar[], window: Window): readonly Bar[] {
  if (window !== 'day' && !(Number.isInteger(window.seconds) && window.seconds > 0 && 86_400 % window.seconds === 0))
    throw new TradingError('OUT_OF_RANGE', `Expected seconds that divide a day, was ${window.seconds}`);
  const found = new Map<string, Bar>();
  // Sort is stable: pieces of one instant keep the order in which they came.
  for (const bar of bars.toSorted((a, b) => a.start - b.start)) {
    const [start, end] = edges(bar.start, window);
    const key = `${bar.symbol}|${start}`;
    const known = found.get(key);
    found.set(
      key,
      known
        ? {
            ...known,
            high: Math.max(known.high, bar.high),
            low: Math.min(known.low, bar.low),
            close: bar.close,
            volume: known.volume + bar.volume,
          }
        : { ...bar, start, end },
    );
  }
  return [...found.values()].sort((a, b) => a.start - b.start || (a.symbol < b.symbol ? -1 : 1));
}

function edges(at: Micros, window: Window): readonly [Micros, Micros] {
  if (window === 'day') {
    const date = nyDate(at);
    return [nyInstant(date, '00:00'), nyInstant(addDays(date, 1), '00:00')];
  }
  const length = window.seconds * MICROS_PER_SECOND;
  const start = micros(Math.floor(at / length) * length);
  return [start, micros(start + length)];
}
