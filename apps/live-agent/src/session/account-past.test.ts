import { type Micros, micros, MICROS_PER_MINUTE, type Usd, usd } from '@trading-agent/core';
import { type TemporaryStore, temporaryStore } from '@trading-agent/store';
import { A_DATE, AN_INSTANT } from '@trading-agent/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountPast, pastOf, type StoredSession } from './account-past.ts';

const SYMBOL = 'TWX160115C00100000';
const at = (minutes: number): Micros => micros(AN_INSTANT + minutes * MICROS_PER_MINUTE);

function submit(minutes: number, intent: string, quantity: number, rule = 'view') {
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
  const payload = { type: 'submit', intent, purpose, approved: { order, checks: [] }, reason: { rule, text: rule } };
  return { seq: minutes + 2, index: 0, at: at(minutes), type: 'submit', payload };
}

function execution(minutes: number, clientOrderId: string, quantity: number, cashChange: Usd) {
  return {
    executionId: `${clientOrderId}-${minutes}`,
    clientOrderId,
    at: at(minutes),
    quantity,
    legs: [],
    fees: usd(1),
    realized: usd(0),
    cashChange,
  };
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

const LOSING: StoredSession = {
  row: { date: A_DATE, settings: { startEquity: usd(25_000) } },
  submits: [submit(1, 'S1/open/1', 2), submit(5, 'S1/close/1', 2), submit(9, 'S1/close/2', 1, 'stop-loss')],
  executions: [
    execution(2, 'S1/open/1', 2, usd(-401)),
    execution(6, 'S1/close/1', 1, usd(149)),
    execution(7, 'by hand', 1, usd(99)),
    execution(10, 'S1/close/2', 1, usd(99)),
  ],
  equity: [point(2, 25_500), point(8, 24_480), point(10, 24_900)],
};

describe('what earlier sessions leave', () => {
  it('is each structure that was left again, in its own money and before fees', () => {
    expect(pastOf([LOSING], A_DATE).closedTrades).toEqual([
      { underlying: 'TWX', closedAt: at(10), profit: usd(-150), stopped: true },
    ]);
  });

  it('is no trade while units are held', () => {
    const { closedTrades } = pastOf([{ ...LOSING, executions: LOSING.executions.slice(0, 3) }], A_DATE);
    expect(closedTrades).toEqual([]);
  });

  it('are the orders and the equity of the same day alone', () => {
    const before = { ...LOSING, row: { date: '2015-12-23', settings: {} } };
    const past = pastOf([before], A_DATE);
    expect([past.closedTrades.length, past.openings, past.today]).toEqual([1, [], null]);
    const both = pastOf([before, LOSING], A_DATE);
    expect(both.openings).toMatchObject([{ at: at(1), order: { clientOrderId: 'S1/open/1', quantity: 2 } }]);
    expect(both.today).toEqual({
      start: usd(25_000),
      highest: usd(25_500),
      lowest: usd(24_480),
      drawdown: 1 - 24_480 / 25_500,
    });
  });

  it('goes on from the run before in the next one of the day', () => {
    const second = {
      ...LOSING,
      row: { date: A_DATE, settings: { startEquity: usd(24_900) } },
      equity: [point(20, 24_000)],
    };
    expect(pastOf([LOSING, second], A_DATE).today).toMatchObject({ start: usd(25_000), lowest: usd(24_000) });
  });

  it('is not guessed when a stored decision says something else', () => {
    const broken = { ...LOSING, submits: [{ ...submit(1, 'S1/open/1', 1), payload: { type: 'submit' } }] };
    expect(() => pastOf([broken], A_DATE)).toThrow(expect.objectContaining({ code: 'JOURNAL_CORRUPT' }));
  });
});

describe('from the store', () => {
  let temporary: TemporaryStore;
  beforeAll(async () => {
    temporary = await temporaryStore();
  });
  afterAll(() => temporary.remove());

  it('is what a run committed that never ended; a simulated day starts from the same', async () => {
    const { store } = temporary;
    const { id } = await store.sessions.start({
      account: 'PA1',
      date: A_DATE,
      mode: 'paper',
      settings: { startEquity: usd(25_000) },
    });
    const journal = await store.openJournal(id);
    for (const [index, decision] of LOSING.submits.entries()) {
      const seq = journal.nextSeq();
      await journal.commit({
        events: [{ seq, at: decision.at, type: 'clock', payload: {} }],
        decisions: [
          { ...decision, seq },
          { seq, index: 1, at: decision.at, type: 'note', payload: {} },
        ],
        ...(index === 2 ? { executions: LOSING.executions } : {}),
        equity: LOSING.equity[index] ?? point(0, 0),
      });
    }
    await journal.close();
    expect(await accountPast(store, 'PA1', 'paper', A_DATE)).toEqual(pastOf([LOSING], A_DATE));
    expect(await accountPast(store, 'PA2', 'paper', A_DATE)).toEqual({ closedTrades: [], openings: [], today: null });
    expect(await accountPast(store, 'PA1', 'live', A_DATE)).toEqual({ closedTrades: [], openings: [], today: null });
    expect(await accountPast(store, 'PA1', 'sim', A_DATE)).toBeUndefined();
  });
});
