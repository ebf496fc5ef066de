import { type ErrorCode, TradingError } from '@trading-agent/core';
import type { Order } from '@trading-agent/instruments';
import {
  type Journal,
  type OutboxEntry,
  type OutboxStatus,
  type TemporaryStore,
  temporaryStore,
} from '@trading-agent/store';
import { A_DATE, after, AN_INSTANT, anOrder, approved } from '@trading-agent/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FakeBroker } from '../testing/fake-broker.ts';
import { silentLog } from '../testing/silent-log.ts';
import { asJson } from './journal-codec.ts';
import { OrderSender } from './order-sender.ts';

const ALL: readonly OutboxStatus[] = ['pending', 'sending', 'sent', 'rejected', 'abandoned'];
let temporary: TemporaryStore;
beforeAll(async () => {
  temporary = await temporaryStore();
});
afterAll(() => temporary.remove());

let broker: FakeBroker;
let sessionId: string;
let journal: Journal;
let doubts: string[];
let pauses: number;
let lockError: TradingError | null;
let sender: OrderSender;

function newSender(isRewound = false): OrderSender {
  return new OrderSender({
    sessionId,
    outbox: temporary.store.outbox,
    broker,
    log: silentLog,
    doubt: (reason) => doubts.push(reason),
    assertHeld: () => {
      if (lockError !== null) throw lockError;
    },
    isRewound,
    pause: () => Promise.resolve(pauses++),
  });
}

beforeEach(async () => {
  const { store } = temporary;
  ({ id: sessionId } = await store.sessions.start({ account: 'FAKE-1', date: A_DATE, mode: 'paper', settings: {} }));
  journal = await store.openJournal(sessionId);
  broker = new FakeBroker();
  doubts = [];
  pauses = 0;
  lockError = null;
  sender = newSender();
});
afterEach(() => journal.close());

/** Commits entries as a step does. */
async function committed(...entries: readonly Omit<OutboxEntry, 'seq'>[]): Promise<readonly OutboxEntry[]> {
  const seq = journal.nextSeq();
  const outbox = entries.map((entry) => ({ ...entry, seq }));
  await journal.commit({ events: [{ seq, at: AN_INSTANT, type: 'clock', payload: {} }], outbox });
  return outbox;
}
function submission(over: Partial<Order> = {}): Omit<OutboxEntry, 'seq'> {
  const { order, checks } = approved(anOrder(over));
  return { id: order.clientOrderId, kind: 'submit', payload: asJson({ at: AN_INSTANT, order, checks }) };
}
const cancellation = (clientOrderId = 'order-1'): Omit<OutboxEntry, 'seq'> => ({
  id: `${clientOrderId}/cancel`,
  kind: 'cancel',
  payload: { clientOrderId },
});
const list = () => temporary.store.outbox.list(sessionId, ALL);
async function statuses(): Promise<Record<string, OutboxStatus>> {
  return Object.fromEntries((await list()).map(({ id, status }) => [id, status]));
}
const told = (from: OrderSender): unknown[] =>
  from
    .takeRejections()
    .map((event) => (event.kind === 'order' ? [event.clientOrderId, event.status, event.reason] : event));
const fails = (code: ErrorCode, isTaken = false) => ({ error: new TradingError(code, `${code} it was`), isTaken });
const later = after(1);

describe('sending', () => {
  it('marks what the broker took', async () => {
    await sender.send(await committed(submission()), later);
    expect(broker.submitted).toEqual(['order-1']);
    expect(await list()).toMatchObject([{ status: 'sent', brokerOrderId: 'B-order-1' }]);
    expect(told(sender)).toEqual([]);
  });

  it('tells a refusal once and marks it', async () => {
    broker.next.submit.push(fails('BROKER_REJECTED'));
    await sender.send(await committed(submission()), later);
    expect(await statuses()).toEqual({ 'order-1': 'rejected' });
    expect(told(sender)).toEqual([['order-1', 'rejected', 'BROKER_REJECTED it was']]);
    expect(told(sender)).toEqual([]);
    expect(doubts).toEqual([]);
  });

  it('sends nothing twice, not even when asked to', async () => {
    const entries = await committed(submission());
    await sender.send(entries, later);
    await expect(sender.send(entries, later)).rejects.toMatchObject({ code: 'STORE_CONFLICT' });
    await expect(newSender().send(entries, later)).rejects.toMatchObject({ code: 'STORE_CONFLICT' });
    expect(broker.submitted).toEqual(['order-1']);
  });

  it('sends nothing any more when the account may be somebody else’s', async () => {
    lockError = new TradingError('STORE_UNAVAILABLE', 'The lock was lost');
    await expect(sender.send(await committed(submission()), later)).rejects.toBe(lockError);
    expect(broker.submitted).toEqual([]);
    expect(await statuses()).toEqual({ 'order-1': 'pending' });
  });

  it('a refusal under an id that the broker knows is no refusal', async () => {
    broker.take(anOrder());
    broker.next.submit.push(fails('BROKER_REJECTED'));
    await sender.send(await committed(submission()), later);
    expect(await statuses()).toEqual({ 'order-1': 'sent' });
    expect(told(sender)).toEqual([]);
    expect(doubts).toEqual([expect.stringContaining('yet has an order under its id')]);
  });
});

