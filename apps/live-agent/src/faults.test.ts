import { type TemporaryStore, temporaryStore } from '@trading-agent/store';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FaultyDay, type FaultyDayOptions } from './testing/faulty-day.ts';
import { type Desk, FaultyMarket } from './testing/faulty-market.ts';

let market: FaultyMarket;
let temporary: TemporaryStore;
beforeAll(async () => {
  [market, temporary] = await Promise.all([FaultyMarket.start(30), temporaryStore()]);
});
afterAll(async () => {
  await Promise.all([market.stop(), temporary.remove()]);
});

const running: FaultyDay[] = [];
afterEach(async () => {
  for (const day of running.splice(0)) await day.interrupt().catch(() => undefined);
});
async function begin(desk: Desk, options: Partial<FaultyDayOptions> = {}): Promise<FaultyDay> {
  const day = await FaultyDay.open({ market, desk, store: temporary.store, ...options });
  running.push(day);
  return day;
}
const booked = (day: FaultyDay): Record<string, number> =>
  Object.fromEntries((day.last?.view.positions ?? []).map(({ symbol, quantity }) => [symbol, quantity]));

const halted = (day: FaultyDay): string => day.last?.view.halted ?? '';
const executions = async (day: FaultyDay): Promise<number> => (await day.interrupt()).report.executions.length;
const lost = (link: string) => (all: readonly { readonly link: string; readonly state: string }[]) =>
  all.findLast((status) => status.link === link)?.state === 'lost';
const up = (link: string) => (all: readonly { readonly link: string; readonly state: string }[]) =>
  all.findLast((status) => status.link === link)?.state === 'up';

describe('orders', () => {
  it('whose answer is lost is looked up and not sent again', async () => {
    const desk = market.desk();
    await market.fault(desk, { fault: 'response-lost', room: 'alpaca', match: { method: 'POST' } });
    const day = await begin(desk);
    const { clientOrderId, quantity } = await day.untilOrder();
    await day.minutes(2);
    expect(await market.struck(desk)).toBe(1);
    expect(await market.orders(desk)).toEqual([
      { client_order_id: clientOrderId, status: 'filled', filled_qty: String(quantity) },
    ]);
    expect(booked(day)).toEqual(await market.positions(desk));
    expect([halted(day), await executions(day)]).toEqual(['', 1]);
  });

  it('that are refused for want of budget are not sent again', async () => {
    const desk = market.desk();
    await market.fault(desk, { fault: 'rate-limit', room: 'alpaca', match: { method: 'POST' }, times: 1 });
    const day = await begin(desk);
    const first = await day.untilOrder();
    expect(await market.orders(desk)).toEqual([]);
    const second = await day.untilOrder(30);
    await day.minutes(1);
    expect(second.clientOrderId).not.toBe(first.clientOrderId);
    expect(await market.orders(desk)).toMatchObject([{ client_order_id: second.clientOrderId }]);
    expect(booked(day)).toEqual(await market.positions(desk));
  });

  it('that fill in part and are rejected then are in the books with what they filled', async () => {
    const desk = market.desk();
    await market.fault(desk, { fault: 'partial-then-reject', with: { units: 2 } });
    const day = await begin(desk);
    const { clientOrderId, legs } = await day.untilOrder();
    await day.minutes(2);
    expect((await market.orders(desk))[0]).toEqual({
      client_order_id: clientOrderId,
      status: 'rejected',
      filled_qty: '2',
    });
    expect(booked(day)).toEqual({ [legs[0]?.symbol ?? '']: 2 });
    expect(await market.positions(desk)).toEqual(booked(day));
    expect(halted(day)).toBe('');
  });
});

