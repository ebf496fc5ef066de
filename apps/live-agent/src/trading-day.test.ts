import { ManualClock, marketDate, type Micros, micros, TradingError, usd } from '@trading-agent/core';
import { type AccountLock, type Journal, type Store, type TemporaryStore, temporaryStore } from '@trading-agent/store';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FakeBroker } from './testing/fake-broker.ts';
import { CALL, CLOSE, minute, RealDay, type RealDayOptions } from './testing/real-day.ts';

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
  // Each case has an account to itself: a further run of the same one would go on from what was ordered and lost before.
  broker = new FakeBroker(`FAKE-${++accounts}`);
});

const running: RealDay[] = [];
function begin(options: Partial<RealDayOptions> = {}): RealDay {
  const day = new RealDay({ store, broker, ...options });
  running.push(day);
  return day;
}
const start = (options: Partial<RealDayOptions> = {}): Promise<RealDay> => begin(options).opened();
afterEach(async () => {
  for (const day of running.splice(0)) await day.interrupt().catch(() => undefined);
});
const sessions = () => store.sessions.list(2);
async function outbox(): Promise<Record<string, string>> {
  const [session] = await sessions();
  const rows = await store.outbox.list(session?.id ?? '', ['pending', 'sending', 'sent', 'rejected', 'abandoned']);
  return Object.fromEntries(rows.map(({ id, status }) => [id, status]));
}
/** What the journal says about halts, in order. */
async function halts(): Promise<string[]> {
  const [session] = await sessions();
  const entries = await (await store.readJournal(session?.id ?? '')).read();
  return entries.flatMap((entry) =>
    entry.kind === 'event' && entry.type === 'operator' ? [JSON.stringify(entry.payload)] : [],
  );
}

/** A store whose journal fails at the commit that holds an order: before it is written, or after with its answer lost. */
function failing(when: 'before' | 'after'): Store {
  return {
    ...store,
    openJournal: async (...args): Promise<Journal> => {
      const journal = await store.openJournal(...args);
      return {
        sessionId: journal.sessionId,
        get committedSeq() {
          return journal.committedSeq;
        },
        appendMarket: (entry) => journal.appendMarket(entry),
        nextSeq: () => journal.nextSeq(),
        entries: () => journal.entries(),
        read: () => journal.read(),
        close: () => journal.close(),
        commit: async (batch) => {
          const isOrder = (batch.outbox ?? []).length > 0;
          const done = isOrder && when === 'before' ? { committedSeq: 0 } : await journal.commit(batch);
          if (isOrder) throw new TradingError('STORE_UNAVAILABLE', 'The database does not answer');
          return done;
        },
      };
    },
  };
}

