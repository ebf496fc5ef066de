import { nyDate } from '@trading-agent/calendar';
import { type MarketDate, TradingError, addDays } from '@trading-agent/core';
import type { Bar } from '@trading-agent/instruments';
import type {
  IndicatorQuery,
  IndicatorValue,
  MacdQuery,
  TechnicalAnalysis,
  TechnicalBars,
} from '@trading-agent/market-data';
import { type Indicator, runIndicator } from './indicator.ts';
import { movingAverageConvergence } from './macd.ts';
import { exponentialMovingAverage, simpleMovingAverage } from './moving-average.ts';
import { relativeStrengthIndex } from './relative-strength.ts';

/** A recursive average forgets its beginning by exp(-2) per window: after so many of them by one part in 10^8 and less. */
const WINDOWS_BEFORE = 10;
/** Calendar days that hold a session at the least: 5 of 7, less holidays. */
const DAYS_PER_SESSION = 1.6;
/** Minutes and hours of a session that is cut short. */
const BARS_PER_SESSION = { minute: 210, hour: 4, day: 1 } as const;
/** How far back values go unless it is said. */
const DAYS_SHOWN = { minute: 1, hour: 7, day: 365 } as const;
type Span = keyof typeof BARS_PER_SESSION;

/**
 * Technical analysis by our own indicators over bars, with the vendor's names and standards: averages of 50, RSI of 14 (Wilder), MACD of 12, 26
 * and 9, of closing prices of days. Bars are read far enough back for the values asked for; where there are fewer, the first values are
 * those of a series that begins there. The vendor's own figures differ in how far back they look.
 * @throws {TradingError} every method: `INVALID_VALUE` for spans beyond the day, `OUT_OF_RANGE` for windows that are no positive whole numbers, and
 * whatever reading the bars throws.
 */
export function technicalAnalysis(bars: TechnicalBars, today: () => MarketDate): TechnicalAnalysis {
  const series = async <Value>(
    query: MacdQuery,
    warmUp: number,
    indicator: Indicator<number, Value>,
  ): Promise<(readonly [Bar, Value])[]> => {
    const timespan = spanOf(query);
    const { symbol, to = today(), of = 'close', adjusted = true, limit } = query;
    const from = query.from ?? addDays(to, -DAYS_SHOWN[timespan]);
    const sessions = Math.ceil(warmUp / BARS_PER_SESSION[timespan]);
    const since = addDays(from, -Math.ceil(sessions * DAYS_PER_SESSION) - 7);
    const read = await bars({ symbol, timespan, adjusted, from: since, to });
    const values = runIndicator(
      indicator,
      read.map((bar) => bar[of]),
    );
    const found = read.flatMap((bar, index): (readonly [Bar, Value])[] => {
      const value = values[index];
      return value === null || value === undefined || nyDate(bar.start) < from ? [] : [[bar, value]];
    });
    return limit === undefined ? found : found.slice(-limit);
  };
  const single = async (
    query: IndicatorQuery,
    standard: number,
    make: (window: number) => Indicator<number, number>,
  ): Promise<readonly IndicatorValue[]> => {
    const window = query.window ?? standard;
    const found = await series(query, WINDOWS_BEFORE * window, make(window));
    return found.map(([{ start }, value]) => ({ at: start, value }));
  };
  return {
    sma: (query) => single(query, 50, simpleMovingAverage),
    ema: (query) => single(query, 50, exponentialMovingAverage),
    rsi: (query) => single(query, 14, relativeStrengthIndex),
    async macd(query) {
      const { shortWindow = 12, longWindow = 26, signalWindow = 9 } = query;
      const indicator = movingAverageConvergence(shortWindow, longWindow, signalWindow);
      const found = await series(query, WINDOWS_BEFORE * (longWindow + signalWindow), indicator);
      return found.map(([{ start }, { macd, signal, histogram }]) => ({ at: start, value: macd, signal, histogram }));
    },
  };
}

function spanOf({ timespan = 'day' }: MacdQuery): Span {
  if (timespan === 'minute' || timespan === 'hour' || timespan === 'day') return timespan;
  throw new TradingError('INVALID_VALUE', `Indicators of a ${timespan} are not computed here`, {
    hint: 'Ask for minute, hour or day, or ask the vendor.',
  });
}
