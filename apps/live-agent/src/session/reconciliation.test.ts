import { AN_INSTANT, A_CALL, A_HIGHER_CALL, anOrder, aVertical } from '@trading-agent/testkit';
import type { BrokerPosition } from '@trading-agent/broker';
import { nyInstant } from '@trading-agent/calendar';
import { marketDate } from '@trading-agent/core';
import type { EngineView } from '@trading-agent/engine';
import type { Order } from '@trading-agent/instruments';
import { beforeEach, describe, expect, it } from 'vitest';
import { decide, hear } from '../testing/own-order-events.ts';
import { FakeBroker } from '../testing/fake-broker.ts';
import { aView } from '../testing/views.ts';
import { OwnOrders } from './own-orders.ts';
import { assertBrokerAgrees, positionDifferences, reconcile } from './reconciliation.ts';

let broker: FakeBroker;
let own: OwnOrders;
beforeEach(() => {
  broker = new FakeBroker();
  own = new OwnOrders();
});

function sent(order: Order): void {
  decide(own, order);
  broker.take(order);
}

async function compared(positions: Readonly<Record<string, number>> = {}, unresolved: readonly string[] = []) {
  const theirs = { orders: await broker.orders(), positions: await broker.positions() };
  return reconcile(theirs, own, aView(positions), AN_INSTANT, (id) => unresolved.includes(id));
}

describe('reconciliation', () => {
  it('finds nothing when both say the same', async () => {
    sent(anOrder());
    hear(own, broker.fill('order-1', 1, 12.5));
    expect(await compared({ [A_CALL]: 1 })).toEqual({ missed: [], different: [] });
  });

  it('derives a missed fill, each leg at the price that brings the average to the broker’s', async () => {
    sent(aVertical({ quantity: 4 }));
    hear(own, broker.fill('vertical-1', 1, 10));
    broker.fill('vertical-1', 1, 11);
    broker.fill('vertical-1', 2, 13);
    const { missed, different } = await compared({ [A_CALL]: 1, [A_HIGHER_CALL]: -1 });
    expect(different).toEqual([]);
    expect(missed).toEqual([
      {
        kind: 'execution',
        at: AN_INSTANT,
        brokerOrderId: 'B-vertical-1',
        status: 'filled',
        execution: {
          executionId: 'order-object/B-vertical-1/4',
          clientOrderId: 'vertical-1',
          at: AN_INSTANT,
          quantity: 3,
          // (11 + 13 + 13) / 3
          legs: [
            { symbol: A_CALL, intent: 'buy_to_open', quantity: 3, price: 12.333333 },
            { symbol: A_HIGHER_CALL, intent: 'sell_to_open', quantity: 3, price: 12.333333 },
          ],
        },
      },
    ]);
  });

  it('agrees once what was missed is booked, and finds it only once', async () => {
    sent(anOrder({ quantity: 2 }));
    broker.fill('order-1', 2, 12.5);
    const { missed } = await compared();
    expect(missed).toHaveLength(1);
    for (const event of missed) hear(own, event);
    expect(await compared({ [A_CALL]: 2 })).toEqual({ missed: [], different: [] });
  });

  it('derives fill and end of an order that was cancelled in between', async () => {
    sent(anOrder({ quantity: 2 }));
    broker.fill('order-1', 1, 12.5);
    broker.end('order-1', 'canceled');
    const { missed } = await compared();
    expect(
      missed.map((event) => [event.kind, event.kind === 'order' ? event.status : event.execution.quantity]),
    ).toEqual([
      ['execution', 1],
      ['order', 'canceled'],
    ]);
  });

  it.each<readonly [string, () => void, Readonly<Record<string, number>>, RegExp]>([
    [
      'a foreign order at work',
      () => broker.take(anOrder({ clientOrderId: 'by-hand' })),
      {},
      /by-hand works at the broker/,
    ],
    [
      'a foreign position',
      () => broker.foreign.push({ symbol: 'GOOG', quantity: 100, averagePrice: 1 }),
      {},
      /GOOG: broker 100, books 0/,
    ],
    ['a position that is gone', () => undefined, { [A_CALL]: 1 }, /broker 0, books 1/],
    ['an order that the broker does not list', () => decide(own, anOrder()), {}, /order-1 is open in the books/],
    [
      'fewer fills than are booked',
      () => {
        sent(anOrder());
        const other = new FakeBroker();
        other.take(anOrder());
        hear(own, other.fill('order-1', 1, 12.5));
      },
      {},
      /broker 0 filled, books 1/,
    ],
  ])('names %s', async (_what, prepare, positions, words) => {
    prepare();
    const { missed, different } = await compared(positions);
    expect(missed).toEqual([]);
    expect(different.join('; ')).toMatch(words);
  });

  it('a foreign order that is over and an own one that is being looked up are no difference', async () => {
    broker.take(anOrder({ clientOrderId: 'by-hand' }));
    broker.end('by-hand', 'canceled');
    decide(own, anOrder());
    expect(await compared({}, ['order-1'])).toEqual({ missed: [], different: [] });
  });

  it('leg fills that are no whole units are not made into one', async () => {
    sent(aVertical());
    broker.fill('vertical-1', 1, 10);
    const [told] = await broker.orders();
    if (told === undefined) throw new Error('no order');
    const torn = { ...told, filledLegs: told.filledLegs.slice(0, 1) };
    const { missed, different } = reconcile({ orders: [torn], positions: [] }, own, aView(), AN_INSTANT, () => false);
    expect(missed).toEqual([]);
    expect(different.join()).toMatch(/leg fills are not 1 more units/);
  });

  it('the last comparison throws and names what differs', async () => {
    await expect(assertBrokerAgrees(broker, aView({ [A_CALL]: 2 }))).rejects.toMatchObject({
      code: 'BROKER_DISAGREES',
      details: { different: [`${A_CALL}: broker 0, books 2`] },
    });
    await expect(assertBrokerAgrees(broker, aView())).resolves.toBeUndefined();
  });
});