describe('a day on a real market', () => {
  it('is traded from the first order to books that agree', async () => {
    const day = await start();
    const order = await day.untilOrder();
    expect(order.legs).toEqual([{ symbol: CALL, ratio: 1, intent: 'buy_to_open' }]);
    expect(broker.submitted).toEqual([order.clientOrderId]);
    expect(day.feed.subscribed).toContain(CALL);
    broker.events.next(broker.fill(order.clientOrderId, 2, 2.53));
    expect((await day.at(6)).view.positions).toMatchObject([{ symbol: CALL, quantity: 2 }]);
    await day.at(CLOSE);
    await day.at(CLOSE + 0.1);
    const { report, complete, sessionId } = await day.result;
    expect(complete).toBe(true);
    expect(report.executions).toMatchObject([{ quantity: 2, net: 2.53 }]);
    expect(await store.sessions.get(sessionId)).toMatchObject({ status: 'finished', result: report });
    expect(await outbox()).toEqual({ [order.clientOrderId]: 'sent' });
    expect(await halts()).toEqual([]);
    expect(await store.audit.verify()).toMatchObject({ intact: true });
  });

  it('that began without us is made up for, without looking ahead', async () => {
    const day = await start({ from: 60.5 });
    expect(day.feed.asked).toEqual([{ from: '2015-12-23', to: '2015-12-24' }]);
    const [session] = await sessions();
    const [first] = await (await store.readJournal(session?.id ?? '')).read();
    expect(first?.at).toBe(minute(60.5));
    const { payload } = first ?? {};
    const facts: { session: { history: { end: number }[] } } = JSON.parse(JSON.stringify(payload));
    // The minute under way is not over yet.
    expect(facts.session.history.at(-1)?.end).toBe(minute(60));
    await day.interrupt();
  });

  it('that is begun anew goes on from what the run before has ordered and began with', async () => {
    const day = await start();
    const { clientOrderId } = await day.untilOrder();
    await day.interrupt();
    broker.cash = usd(24_000);
    await (await start({ from: 20.5, resume: false })).interrupt();
    const [session] = await sessions();
    const [first] = await (await store.readJournal(session?.id ?? '')).read();
    expect(session?.run).toBe(2);
    expect(first).toMatchObject({
      payload: {
        session: {
          account: {
            cash: usd(24_000),
            past: { closedTrades: [], openings: [{ order: { clientOrderId } }], today: { start: usd(25_000) } },
          },
        },
      },
    });
  });

  it('what is not counted is in no figure of the day: a second run has lost nothing by it', async () => {
    broker.foreign.push({ symbol: 'BTCUSD', quantity: 0.5, averagePrice: 90_000, mark: 100_000 });
    broker.besides = usd(50_000);
    const day = await start();
    await day.at(1);
    await day.interrupt();
    expect((await sessions())[0]?.settings).toMatchObject({ startEquity: usd(25_000), tier: day.last?.view.tier.name });
    const again = await start({ from: 2, resume: false });
    expect((await again.at(3)).view.halted).toBeNull();
    await again.interrupt();
  });

  it('a fill that the lost order stream has missed is booked from the order, once; no new risk meanwhile', async () => {
    const day = await start();
    const order = await day.untilOrder();
    day.links.next({ link: 'orders', state: 'lost', reconnected: false, reason: 'closed' });
    const missed = broker.fill(order.clientOrderId, 2, 2.5);
    expect((await day.at(5.2)).view).toMatchObject({ positions: [], halted: expect.stringContaining('order stream') });
    day.links.next({ link: 'orders', state: 'up', reconnected: true, reason: '' });
    expect((await day.at(5.4)).view.positions).toMatchObject([{ symbol: CALL, quantity: 2, averagePrice: 2.5 }]);
    // The stream tells it after all.
    broker.events.next(missed);
    await day.at(5.6);
    expect((await day.at(5.8)).view).toMatchObject({ halted: null, positions: [{ quantity: 2 }] });
    expect((await day.interrupt()).report.executions).toHaveLength(1);
    expect((await halts()).map((event) => (event.includes('"resume"') ? 'resume' : 'halt'))).toEqual([
      'halt',
      'resume',
    ]);
  });

  it('nothing is opened while the feed is away, and trading goes on when it is back', async () => {
    const day = await start();
    for (const each of [1, 2, 3, 4]) await day.at(each);
    day.links.next({ link: 'options', state: 'lost', reconnected: false, reason: 'closed' });
    await day.at(5);
    await day.at(10, { isFeedAway: true });
    expect(broker.submitted).toEqual([]);
    day.links.next({ link: 'options', state: 'up', reconnected: true, reason: '' });
    const order = await day.untilOrder([11, 12, 13, 14, 15]);
    expect(broker.submitted).toEqual([order.clientOrderId]);
    await day.interrupt();
  });

  it('nothing is decided over a hole in the data; it is journaled, and a restart knows of it', async () => {
    const gap = {
      id: 'stocks/1',
      channel: 'stocks',
      cause: 'mute',
      symbols: [],
      from: minute(3),
      reason: 'mute',
    } as const;
    const day = await start();
    for (const each of [1, 2, 3]) await day.at(each);
    day.feed.events.next({ kind: 'gap', channel: 'stocks', gap: { ...gap, state: 'open', to: null, unfilled: [] } });
    const told = [await day.at(4, { isFeedAway: true }), await day.at(5)].flatMap(({ decisions }) => decisions);
    expect(told).toMatchObject([
      { type: 'alert', kind: 'market', reason: { rule: 'data-gap' } },
      { type: 'note', reason: { rule: 'data-gap', text: expect.stringContaining('stocks data has a gap') } },
    ]);
    await day.interrupt();
    // What the gap kept back died with the process: asked for from where it began.
    const resumed = await start({ from: 6 });
    expect(resumed.last?.view.gaps).toMatchObject([{ id: 'stocks/1', state: 'open' }]);
    expect(resumed.feed.since).toBe(minute(3));
    const first = await resumed.at(7);
    expect([first.view.gaps, first.decisions]).toMatchObject([[], [{ reason: { rule: 'data-gap-closed' } }]]);
    const order = await resumed.untilOrder([8, 9, 10]);
    expect(broker.submitted).toEqual([order.clientOrderId]);
    await resumed.interrupt();
  });

  it('says up to when it knows the bars: a restart up to where its journal ends', async () => {
    const day = await start();
    expect(day.feed.since).toBe(minute(0));
    await day.at(3);
    await day.interrupt();
    const resumed = await start({ from: 20 });
    expect(resumed.feed.since).toBe(minute(3));
    await resumed.interrupt();
  });

  it('a doubt about the books halts until a human has looked', async () => {
    const day = await start();
    day.doubts.next(new TradingError('BROKER_DISAGREES', 'A fill was busted'));
    for (const each of [1, 2, 3, 4, 5, 10]) await day.at(each);
    expect(day.last?.view.halted).toBe('A fill was busted');
    expect(broker.submitted).toEqual([]);
    await day.interrupt();
  });

  it('goes on after a restart: what was sent is not sent again, what was filled meanwhile is booked', async () => {
    const first = await start();
    const order = await first.untilOrder();
    expect((await first.interrupt()).complete).toBe(false);
    broker.fill(order.clientOrderId, 2, 2.53);
    const second = await start({ from: 20 });
    expect((await second.at(21)).view.positions).toMatchObject([{ quantity: 2 }]);
    const { sessionId, report } = await second.interrupt();
    expect(report.executions).toHaveLength(1);
    expect(broker.submitted).toEqual([order.clientOrderId]);
    expect((await sessions())[0]?.id).toBe(sessionId);
  });

  it('a session of another day is given up; what it left is taken over, fills it never heard of included', async () => {
    const old = await start();
    const order = await old.untilOrder();
    broker.events.next(broker.fill(order.clientOrderId, 1, 2.53));
    await old.at(6);
    const { sessionId } = await old.interrupt();
    broker.fill(order.clientOrderId, 1, 2.53);
    const next = await start({ from: 4 * 24 * 60 });
    const [session] = await sessions();
    expect(session).toMatchObject({ date: '2015-12-28', status: 'running' });
    expect(await store.sessions.get(sessionId)).toMatchObject({ status: 'finished', result: { abandoned: true } });
    const { view, decisions } = await next.at(4 * 24 * 60 + 1);
    expect(view).toMatchObject({ halted: null, positions: [{ symbol: CALL, quantity: 2 }] });
    expect(view.record.structures).toMatchObject([{ id: 'S1', strategy: 'long-call', open: 2, entryNet: 2.53 }]);
    expect(decisions.map((decision) => 'reason' in decision && decision.reason.rule)).toContain('taken-over');
    // Taken up again it knows them from its journal.
    await next.interrupt();
    const again = await start({ from: 4 * 24 * 60 + 2 });
    expect((await again.at(4 * 24 * 60 + 3)).view.record.structures).toMatchObject([{ id: 'S1', open: 2 }]);
    await again.interrupt();
  });

  it('a session of another day that is given up decides nothing more, whatever is wanted now', async () => {
    const old = await start();
    const order = await old.untilOrder();
    broker.events.next(broker.fill(order.clientOrderId, 1, 2.53));
    await old.at(6);
    await old.interrupt();
    // A fill that it never heard of, and an operator who wants out: by its own prices, which are those of four days ago.
    broker.fill(order.clientOrderId, 1, 2.53);
    const account = broker.accountNumber;
    await store.killSwitch.set({ at: minute(7), scope: account, state: 'flatten', by: 'tester', reason: 'out' });
    const next = await start({ from: 4 * 24 * 60 });
    expect(broker.submitted).toEqual([order.clientOrderId]);
    await next.interrupt();
  });

  it('a session that was killed before its first commit holds nothing to resume: another begins', async () => {
    const { accountNumber: account } = broker;
    const { id } = await store.sessions.start({ account, date: marketDate('2015-12-24'), mode: 'paper', settings: {} });
    expect((await (await start()).at(1)).view.halted).toBeNull();
    expect(await store.sessions.get(id)).toMatchObject({ status: 'finished', result: { abandoned: true } });
  });

  it('a clock that is set back stops nothing: the time of the journal stands until it has caught up', async () => {
    class SetBack extends ManualClock {
      by = 0;
      override now(): Micros {
        return micros(super.now() - this.by);
      }
    }
    const clock = new SetBack(minute(0));
    const day = await start({ clock });
    await day.at(1);
    await day.at(2);
    clock.by = 90_000_000;
    expect((await day.at(3)).view.at).toBe(minute(2));
    expect((await day.at(4)).view.at).toBe(minute(2.5));
  });

  it('what a session of another day had decided and never sent is not sent any more', async () => {
    const old = await start();
    const order = await old.untilOrder();
    broker.events.next(broker.fill(order.clientOrderId, 2, 2.53));
    await old.at(6);
    await old.interrupt();
    const account = broker.accountNumber;
    await store.killSwitch.set({ at: minute(7), scope: account, state: 'flatten', by: 'tester', reason: 'out' });
    // Killed half a minute before the close, between the commit and the broker.
    const last = await start({ from: CLOSE - 1, store: failing('after') });
    await expect(last.at(CLOSE - 0.5)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(Object.values(await outbox()).toSorted()).toEqual(['pending', 'sent']);
    const next = await start({ from: 4 * 24 * 60 });
    expect(broker.submitted).toEqual([order.clientOrderId]);
    expect((await next.at(4 * 24 * 60 + 1)).view.positions).toMatchObject([{ symbol: CALL, quantity: 2 }]);
    await next.interrupt();
  });

  it('holdings that are not as the record has them halt new risk until somebody has looked', async () => {
    const old = await start();
    const order = await old.untilOrder();
    broker.events.next(broker.fill(order.clientOrderId, 2, 2.53));
    await old.at(6);
    await old.interrupt();
    broker.foreign.push(
      { symbol: CALL, quantity: -1, averagePrice: 2 },
      { symbol: 'IBM', quantity: 7, averagePrice: 150 },
    );
    const next = await start({ from: 4 * 24 * 60 });
    const { view, decisions } = await next.at(4 * 24 * 60 + 1);
    expect(view.halted).toBe('holdings-differ');
    expect(decisions).toContainEqual(
      expect.objectContaining({
        severity: 'critical',
        reason: { rule: 'holdings-differ', text: `${CALL}: broker 1, record 2` },
      }),
    );
    // What is there of the structure is managed on, what is not explained is foreign.
    expect(view.record).toMatchObject({ structures: [{ id: 'S1', open: 1 }], foreign: { IBM: 7 } });
    await next.interrupt();
    // Another day later the record agrees with the broker, and still nobody has looked.
    const later = await start({ from: 5 * 24 * 60 });
    expect((await later.at(5 * 24 * 60 + 1)).view.halted).toBe('holdings-differ');
    const run = { at: minute(0), scope: broker.accountNumber, state: 'run', by: 'ann', reason: 'looked' } as const;
    await store.killSwitch.set(run);
    await expect.poll(async () => (await later.at(5 * 24 * 60 + 2)).view.halted).toBeNull();
    await later.interrupt();
    const settled = await start({ from: 6 * 24 * 60 });
    expect((await settled.at(6 * 24 * 60 + 1)).view.halted).toBeNull();
    await settled.interrupt();
  });

  it('ends when it is known what became of the last orders', async () => {
    const day = await start({ from: 180 });
    const order = await day.untilOrder([181, 182, 183, 184, 185, 186, 187, 188, 189, 190]);
    await day.at(CLOSE);
    await day.at(CLOSE + 1);
    expect((await day.at(CLOSE + 1.5)).view.at).toBe(minute(CLOSE + 1.5));
    // Not told by the stream: found in the broker's books.
    broker.end(order.clientOrderId, 'expired');
    await day.at(CLOSE + 2.5);
    await day.at(CLOSE + 2.6);
    await day.at(CLOSE + 2.7);
    const { complete, report } = await day.result;
    expect([complete, report.orders.map(({ filled }) => filled)]).toEqual([true, [0]]);
  });

  it('does not end with books that differ; the session can be ended when they agree', async () => {
    const day = await start({ from: CLOSE - 1 });
    broker.foreign.push({ symbol: 'TWX', quantity: 100, averagePrice: 100 });
    for (const each of [CLOSE, CLOSE + 2, CLOSE + 5]) await day.at(each);
    await expect(day.result).rejects.toMatchObject({ code: 'BROKER_DISAGREES' });
    expect((await sessions())[0]?.status).toBe('running');
    broker.foreign.pop();
    const later = await start({ from: CLOSE + 30 });
    await later.at(CLOSE + 31);
    await later.at(CLOSE + 32);
    expect((await later.result).complete).toBe(true);
    expect((await sessions())[0]?.status).toBe('finished');
  });

  it('an order stream that is refused ends it with that reason', async () => {
    const day = begin();
    broker.events.error(new TradingError('BROKER_AUTH', 'The order stream was refused'));
    await expect(day.result).rejects.toMatchObject({ code: 'BROKER_AUTH' });
  });
});

describe('one agent per account', () => {
  it('a second start is refused while the first trades', async () => {
    const day = await start();
    await expect(begin({ broker: new FakeBroker(broker.accountNumber) }).result).rejects.toMatchObject({
      code: 'ACCOUNT_LOCKED',
    });
    await day.at(1);
    await day.interrupt();
  });

  it('when the lock is lost nothing more is sent', async () => {
    let lose: (error: TradingError) => void = () => undefined;
    const lost = new Promise<TradingError>((resolve) => (lose = resolve));
    const lock: AccountLock = { account: broker.accountNumber, lost, release: () => Promise.resolve() };
    const day = await start({ lock });
    for (const each of [1, 2, 3, 4]) await day.at(each);
    lose(new TradingError('STORE_UNAVAILABLE', 'The lock was lost'));
    await expect(day.at(5)).rejects.toThrow('The lock was lost');
    expect(broker.submitted).toEqual([]);
  });

  it('another account than the locked one is not traded', async () => {
    const lock: AccountLock = {
      account: 'OTHER',
      lost: new Promise(() => undefined),
      release: () => Promise.resolve(),
    };
    await expect(begin({ lock }).result).rejects.toMatchObject({ code: 'BROKER_DISAGREES' });
  });
});

describe('a store that fails', () => {
  it.each(['before', 'after'] as const)(
    '(%s the commit) ends the day before an order leaves; the resumed one sends it once',
    async (when) => {
      const day = await start({ store: failing(when) });
      await expect(day.untilOrder()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      expect(broker.submitted).toEqual([]);
      const resumed = await start({ from: 5.5 });
      if (when === 'before') await resumed.untilOrder([6, 7, 8, 9, 10]);
      expect(broker.submitted).toHaveLength(1);
      await resumed.at(when === 'before' ? 11 : 6);
      expect(Object.values(await outbox())).toEqual(['sent']);
      await resumed.interrupt();
      expect(broker.submitted).toHaveLength(1);
    },
  );
});
