import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, closeConnections } from './database.ts';
import { type TemporaryStore, temporaryStore } from './temporary-store.ts';

describe('account lock', () => {
  let temporary: TemporaryStore;
  beforeAll(async () => {
    temporary = await temporaryStore();
  });
  afterAll(() => temporary.remove());

  it('is had by one at a time and names its holder to the others', async () => {
    const { store } = temporary;
    const lock = await store.lockAccount('A', 'live-agent on 2015-12-24');
    await expect(store.lockAccount('A', 'other')).rejects.toMatchObject({
      code: 'ACCOUNT_LOCKED',
      message: expect.stringContaining('live-agent on 2015-12-24'),
      hint: expect.stringContaining('Stop that process'),
    });
    const other = await store.lockAccount('B', 'other');
    await lock.release();
    await lock.release();
    const again = await store.lockAccount('A', 'other');
    await again.release();
    await other.release();
  });

  it('goes to one of many who ask at once', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 5 }, (_, i) => temporary.store.lockAccount('crowd', `holder ${i}`)),
    );
    const held = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(held).toHaveLength(1);
    expect(refusals).toEqual(Array.from({ length: 4 }, () => expect.objectContaining({ code: 'ACCOUNT_LOCKED' })));
    await held[0]?.release();
  });

  it('says so when its connection is gone', async () => {
    const { store, databaseUrl } = temporary;
    const lock = await store.lockAccount('C', 'victim');
    const admin = connect(databaseUrl, { max: 1, name: 'test admin' });
    await admin`select pg_terminate_backend(backend_pid) from locks where account = 'C'`;
    expect(await lock.lost).toMatchObject({ code: 'STORE_UNAVAILABLE', haltsTrading: true });
    await lock.release();
    const next = await store.lockAccount('C', 'next');
    await next.release();
    await closeConnections(admin);
  });
});
