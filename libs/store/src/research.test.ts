import { micros } from '@trading-agent/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TemporaryStore, temporaryStore } from './temporary-store.ts';

const at = (n: number) => micros(1_450_967_400_000_000 + n);
const model = (scope: string, n: number) => ({
  createdAt: at(n),
  scope,
  kind: 'random-forest',
  metrics: { auc: 0.5 + n / 100 },
  parameters: { trees: 100 },
  artifact: `models/${n}.json`,
  artifactHash: 'f'.repeat(64),
});

describe('models, runs and trials', () => {
  let temporary: TemporaryStore;
  beforeAll(async () => {
    temporary = await temporaryStore();
  });
  afterAll(() => temporary.remove());

  it('a scope has one champion, also when two are promoted at once', async () => {
    const { models } = temporary.store;
    const ids = [];
    for (const n of [1, 2, 3]) ids.push((await models.insert(model('small', n))).id);
    const other = await models.insert(model('large', 9));
    await models.promote(other.id);
    expect(await models.champion('small')).toBeUndefined();
    for (const id of ids) await models.promote(id);
    expect(await models.champion('small')).toMatchObject({ ...model('small', 3), status: 'champion' });
    await Promise.allSettled(ids.map((id) => models.promote(id)));
    const all = await models.list('small', 10);
    expect(all.map((row) => row.createdAt)).toEqual([at(3), at(2), at(1)]);
    expect(all.filter((row) => row.status === 'champion')).toHaveLength(1);
    expect(await models.champion('large')).toMatchObject({ id: other.id });
    await expect(models.promote('00000000-0000-8000-8000-000000000000')).rejects.toMatchObject({
      code: 'STORE_CONFLICT',
    });
  });

  it('a run is finished once and keeps its trials once', async () => {
    const { runs, trials } = temporary.store;
    const { id } = await runs.start({ kind: 'sweep', parameters: { seed: 7 }, at: at(0) });
    const rows = [1, 0].map((index) => ({ index, parameters: { depth: index }, metrics: { auc: 0.6 } }));
    await trials.insert(id, rows);
    await trials.insert(id, [{ index: 0, parameters: {}, metrics: {} }]);
    await trials.insert(id, []);
    expect(await trials.list(id, 10)).toEqual(rows.toReversed());
    await runs.finish(id, { status: 'finished', result: { best: 1 }, at: at(5) });
    await expect(runs.finish(id, { status: 'failed', result: {}, at: at(6) })).rejects.toMatchObject({
      code: 'STORE_CONFLICT',
    });
    expect(await runs.list('sweep', 10)).toMatchObject([
      { id, status: 'finished', result: { best: 1 }, finishedAt: at(5) },
    ]);
  });
});
