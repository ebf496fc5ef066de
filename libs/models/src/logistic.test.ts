import { isTradingError, micros, seededRandom } from '@trading-agent/core';
import { FEATURE_NAMES, type FeatureVector } from '@trading-agent/features';
import type { Label } from '@trading-agent/statistics';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type LogisticModel,
  logisticModelId,
  logisticSignalModel,
  parseLogisticModel,
  probabilityOf,
  serialiseLogisticModel,
  trainLogistic,
} from './index.ts';

const refused = expect.toSatisfy((error: unknown) => isTradingError(error, 'INVALID_VALUE'));
const one = { featureNames: ['x'], l2: 1e-9, horizonMinutes: 30 };

test('one binary column: the fitted odds are the counted odds (the closed form of a 2x2 table)', () => {
  // x = 0: 30 of 40 down; x = 1: 45 of 60 up.
  const rows = [...Array<number[]>(40).fill([0]), ...Array<number[]>(60).fill([1])];
  const labels = rows.map(([x], index): Label => (x === 0 ? (index < 30 ? 0 : 1) : index - 40 < 45 ? 1 : 0));
  const model = trainLogistic(rows, labels, one);
  expect(probabilityOf(model, [0])).toBeCloseTo(10 / 40, 8);
  expect(probabilityOf(model, [1])).toBeCloseTo(45 / 60, 8);
});

interface Sample {
  readonly rows: number[][];
  readonly labels: Label[];
}
function sample(seed: number, count: number, truth: readonly number[]): Sample {
  const random = seededRandom(`logistic.test ${seed}`);
  const rows = Array.from({ length: count }, () =>
    truth.map((_, column) => 3 * column + (column + 1) * random.normal()),
  );
  const labels = rows.map((row): Label => {
    const logOdds = row.reduce((sum, x, column) => sum + ((truth[column] ?? 0) * (x - 3 * column)) / (column + 1), 0);
    return random.next() < 1 / (1 + Math.exp(-logOdds)) ? 1 : 0;
  });
  return { rows, labels };
}

test('finds the weights the labels were drawn with', () => {
  const truth = [1.2, 0, -0.7];
  const { rows, labels } = sample(1, 20_000, truth);
  const model = trainLogistic(rows, labels, { featureNames: ['a', 'b', 'c'], l2: 1, horizonMinutes: 30 });
  // Three standard errors of such a fit are about 0.06.
  for (const [column, weight] of truth.entries()) {
    expect(Math.abs((model.weights[column] ?? 0) - weight)).toBeLessThan(0.06);
  }
});

/** The penalised loss, written down anew. */
function loss(model: LogisticModel, { rows, labels }: Sample): number {
  const penalty = (model.l2 / 2) * model.weights.reduce((sum, weight) => sum + weight * weight, 0);
  return rows.reduce((sum, row, index) => {
    const p = probabilityOf(model, row);
    return sum - Math.log(labels[index] === 1 ? p : 1 - p);
  }, penalty);
}

test('is a minimum of the penalised loss: every step away from it costs', () => {
  fc.assert(
    fc.property(fc.integer(), fc.double({ min: 0.01, max: 100, noNaN: true }), (seed, l2) => {
      const data = sample(seed, 200, [0.5, -0.5, 2]);
      fc.pre(data.labels.includes(0) && data.labels.includes(1));
      const model = trainLogistic(data.rows, data.labels, { featureNames: ['a', 'b', 'c'], l2, horizonMinutes: 30 });
      const best = loss(model, data);
      for (const step of [-1e-3, 1e-3]) {
        expect(loss({ ...model, intercept: model.intercept + step }, data)).toBeGreaterThan(best);
        for (const column of model.weights.keys()) {
          const weights = model.weights.map((weight, at) => weight + (at === column ? step : 0));
          expect(loss({ ...model, weights }, data)).toBeGreaterThan(best);
        }
      }
    }),
    { numRuns: 25 },
  );
});

