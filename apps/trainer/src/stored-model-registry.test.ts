import { createHash } from 'node:crypto';
import { appendFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { micros } from '@trading-agent/core';
import { parseSignalModel, serialiseBaselineModel } from '@trading-agent/models';
import { type TemporaryStore, temporaryStore } from '@trading-agent/store';
import type { TrainingReport } from '@trading-agent/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plainJson } from './plain-json.ts';
import { StoredModelRegistry } from './stored-model-registry.ts';

const DAY = 1_795_492_636_000_000;

/** A report of a training whose champion is the baseline of `seed`. */
function trained(seed: number): { readonly report: TrainingReport; readonly modelJson: string } {
  const modelJson = serialiseBaselineModel(seed);
  const validation = { accuracy: 0.5, precision: 0.4, recall: 0.3, f1: 0.34, logLoss: 0.69, meanConfidence: 0.1 };
  const report: TrainingReport = {
    id: createHash('sha256').update(String(seed)).digest('hex'),
    trainedAt: micros(DAY + seed),
    symbols: ['QQQ', 'SPY'],
    horizonMinutes: 30,
    embargoMinutes: 34,
    seed,
    rows: 1_000,
    upShare: 0.5,
    folds: [{ trainRows: 400, purgedRows: 10, validateRows: 500, from: micros(DAY), to: micros(DAY + 1) }],
    candidates: [
      {
        name: 'baseline',
        modelId: parseSignalModel(modelJson).id,
        validation: { ...validation, areaUnderCurve: null },
        importance: [],
      },
      {
        name: 'logistic',
        modelId: 'logistic-1',
        validation: { ...validation, areaUnderCurve: 0.55 },
        importance: [{ feature: 'trend', weight: -0.2 }],
      },
    ],
    champion: 'baseline',
  };
  return { report, modelJson };
}

describe('StoredModelRegistry', () => {
  let temporary: TemporaryStore;
  beforeAll(async () => {
    temporary = await temporaryStore();
  });
  afterAll(() => temporary.remove());

  const registry = (scope: string, keep = 3) =>
    new StoredModelRegistry({ models: temporary.store.models, dataDir: temporary.dataDir, scope, keep });
  const files = (scope: string) => readdir(join(temporary.dataDir, 'models', scope));
  const nameOf = ({ modelJson }: { readonly modelJson: string }) =>
    `${createHash('sha256').update(modelJson).digest('hex')}.json`;

  it('gives back what was saved, by way of parseSignalModel', async () => {
    const one = trained(1);
    expect(await registry('plain').champion()).toBeNull();
    await registry('plain').save(one.report, one.modelJson);
    const back = await registry('plain').champion();
    expect(back).toEqual(one);
    expect(parseSignalModel(back?.modelJson ?? '').id).toBe('baseline-1-1');
    expect(await registry('other').champion()).toBeNull();
    const [row] = await temporary.store.models.list('plain', 10);
    expect(row).toMatchObject({ kind: 'baseline', status: 'champion', metrics: { logLoss: 0.69 } });
    expect(await readFile(join(temporary.dataDir, row?.artifact ?? ''), 'utf8')).toBe(one.modelJson);
  });

  it('keeps the files of the newest models and of the champion; the others are retired', async () => {
    const all = [1, 2, 3, 4, 5].map(trained);
    for (const { report, modelJson } of all) await registry('many').save(report, modelJson);
    expect((await files('many')).toSorted()).toEqual(all.slice(2).map(nameOf).toSorted());
    expect((await temporary.store.models.list('many', 10)).map(({ status }) => status)).toEqual([
      'champion',
      'retired',
      'retired',
      'retired',
      'retired',
    ]);
    // The oldest wins again: its file is there again, one entry, and it stays although two are newer.
    const oldest = trained(1);
    await registry('many', 2).save(oldest.report, oldest.modelJson);
    expect(await registry('many').champion()).toEqual(oldest);
    expect(await temporary.store.models.list('many', 10)).toHaveLength(5);
    expect((await files('many')).toSorted()).toEqual([...all.slice(3), oldest].map(nameOf).toSorted());
  });

  it('finishes what a process that died had begun: a file half written, a row without promotion', async () => {
    const [before, next] = [trained(1), trained(2)];
    await registry('crash').save(before.report, before.modelJson);
    const folder = join(temporary.dataDir, 'models/crash');
    await writeFile(join(folder, `${nameOf(next)}.0a-1b.tmp`), next.modelJson.slice(0, 9));
    await temporary.store.models.insert({
      createdAt: next.report.trainedAt,
      scope: 'crash',
      kind: 'baseline',
      metrics: {},
      parameters: { report: plainJson(next.report) },
      artifact: `models/crash/${nameOf(next)}`,
      artifactHash: nameOf(next).slice(0, 64),
    });
    expect(await registry('crash').champion()).toEqual(before);
    await registry('crash').save(next.report, next.modelJson);
    expect(await registry('crash').champion()).toEqual(next);
    expect(await temporary.store.models.list('crash', 10)).toHaveLength(2);
    expect((await files('crash')).toSorted()).toEqual([before, next].map(nameOf).toSorted());
  });

  it('leaves files alone that are not its own', async () => {
    const [one, two] = [trained(1), trained(2)];
    await registry('mine', 1).save(one.report, one.modelJson);
    await writeFile(join(temporary.dataDir, 'models/mine/notes.txt'), 'mine');
    await registry('mine', 1).save(two.report, two.modelJson);
    expect((await files('mine')).toSorted()).toEqual([nameOf(two), 'notes.txt'].toSorted());
  });

  it('does not deploy a text that is no model, or another one', async () => {
    const one = trained(1);
    await expect(registry('bad').save(one.report, '{}')).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    await expect(registry('bad').save(one.report, trained(2).modelJson)).rejects.toMatchObject({
      code: 'INVALID_VALUE',
    });
    expect(await temporary.store.models.list('bad', 10)).toEqual([]);
    expect(() => registry('../up')).toThrow('Expected a scope');
    expect(() => registry('bad', 0)).toThrow('at least 1 model');
  });

  it('says so when the file was changed or is gone, or the report is not whole', async () => {
    const one = trained(1);
    await registry('broken').save(one.report, one.modelJson);
    const file = join(temporary.dataDir, 'models/broken', nameOf(one));
    await appendFile(file, ' ');
    await expect(registry('broken').champion()).rejects.toMatchObject({ code: 'DATA_FILE_BROKEN' });
    await rm(file);
    await expect(registry('broken').champion()).rejects.toMatchObject({
      code: 'DATA_FILE_BROKEN',
      details: { file },
    });
    await registry('broken').save(one.report, one.modelJson);
    expect(await registry('broken').champion()).toEqual(one);

    const { id } = await temporary.store.models.insert({
      createdAt: micros(DAY),
      scope: 'broken',
      kind: 'baseline',
      metrics: {},
      parameters: { report: plainJson({ ...one.report, folds: [{ trainRows: 'many' }] }) },
      artifact: `models/broken/${nameOf(one)}`,
      artifactHash: nameOf(one).slice(0, 64),
    });
    await temporary.store.models.promote(id);
    await expect(registry('broken').champion()).rejects.toThrow('report.folds[0].trainRows, was "many"');
  });
});
