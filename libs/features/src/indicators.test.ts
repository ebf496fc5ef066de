import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { isTradingError, seededRandom } from '@trading-agent/core';
import { atr, bollingerbands, ema, rsi, sma } from 'technicalindicators';
import { describe, expect, test } from 'vitest';
import {
  averageTrueRange,
  bollingerBands,
  exponentialMovingAverage,
  historicalVolatility,
  type Indicator,
  type Macd,
  logReturn,
  movingAverageConvergence,
  relativeStrengthIndex,
  runIndicator,
  simpleMovingAverage,
  standardDeviation,
  trueRange,
  volumeBalance,
  volumeTrend,
  wilderAverage,
} from './index.ts';

const shared = `${process.env['TRADING_AGENT_SHARED'] ?? '../shared'}/data/indicators`;
const text = (file: string): string => gunzipSync(readFileSync(`${shared}/${file}`)).toString();

type Row = Readonly<Record<string, number | null>>;

describe.skipIf(!existsSync(shared))(`502 SPY days and expected values (Stock.Indicators) in ${shared}`, () => {
  const bars = existsSync(shared)
    ? text('skender_input_SPY_daily_502.csv.gz')
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split(',').map(Number))
        .map(([, , high = 0, low = 0, close = 0]) => ({ high, low, close }))
    : [];
  const closes = bars.map((bar) => bar.close);
  const column = (name: string, key: string): (number | null)[] =>
    (JSON.parse(text(`skender_expected/${name}.json.gz`)) as readonly Row[]).map((row) => row[key] ?? null);

  /** Largest error relative to max(1, |value|); infinite when not both are warm at the same bars. */
  const error = (actual: readonly (number | null)[], expected: readonly (number | null)[]): number => {
    let worst = actual.length === expected.length ? 0 : Number.POSITIVE_INFINITY;
    for (const [index, value] of expected.entries()) {
      const found = actual[index] ?? null;
      if (value === null && found === null) continue;
      const both = value !== null && found !== null;
      worst = Math.max(worst, both ? Math.abs(found - value) / Math.max(1, Math.abs(value)) : Number.POSITIVE_INFINITY);
    }
    return worst;
  };

  test('simple moving average 20', () => {
    expect(error(runIndicator(simpleMovingAverage(20), closes), column('sma', 'sma'))).toBeLessThan(1e-9);
  });
  test('exponential moving average 20', () => {
    expect(error(runIndicator(exponentialMovingAverage(20), closes), column('ema', 'ema'))).toBeLessThan(1e-9);
  });
  test('relative strength index 14', () => {
    expect(error(runIndicator(relativeStrengthIndex(14), closes), column('rsi', 'rsi'))).toBeLessThan(1e-9);
  });
  test('average true range 14', () => {
    expect(error(runIndicator(trueRange(), bars), column('atr', 'tr'))).toBeLessThan(1e-9);
    expect(error(runIndicator(averageTrueRange(14), bars), column('atr', 'atr'))).toBeLessThan(1e-9);
  });
  test('standard deviation 14', () => {
    expect(error(runIndicator(standardDeviation(14, 'population'), closes), column('stdev', 'stdDev'))).toBeLessThan(
      1e-9,
    );
  });
  test('Bollinger bands 20, 2', () => {
    const bands = runIndicator(bollingerBands(20, 2), closes);
    const part = (key: 'middle' | 'upper' | 'lower'): (number | null)[] => bands.map((band) => band?.[key] ?? null);
    expect(error(part('middle'), column('bb', 'sma'))).toBeLessThan(1e-9);
    expect(error(part('upper'), column('bb', 'upperBand'))).toBeLessThan(1e-9);
    expect(error(part('lower'), column('bb', 'lowerBand'))).toBeLessThan(1e-9);
  });
  test('MACD 12, 26, 9: signal and histogram', () => {
    const macd = runIndicator(movingAverageConvergence(), closes);
    const signal = column('macd', 'signal');
    const part = (key: keyof Macd): (number | null)[] => macd.map((value) => value?.[key] ?? null);
    expect(error(part('signal'), signal)).toBeLessThan(1e-9);
    expect(error(part('histogram'), column('macd', 'histogram'))).toBeLessThan(1e-9);
    // The reference gives the difference itself from bar 26 on; here it comes with its signal.
    const line = column('macd', 'macd').map((value, index) => (signal[index] === null ? null : value));
    expect(error(part('macd'), line)).toBeLessThan(1e-9);
  });
});

interface TulipCase {
  readonly indicator: string;
  readonly options: { readonly period?: number };
  readonly inputs: readonly (readonly [string, readonly number[]])[];
  readonly outputs: Readonly<Record<string, readonly number[]>>;
}