describe('fills', () => {
  it('that the stream never tells are booked from the order, once', async () => {
    const desk = market.desk();
    await market.fault(desk, { fault: 'fill-lost' });
    const day = await begin(desk);
    await day.untilOrder();
    expect(booked(day)).toEqual({});
    await day.minutes(3);
    expect(booked(day)).toEqual(await market.positions(desk));
    expect([halted(day), await executions(day)]).toEqual(['', 1]);
  });

  it('that are told twice are booked once', async () => {
    const desk = market.desk();
    await market.fault(desk, { fault: 'duplicate-fill' });
    const day = await begin(desk);
    const { quantity } = await day.untilOrder();
    await day.minutes(2);
    expect(Object.values(booked(day))).toEqual([quantity]);
    expect(booked(day)).toEqual(await market.positions(desk));
    expect(await executions(day)).toBe(1);
  });

  it('in which the connection is lost: no new risk until it is back and the books are compared, booked once', async () => {
    const desk = market.desk();
    await market.fault(desk, { fault: 'dropped-connection', room: 'trades', match: { topic: 'fill' } });
    const day = await begin(desk, { retries: 'on demand' });
    await day.untilOrder();
    await day.links.until(lost('orders'));
    await day.minute();
    expect(halted(day)).toContain('the order stream');
    day.retry();
    await day.links.until(up('orders'));
    await day.minutes(2);
    expect(booked(day)).toEqual(await market.positions(desk));
    expect([halted(day), day.decided.length, await executions(day)]).toEqual(['', 1, 1]);
  });

  it('that are busted halt new risk until somebody has looked', async () => {
    const desk = market.desk();
    await market.fault(desk, { fault: 'trade-bust' });
    const day = await begin(desk);
    await day.untilOrder();
    await day.minutes(8);
    expect(halted(day)).toMatch(/bust/);
    expect(await market.orders(desk)).toHaveLength(1);
  });
});

describe('books', () => {
  it('that the broker sees otherwise halt new risk for as long as it does', async () => {
    const desk = market.desk();
    const day = await begin(desk);
    // What is there when the session begins would be taken over.
    const mend = await market.fault(desk, {
      fault: 'position-disagrees',
      with: { symbol: 'SPY260313C00450000', quantity: 1 },
    });
    await day.minutes(8);
    expect([halted(day), day.decided]).toEqual([expect.stringContaining('the books to agree'), []]);
    await mend();
    await day.untilOrder();
    expect(await market.orders(desk)).toHaveLength(1);
  });

  it('that can not be read for a while: the same, whatever the answers look like', async () => {
    const desk = market.desk();
    const answers = [
      { fault: 'server-error', with: { body: 'empty' } },
      { fault: 'html-page', with: { status: 200 } },
      { fault: 'rate-limit', with: { body: 'empty' } },
    ];
    const match = { path: '/v2/positions' };
    const day = await begin(desk);
    const mend = await Promise.all(
      answers.map((fault, after) => market.fault(desk, { ...fault, room: 'alpaca', match, after, every: 3 })),
    );
    await day.minutes(6);
    expect([halted(day), day.decided]).toEqual([expect.stringContaining('the books to agree'), []]);
    for (const each of mend) await each();
    await day.untilOrder();
    await day.minute();
    expect(booked(day)).toEqual(await market.positions(desk));
  });
});

