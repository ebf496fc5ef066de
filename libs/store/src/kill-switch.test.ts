import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { micros, TradingError } from '@trading-agent/core';
import { afterEach, beforeAll, afterAll, describe, expect, it } from 'vitest';
import { ALL_ACCOUNTS, KILL_SWITCH_CHANNEL } from './kill-switch.ts';
import { openStore } from './store.ts';
import { stopFileState, writeStopFile } from './stop-files.ts';
import { type TemporaryStore, temporaryStore } from './temporary-store.ts';

const AT = micros(1_450_967_400_000_000);

describe('kill switch', () => {
  let temporary: TemporaryStore;
  beforeAll(async () => {
    temporary = await temporaryStore();
  });
  afterEach(() =>
    temporary.store.killSwitch.set({ at: AT, scope: ALL_ACCOUNTS, state: 'run', by: 'test', reason: 'next test' }),
  );
  afterAll(() => temporary.remove());

  it('stops nothing at first', async () => {
    expect(await temporary.store.killSwitch.inForce('PA1')).toBeNull();
    expect(await temporary.store.killSwitch.list()).toEqual([]);
  });

  it('takes the gravest of an account, all accounts and a file', async () => {
    const { killSwitch } = temporary.store;
    await killSwitch.set({ at: AT, scope: 'PA1', state: 'flatten', by: 'ann', reason: 'leave' });
    await killSwitch.set({ at: AT, scope: ALL_ACCOUNTS, state: 'halt', by: 'bob', reason: 'news' });
    expect(await killSwitch.inForce('PA1')).toMatchObject({ state: 'flatten', by: 'ann' });
    expect(await killSwitch.inForce('PA2')).toMatchObject({ state: 'halt', by: 'bob', scope: ALL_ACCOUNTS });
    writeFileSync(join(temporary.dataDir, 'FLATTEN'), '');
    expect(await killSwitch.inForce('PA2')).toMatchObject({ state: 'flatten', by: 'file', changedAt: null });
    expect((await killSwitch.list()).map(({ scope, state }) => `${scope} ${state}`)).toEqual([
      '* flatten',
      '* halt',
      'PA1 flatten',
    ]);
  });

  it('lifts one account without touching the others, and everything at once', async () => {
    const { killSwitch } = temporary.store;
    for (const scope of ['PA1', 'PA2'])
      await killSwitch.set({ at: AT, scope, state: 'halt', by: 'ann', reason: 'stop' });
    await killSwitch.set({ at: AT, scope: 'PA1', state: 'run', by: 'ann', reason: 'on' });
    expect(await killSwitch.inForce('PA1')).toBeNull();
    expect(await killSwitch.inForce('PA2')).toMatchObject({ state: 'halt' });
    writeStopFile(temporary.dataDir, 'halt', 'by hand');
    await killSwitch.set({ at: AT, scope: ALL_ACCOUNTS, state: 'run', by: 'ann', reason: 'on' });
    expect(await killSwitch.list()).toEqual([]);
    expect(existsSync(join(temporary.dataDir, 'HALT'))).toBe(false);
  });

  it('is there for the next process, in the audit log, and announced', async () => {
    const { store } = temporary;
    const heard: unknown[] = [];
    const told = Promise.withResolvers<void>();
    const listening = await store.listen(KILL_SWITCH_CHANNEL, (message) => {
      if (message === null) return;
      heard.push(message);
      told.resolve();
    });
    await store.killSwitch.set({ at: AT, scope: 'PA9', state: 'halt', by: 'ann', reason: 'broker is odd' });
    await told.promise;
    await listening.stop();
    expect(heard).toEqual([{ scope: 'PA9', state: 'halt' }]);
    const other = await openStore({ databaseUrl: temporary.databaseUrl, dataDir: temporary.dataDir });
    try {
      expect(await other.killSwitch.inForce('PA9')).toMatchObject({ state: 'halt', reason: 'broker is odd' });
      expect(await other.audit.verify()).toMatchObject({ intact: true });
    } finally {
      await other.close();
    }
  });

  it('refuses an empty reason and changes nothing', async () => {
    const { killSwitch } = temporary.store;
    const empty = killSwitch.set({ at: AT, scope: 'PA1', state: 'halt', by: 'ann', reason: ' ' });
    await expect(empty).rejects.toSatisfy((error) => error instanceof TradingError && error.code === 'INVALID_VALUE');
    expect(await killSwitch.inForce('PA1')).toBeNull();
  });

  it('halts when the folder of the stop files can not be looked into', () => {
    const nowhere = join(temporary.dataDir, 'a name longer than any file system allows'.repeat(10));
    expect(stopFileState(nowhere)).toBe('halt');
  });
});
