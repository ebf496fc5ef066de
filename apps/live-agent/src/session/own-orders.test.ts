import { AN_INSTANT, A_CALL, A_HIGHER_CALL, anOrder, aVertical } from '@trading-agent/testkit';
import { describe, expect, it } from 'vitest';
import { FakeBroker } from '../testing/fake-broker.ts';
import { decide, hear } from '../testing/own-order-events.ts';
import { derivedExecutionId, OwnOrders, statusAfter } from './own-orders.ts';

const nothing = { decisions: [], booked: null };

describe('own orders', () => {
  it('adds up the fills of each leg', () => {
    const broker = new FakeBroker();
    const own = new OwnOrders();
    const order = aVertical({ quantity: 3 });
    decide(own, order);
    broker.take(order);
    hear(own, broker.fill(order.clientOrderId, 1, 2));
    hear(own, broker.fill(order.clientOrderId, 2, 5));
    expect(own.get(order.clientOrderId)).toMatchObject({
      filled: 3,
      status: 'filled',
      isToldByOrder: false,
      legs: new Map([
        [A_CALL, { quantity: 3, cost: 12 }],
        [A_HIGHER_CALL, { quantity: 3, cost: 12 }],
      ]),
    });
    expect(own.open()).toEqual([]);
  });

  it('is open from the decision to its end', () => {
    const own = new OwnOrders();
    decide(own, anOrder());
    expect(own.open().map(({ status }) => status)).toEqual(['pending']);
    const told = { kind: 'order', at: AN_INSTANT, clientOrderId: 'order-1', brokerOrderId: 'B' } as const;
    hear(own, { ...told, status: 'new' });
    expect(own.open().map(({ status }) => status)).toEqual(['new']);
    hear(own, { ...told, status: 'expired' });
    expect(own.open()).toEqual([]);
  });

  it('an execution that was not booked does not count, one of a foreign order is not ours', () => {
    const broker = new FakeBroker();
    const own = new OwnOrders();
    decide(own, anOrder());
    broker.take(anOrder());
    const event = broker.fill('order-1', 1, 2);
    own.observe({ type: 'broker', at: AN_INSTANT, event }, nothing);
    expect(own.get('order-1')?.filled).toBe(0);
    broker.take(anOrder({ clientOrderId: 'foreign' }));
    hear(own, broker.fill('foreign', 1, 2));
    expect(own.get('foreign')).toBeUndefined();
  });

  it('remembers whose fills come from the order object', () => {
    const broker = new FakeBroker();
    const own = new OwnOrders();
    decide(own, anOrder());
    broker.take(anOrder());
    const event = broker.fill('order-1', 1, 2);
    if (event.kind !== 'execution') throw new Error('not an execution');
    hear(own, { ...event, execution: { ...event.execution, executionId: derivedExecutionId('B-order-1', 1) } });
    expect(own.get('order-1')?.isToldByOrder).toBe(true);
  });

  it.each([
    ['pending', 'new', 'new'],
    ['new', 'partially_filled', 'partially_filled'],
    ['partially_filled', 'new', 'partially_filled'],
    ['partially_filled', 'canceled', 'canceled'],
    ['canceled', 'new', 'canceled'],
    ['canceled', 'partially_filled', 'canceled'],
    ['canceled', 'filled', 'filled'],
    ['filled', 'canceled', 'filled'],
    ['rejected', 'expired', 'rejected'],
  ] as const)('%s and then %s is %s', (before, then, expected) => {
    expect(statusAfter(before, then)).toBe(expected);
  });
});
