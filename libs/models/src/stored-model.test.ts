import { isTradingError } from '@trading-agent/core';
import { FEATURE_NAMES } from '@trading-agent/features';
import type { Label } from '@trading-agent/statistics';
import { expect, test } from 'vitest';
import {
  baselineModel,
  logisticModelId,
  parseSignalModel,
  serialiseBaselineModel,
  serialiseLogisticModel,
  trainLogistic,
} from './index.ts';

test('each kind of model comes back from its text as itself', () => {
  const rows = [0, 1, 2, 3].map((value) => FEATURE_NAMES.map(() => value));
  const labels: readonly Label[] = [0, 1, 0, 1];
  const trained = trainLogistic(rows, labels, { featureNames: FEATURE_NAMES, l2: 1, horizonMinutes: 30 });
  expect(parseSignalModel(serialiseLogisticModel(trained)).id).toBe(logisticModelId(trained));
  for (const seed of [7, 'spring']) {
    expect(parseSignalModel(serialiseBaselineModel(seed)).id).toBe(baselineModel(seed).id);
  }
});

test.each([
  '{"kind":"oracle","version":1}',
  '{"kind":"baseline","version":2,"seed":7}',
  '{"kind":"baseline","version":1}',
  '7',
])('%s is refused', (text) => {
  expect(() => parseSignalModel(text)).toThrow(
    expect.toSatisfy((error: unknown) => isTradingError(error, 'INVALID_VALUE')),
  );
});
