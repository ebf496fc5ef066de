import { marketDate, micros } from '@trading-agent/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TemporaryStore, temporaryStore } from './temporary-store.ts';

const AT = micros(1_450_967_400_000_000);

describe('outbox', () => {
  let temporary: TemporaryStore;
  beforeAll(async () => {
    temporary = await temporaryStore();
  });
  afterAll(() => temporary.remove());

  async function withEntries(account: string, ids: readonly string[]) {
    const { store } = temporary;
    const { id } = await store.sessions.start({ account, date: marketDate('2015-12-24'), mode: 'paper', settings: {} });
    const journal = await store.openJournal(id);
    const seq = journal.nextSeq();
    await journal.commit({
      events: [{ seq, at: AT, type: 'clock', payload: {} }],
      outbox: ids.map((name) => ({ id: name, seq, kind: 'submit' as const, payload: { name } })),
    });
    return { id, journal, outbox: store.outbox };
  }

  it('lists in the order of the decisions, per session', async () => {
    const ids = ['z', 'a', 'm'];
    const first = await withEntries('order', ids);
    // The same ids in another run of the day are other entries.
    const second = await withEntries('order', ids);
    expect((await first.outbox.list(first.id, ['pending'])).map((entry) => entry.id)).toEqual(ids);
    await first.outbox.markSending(first.id, 'a');
    expect((await first.outbox.list(first.id, ['pending'])).map((entry) => entry.id)).toEqual(['z', 'm']);
    expect(await second.outbox.list(second.id, ['pending'])).toHaveLength(3);
    expect(await second.outbox.list(second.id, [])).toEqual([]);
  });

  it('lets an entry be taken for sending once, whoever asks', async () => {
    const { id, outbox } = await withEntries('once', ['o']);
    const tries = await Promise.allSettled(Array.from({ length: 6 }, () => outbox.markSending(id, 'o')));
    expect(tries.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
    const refusals = tries.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(refusals).toEqual(Array.from({ length: 5 }, () => expect.objectContaining({ code: 'STORE_CONFLICT' })));
  });

  it('moves forward only', async () => {
    const { id, outbox } = await withEntries('forward', ['sent', 'rejected', 'abandoned']);
    await expect(outbox.markSent(id, 'sent', 'b-1')).rejects.toMatchObject({ code: 'STORE_CONFLICT' });
    await outbox.markSending(id, 'sent');
    await outbox.markSent(id, 'sent', 'b-1');
    await outbox.markSent(id, 'sent', 'b-1');
    await expect(outbox.markSent(id, 'sent', 'b-2')).rejects.toMatchObject({ code: 'STORE_CONFLICT' });
    await expect(outbox.markAbandoned(id, 'sent', 'late')).rejects.toMatchObject({ code: 'STORE_CONFLICT' });
    await outbox.markSending(id, 'rejected');
    await outbox.markRejected(id, 'rejected', 'no buying power');
    await outbox.markAbandoned(id, 'abandoned', 'market closed');
    await expect(outbox.markSending(id, 'abandoned')).rejects.toMatchObject({ code: 'STORE_CONFLICT' });
    await expect(outbox.markSending(id, 'unknown')).rejects.toMatchObject({ code: 'STORE_CONFLICT' });
    expect(await outbox.list(id, ['sent', 'rejected', 'abandoned'])).toMatchObject([
      { id: 'sent', status: 'sent', brokerOrderId: 'b-1', reason: null },
      { id: 'rejected', status: 'rejected', brokerOrderId: null, reason: 'no buying power' },
      { id: 'abandoned', status: 'abandoned', reason: 'market closed' },
    ]);
  });

  it('never holds the same id twice in a session, and nothing of the batch that tries is kept', async () => {
    const { id, journal, outbox } = await withEntries('twice', ['o']);
    const seq = journal.nextSeq();
    const batch = {
      events: [{ seq, at: AT, type: 'clock', payload: {} }],
      outbox: [{ id: 'o', seq, kind: 'submit' as const, payload: {} }],
    };
    await expect(journal.commit(batch)).rejects.toMatchObject({ code: 'STORE_CONFLICT' });
    expect(await outbox.list(id, ['pending'])).toHaveLength(1);
    expect(await journal.read()).toHaveLength(1);
  });
});
