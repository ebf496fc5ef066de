import { micros, TradingError } from '@trading-agent/core';
import { ALL_ACCOUNTS, type Store, type SwitchState, type TemporaryStore, temporaryStore } from '@trading-agent/store';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DayProgress } from './trading-day.ts';
import { FakeBroker } from './testing/fake-broker.ts';
import { CALL, minute, RealDay } from './testing/real-day.ts';

const AT = micros(1_450_967_400_000_000);

let temporary: TemporaryStore;
let store: Store;
let broker: FakeBroker;
let accounts = 0;
beforeAll(async () => {
  temporary = await temporaryStore();
  ({ store } = temporary);
});
afterAll(() => temporary.remove());
beforeEach(() => {
  broker = new FakeBroker(`FAKE-${++accounts}`);
});
const running: RealDay[] = [];
const start = (from = 0): Promise<RealDay> => {
  const day = new RealDay({ store, broker, from });
  running.push(day);
  return day.opened();
};
afterEach(async () => {
  for (const day of running.splice(0)) await day.interrupt().catch(() => undefined);
  await set('run');
});
const set = (state: SwitchState, scope: string = ALL_ACCOUNTS): Promise<void> =>
  store.killSwitch.set({ at: AT, scope, state, by: 'ann', reason: 'told so' });

/** Steps of a second from `from` on until what is asked holds; a setting takes its way through the database. */
async function until(day: RealDay, from: number, holds: (progress: DayProgress) => boolean): Promise<DayProgress> {
  for (let step = 0; step < 50; step += 1) {
    const progress = await day.at(from + step / 60);
    if (holds(progress)) return progress;
  }
  throw new TradingError('TIMEOUT', 'It has not come to that within 50 steps');
}
async function operatorEvents(): Promise<string[]> {
  const [session] = await store.sessions.list(1);
  const entries = await (await store.readJournal(session?.id ?? '')).read();
  return entries.flatMap((entry) => {
    if (entry.kind !== 'event' || entry.type !== 'operator') return [];
    const { command, by }: { command: string; by: string } = JSON.parse(JSON.stringify(entry.payload));
    return [`${command} ${by}`];
  });
}
const MORNING = [1, 2, 3, 4, 5, 10, 15];

describe('the kill switch', () => {
  it('set before the day lets no order out; lifted, trading begins', async () => {
    await set('halt');
    const day = await start();
    for (const each of MORNING) await day.at(each);
    expect(broker.submitted).toEqual([]);
    expect(day.last?.view.halted).toBe('ann: told so');
    await set('run');
    await until(day, 16, ({ view }) => view.halted === null);
    await day.untilOrder([17, 18, 19, 20, 25]);
    expect(await operatorEvents()).toEqual(['halt kill-switch', 'resume kill-switch']);
  });

  it('lifted clears a contradiction for good: a stream that is lost later is waited for, and no more', async () => {
    const day = await start();
    await day.at(1);
    const by = { at: minute(1), clientOrderId: 'by-hand', brokerOrderId: 'B-by-hand' };
    broker.events.next({ kind: 'order', ...by, status: 'new' });
    expect((await day.at(2)).view.halted).toBe('foreign-order');
    await set('run', broker.accountNumber);
    await until(day, 3, ({ view }) => view.halted === null);
    day.links.next({ link: 'stocks', state: 'lost', reconnected: false, reason: 'closed' });
    expect((await day.at(5)).view.halted).toBe('waiting for stock bars to come back');
    day.links.next({ link: 'stocks', state: 'up', reconnected: true, reason: '' });
    expect((await day.at(6)).view.halted).toBeNull();
  });

  it('that flattens closes what is held, also after a restart, and takes no new risk', async () => {
    const day = await start();
    const open = await day.untilOrder();
    broker.events.next(broker.fill(open.clientOrderId, 2, 2.53));
    await day.at(6);
    await set('flatten', broker.accountNumber);
    const left = await until(day, 7, ({ decisions }) => decisions.some(({ type }) => type === 'submit'));
    expect(left.decisions.find(({ type }) => type === 'submit')).toMatchObject({
      purpose: 'close',
      reason: { rule: 'flatten' },
      approved: { order: { legs: [{ symbol: CALL, intent: 'sell_to_close' }], quantity: 2 } },
    });
    const [, close = ''] = broker.submitted;
    await day.interrupt();
    // Nobody has bought it meanwhile; the order has expired.
    broker.end(close, 'canceled');
    const again = await start(20);
    const second = await until(again, 21, ({ decisions }) => decisions.some(({ type }) => type === 'submit'));
    expect(second.decisions.find(({ type }) => type === 'submit')).toMatchObject({ reason: { rule: 'flatten' } });
    broker.events.next(broker.fill(broker.submitted[2] ?? '', 2, 2.4));
    await until(again, 23, ({ view }) => view.positions.length === 0);
    for (const each of [25, 30, 35]) await again.at(each);
    expect(broker.submitted).toHaveLength(3);
    // Told once, though the process died in between.
    expect((await operatorEvents()).filter((event) => event.startsWith('flatten'))).toEqual(['flatten kill-switch']);
  });

  it('that flattens sells shares once, though the answer is lost, the process dies and the fill is told to nobody', async () => {
    broker.foreign.push({ symbol: 'TWX', quantity: 150, averagePrice: 101, mark: 100 });
    broker.next.submit.push({ error: new TradingError('ORDER_FATE_UNKNOWN', 'The answer was lost'), isTaken: true });
    await set('flatten', broker.accountNumber);
    const day = await start();
    const sale = await until(day, 1, ({ decisions }) => decisions.some(({ type }) => type === 'submit'));
    expect(sale.decisions.find(({ type }) => type === 'submit')).toMatchObject({
      intent: 'shares/TWX/1',
      approved: { order: { legs: [{ symbol: 'TWX', intent: 'sell_to_close' }], quantity: 150, type: 'limit' } },
    });
    const [id = ''] = broker.submitted;
    broker.fill(id, 60, 99.9);
    await day.interrupt();
    broker.fill(id, 90, 99.8);
    const again = await start(3);
    const flat = await until(again, 4, ({ view }) => view.shares.length === 0);
    for (const each of [8, 10, 15]) await again.at(each);
    expect(broker.submitted).toEqual([id]);
    expect(flat.view).toMatchObject({ halted: 'ann: told so', record: { foreign: {}, shares: {} } });
    expect(flat.view.cash + flat.view.fees).toBe(25_000e6 + 60 * 99.9e6 + 90 * 99.8e6);
    expect(await broker.positions()).toEqual([]);
  });

  it('works by a file, without the database', async () => {
    writeFileSync(join(temporary.dataDir, 'HALT'), '');
    const day = await start();
    for (const each of MORNING) await day.at(each);
    expect(broker.submitted).toEqual([]);
    expect(day.last?.view.halted).toBe('file: HALT lies in the data folder');
  });

  it('set to run lifts a doubt: a human has looked', async () => {
    const day = await start();
    day.doubts.next(new TradingError('BROKER_DISAGREES', 'A fill was busted'));
    expect((await day.at(1)).view.halted).toBe('A fill was busted');
    await set('run');
    await until(day, 2, ({ view }) => view.halted === null);
    expect(await operatorEvents()).toEqual(['halt live-agent', 'resume kill-switch']);
  });

  it('of another account does not matter', async () => {
    await set('flatten', 'OTHER');
    const day = await start();
    await day.untilOrder();
    await set('run', 'OTHER');
    expect(await operatorEvents()).toEqual([]);
  });
});
