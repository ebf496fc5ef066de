import { appendFileSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { marketDate, micros } from '@trading-agent/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TemporaryStore, temporaryStore } from '../temporary-store.ts';
import type { Journal, JournalOptions } from './journal.ts';

const at = (n: number) => micros(1_450_967_400_000_000 + n);

describe('journal', () => {
  let temporary: TemporaryStore;
  let id: string;
  let journal: Journal;
  beforeAll(async () => {
    temporary = await temporaryStore();
  });
  afterAll(() => temporary.remove());
  beforeEach(async () => {
    const date = marketDate('2015-12-24');
    id = (await temporary.store.sessions.start({ account: 'J', date, mode: 'paper', settings: {} })).id;
    journal = await temporary.store.openJournal(id);
  });
  afterEach(() => journal.close());

  const folder = () => join(temporary.dataDir, 'journal', id);
  const segment = (n: number) => join(folder(), `00000${n}.seg`);
  const market = (n: number) => journal.appendMarket({ at: at(n), payload: { n } });
  const event = (seq: number) => ({ seq, at: at(seq), type: 'clock', payload: { seq } });
  const commitEvent = async () => {
    const seq = journal.nextSeq();
    await journal.commit({ events: [event(seq)] });
    return seq;
  };
  const reopen = async (options?: JournalOptions) => {
    await journal.close();
    journal = await temporary.store.openJournal(id, options);
    return journal;
  };
  const order = async () => (await journal.read()).map((entry) => `${entry.kind} ${entry.seq}`);

  it('keeps one total order over both places', async () => {
    expect([market(1), journal.nextSeq(), market(2), market(3), journal.nextSeq()]).toEqual([1, 2, 3, 4, 5]);
    await journal.commit({ events: [event(5), event(2)] });
    market(6);
    const expected = ['market 1', 'event 2', 'market 3', 'market 4', 'event 5', 'market 6'];
    expect(await order()).toEqual(expected);
    expect(journal.committedSeq).toBe(5);
    await reopen();
    expect(await order()).toEqual(expected);
    expect(journal.committedSeq).toBe(5);
    expect(market(7)).toBe(7);
    // A reader beside the writer sees the same and disturbs nothing.
    const beside = await temporary.store.readJournal(id);
    expect([beside.committedSeq, (await beside.read()).length]).toEqual([5, 7]);
  });

  it('commits frames alone, and nothing at all', async () => {
    await journal.commit({});
    market(1);
    expect(await journal.commit({})).toEqual({ committedSeq: 1 });
    await reopen();
    expect(journal.committedSeq).toBe(1);
    expect(await commitEvent()).toBe(2);
  });

  it('runs commits one after the other, in the order of the calls', async () => {
    const commits = Array.from({ length: 20 }, (_, n) => {
      market(n);
      return commitEvent();
    });
    expect(await Promise.all(commits)).toEqual(Array.from({ length: 20 }, (_, n) => 2 * n + 2));
    expect(journal.committedSeq).toBe(40);
  });

  it('begins a new file when one is full, also while commits run, and reads across them', async () => {
    await reopen({ segmentBytes: 100 });
    const commits: Promise<unknown>[] = [];
    for (let n = 0; n < 30; n += 1) {
      market(n);
      commits.push(journal.commit({}));
    }
    await Promise.all(commits);
    expect(readdirSync(folder()).filter((name) => name.endsWith('.seg')).length).toBeGreaterThan(5);
    await reopen({ segmentBytes: 100 });
    market(30);
    expect((await journal.read()).map((entry) => entry.payload)).toEqual(Array.from({ length: 31 }, (_, n) => ({ n })));
  });

  describe('refuses', () => {
    it.each([
      ['a number committed before', (a: number) => [event(a), event(a + 1)]],
      ['a number twice', (a: number) => [event(a + 1), event(a + 1)]],
      ['a missing number', () => []],
      ['a number of a market frame', (a: number) => [event(a + 1), event(a + 2)]],
      ['a number nobody handed out', (a: number) => [event(a + 1), event(a + 3)]],
    ])('%s, and goes on with the right batch', async (_what, wrong) => {
      const committed = await commitEvent();
      const seq = journal.nextSeq();
      market(1);
      await expect(journal.commit({ events: wrong(committed) })).rejects.toMatchObject({ code: 'STORE_CONFLICT' });
      expect(journal.committedSeq).toBe(committed);
      await journal.commit({ events: [event(seq)] });
      expect(journal.committedSeq).toBe(seq + 1);
    });

    it('a decision on something that was not journaled', async () => {
      const decisions = [{ seq: 9, index: 0, at: at(9), type: 'note', payload: {} }];
      await expect(journal.commit({ decisions })).rejects.toMatchObject({ code: 'STORE_CONFLICT' });
    });

    it.each([[Number.NaN], [{ a: [Number.POSITIVE_INFINITY] }]])('what JSON would change: %j', async (payload) => {
      expect(() => journal.appendMarket({ at: at(1), payload })).toThrow(
        expect.objectContaining({ code: 'INVALID_VALUE' }),
      );
      expect(await order()).toEqual([]);
    });

    it('a batch that is repeated because its answer was lost', async () => {
      const seq = journal.nextSeq();
      const batch = { events: [event(seq)] };
      // Another journal of the same session stands for the first try: it is stored, this one does not know.
      const { openStore } = await import('../store.ts');
      const elsewhere = await openStore({
        databaseUrl: temporary.databaseUrl,
        dataDir: join(temporary.dataDir, 'elsewhere'),
      });
      const first = await elsewhere.openJournal(id);
      first.nextSeq();
      await first.commit(batch);
      await expect(journal.commit(batch)).rejects.toMatchObject({ code: 'STORE_CONFLICT' });
      await expect(journal.commit(batch)).rejects.toMatchObject({ code: 'STORE_CONFLICT' });
      await elsewhere.close();
      await reopen();
      expect(await order()).toEqual([`event ${seq}`]);
    });

    it('a second writer and an unknown session', async () => {
      await expect(temporary.store.openJournal(id)).rejects.toMatchObject({ code: 'STORE_CONFLICT' });
      await expect(temporary.store.openJournal('00000000-0000-8000-8000-000000000000')).rejects.toMatchObject({
        code: 'NOTHING_TO_RESUME',
      });
    });
  });

  describe('after a crash', () => {
    it('waits for the commit that the killed writer had sent', async () => {
      await journal.close();
      const { connect, closeConnections } = await import('../database.ts');
      const orphan = connect(temporary.databaseUrl, { max: 1, name: 'test orphan' });
      const order: string[] = [];
      await orphan
        .begin(async (transaction) => {
          await transaction`update sessions set committed_seq = 7 where id = ${id}`;
          const opening = temporary.store.openJournal(id).then((opened) => {
            journal = opened;
            order.push('opened');
          });
          // The database sees the second transaction wait for the first.
          for (let waiting = 0; waiting === 0;) {
            const [row] = await transaction`select count(*)::int as n from pg_locks where not granted`;
            waiting = Number(row?.['n']);
          }
          order.push('committing');
          return { opening };
        })
        .then(({ opening }) => opening);
      expect(order).toEqual(['committing', 'opened']);
      expect(journal.committedSeq).toBe(7);
      await closeConnections(orphan);
    });

    const frames = async () => {
      market(1);
      market(2);
      await journal.commit({});
      market(3);
      market(4);
      await journal.close();
      return readFileSync(segment(1));
    };

    it('cuts a torn end off and goes on after it', async () => {
      const bytes = await frames();
      const frame = bytes.length / 4;
      for (const rest of [1, 7, 8, 9, frame - 1]) {
        writeFileSync(segment(1), bytes.subarray(0, 3 * frame + rest));
        await reopen();
        expect(await order()).toEqual(['market 1', 'market 2', 'market 3']);
        expect(readFileSync(segment(1)).length).toBe(3 * frame);
      }
      expect(market(4)).toBe(4);
      await journal.commit({});
      await reopen();
      expect(await order()).toEqual(['market 1', 'market 2', 'market 3', 'market 4']);
    });

    it('cuts zeros off that a power failure left at the end', async () => {
      await frames();
      appendFileSync(segment(1), Buffer.alloc(5_000));
      await reopen();
      expect(await order()).toEqual(['market 1', 'market 2', 'market 3', 'market 4']);
    });

    it('leaves what was not committed, or drops it', async () => {
      await frames();
      await reopen();
      expect((await journal.read()).filter((entry) => entry.seq > journal.committedSeq)).toHaveLength(2);
      await reopen({ uncommitted: 'drop' });
      expect(await order()).toEqual(['market 1', 'market 2']);
      expect(market(3)).toBe(3);
    });

    it('reports damage before the committed position, and damage that whole frames follow', async () => {
      const bytes = await frames();
      const frame = bytes.length / 4;
      for (const position of [0, 5, frame + 30, 2 * frame + 30]) {
        const damaged = Buffer.from(bytes);
        damaged.writeUInt8(damaged.readUInt8(position) ^ 1, position);
        writeFileSync(segment(1), damaged);
        await expect(temporary.store.openJournal(id)).rejects.toMatchObject({
          code: 'JOURNAL_CORRUPT',
          details: { path: segment(1), offset: Math.floor(position / frame) * frame },
        });
        await expect(temporary.store.readJournal(id)).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
      }
      writeFileSync(segment(1), bytes);
      await reopen();
      expect(await order()).toHaveLength(4);
    });

    it('reports committed frames that are gone', async () => {
      await frames();
      truncateSync(segment(1), 10);
      await expect(temporary.store.openJournal(id)).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
      rmSync(segment(1));
      await expect(temporary.store.openJournal(id)).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
    });

    it('reports a missing file in the middle', async () => {
      await reopen({ segmentBytes: 10 });
      for (const n of [1, 2, 3]) market(n);
      await journal.close();
      rmSync(segment(2));
      await expect(temporary.store.openJournal(id)).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
    });
  });
});
