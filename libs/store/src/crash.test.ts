import { marketDate } from '@trading-agent/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StoreChild } from './testing/child.ts';
import { type TemporaryStore, temporaryStore } from './temporary-store.ts';

describe('kill -9', () => {
  let temporary: TemporaryStore;
  beforeAll(async () => {
    temporary = await temporaryStore();
  });
  afterAll(() => temporary.remove());

  it('in the middle of journaling loses nothing that was committed, doubles nothing, and the next process goes on', async () => {
    const { store, databaseUrl, dataDir } = temporary;
    const { id } = await store.sessions.start({
      account: 'crash',
      date: marketDate('2015-12-24'),
      mode: 'paper',
      settings: {},
    });
    const told: number[] = [];
    const sent: string[] = [];
    for (const steps of [3, 11, 1, 24]) {
      const child = new StoreChild('trade', { databaseUrl, dataDir, sessionId: id });
      await child.until((lines) =>
        lines.filter((line) => line.startsWith('sent')).length >= steps ? true : undefined,
      );
      await child.kill();
      for (const line of child.lines) {
        const [word, what = ''] = line.split(' ');
        if (word === 'committed') told.push(Number(what));
        if (word === 'sent') sent.push(what);
      }
    }

    const journal = await store.openJournal(id);
    const entries = await journal.read();
    const events = entries.filter((entry) => entry.kind === 'event');
    const frames = entries.filter((entry) => entry.kind === 'market');

    // One total order, nothing twice.
    const numbers = entries.map((entry) => entry.seq);
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
    // Whatever the process was told is committed is there.
    expect(events.map((event) => event.seq)).toEqual(expect.arrayContaining(told));
    expect(journal.committedSeq).toBe(events.at(-1)?.seq);
    // Each event's market frame is there, and the frame beyond the last commit is recognisable as such.
    for (const event of events) expect(frames.map((frame) => frame.seq)).toContain(event.seq - 1);
    expect(frames.filter((frame) => frame.seq > journal.committedSeq).length).toBeLessThanOrEqual(1);
    // Decisions and outbox came with their events, no more and no fewer.
    const decisions = await store.decisionsAfter(id, 0);
    expect(decisions.map((decision) => decision.seq)).toEqual(events.map((event) => event.seq));
    const outbox = await store.outbox.list(id, ['pending', 'sending', 'sent', 'rejected', 'abandoned']);
    expect(outbox.map((entry) => entry.seq)).toEqual(events.map((event) => event.seq));
    // No order was sent twice, and each that was sent is not pending.
    expect(sent).toEqual([...new Set(sent)]);
    const pending = new Set(outbox.filter((entry) => entry.status === 'pending').map((entry) => entry.id));
    expect(sent.filter((order) => pending.has(order))).toEqual([]);
    await journal.close();
  });

  it('of the holder frees the account lock; until then nobody else gets it', async () => {
    const { store, databaseUrl, dataDir } = temporary;
    const child = new StoreChild('lock', { databaseUrl, dataDir, account: 'PA1' });
    await child.said('locked');
    await expect(store.lockAccount('PA1', 'second')).rejects.toMatchObject({
      code: 'ACCOUNT_LOCKED',
      details: { account: 'PA1', holder: 'test child', pid: child.pid },
    });
    const rival = new StoreChild('lock', { databaseUrl, dataDir, account: 'PA1' });
    expect(await rival.said('failed')).toContain('ACCOUNT_LOCKED');
    await rival.finish();
    await child.kill();
    const lock = await store.lockAccount('PA1', 'third');
    await lock.release();
  });
});
