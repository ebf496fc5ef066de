import { isTradingError, ManualClock, micros, seededRandom } from '@trading-agent/core';
import { featuresOfBars } from '@trading-agent/features';
import type { Bar } from '@trading-agent/instruments';
import { parseSignalModel } from '@trading-agent/models';
import { expect, test } from 'vitest';
import type { ModelRegistry, StoredChampion } from './registry.ts';
import type { TrainingReport, ValidationMetrics } from './report.ts';
import { planted, randomWalk } from './test-bars.ts';
import { trainModels, type TrainingPorts, type TrainingRequest } from './train-models.ts';

class MemoryRegistry implements ModelRegistry {
  readonly saved = new Map<string, StoredChampion>();

  save(report: TrainingReport, modelJson: string): Promise<void> {
    this.saved.set(report.id, { report, modelJson });
    return Promise.resolve();
  }

  champion(): Promise<StoredChampion | null> {
    return Promise.resolve([...this.saved.values()].at(-1) ?? null);
  }
}

const request: TrainingRequest = { symbols: ['SPY', 'QQQ'], horizonMinutes: 5, folds: 3, seed: 7 };
const ports = (bars: (symbol: string) => Bar[]): TrainingPorts & { readonly registry: MemoryRegistry } => ({
  bars: (symbol) => Promise.resolve(bars(symbol)),
  registry: new MemoryRegistry(),
  clock: new ManualClock(micros(1_704_900_000_000_000)),
});
const walk = (symbol: string): Bar[] => randomWalk(symbol, 8, seededRandom(`walk ${symbol}`));
const signal = (symbol: string): Bar[] => planted(symbol, 8, seededRandom(`planted ${symbol}`), 0.5);

function metrics(report: TrainingReport, name: string): ValidationMetrics {
  const found = report.candidates.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no candidate ${name}`);
  return found.validation;
}

test.each(['one', 'two', 'three'])('canary: on a random walk (%s) nothing is found', async (label) => {
  const { report } = await trainModels(
    request,
    ports((symbol) => randomWalk(symbol, 8, seededRandom(`canary ${label} ${symbol}`))),
  );
  // About 4,600 validation rows whose labels overlap five times: two standard errors of such an area are about 0.04.
  for (const name of ['logistic', 'baseline']) {
    expect(Math.abs((metrics(report, name).areaUnderCurve ?? Number.NaN) - 0.5)).toBeLessThan(0.05);
    expect(Math.abs(metrics(report, name).accuracy - 0.5)).toBeLessThan(0.05);
    expect(metrics(report, name).logLoss).toBeGreaterThan(Math.LN2 - 0.005);
  }
});

test('a planted signal is found, by the feature that carries it, and its finder becomes the champion', async () => {
  const { report, modelJson } = await trainModels(request, ports(signal));
  const found = metrics(report, 'logistic');
  expect(found.areaUnderCurve).toBeGreaterThan(0.6);
  expect(found.accuracy).toBeGreaterThan(0.57);
  expect(found.f1).toBeGreaterThan(0.55);
  expect(found.logLoss).toBeLessThan(Math.LN2 - 0.01);
  expect(found.meanConfidence).toBeGreaterThan(0.1);
  expect(report.champion).toBe('logistic');
  expect(report.candidates[0]?.importance[0]).toMatchObject({ feature: 'return1' });
  expect(report.candidates[0]?.importance[0]?.weight).toBeGreaterThan(0);

  const model = parseSignalModel(modelJson);
  expect(model.id).toBe(report.candidates[0]?.modelId);
  const vectors = featuresOfBars(signal('SPY')).filter((vector) => vector !== null);
  const up = vectors.find((vector) => vector.values.return1 > 0.001);
  const down = vectors.find((vector) => vector.values.return1 < -0.001);
  if (up === undefined || down === undefined) throw new Error('no large moves');
  expect(model.predict(up).probabilityUp).toBeGreaterThan(model.predict(down).probabilityUp);
});

test('the registry has the champion; the same training again gives the same model and leaves one entry', async () => {
  const where = ports(signal);
  const first = await trainModels(request, where);
  const again = await trainModels({ ...request, symbols: ['QQQ', 'SPY', 'QQQ'] }, where);
  expect(again).toEqual(first);
  expect(where.registry.saved.size).toBe(1);
  expect(await where.registry.champion()).toEqual({ report: first.report, modelJson: first.modelJson });
  // The report is plain data.
  expect(JSON.parse(JSON.stringify(first.report))).toEqual(first.report);
  expect(first.report.folds).toHaveLength(3);
  expect(first.report.folds.every((fold) => fold.purgedRows > 0)).toBe(true);
  const other = await trainModels({ ...request, seed: 8 }, where);
  expect(other.report.id).not.toBe(first.report.id);
});

test('too few bars, bars that never move, and an abort register nothing', async () => {
  const short = ports((symbol) => walk(symbol).slice(0, 40));
  const still = ports((symbol) => walk(symbol).map((bar) => ({ ...bar, open: 50, high: 50, low: 50, close: 50 })));
  const rising = ports((symbol) =>
    walk(symbol).map((bar, index) => ({ ...bar, close: 50 + index, high: 5_000, low: 1 })),
  );
  for (const where of [short, still, rising]) {
    const refused = expect.toSatisfy(
      (error: unknown) => isTradingError(error, 'INVALID_VALUE') && error.hint !== undefined,
    );
    await expect(trainModels(request, where)).rejects.toThrow(refused);
    expect(where.registry.saved.size).toBe(0);
  }
  const stopped = { ...ports(walk), signal: AbortSignal.abort() };
  const cancelled = expect.toSatisfy((error: unknown) => isTradingError(error, 'CANCELLED'));
  await expect(trainModels(request, stopped)).rejects.toThrow(cancelled);
  expect(stopped.registry.saved.size).toBe(0);
});