describe('market data', () => {
  it('whose connection is lost: no new risk; it comes back with everything that was subscribed', async () => {
    const desk = market.desk();
    const day = await begin(desk, { retries: 'on demand' });
    await day.minute();
    await market.fault(desk, { fault: 'dropped-connection', room: 'stocks', match: { key: desk.polygonKey } });
    await market.step();
    await day.links.until(lost('stocks'));
    await day.minutes(8);
    expect([halted(day), day.decided]).toEqual([expect.stringContaining('stock bars'), []]);
    day.retry();
    await day.links.until(up('stocks'));
    await day.untilOrder();
    expect(halted(day)).toBe('');
  });

  it('that was missed is made up for: no decision over the hole, and none that waits for new features', async () => {
    const desk = market.desk();
    const day = await begin(desk, { retries: 'on demand' });
    await day.minute();
    await market.fault(desk, { fault: 'dropped-connection', room: 'stocks', match: { key: desk.polygonKey } });
    await market.step();
    await day.links.until(lost('stocks'));
    const away = await day.minute();
    expect(away.view.gaps).toMatchObject([{ channel: 'stocks', cause: 'connection', state: 'open' }]);
    await day.minutes(3);
    day.retry();
    await day.links.until(up('stocks'));
    const rules = new Set<string>();
    for (let minutes = 0; minutes < 12 && day.decided.length === 0; minutes += 1)
      for (const decision of (await day.minute()).decisions) if ('reason' in decision) rules.add(decision.reason.text);
    expect([...rules].find((text) => text.includes('is over'))).toContain('what was missing has been told');
    expect([...rules].filter((text) => text.includes('have not seen enough bars'))).toEqual([]);
    expect(day.decided).toHaveLength(1);
  });

  it.each([
    ['is mute', { fault: 'mute-stream', room: 'options' }],
    ['is ten minutes old', { fault: 'clock-skew', room: 'options', with: { seconds: -600 } }],
  ])('that %s: nothing is ordered', async (_what, rule) => {
    const desk = market.desk();
    const mend = await market.fault(desk, rule);
    const day = await begin(desk);
    await day.minutes(8);
    expect(day.decided).toEqual([]);
    await mend();
    await day.untilOrder();
  });

  it('that comes twice leads to the same order', async () => {
    const [plain, doubled] = [market.desk(), market.desk()];
    await market.fault(doubled, { fault: 'repeated-events', room: ['options', 'stocks'], every: 2 });
    const days = [await begin(plain), await begin(doubled)];
    for (let minutes = 0; minutes < 12 && days.some(({ decided }) => decided.length === 0); minutes += 1) {
      const at = await market.step();
      for (const day of days) await day.follow(at);
    }
    const [expected, found] = days.map(({ decided: [order] }) => order && { ...order, clientOrderId: '' });
    expect(expected).toBeDefined();
    expect(found).toEqual(expected);
    expect(await market.struck(doubled)).toBeGreaterThan(10);
  });
});

describe('keys', () => {
  it.each([
    ['the broker’s', ['alpaca', 'trades'], 'BROKER_AUTH'],
    ['the market data’s', ['polygon', 'options', 'stocks'], 'FEED_AUTH'],
  ])('that are revoked (%s) end the day with a code; the session can be resumed', async (_what, room, code) => {
    const desk = market.desk();
    const day = await begin(desk);
    await day.untilOrder();
    await market.fault(desk, { fault: 'keys-revoked', room });
    expect(await day.failure()).toMatchObject({ code });
    const [session] = await temporary.store.sessions.list(1);
    expect(session).toMatchObject({ account: desk.keyId, status: 'running' });
  });
});

describe('cancels', () => {
  /** An order from a quote that is a minute old, which the market has left behind: it rests. `null` when it was filled before it was canceled. */
  async function canceled(desk: Desk): Promise<FaultyDay | null> {
    await market.fault(desk, { fault: 'cancel-loses-to-fill' });
    const day = await begin(desk);
    while (day.decided.length === 0) {
      const mend = await market.fault(desk, { fault: 'mute-stream', room: 'options' });
      await day.minute();
      await mend();
      if (day.decided.length === 0) await day.minute();
    }
    for (let passed = 0; passed < 4; passed += 1) {
      if ((await market.orders(desk))[0]?.status === 'filled') break;
      await day.minute();
    }
    return (await market.struck(desk, 'cancel-loses-to-fill')) === 1 ? day : null;
  }

  it('that lose to a fill: the order is in the books as filled, and nothing is sent for it again', async () => {
    // Whether an order rests is up to the market: one of a few does.
    for (let tried = 0; tried < 8; tried += 1) {
      const desk = market.desk();
      const day = await canceled(desk);
      if (day === null) continue;
      await day.minutes(2);
      const [order, ...others] = await market.orders(desk);
      expect([order?.status, others]).toEqual(['filled', []]);
      expect(day.decided.map(({ clientOrderId }) => clientOrderId)).toEqual([order?.client_order_id]);
      expect(booked(day)).toEqual(await market.positions(desk));
      expect(halted(day)).toBe('');
      return;
    }
    throw new Error('No order rested until it was canceled');
  });
});
