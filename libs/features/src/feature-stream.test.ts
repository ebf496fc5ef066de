import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { MICROS_PER_MINUTE, micros, microsFromNanosText, seededRandom } from '@trading-agent/core';
import type { Bar } from '@trading-agent/instruments';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFeatureStream, FEATURE_NAMES, featureRow, featuresOfBars, WARM_UP_BARS } from './feature-stream.ts';

const START = 1_450_967_400_000_000;

function walk(length: number, seed: number, scale = 0.001): Bar[] {
  const random = seededRandom(`feature-stream.test ${seed}`);
  let close = 100;
  return Array.from({ length }, (_, index) => {
    const open = close;
    close = open * Math.exp(scale * random.normal());
    return {
      symbol: 'GOOG',
      start: micros(START + index * MICROS_PER_MINUTE),
      end: micros(START + (index + 1) * MICROS_PER_MINUTE),
      open,
      high: Math.max(open, close) * (1 + scale * random.next()),
      low: Math.min(open, close) * (1 - scale * random.next()),
      close,
      volume: random.int(10_000),
    };
  });
}

test('the first vector comes after the warm-up, stamped with the end of its bar', () => {
  const bars = walk(60, 1);
  const vectors = featuresOfBars(bars);
  expect(vectors.findIndex((vector) => vector !== null)).toBe(WARM_UP_BARS - 1);
  expect(vectors.at(-1)).toMatchObject({ symbol: 'GOOG', at: bars.at(-1)?.end });
  expect(Object.keys(vectors.at(-1)?.values ?? {})).toEqual([...FEATURE_NAMES]);
});

test('no look-ahead: cutting the future off, or changing it, changes no earlier vector', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: WARM_UP_BARS, max: 120 }), (seed, length) => {
      const bars = walk(120, seed);
      const whole = featuresOfBars(bars).slice(0, length);
      expect(featuresOfBars(bars.slice(0, length))).toEqual(whole);
      const other = walk(120, seed + 1, 0.05);
      expect(featuresOfBars([...bars.slice(0, length), ...other.slice(length)]).slice(0, length)).toEqual(whole);
    }),
    { numRuns: 30 },
  );
});

test('scale of price and volume does not matter', () => {
  const bars = walk(80, 3);
  const scaled = bars.map((bar) => ({
    ...bar,
    open: bar.open * 4,
    high: bar.high * 4,
    low: bar.low * 4,
    close: bar.close * 4,
  }));
  const values = (of: readonly Bar[]): number[] =>
    of.length > 0 ? featureRow(featuresOfBars(of).at(-1) ?? fail()) : [];
  for (const [index, value] of values(scaled).entries()) expect(value).toBeCloseTo(values(bars)[index] ?? 0, 9);
});

function fail(): never {
  throw new Error('no vector');
}

test('a market that stands still and does not trade has features, all finite', () => {
  const still = walk(80, 4).map((bar) => ({ ...bar, open: 50, high: 50, low: 50, close: 50, volume: 0 }));
  const row = featureRow(featuresOfBars(still).at(-1) ?? fail());
  expect(row.every((value) => value === 0)).toBe(true);
});

test('a repeated, an earlier or a broken bar is not used', () => {
  const bars = walk(80, 5);
  const clean = createFeatureStream();
  const dirty = createFeatureStream();
  for (const bar of bars) {
    const expected = clean.push(bar);
    expect(dirty.push({ ...bar, close: Number.NaN })).toBeNull();
    expect(dirty.push({ ...bar, low: 0 })).toBeNull();
    expect(dirty.push(bar)).toEqual(expected);
    expect(dirty.push(bar)).toBeNull();
  }
});

const file = `${process.env['TRADING_AGENT_SHARED'] ?? '../shared'}/data/flatfiles/us_stocks_sip/minute_aggs_v1/2015/12/2015-12-24.csv.gz`;
describe.skipIf(!existsSync(file))(`the recorded half day ${file}`, () => {
  test('every bar after the warm-up has finite features, bounded where they have bounds', () => {
    const lines = gunzipSync(readFileSync(file)).toString().trim().split('\n');
    const header = lines[0]?.split(',') ?? [];
    const bars = lines.slice(1).map((line): Bar => {
      const cells = line.split(',');
      const cell = (name: string): string => cells[header.indexOf(name)] ?? '';
      const start = microsFromNanosText(cell('window_start'));
      return {
        symbol: cell('ticker'),
        start,
        end: micros(start + MICROS_PER_MINUTE),
        open: Number(cell('open')),
        high: Number(cell('high')),
        low: Number(cell('low')),
        close: Number(cell('close')),
        volume: Number(cell('volume')),
      };
    });
    const vectors = featuresOfBars(bars).filter((vector) => vector !== null);
    expect(vectors).toHaveLength(bars.length - WARM_UP_BARS + 1);
    for (const vector of vectors) {
      expect(featureRow(vector).every(Number.isFinite)).toBe(true);
      expect(Math.abs(vector.values.strength14)).toBeLessThanOrEqual(1);
      expect(Math.abs(vector.values.volumeBalance20)).toBeLessThanOrEqual(1);
      expect(vector.values.volatility30).toBeGreaterThan(0);
    }
  });
});