test('perfectly separated labels, constant and repeated columns still have one finite answer', () => {
  const rows = Array.from({ length: 50 }, (_, index) => [index, 7, index]);
  const labels = rows.map((_, index): Label => (index < 25 ? 0 : 1));
  const model = trainLogistic(rows, labels, { featureNames: ['a', 'b', 'c'], l2: 0.1, horizonMinutes: 30 });
  expect(model.weights.every((weight) => Number.isFinite(weight))).toBe(true);
  expect(model.weights[1]).toBe(0);
  expect(model.weights[0]).toBeCloseTo(model.weights[2] ?? 0, 9);
  expect(probabilityOf(model, [0, 7, 0])).toBeLessThan(0.01);
  expect(probabilityOf(model, [49, 7, 49])).toBeGreaterThan(0.99);
});

const full = (): LogisticModel => {
  const random = seededRandom('full');
  const rows = Array.from({ length: 300 }, () => FEATURE_NAMES.map(() => random.normal()));
  const labels = rows.map((row): Label => ((row[0] ?? 0) > 0 ? 1 : 0));
  return trainLogistic(rows, labels, { featureNames: FEATURE_NAMES, l2: 1, horizonMinutes: 15 });
};

function vector(value: number): FeatureVector {
  const values = Object.fromEntries(FEATURE_NAMES.map((name) => [name, value]));
  return { symbol: 'GOOG', at: micros(0), values: { ...EMPTY, ...values } };
}
const EMPTY: FeatureVector['values'] = {
  return1: 0,
  return5: 0,
  return15: 0,
  return30: 0,
  momentum15: 0,
  averageGap20: 0,
  trend: 0,
  macdHistogram: 0,
  strength14: 0,
  bandPosition20: 0,
  bandWidth20: 0,
  range14: 0,
  volatility30: 0,
  volumeRatio20: 0,
  volumeTrend: 0,
  volumeBalance20: 0,
};

test('the same rows give the same model, and text carries it without loss', () => {
  const model = full();
  expect(full()).toEqual(model);
  const back = parseLogisticModel(serialiseLogisticModel(model));
  expect(back).toEqual(model);
  expect(logisticModelId(back)).toBe(logisticModelId(model));
  const signals = [model, back].map((each) => logisticSignalModel(each).predict(vector(0.3)));
  expect(signals[0]).toEqual(signals[1]);
  expect(signals[0]).toMatchObject({ direction: 'up', horizonMinutes: 15 });
});

test.each([
  ['no JSON', () => '{'],
  ['a list', () => '[]'],
  ['another kind', (model: LogisticModel) => JSON.stringify({ ...model, kind: 'tree' })],
  ['a missing weight', (model: LogisticModel) => JSON.stringify({ ...model, weights: model.weights.slice(1) })],
  [
    'a weight in words',
    (model: LogisticModel) => JSON.stringify({ ...model, weights: model.weights.map(() => 'one') }),
  ],
  ['a zero deviation', (model: LogisticModel) => JSON.stringify({ ...model, deviations: model.weights.map(() => 0) })],
  ['no intercept', (model: LogisticModel) => JSON.stringify({ ...model, intercept: null })],
] as const)('a stored model with %s is refused', (_, text) => {
  expect(() => parseLogisticModel(text(full()))).toThrow(refused);
});

test('a model of other features, and rows that do not fit, are refused', () => {
  const model = full();
  const other = { ...model, featureNames: [...model.featureNames].reverse() };
  expect(() => logisticSignalModel(other)).toThrow(refused);
  expect(() => probabilityOf(model, [1])).toThrow(refused);
  expect(() => trainLogistic([[1], [2]], [1, 1], one)).toThrow(refused);
  expect(() => trainLogistic([[1], [Number.NaN]], [1, 0], one)).toThrow(refused);
  expect(() => trainLogistic([[1], [2]], [1, 0], { ...one, l2: 0 })).toThrow(refused);
});
