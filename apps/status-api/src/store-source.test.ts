import { type Json, ManualClock, type Micros, marketDate, micros, microsFromRfc3339, usd } from '@trading-agent/core';
import { type Journal, type TemporaryStore, temporaryStore } from '@trading-agent/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Change, StatusSource } from './source.ts';
import { storeStatusSource } from './store-source.ts';

const START = microsFromRfc3339('2015-12-24T14:30:00Z');
const at = (minute: number): Micros => micros(START + minute * 60_000_000);
const NOW = microsFromRfc3339('2026-11-24T03:00:00Z');

describe('storeStatusSource', () => {
  let temporary: TemporaryStore;
  let source: StatusSource;
  let clock: ManualClock;

  beforeAll(async () => {
    temporary = await temporaryStore();
    clock = new ManualClock(NOW);
    source = storeStatusSource(temporary.store, clock);
  });
  afterAll(() => temporary.remove());

  /** A new session, which is then the one that is shown, and how to commit to it. */
  async function begin() {
    const { store } = temporary;
    const { id: sessionId } = await store.sessions.start({
      account: 'PA1',
      date: marketDate('2015-12-24'),
      mode: 'replay',
      settings: { tier: 'medium', market: 'replay', seed: 7 },
    });
    const journal = await store.openJournal(sessionId);
    const commit = async (minute: number, type: string, rest: Omit<Parameters<Journal['commit']>[0], 'events'>) => {
      const seq = journal.nextSeq();
      await journal.commit({ events: [{ seq, at: at(minute), type, payload: { type } }], ...rest });
    };
    return { sessionId, journal, commit };
  }

  const alertRow = (minute: number, rule: string, message: string) => ({
    at: at(minute),
    kind: 'system' as const,
    severity: 'critical',
    message,
    facts: { rule },
  });

  it('knows a session that has begun and made no step', async () => {
    const { sessionId } = await begin();
    expect(await source.session()).toMatchObject({
      sessionId,
      account: 'PA1',
      mode: 'replay',
      market: 'replay',
      tier: 'medium',
      date: '2015-12-24',
      state: 'running',
      endedAt: null,
      halted: null,
      lastStepAt: null,
      lastStepSeenAt: null,
      startEquity: null,
      equity: null,
    });
  });

  it('gives equity and what the day began with, from the books', async () => {
    const { commit } = await begin();
    await commit(1, 'clock', {
      // 25,000 start, 100 realised, -40 unrealised, 3.25 fees.
      equity: {
        at: at(1),
        equity: usd(25_056.75),
        cash: usd(24_000),
        realized: usd(100),
        unrealized: usd(-40),
        fees: usd(3.25),
      },
      positions: [
        {
          symbol: 'GOOG151231C00760000',
          quantity: 1,
          averagePrice: 2.05,
          multiplier: 100,
          mark: 1.65,
          unrealized: usd(-40),
          updatedAt: at(1),
        },
      ],
    });
    expect(await source.session()).toMatchObject({
      equity: usd(25_056.75),
      startEquity: usd(25_000),
      cash: usd(24_000),
      lastStepAt: at(1),
    });
    expect(await source.equity()).toMatchObject([{ at: at(1), equity: usd(25_056.75) }]);
    expect(await source.positions()).toMatchObject([{ symbol: 'GOOG151231C00760000', quantity: 1, mark: 1.65 }]);
  });

  it('measures in machine time when the session last moved on', async () => {
    const { commit } = await begin();
    await commit(1, 'clock', {});
    const first = clock.now();
    expect((await source.session())?.lastStepSeenAt).toBe(first);
    const later = micros(first + 90_000_000);
    clock.advanceTo(later);
    expect((await source.session())?.lastStepSeenAt).toBe(first);
    await commit(2, 'clock', {});
    expect((await source.session())?.lastStepSeenAt).toBe(later);
  });

  it('gives orders and fills', async () => {
    const { commit } = await begin();
    await commit(3, 'broker', {
      orders: [
        {
          clientOrderId: 'o1',
          brokerOrderId: 'b1',
          underlying: 'GOOG',
          status: 'filled',
          type: 'limit',
          limit: 2.05,
          quantity: 1,
          filledQuantity: 1,
          legs: [{ symbol: 'GOOG151231C00760000', ratio: 1, intent: 'buy_to_open' }],
          strategy: 'long-call',
          reason: null,
          createdAt: at(2),
          updatedAt: at(3),
        },
      ],
      executions: [
        {
          executionId: 'x1',
          clientOrderId: 'o1',
          at: at(3),
          quantity: 1,
          legs: [{ symbol: 'GOOG151231C00760000', intent: 'buy_to_open', quantity: 1, price: 2.05 }],
          fees: usd(0.65),
          realized: usd(0),
          cashChange: usd(-205.65),
        },
      ],
    });
    expect(await source.orders(10)).toEqual([
      {
        clientOrderId: 'o1',
        at: at(2),
        underlying: 'GOOG',
        strategy: 'long-call',
        legs: [{ symbol: 'GOOG151231C00760000', ratio: 1, intent: 'buy_to_open' }],
        quantity: 1,
        filled: 1,
        type: 'limit',
        limit: 2.05,
        status: 'filled',
        reason: null,
      },
    ]);
    expect(await source.executions(10)).toMatchObject([
      { executionId: 'x1', fees: usd(0.65), legs: [{ price: 2.05 }] },
    ]);
  });

  it('tells decisions of every kind with their rules, and does not hide one of a kind it does not know', async () => {
    const { journal } = await begin();
    const check = { rule: 'risk-per-trade', passed: false, actual: 910, limit: 750, unit: 'usd' };
    const kept = { rule: 'halted', passed: true, actual: 0, limit: 0, unit: 'count' };
    const reason = { rule: 'why', text: 'Because' };
    const payloads: Json[] = [
      { type: 'subscribe', underlying: 'GOOG', symbols: ['A', 'B'] },
      {
        type: 'submit',
        purpose: 'open',
        strategy: 'iron-condor',
        approved: { order: { clientOrderId: 'o9', underlying: 'GOOG' }, checks: [{ ...check, passed: true }] },
        reason,
        reduced: { asked: 3, failed: [check] },
      },
      { type: 'cancel', clientOrderId: 'o9', reason },
      // As it was recorded before all rules were kept.
      { type: 'refuse', underlying: 'GOOG', strategy: 'long-call', purpose: 'open', failed: [check], reason },
      {
        type: 'refuse',
        underlying: 'GOOG',
        strategy: 'long-put',
        purpose: 'open',
        failed: [check],
        checks: [kept, check],
        quantity: 2,
        reason,
      },
      { type: 'note', underlying: 'GOOG', reason },
      { type: 'alert', severity: 'warning', reason },
      { type: 'something-new', x: 1 },
    ];
    const seq = journal.nextSeq();
    await journal.commit({
      events: [{ seq, at: at(4), type: 'market', payload: {} }],
      decisions: payloads.map((payload, index) => ({ seq, index, at: at(4), type: `type ${index}`, payload })),
    });
    const plain = { rule: 'why', text: 'Because', passed: null, actual: null, limit: null, unit: null };
    const newestFirst = await source.decisions(100);
    expect(newestFirst.map(({ sequence, index }) => [sequence, index])).toEqual(
      [7, 6, 5, 4, 3, 2, 1, 0].map((index) => [seq, index]),
    );
    expect(
      newestFirst.toReversed().map(({ kind, subject, clientOrderId, summary, reasons }) => ({
        kind,
        subject,
        clientOrderId,
        summary,
        reasons,
      })),
    ).toEqual([
      { kind: 'note', subject: 'GOOG', clientOrderId: null, summary: 'watches 2 contracts', reasons: [] },
      {
        kind: 'submit',
        subject: 'GOOG',
        clientOrderId: 'o9',
        summary: 'open iron-condor, reduced from 3',
        reasons: [plain, { ...check, text: null }, { ...check, passed: true, text: null }],
      },
      { kind: 'cancel', subject: null, clientOrderId: 'o9', summary: 'cancel order', reasons: [plain] },
      {
        kind: 'refuse',
        subject: 'GOOG',
        clientOrderId: null,
        summary: 'open long-call',
        reasons: [plain, { ...check, text: null }],
      },
      {
        kind: 'refuse',
        subject: 'GOOG',
        clientOrderId: null,
        summary: 'open long-put, measured for 2',
        reasons: [plain, { ...kept, text: null }, { ...check, text: null }],
      },
      { kind: 'note', subject: 'GOOG', clientOrderId: null, summary: '', reasons: [plain] },
      { kind: 'alert', subject: null, clientOrderId: null, summary: 'warning', reasons: [plain] },
      { kind: 'note', subject: null, clientOrderId: null, summary: 'type 7', reasons: [] },
    ]);
  });

  it('is halted from the alert that says so until the one that lifts it', async () => {
    const { commit } = await begin();
    await commit(5, 'operator', { alerts: [alertRow(5, 'operator-halt', 'ann: check the feed')] });
    expect((await source.session())?.halted).toEqual({ reason: 'ann: check the feed', at: at(5) });
    await commit(6, 'operator', { alerts: [alertRow(6, 'spread', 'Wide spreads')] });
    expect((await source.session())?.halted).not.toBeNull();
    await commit(7, 'operator', { alerts: [alertRow(7, 'operator-resume', 'ann: fine')] });
    expect((await source.session())?.halted).toBeNull();
    await commit(8, 'broker', { alerts: [{ ...alertRow(8, 'overfill', 'Not ours'), kind: 'risk' }] });
    expect((await source.session())?.halted).toEqual({ reason: 'Not ours', at: at(8) });
    expect(await source.alerts(2)).toMatchObject([
      { message: 'Not ours', severity: 'critical' },
      { message: 'ann: fine' },
    ]);
  });

  it('stays halted by the loss of the day, whatever a resume lifts', async () => {
    const { commit } = await begin();
    await commit(5, 'clock', { alerts: [{ ...alertRow(5, 'daily-loss', 'Lost too much'), kind: 'risk' }] });
    await commit(6, 'operator', { alerts: [alertRow(6, 'operator-halt', 'ann: news')] });
    expect((await source.session())?.halted).toMatchObject({ reason: 'ann: news' });
    await commit(7, 'operator', { alerts: [alertRow(7, 'operator-resume', 'ann: fine')] });
    expect((await source.session())?.halted).toMatchObject({ reason: 'Lost too much' });
  });

  it('watches commits: what changed, everything when it can not know, nothing after the end', async () => {
    const { commit } = await begin();
    const heard: Change[] = [];
    let wake: () => void = () => {};
    const until = async (count: number): Promise<void> => {
      while (heard.length < count) await new Promise<void>((resolve) => (wake = resolve));
    };
    const stop = await source.watch((change) => {
      heard.push(change);
      wake();
    });
    await until(1);
    // Listening has just begun: whatever came before was missed.
    expect(heard[0]?.topics).toHaveLength(7);
    await commit(9, 'clock', {
      equity: { at: at(9), equity: usd(25_000), cash: usd(25_000), realized: usd(0), unrealized: usd(0), fees: usd(0) },
    });
    await commit(10, 'clock', { alerts: [alertRow(10, 'x', 'y')], positions: [] });
    await until(3);
    expect(heard.slice(1).map(({ topics }) => topics)).toEqual([
      ['status', 'equity'],
      ['status', 'positions', 'alerts'],
    ]);
    await temporary.store.alerts.add(alertRow(11, 'x', 'from elsewhere'));
    await until(4);
    expect(heard[3]?.topics).toContain('alerts');
    await stop();
  });

  it('shows the next session once it has begun, the old one no longer', async () => {
    const { sessionId, journal } = await begin();
    await journal.close();
    await temporary.store.sessions.finish(sessionId, { tier: 'large' });
    expect(await source.session()).toMatchObject({ state: 'ended', tier: 'large', endedAt: expect.any(Number) });
    await temporary.store.sessions.start({
      account: 'PA2',
      date: marketDate('2015-12-28'),
      mode: 'paper',
      settings: {},
    });
    expect(await source.session()).toMatchObject({
      account: 'PA2',
      state: 'running',
      tier: null,
      market: null,
      halted: null,
    });
    expect(await source.positions()).toEqual([]);
    expect(await source.decisions(10)).toEqual([]);
  });

  it('has nothing before the first session, and names a store that can not be reached', async () => {
    const empty = await temporaryStore();
    try {
      const early = storeStatusSource(empty.store, clock);
      expect(await early.session()).toBeNull();
      expect(await early.orders(10)).toEqual([]);
      await empty.store.close();
      await expect(early.session()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    } finally {
      await empty.remove();
    }
  });
});
