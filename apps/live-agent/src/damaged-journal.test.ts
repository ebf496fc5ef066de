import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TemporaryStore, temporaryStore } from '@trading-agent/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeBroker } from './testing/fake-broker.ts';
import { CALL, RealDay } from './testing/real-day.ts';

let temporary: TemporaryStore;
beforeAll(async () => {
  temporary = await temporaryStore();
});
afterAll(() => temporary.remove());

const start = (broker: FakeBroker, from: number, resume: boolean): Promise<RealDay> =>
  new RealDay({ store: temporary.store, broker, from, resume }).opened();

/** The only segment of the account's latest session. */
async function segmentOf(account: string): Promise<string> {
  const [session] = await temporary.store.sessions.ofAccount(account, 'paper', 1);
  const folder = join(temporary.dataDir, 'journal', session?.id ?? '');
  const [name, ...others] = readdirSync(folder).filter((file) => file.endsWith('.seg'));
  if (name === undefined || others.length > 0) throw new Error('Expected one segment');
  return join(folder, name);
}

function change(path: string, edit: (bytes: Buffer) => void): void {
  const bytes = readFileSync(path);
  edit(bytes);
  writeFileSync(path, bytes);
}

const DAMAGES: Readonly<Record<string, (segment: string) => void>> = {
  'its end is cut off': (path) => truncateSync(path, readFileSync(path).length - 200),
  'a byte is another': (path) =>
    change(path, (bytes) => bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 0xff, bytes.length >> 1)),
  'its end is zeros': (path) => change(path, (bytes) => bytes.fill(0, bytes.length - 200)),
  'its last segment is gone': (path) => rmSync(path),
};

describe('a session whose journal is damaged', () => {
  it.each(Object.entries(DAMAGES))(
    'is not resumed when %s; a new one takes over what it held',
    async (what, damage) => {
      const account = `DAMAGED ${what}`;
      const broker = new FakeBroker(account);
      const day = await start(broker, 0, true);
      const { clientOrderId } = await day.untilOrder();
      broker.events.next(broker.fill(clientOrderId, 2, 2.53));
      await day.at(6);
      await day.interrupt();
      damage(await segmentOf(account));
      await expect(start(broker, 7, true)).rejects.toMatchObject({
        code: 'JOURNAL_CORRUPT',
        hint: expect.stringContaining('--new-session'),
      });
      const anew = await start(broker, 8, false);
      const { view } = await anew.at(9);
      expect(view.positions).toMatchObject([{ symbol: CALL, quantity: 2 }]);
      expect(view.record).toMatchObject({ structures: [{ id: 'S1', open: 2 }], foreign: {}, unsettled: null });
      // The books are compared before the first step that may take new risk.
      expect((await anew.at(9.1)).view.halted).toBeNull();
      await anew.interrupt();
      expect(broker.submitted).toEqual([clientOrderId]);
    },
  );

  it('leaves an order that still works: no new risk while it does, nor when it fills, until somebody has looked', async () => {
    const account = 'DAMAGED with an order';
    const broker = new FakeBroker(account);
    const day = await start(broker, 0, true);
    const { clientOrderId } = await day.untilOrder();
    await day.interrupt();
    rmSync(await segmentOf(account));
    const anew = await start(broker, 8, false);
    await anew.at(9);
    expect((await anew.at(9.1)).view.halted).toBe('waiting for the books to agree with the broker');
    broker.events.next(broker.fill(clientOrderId, 2, 2.5));
    const { view } = await anew.at(10);
    expect(view).toMatchObject({
      positions: [{ symbol: CALL, quantity: 2 }],
      record: { structures: [], unsettled: 'foreign-execution' },
    });
    expect((await anew.at(11)).view.halted).not.toBeNull();
    await anew.interrupt();
    expect(broker.submitted).toEqual([clientOrderId]);
  });
});
