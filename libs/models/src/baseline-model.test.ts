import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { isTradingError, MICROS_PER_MINUTE, micros, microsFromNanosText } from '@trading-agent/core';
import { type FeatureStream, type FeatureVector, featuresOfBars } from '@trading-agent/features';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { baselineModel, NEUTRAL_BAND, type Signal, signalOf } from './index.ts';

test('a probability becomes a signal: inside (0, 1), neutral in the band, confidence twice the distance', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (probability) => {
      const signal = signalOf(probability, 30);
      expect(signal.probabilityUp > 0 && signal.probabilityUp < 1).toBe(true);
      expect(signal.confidence).toBeCloseTo(2 * Math.abs(signal.probabilityUp - 0.5), 15);
      const distance = signal.probabilityUp - 0.5;
      const expected = Math.abs(distance) < NEUTRAL_BAND ? 'neutral' : distance > 0 ? 'up' : 'down';
      expect(signal.direction).toBe(expected);
    }),
  );
  const refused = expect.toSatisfy((error: unknown) => isTradingError(error, 'INVALID_VALUE'));
  expect(() => signalOf(Number.NaN, 30)).toThrow(refused);
  expect(() => signalOf(1.5, 30)).toThrow(refused);
});

type Bar = Parameters<FeatureStream['push']>[0];

const folder = `${process.env['TRADING_AGENT_SHARED'] ?? '../shared'}/data/flatfiles/us_stocks_sip/minute_aggs_v1`;
const days = [
  ['GOOG', '2015/12/2015-12-24'],
  ['TWX', '2014/06/2014-06-05'],
] as const;

function vectorsOf(symbol: string, day: string): FeatureVector[] {
  const [header = '', ...lines] = gunzipSync(readFileSync(`${folder}/${day}.csv.gz`))
    .toString()
    .trim()
    .split('\n');
  const columns = header.split(',');
  const bars = lines
    .map((line) => line.split(','))
    .map(
      (cells) =>
        (name: string): string =>
          cells[columns.indexOf(name)] ?? '',
    )
    .filter((cell) => cell('ticker') === symbol)
    .map((cell): Bar => {
      const start = microsFromNanosText(cell('window_start'));
      return {
        symbol,
        start,
        end: micros(start + MICROS_PER_MINUTE),
        open: Number(cell('open')),
        high: Number(cell('high')),
        low: Number(cell('low')),
        close: Number(cell('close')),
        volume: Number(cell('volume')),
      };
    });
  return featuresOfBars(bars).filter((vector) => vector !== null);
}

describe.skipIf(!existsSync(folder))(`recorded days in ${folder}`, () => {
  const share = (signals: readonly Signal[], fits: (distance: number) => boolean): number =>
    signals.filter(({ probabilityUp }) => fits(probabilityUp - 0.5)).length / signals.length;

  test.each(days)('%s %s: the views of ten seeds go from neutral to strong on both sides', (symbol, day) => {
    const vectors = vectorsOf(symbol, day);
    expect(vectors.length).toBeGreaterThan(150);
    for (let seed = 1; seed <= 10; seed += 1) {
      const signals = vectors.map((vector) => baselineModel(seed).predict(vector));
      expect(share(signals, (distance) => Math.abs(distance) < NEUTRAL_BAND)).toBeGreaterThan(0.05);
      expect(
        share(signals, (distance) => Math.abs(distance) >= NEUTRAL_BAND && Math.abs(distance) < 0.1),
      ).toBeGreaterThan(0.1);
      expect(share(signals, (distance) => distance >= 0.1)).toBeGreaterThan(0.03);
      expect(share(signals, (distance) => distance <= -0.1)).toBeGreaterThan(0.03);
    }
  });

  test('the same seed gives the same signals whatever was asked before; another seed gives others', () => {
    const vectors = vectorsOf(...days[0]);
    const model = baselineModel(7);
    const forwards = vectors.map((vector) => model.predict(vector));
    const backwards = vectors.toReversed().map((vector) => model.predict(vector));
    expect(backwards.toReversed()).toEqual(forwards);
    expect(vectors.map((vector) => baselineModel(7).predict(vector))).toEqual(forwards);
    expect(vectors.map((vector) => baselineModel(8).predict(vector))).not.toEqual(forwards);
    expect(baselineModel(8).id).not.toBe(model.id);
  });
});
