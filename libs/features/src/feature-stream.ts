import type { Micros } from '@trading-agent/core';
import type { Bar } from '@trading-agent/instruments';
import { bollingerBands } from './dispersion.ts';
import { movingAverageConvergence } from './macd.ts';
import { exponentialMovingAverage, simpleMovingAverage } from './moving-average.ts';
import { relativeStrengthIndex } from './relative-strength.ts';
import { historicalVolatility, logReturn } from './returns.ts';
import { averageTrueRange } from './true-range.ts';
import { volumeBalance, volumeTrend } from './volume.ts';

/**
 * The features of one symbol, in the order in which models see them. All are free of the price's and the volume's scale.
 * Numbers in names are bars.
 */
export const FEATURE_NAMES = [
  /** Log returns of the close. */
  'return1',
  'return5',
  'return15',
  'return30',
  /** `return15` in units of what 15 bars usually move: divided by the bars' volatility times sqrt(15). */
  'momentum15',
  /** Close over its simple average, minus 1. */
  'averageGap20',
  /** 9-bar minus 21-bar exponential average, in average true ranges. */
  'trend',
  /** MACD(12, 26, 9) histogram, in average true ranges. */
  'macdHistogram',
  /** Relative strength index mapped to [-1, 1]. */
  'strength14',
  /** Place of the close in its Bollinger band: -1 at the lower, 1 at the upper edge. */
  'bandPosition20',
  /** Width of the Bollinger band over its middle. */
  'bandWidth20',
  /** Average true range over the close. */
  'range14',
  /** Annualised volatility of the last 30 bars' log returns, taking each bar for a minute of 252 days of 390 minutes. */
  'volatility30',
  /** ln((volume + 1) / (average volume + 1)). */
  'volumeRatio20',
  'volumeTrend',
  'volumeBalance20',
] as const;

export type FeatureName = (typeof FEATURE_NAMES)[number];

/** The features of a symbol as they were known at `at`, the end of the last bar used. */
export interface FeatureVector {
  readonly symbol: string;
  readonly at: Micros;
  readonly values: Readonly<Record<FeatureName, number>>;
}

export interface FeatureStream {
  /**
   * Takes the next bar. `null` until `WARM_UP_BARS` bars were used, and for a bar that is not used: one that does not end after the
   * one before it (a feed repeats itself after a reconnect) or whose prices are not positive and finite.
   */
  push(bar: Bar): FeatureVector | null;
}

/** Bars after which the first vector comes: MACD's 26 + 9 - 1. */
export const WARM_UP_BARS = 34;

const MINUTES_PER_YEAR = 252 * 390;

/** The features of a vector as a row in the order of `FEATURE_NAMES`. */
export function featureRow(vector: FeatureVector): number[] {
  return FEATURE_NAMES.map((name) => vector.values[name]);
}

/** A fresh stream for one symbol, fed with its bars in time order, oldest first. */
export function createFeatureStream(): FeatureStream {
  const return1 = logReturn(1);
  const return5 = logReturn(5);
  const return15 = logReturn(15);
  const return30 = logReturn(30);
  const average = simpleMovingAverage(20);
  const fast = exponentialMovingAverage(9);
  const slow = exponentialMovingAverage(21);
  const macd = movingAverageConvergence();
  const strength = relativeStrengthIndex();
  const bands = bollingerBands();
  const range = averageTrueRange();
  const volatility = historicalVolatility(30, MINUTES_PER_YEAR);
  const averageVolume = simpleMovingAverage(20);
  const trendOfVolume = volumeTrend();
  const balance = volumeBalance();
  let lastEnd = Number.NEGATIVE_INFINITY;

  return {
    push: (bar) => {
      if (!(bar.end > lastEnd) || !sound(bar)) return null;
      lastEnd = bar.end;
      const { close, volume } = bar;
      const warm = {
        return1: return1.push(close),
        return5: return5.push(close),
        return15: return15.push(close),
        return30: return30.push(close),
        average: average.push(close),
        fast: fast.push(close),
        slow: slow.push(close),
        macd: macd.push(close),
        strength: strength.push(close),
        bands: bands.push(close),
        range: range.push(bar),
        volatility: volatility.push(close),
        averageVolume: averageVolume.push(volume),
        volumeTrend: trendOfVolume.push(volume),
        balance: balance.push(bar),
      };
      if (!complete(warm)) return null;
      const expectedMove = warm.volatility * Math.sqrt(15 / MINUTES_PER_YEAR);
      return {
        symbol: bar.symbol,
        at: bar.end,
        values: {
          return1: warm.return1,
          return5: warm.return5,
          return15: warm.return15,
          return30: warm.return30,
          momentum15: ratio(warm.return15, expectedMove),
          averageGap20: close / warm.average - 1,
          trend: ratio(warm.fast - warm.slow, warm.range),
          macdHistogram: ratio(warm.macd.histogram, warm.range),
          strength14: (warm.strength - 50) / 50,
          bandPosition20: ratio(close - warm.bands.middle, 2 * warm.bands.deviation),
          bandWidth20: (warm.bands.upper - warm.bands.lower) / warm.bands.middle,
          range14: warm.range / close,
          volatility30: warm.volatility,
          volumeRatio20: Math.log((volume + 1) / (warm.averageVolume + 1)),
          volumeTrend: warm.volumeTrend,
          volumeBalance20: warm.balance,
        },
      };
    },
  };
}

/** The features after each bar, `null` where there are none: the fold of the stream. */
export function featuresOfBars(bars: Iterable<Bar>): (FeatureVector | null)[] {
  const stream = createFeatureStream();
  const vectors: (FeatureVector | null)[] = [];
  for (const bar of bars) vectors.push(stream.push(bar));
  return vectors;
}

function sound(bar: Bar): boolean {
  const prices = [bar.high, bar.low, bar.close];
  return prices.every((price) => price > 0 && Number.isFinite(price)) && bar.volume >= 0 && Number.isFinite(bar.volume);
}

type Complete<T> = { readonly [K in keyof T]: NonNullable<T[K]> };

function complete<T extends object>(values: T): values is T & Complete<T> {
  return Object.values(values).every((value) => value !== null);
}

/** A ratio that is 0 where the scale is: in a market that does not move there is no trend. Rounding noise is not a scale. */
function ratio(value: number, scale: number): number {
  return scale > 1e-12 ? value / scale : 0;
}