describe('what the broker does by himself', () => {
  const A_SHORT_DATED = 'GOOG151224C00745000';
  const evening = nyInstant(marketDate('2015-12-24'), '13:00');
  const after = (positions: Readonly<Record<string, number>>, at = evening): EngineView => ({
    ...aView(positions),
    at,
  });
  const row = (symbol: string, quantity: number): BrokerPosition => ({ symbol, quantity, averagePrice: 1 });

  it('after the close of its last day an option may be gone, and its shares there', () => {
    expect(positionDifferences([row('GOOG', 100)], after({ [A_SHORT_DATED]: 1 }))).toEqual([]);
    expect(positionDifferences([], after({ [A_SHORT_DATED]: 1, [A_CALL]: 1 }))).toEqual([
      `${A_CALL}: broker 0, books 1`,
    ]);
  });

  it('before that close, and for other stocks, it is a difference', () => {
    const noon = nyInstant(marketDate('2015-12-24'), '12:59');
    expect(positionDifferences([row('GOOG', 100)], after({ [A_SHORT_DATED]: 1 }, noon))).toHaveLength(2);
    expect(positionDifferences([row('MSFT', 100)], after({ [A_SHORT_DATED]: 1 }))).toEqual([
      'MSFT: broker 100, books 0',
    ]);
  });

  it('shares are compared as contracts are, whole ones', () => {
    const view = {
      ...aView({ [A_CALL]: 1 }),
      shares: [{ ticker: 'GOOG', quantity: 100, averagePrice: 1, mark: null }],
    };
    expect(positionDifferences([row('GOOG', 100.5), row(A_CALL, 1)], view)).toEqual([]);
    expect(positionDifferences([row(A_CALL, 1)], view)).toEqual(['GOOG: broker 0, books 100']);
  });
});