describe('an order of unknown fate', () => {
  it.each(['ORDER_FATE_UNKNOWN', 'BROKER_BAD_MESSAGE', 'INTERNAL', 'TIMEOUT'] as const)(
    'is found (%s) and never sent again',
    async (code) => {
      broker.next.submit.push(fails(code, true));
      await sender.send(await committed(submission()), later);
      expect(await list()).toMatchObject([{ status: 'sent', brokerOrderId: 'B-order-1' }]);
      expect(broker.submitted).toEqual(['order-1']);
      expect(doubts).toEqual([]);
    },
  );

  it('is given up only when the broker says over and over that it does not know it, and halts', async () => {
    broker.next.submit.push(fails('ORDER_FATE_UNKNOWN'));
    await sender.send(await committed(submission()), later);
    expect([broker.lookups, pauses]).toEqual([4, 3]);
    expect(await statuses()).toEqual({ 'order-1': 'abandoned' });
    expect(told(sender)).toEqual([['order-1', 'rejected', expect.stringContaining('does not know')]]);
    expect(doubts).toHaveLength(1);
    expect(broker.submitted).toEqual(['order-1']);
  });

  it('stays unknown while the broker can’t be asked, and is asked again at each step', async () => {
    broker.next.submit.push(fails('ORDER_FATE_UNKNOWN', true));
    broker.next.lookup.push(fails('BROKER_UNAVAILABLE'), fails('TIMEOUT'));
    await sender.send(await committed(submission()), later);
    expect(sender.isUnresolved('order-1')).toBe(true);
    expect(doubts).toEqual([expect.stringContaining('nobody knows')]);
    await sender.send([], after(2));
    expect(await statuses()).toEqual({ 'order-1': 'sending' });
    await sender.send([], after(3));
    expect(await statuses()).toEqual({ 'order-1': 'sent' });
    expect(sender.isUnresolved('order-1')).toBe(false);
    expect(told(sender)).toEqual([]);
    expect([doubts.length, broker.submitted.length]).toEqual([1, 1]);
  });

  it('is not cancelled before it is found', async () => {
    broker.next.submit.push(fails('ORDER_FATE_UNKNOWN', true));
    broker.next.lookup.push(fails('BROKER_UNAVAILABLE'), fails('BROKER_UNAVAILABLE'));
    await sender.send(await committed(submission()), later);
    await sender.send(await committed(cancellation()), after(2));
    expect(broker.canceled).toEqual([]);
    await sender.send([], after(3));
    expect(broker.canceled).toEqual(['B-order-1']);
    expect(await statuses()).toEqual({ 'order-1': 'sent', 'order-1/cancel': 'sent' });
  });
});

describe('a cancel', () => {
  it('is asked for by the broker’s id', async () => {
    await sender.send(await committed(submission(), cancellation()), later);
    expect(broker.canceled).toEqual(['B-order-1']);
    expect(await statuses()).toEqual({ 'order-1': 'sent', 'order-1/cancel': 'sent' });
  });

  it.each(['BROKER_REJECTED', 'BROKER_NOT_FOUND'] as const)('that came too late (%s) is settled', async (code) => {
    await sender.send(await committed(submission()), later);
    broker.end('order-1', 'expired');
    broker.next.cancel.push(fails(code));
    await sender.send(await committed(cancellation()), after(2));
    await sender.send([], after(60));
    expect(broker.canceled).toHaveLength(1);
    expect(await statuses()).toMatchObject({ 'order-1/cancel': 'rejected' });
    expect(doubts).toEqual([]);
  });

  it('that is refused while the order works is tried again after a pause, and halts when that goes on', async () => {
    broker.next.cancel.push(...Array.from({ length: 3 }, () => fails('BROKER_REJECTED')));
    // Without an answer it may be working.
    broker.next.lookup.push(fails('BROKER_UNAVAILABLE'));
    await sender.send(await committed(submission(), cancellation()), later);
    await sender.send([], after(5));
    expect(broker.canceled).toHaveLength(1);
    await sender.send([], after(6));
    expect([broker.canceled.length, doubts]).toEqual([2, []]);
    await sender.send([], after(11));
    expect(doubts).toEqual([expect.stringContaining('could not be cancelled')]);
    await sender.send([], after(16));
    expect(broker.canceled).toHaveLength(4);
    expect(await statuses()).toMatchObject({ 'order-1/cancel': 'sent' });
    await sender.send([], after(30));
    expect(broker.canceled).toHaveLength(4);
  });

  it('is tried at every step until it is heard, and halts when that takes long', async () => {
    broker.next.cancel.push(...Array.from({ length: 4 }, () => fails('ORDER_FATE_UNKNOWN')));
    await sender.send(await committed(submission(), cancellation()), later);
    for (const second of [2, 3, 4, 5, 6]) await sender.send([], after(second));
    expect(broker.canceled).toHaveLength(5);
    expect(await statuses()).toMatchObject({ 'order-1/cancel': 'sent' });
    expect(doubts).toEqual([expect.stringContaining('could not be cancelled')]);
  });

  it('of an order that the broker refused has nothing to do', async () => {
    broker.next.submit.push(fails('BROKER_REJECTED'));
    await sender.send(await committed(submission(), cancellation()), later);
    expect(broker.canceled).toEqual([]);
    expect(await statuses()).toEqual({ 'order-1': 'rejected', 'order-1/cancel': 'rejected' });
  });
});