describe.skipIf(!existsSync(shared))(`Tulip Indicators' values in ${shared}`, () => {
  const cases = existsSync(shared)
    ? (JSON.parse(text('tulip_cases.json.gz')) as { readonly cases: readonly TulipCase[] }).cases
    : [];
  /** Annualised deviation of simple returns, as that library defines it, made of the parts here. */
  const simpleReturnVolatility = (period: number): Indicator<number, number> => {
    const deviation = standardDeviation(period, 'population');
    let previous: number | null = null;
    return {
      push: (value) => {
        const change = previous === null ? null : value / previous - 1;
        previous = value;
        const spread = change === null ? null : deviation.push(change);
        return spread === null ? null : spread * Math.sqrt(252);
      },
    };
  };
  const OURS: Readonly<Record<string, (period: number) => Indicator<number, number>>> = {
    sma: simpleMovingAverage,
    wilders: wilderAverage,
    rsi: relativeStrengthIndex,
    stddev: (period) => standardDeviation(period, 'population'),
    volatility: simpleReturnVolatility,
  };
  const applicable = cases.filter(({ indicator }) => indicator in OURS);
  test('cases are there', () => {
    expect(applicable.length).toBeGreaterThanOrEqual(9);
  });
  test.each(applicable)('$indicator $options', ({ indicator, options, inputs, outputs }) => {
    const ours = OURS[indicator]?.(options.period ?? 0);
    const expected = Object.values(outputs)[0] ?? [];
    const actual = ours === undefined ? [] : runIndicator(ours, inputs[0]?.[1] ?? []).filter((value) => value !== null);
    expect(actual).toHaveLength(expected.length);
    for (const [index, value] of expected.entries()) {
      // Three printed decimals.
      expect(Math.abs((actual[index] ?? Number.NaN) - value)).toBeLessThan(1e-3 * Math.max(1, Math.abs(value)));
    }
  });
});

describe('the technicalindicators package on a seeded walk of 400 bars', () => {
  const random = seededRandom('indicators.test');
  let level = 100;
  const bars = Array.from({ length: 400 }, () => {
    const close = (level *= Math.exp(0.01 * random.normal()));
    return { close, high: close * (1 + 0.01 * random.next()), low: close * (1 - 0.01 * random.next()) };
  });
  const closes = bars.map((bar) => bar.close);
  /** Largest error over the bars where both are warm; infinite when they are not warm at the same bars. */
  const error = (actual: readonly (number | null)[], expected: readonly number[]): number => {
    const known = actual.filter((value) => value !== null);
    if (known.length !== expected.length || known.length < 300) return Number.POSITIVE_INFINITY;
    return Math.max(...expected.map((value, index) => Math.abs((known[index] ?? Number.NaN) - value)));
  };
  test('moving averages', () => {
    expect(error(runIndicator(simpleMovingAverage(20), closes), sma({ period: 20, values: closes }))).toBeLessThan(
      1e-9,
    );
    expect(error(runIndicator(exponentialMovingAverage(20), closes), ema({ period: 20, values: closes }))).toBeLessThan(
      1e-9,
    );
  });
  test('relative strength index, which it rounds to two decimals', () => {
    expect(error(runIndicator(relativeStrengthIndex(14), closes), rsi({ period: 14, values: closes }))).toBeLessThan(
      0.005 + 1e-9,
    );
  });
  test('average true range', () => {
    const expected = atr({
      period: 14,
      high: bars.map((bar) => bar.high),
      low: bars.map((bar) => bar.low),
      close: closes,
    });
    expect(error(runIndicator(averageTrueRange(14), bars), expected)).toBeLessThan(1e-9);
  });
  test('Bollinger bands', () => {
    const expected = bollingerbands({ period: 20, stdDev: 2, values: closes }).map((band) => band.upper);
    expect(
      error(
        runIndicator(bollingerBands(), closes).map((band) => band?.upper ?? null),
        expected,
      ),
    ).toBeLessThan(1e-9);
  });
});

test('historical volatility: the worked example of 21 closes (Hull, Options, Futures and Other Derivatives, table 15.1)', () => {
  const closes = [
    20, 20.1, 19.9, 20, 20.5, 20.25, 20.9, 20.9, 20.9, 20.75, 20.75, 21, 21.1, 20.9, 20.9, 21.25, 21.4, 21.4, 21.25,
    21.75, 22,
  ];
  // The book: daily 0.01216, yearly 0.193.
  expect(runIndicator(historicalVolatility(20, 1), closes).at(-1)).toBeCloseTo(0.01216, 5);
  expect(runIndicator(historicalVolatility(20, 252), closes).at(-1)).toBeCloseTo(0.193, 3);
});

test('returns over a lag; a flat market is neither strong nor weak', () => {
  expect(runIndicator(logReturn(2), [1, 2, 4, 8])).toEqual([null, null, Math.log(4), Math.log(4)]);
  expect(runIndicator(relativeStrengthIndex(3), [5, 5, 5, 5]).at(-1)).toBe(50);
  expect(runIndicator(relativeStrengthIndex(3), [1, 2, 3, 4]).at(-1)).toBe(100);
});

test('volume trend and volume balance by hand', () => {
  expect(runIndicator(volumeTrend(1, 4), [10, 10, 10, 30]).at(-1)).toBeCloseTo(1, 15);
  expect(runIndicator(volumeTrend(1, 2), [0, 0]).at(-1)).toBe(0);
  const bars = [
    { close: 1, volume: 5 },
    { close: 2, volume: 30 },
    { close: 1, volume: 10 },
    { close: 1, volume: 20 },
  ];
  // Up 30, down 10, unchanged 20.
  expect(runIndicator(volumeBalance(3), bars).at(-1)).toBeCloseTo(20 / 60, 15);
});

test('a period that is not a whole number of observations is refused', () => {
  const refused = expect.toSatisfy((error: unknown) => isTradingError(error, 'OUT_OF_RANGE'));
  expect(() => simpleMovingAverage(0)).toThrow(refused);
  expect(() => exponentialMovingAverage(2.5)).toThrow(refused);
  expect(() => standardDeviation(1, 'sample')).toThrow(refused);
});
