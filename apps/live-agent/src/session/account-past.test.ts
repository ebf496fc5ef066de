import { type Json, marketDate, type Micros, micros, MICROS_PER_MINUTE, usd } from '@trading-agent/core';
import { NO_RECORD, type PastTrade, type SessionRecord } from '@trading-agent/engine';
import { type Store, type TemporaryStore, temporaryStore } from '@trading-agent/store';
import { A_DATE, AN_INSTANT } from '@trading-agent/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountPast, equityToday, openingsOf, type StoredRun } from './account-past.ts';
import { earlierSessions, recordsByDay } from './earlier-sessions.ts';
import { asJson } from './journal-codec.ts';

const SYMBOL = 'TWX160115C00100000';
const at = (minutes: number): Micros => micros(AN_INSTANT + minutes * MICROS_PER_MINUTE);

function submit(minutes: number, intent: string, quantity: number) {
  const purpose = intent.split('/')[1] === 'open' ? 'open' : 'close';
  const order = {
    clientOrderId: intent,
    underlying: 'TWX',
    legs: [{ symbol: SYMBOL, ratio: 1, intent: purpose === 'open' ? 'buy_to_open' : 'sell_to_close' }],
    quantity,
    type: 'limit',
    limit: purpose === 'open' ? 2 : -1,
    timeInForce: 'day',
  };
  const payload = { type: 'submit', intent, purpose, approved: { order, checks: [] } };
  return { seq: minutes + 2, index: 0, at: at(minutes), type: 'submit', payload };
}

function point(minutes: number, equity: number) {
  return {
    at: at(minutes),
    equity: usd(equity),
    cash: usd(equity),
    realized: usd(0),
    unrealized: usd(0),
    fees: usd(0),
  };
}

function lost(minutes: number): PastTrade {
  return { underlying: 'TWX', closedAt: at(minutes), profit: usd(-150), stopped: true, dayTrade: true };
}

const left = (over: Partial<SessionRecord> = {}): SessionRecord => ({ ...NO_RECORD, ...over });

const LOSING: StoredRun = {
  row: { settings: { startEquity: usd(25_000) } },
  submits: [submit(1, 'S1/open/1', 2), submit(5, 'S1/close/1', 2)],
  equity: [point(2, 25_500), point(8, 24_480), point(10, 24_900)],
};

describe('what earlier runs of the day leave', () => {
  it('are their opening orders and where the equity stood', () => {
    expect(openingsOf([LOSING])).toMatchObject([{ at: at(1), order: { clientOrderId: 'S1/open/1', quantity: 2 } }]);
    expect(equityToday([LOSING])).toEqual({
      start: usd(25_000),
      highest: usd(25_500),
      lowest: usd(24_480),
      drawdown: 1 - 24_480 / 25_500,
    });
    expect([openingsOf([]), equityToday([])]).toEqual([[], null]);
  });

  it('goes on from the run before in the next one of the day', () => {
    const second = { ...LOSING, row: { settings: { startEquity: usd(24_900) } }, equity: [point(20, 24_000)] };
    expect(equityToday([LOSING, second])).toMatchObject({ start: usd(25_000), lowest: usd(24_000) });
  });

  it('is not guessed when a stored decision says something else', () => {
    const broken = { ...LOSING, submits: [{ ...submit(1, 'S1/open/1', 1), payload: { type: 'submit' } }] };
    expect(() => openingsOf([broken])).toThrow(expect.objectContaining({ code: 'JOURNAL_CORRUPT' }));
  });
});

describe('from the store', () => {
  let temporary: TemporaryStore;
  let store: Store;
  beforeAll(async () => {
    temporary = await temporaryStore();
    ({ store } = temporary);
  });
  afterAll(() => temporary.remove());

  async function leave(account: string, mode: string, date: string, record: Json, steps: StoredRun = LOSING) {
    const { id } = await store.sessions.start({
      account,
      date: marketDate(date),
      mode,
      settings: { startEquity: usd(25_000) },
    });
    const journal = await store.openJournal(id);
    for (const [index, decision] of steps.submits.entries()) {
      const seq = journal.nextSeq();
      await journal.commit({
        events: [{ seq, at: decision.at, type: 'clock', payload: {} }],
        decisions: [
          { ...decision, seq },
          { seq, index: 1, at: decision.at, type: 'note', payload: {} },
        ],
        equity: steps.equity[index] ?? point(0, 0),
        record,
      });
    }
    await journal.close();
  }

  it('is what a run committed that never ended, in the account and mode of the session that begins', async () => {
    await leave('PA1', 'paper', '2015-12-16', asJson(left({ closedTrades: [lost(-9_000)], volatility: { TWX: 0.2 } })));
    // Four sessions before.
    await leave('PA1', 'paper', '2015-12-18', asJson(left({ closedTrades: [lost(-8_000)] })));
    await leave('PA1', 'paper', '2015-12-23', asJson(left({ closedTrades: [lost(-900)], volatility: { TWX: 0.3 } })));
    await leave('PA1', 'paper', A_DATE, asJson(left({ closedTrades: [lost(6)], volatility: { TWX: 0.4 } })));
    const sessions = await earlierSessions(store, 'PA1', 'paper', A_DATE);
    expect(await accountPast(store, sessions, A_DATE)).toEqual({
      // The week before is no longer counted; today's run is.
      closedTrades: [lost(-8_000), lost(-900), lost(6)],
      openings: openingsOf([LOSING]),
      today: equityToday([{ ...LOSING, equity: LOSING.equity.slice(0, 2) }]),
    });
    // Today is not known when it begins.
    expect(recordsByDay(sessions, A_DATE).map(({ volatility }) => volatility)).toEqual([
      { TWX: 0.2 },
      {},
      { TWX: 0.3 },
    ]);
    // Killed before its first commit a run has left nothing: what is held is explained by the one before it.
    await store.sessions.start({ account: 'PA1', date: A_DATE, mode: 'paper', settings: {} });
    expect((await earlierSessions(store, 'PA1', 'paper', A_DATE)).at(-1)?.record).toMatchObject({
      closedTrades: [lost(6)],
    });
    for (const [account, mode] of [
      ['PA2', 'paper'],
      ['PA1', 'live'],
    ] as const)
      expect(await accountPast(store, await earlierSessions(store, account, mode, A_DATE), A_DATE)).toBeUndefined();
  });

  it('of a simulated account are its earlier days, as they were run last', async () => {
    await leave('SIM', 'sim', '2015-12-23', asJson(left({ structureCount: 1 })));
    await leave('SIM', 'sim', A_DATE, asJson(left({ structureCount: 2 })));
    await leave('SIM', 'sim', '2015-12-23', asJson(left({ structureCount: 3 })));
    const sessions = await earlierSessions(store, 'SIM', 'sim', A_DATE);
    expect(sessions.map(({ record }) => record?.structureCount)).toEqual([3]);
  });

  it('is not guessed when what a session left can not be read', async () => {
    await leave('PA3', 'paper', A_DATE, { structures: 'none' });
    await expect(earlierSessions(store, 'PA3', 'paper', A_DATE)).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
  });
});
