import { type Json, marketDate, micros } from '@trading-agent/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeConnections, connect } from './database.ts';
import { COMMIT_CHANNEL } from './journal/commit.ts';
import { type TemporaryStore, temporaryStore } from './temporary-store.ts';

const AT = micros(1_450_967_400_000_000);

/** Remembers what was heard and lets a test wait for a number of messages. */
function listener() {
  const heard: Json[] = [];
  let wake: () => void = () => undefined;
  return {
    heard,
    callback: (message: Json): void => {
      heard.push(message);
      wake();
    },
    until: async (count: number): Promise<void> => {
      while (heard.length < count) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}

describe('notifications', () => {
  let temporary: TemporaryStore;
  beforeAll(async () => {
    temporary = await temporaryStore();
  });
  afterAll(() => temporary.remove());
  const alert = (message: string) =>
    temporary.store.alerts.add({ at: AT, kind: 'system', severity: 'warning', message, facts: {} });
  const alerted = { kind: 'alert', sessionId: null, alert: 'system', severity: 'warning' };

  it('tell of commits and alerts', async () => {
    const { store } = temporary;
    const date = marketDate('2015-12-24');
    const { id } = await store.sessions.start({ account: 'N', date, mode: 'paper', settings: {} });
    const journal = await store.openJournal(id);
    const { heard, callback, until } = listener();
    const listening = await store.listen(COMMIT_CHANNEL, callback);
    const seq = journal.nextSeq();
    await journal.commit({ events: [{ seq, at: AT, type: 'clock', payload: {} }], positions: [] });
    await alert('m');
    await until(3);
    const none = { decisions: 0, orders: 0, executions: 0, equity: false, alerts: 0 };
    expect(heard).toEqual([null, { kind: 'commit', sessionId: id, seq, positions: true, ...none }, alerted]);
    await listening.stop();
    await expect(store.listen('no such; channel', () => undefined)).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('say by a null that some may have been missed while the connection was gone, and go on', async () => {
    const { heard, callback, until } = listener();
    const listening = await temporary.store.listen(COMMIT_CHANNEL, callback);
    await until(1);
    const admin = connect(temporary.databaseUrl, { max: 1, name: 'test admin' });
    await admin`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like 'listen %'`;
    await until(2);
    await alert('after');
    await until(3);
    expect(heard).toEqual([null, null, alerted]);
    await listening.stop();
    await closeConnections(admin);
  });

  it('wait for a slow listener up to a bound, then drop the oldest and say so; a failing one goes on', async () => {
    const { heard, callback, until } = listener();
    let release: () => void = () => undefined;
    const blocked = new Promise<void>((resolve) => (release = resolve));
    const listening = await temporary.store.listen('many', async (message) => {
      callback(message);
      await blocked;
      if (message === 3) throw new Error('no');
    });
    await until(1);
    const admin = connect(temporary.databaseUrl, { max: 1, name: 'test admin' });
    await admin`select pg_notify('many', n::text) from generate_series(1, 1001) n`;
    // Notifications arrive in order on one connection: once this one is heard by a second listener, the first has been given all.
    const second = listener();
    const secondListening = await temporary.store.listen('marker', second.callback);
    await admin`select pg_notify('marker', 'not JSON')`;
    await second.until(2);
    expect(second.heard).toEqual([null, 'not JSON']);
    release();
    await until(3);
    // The first null is the connection, the second stands for the 1,000 messages that were dropped.
    expect(heard.slice(0, 3)).toEqual([null, null, 1001]);
    await listening.stop();
    await secondListening.stop();
    await closeConnections(admin);
  });
});
