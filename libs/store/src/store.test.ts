import { marketDate, micros, usd } from '@trading-agent/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TemporaryStore, temporaryStore } from './temporary-store.ts';

const DATE = marketDate('2015-12-24');
const at = (n: number) => micros(1_450_967_400_000_000 + n);

describe('store', () => {
  let temporary: TemporaryStore;
  beforeAll(async () => {
    temporary = await temporaryStore();
  });
  afterAll(() => temporary.remove());

  const begin = (account: string) =>
    temporary.store.sessions.start({ account, date: DATE, mode: 'paper', settings: { seed: 7 } });

  it('numbers the runs of an account and day, and finishes one once', async () => {
    const { sessions } = temporary.store;
    const first = await begin('runs');
    const second = await begin('runs');
    expect([first.run, second.run]).toEqual([1, 2]);
    expect(await sessions.latest('runs', DATE)).toMatchObject({
      id: second.id,
      run: 2,
      status: 'running',
      settings: { seed: 7 },
      result: null,
      committedSeq: 0,
    });
    await sessions.finish(second.id, { orders: 3 });
    expect(await sessions.get(second.id)).toMatchObject({ status: 'finished', result: { orders: 3 } });
    await expect(sessions.finish(second.id, {})).rejects.toMatchObject({ code: 'STORE_CONFLICT' });
    expect(await sessions.latest('nobody', DATE)).toBeUndefined();
  });

  it('gives different runs to sessions begun at the same time', async () => {
    const runs = await Promise.all(Array.from({ length: 8 }, () => begin('crowd')));
    expect(runs.map((session) => session.run).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('stores a batch with all projections and answers the status questions from them', async () => {
    const { store } = temporary;
    const { id } = await begin('projections');
    const journal = await store.openJournal(id);
    const market = journal.appendMarket({ at: at(0), payload: { quotes: [1.5, 2] } });
    const clock = journal.nextSeq();
    const order = {
      clientOrderId: 'o-1',
      brokerOrderId: null,
      underlying: 'GOOG',
      status: 'pending',
      type: 'limit',
      limit: -1.25,
      quantity: 2,
      filledQuantity: 0,
      legs: [{ symbol: 'GOOG160115C00750000', ratio: 1 }],
      strategy: 'iron-condor',
      reason: 'credit 1.25 above the least 1.00',
      createdAt: at(1),
      updatedAt: at(1),
    };
    await journal.commit({
      events: [{ seq: clock, at: at(1), type: 'clock', payload: { z: 1, a: [0.1, -3e-7] } }],
      decisions: [
        { seq: clock, index: 0, at: at(1), type: 'submit', payload: { order: 'o-1' } },
        { seq: clock, index: 1, at: at(1), type: 'note', payload: 'why' },
      ],
      outbox: [{ id: 'o-1', seq: clock, kind: 'submit', payload: { limit: -1.25 } }],
      orders: [order],
      equity: { at: at(1), equity: usd(25_000), cash: usd(25_000), realized: usd(0), unrealized: usd(0), fees: usd(0) },
    });
    const fill = journal.nextSeq();
    const execution = {
      executionId: 'e-1',
      clientOrderId: 'o-1',
      at: at(2),
      quantity: 2,
      legs: [{ symbol: 'GOOG160115C00750000', price: 1.25 }],
      fees: usd(1.3),
      realized: usd(0),
      cashChange: usd(248.7),
    };
    const position = {
      symbol: 'GOOG160115C00750000',
      quantity: -2,
      averagePrice: 1.25,
      multiplier: 100,
      mark: 1.2,
      unrealized: usd(10),
      updatedAt: at(2),
    };
    await journal.commit({
      events: [{ seq: fill, at: at(2), type: 'execution', payload: {} }],
      orders: [{ ...order, brokerOrderId: 'b-1', status: 'filled', filledQuantity: 2, reason: null, updatedAt: at(2) }],
      executions: [execution, { ...execution, executionId: 'e-2', at: at(3) }],
      positions: [position, { ...position, symbol: 'A' }],
      equity: {
        at: at(2),
        equity: usd(25_008.7),
        cash: usd(25_248.7),
        realized: usd(0),
        unrealized: usd(10),
        fees: usd(1.3),
      },
      alerts: [{ at: at(2), kind: 'trading', severity: 'info', message: 'filled', facts: { order: 'o-1' } }],
    });
    // A fill told twice counts once; positions are replaced, not added to.
    await journal.commit({ executions: [{ ...execution, fees: usd(99) }], positions: [position] });

    expect(market).toBe(1);
    expect(await store.orders(id)).toEqual([
      { ...order, brokerOrderId: 'b-1', status: 'filled', filledQuantity: 2, updatedAt: at(2) },
    ]);
    expect(await store.executions(id)).toEqual([{ ...execution, executionId: 'e-2', at: at(3) }, execution]);
    expect(await store.executions(id, 1)).toHaveLength(1);
    expect(await store.positions(id)).toEqual([position]);
    expect((await store.equity(id)).map((point) => point.equity)).toEqual([usd(25_000), usd(25_008.7)]);
    expect((await store.decisions(id)).map((row) => [row.seq, row.index])).toEqual([
      [clock, 1],
      [clock, 0],
    ]);
    expect((await store.decisionsAfter(id, 0)).map((row) => row.payload)).toEqual([{ order: 'o-1' }, 'why']);
    expect((await store.alerts.list(1))[0]).toMatchObject({ sessionId: id, kind: 'trading', facts: { order: 'o-1' } });
    expect(await store.statistics(id)).toMatchObject({ realized: [{ fees: usd(1.3) }, { fees: usd(1.3) }] });
    expect(await store.status()).toMatchObject({
      session: { id, committedSeq: fill },
      equity: { equity: usd(25_008.7) },
      positions: 1,
      orders: 1,
      executions: 2,
      unsent: 1,
    });
    // The text of a payload comes back as it was written, members in their order.
    expect((await journal.read()).map((entry) => JSON.stringify(entry.payload))).toEqual([
      '{"quotes":[1.5,2]}',
      '{"z":1,"a":[0.1,-3e-7]}',
      '{}',
    ]);
    await journal.close();
  });
});