describe('after a restart', () => {
  const never = (): boolean => false;
  const always = (): boolean => true;

  it('what was not sent is sent while it is fresh', async () => {
    await committed(submission(), cancellation());
    await sender.resume(await list(), after(60), never);
    expect(broker.submitted).toEqual(['order-1']);
    expect(broker.canceled).toEqual(['B-order-1']);
    expect(await statuses()).toEqual({ 'order-1': 'sent', 'order-1/cancel': 'sent' });
  });

  it('what was decided long ago is not sent, and said to be rejected', async () => {
    await committed(submission());
    await sender.resume(await list(), after(61), never);
    expect(broker.submitted).toEqual([]);
    expect(await statuses()).toEqual({ 'order-1': 'abandoned' });
    expect(told(sender)).toEqual([['order-1', 'rejected', expect.stringContaining('decided 61 s')]]);
    expect(doubts).toEqual([]);
  });

  it('what may have been sent is looked up, not sent', async () => {
    await committed(submission(), submission({ clientOrderId: 'order-2' }));
    await temporary.store.outbox.markSending(sessionId, 'order-1');
    await temporary.store.outbox.markSending(sessionId, 'order-2');
    broker.take(anOrder());
    await sender.resume(await list(), later, never);
    expect(broker.submitted).toEqual([]);
    expect(await statuses()).toEqual({ 'order-1': 'sent', 'order-2': 'abandoned' });
    expect(doubts).toHaveLength(1);
  });

  it('a market that was wound back gets what it has never seen', async () => {
    await committed(submission(), submission({ clientOrderId: 'order-2' }));
    await temporary.store.outbox.markSending(sessionId, 'order-1');
    await temporary.store.outbox.markSending(sessionId, 'order-2');
    broker.take(anOrder());
    await newSender(true).resume(await list(), later, never);
    expect(broker.submitted).toEqual(['order-2']);
    expect(await statuses()).toEqual({ 'order-1': 'sent', 'order-2': 'sent' });
    expect(doubts).toEqual([]);
  });

  it('a market that is gone has refused nothing', async () => {
    broker.next.submit.push(fails('BROKER_UNAVAILABLE'));
    await expect(newSender(true).send(await committed(submission()), later)).rejects.toMatchObject({
      code: 'BROKER_UNAVAILABLE',
    });
    expect(await statuses()).toEqual({ 'order-1': 'sending' });
  });

  it('refusals that the engine has not heard of are told again, the others are not', async () => {
    broker.next.submit.push(fails('BROKER_REJECTED'));
    await sender.send(await committed(submission()), later);
    const untold = newSender();
    await untold.resume(await list(), later, never);
    expect(told(untold)).toEqual([['order-1', 'rejected', 'BROKER_REJECTED it was']]);
    const heard = newSender();
    await heard.resume(await list(), later, always);
    expect(told(heard)).toEqual([]);
  });

  it('an order that was given up halts again when nobody had heard of it', async () => {
    broker.next.submit.push(fails('ORDER_FATE_UNKNOWN'));
    await sender.send(await committed(submission()), later);
    doubts = [];
    const again = newSender();
    await again.resume(await list(), later, never);
    expect(told(again)).toHaveLength(1);
    expect(doubts).toHaveLength(1);
  });

  it('a half sent cancel is asked for again, with the id that was noted', async () => {
    await sender.send(await committed(submission()), later);
    await committed(cancellation());
    await temporary.store.outbox.markSending(sessionId, 'order-1/cancel');
    await newSender().resume(await list(), later, never);
    expect(broker.canceled).toEqual(['B-order-1']);
    expect(broker.lookups).toBe(0);
  });
});
