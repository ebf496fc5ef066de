import type { EngineEvent, StepResult } from '@trading-agent/engine';
import { usd, ZERO_USD } from '@trading-agent/core';
import { A_CALL, aBar, after, AN_INSTANT, anOrder } from '@trading-agent/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeBroker } from '../testing/fake-broker.ts';
import { decision } from '../testing/own-order-events.ts';
import { aView } from '../testing/views.ts';
import { Projection } from './projection.ts';

let projection: Projection;
let broker: FakeBroker;
const nothing: StepResult = { decisions: [], booked: null };
const clock: EngineEvent = { type: 'clock', at: AN_INSTANT };

beforeEach(() => {
  projection = new Projection();
  broker = new FakeBroker();
  const order = anOrder({ quantity: 2 });
  broker.take(order);
  projection.observe(clock, decision(order));
});
const orders = () => projection.take(aView()).orders.map(({ status, filledQuantity }) => [status, filledQuantity]);
function fill(units: number): void {
  const event = broker.fill('order-1', units, 12.5);
  if (event.kind !== 'execution') throw new Error('not a fill');
  const booked = { execution: event.execution, realized: ZERO_USD, fees: usd(1), cashChange: usd(-1_251) };
  projection.observe({ type: 'broker', at: after(1), event }, { decisions: [], booked });
}

describe('the projection', () => {
  it('shows an order from its decision to its end, each change once', () => {
    expect(orders()).toEqual([['pending', 0]]);
    expect(orders()).toEqual([]);
    fill(1);
    expect(orders()).toEqual([['partially_filled', 1]]);
    fill(1);
    expect(orders()).toEqual([['filled', 2]]);
  });

  it('words that come late do not undo an end', () => {
    fill(2);
    const told = {
      kind: 'order',
      at: AN_INSTANT,
      clientOrderId: 'order-1',
      brokerOrderId: 'B',
      status: 'new',
    } as const;
    projection.observe({ type: 'broker', at: after(2), event: told }, nothing);
    expect(orders()).toEqual([['filled', 2]]);
  });

  it('a fill comes with its money, positions and equity', () => {
    fill(2);
    const { executions, positions, equity } = projection.take(aView({ [A_CALL]: 2 }));
    expect(executions).toMatchObject([
      { clientOrderId: 'order-1', quantity: 2, fees: usd(1), cashChange: usd(-1_251) },
    ]);
    expect(positions).toMatchObject([{ symbol: A_CALL, quantity: 2, mark: null, unrealized: null }]);
    expect(equity).toMatchObject({ equity: usd(25_000), cash: usd(25_000) });
  });

  it('positions and equity are shown when a bar has moved them, not at every step', () => {
    projection.take(aView());
    projection.observe(clock, nothing);
    expect(projection.take(aView()).equity).toBeUndefined();
    projection.observe({ type: 'market', at: AN_INSTANT, quotes: [], bars: [aBar()] }, nothing);
    expect(projection.take(aView()).equity).toBeDefined();
  });

  it('what a decision changes for the next session is kept with it: quotes alone may lead to one', () => {
    projection.take(aView());
    const leaving = { TWX: { quantity: 100, reason: { rule: 'stop-loss', text: 'lost' }, realized: ZERO_USD } };
    const view = { ...aView(), record: { ...aView().record, leaving } };
    const decided = { type: 'note', at: AN_INSTANT, underlying: 'TWX', reason: leaving.TWX.reason } as const;
    projection.observe(clock, { decisions: [decided], booked: null });
    expect(projection.take(view).record).toMatchObject({ leaving: { TWX: { quantity: 100 } } });
    projection.observe(clock, nothing);
    expect(projection.take(view).record).toBeUndefined();
  });

  it('alerts carry their rule', () => {
    const reason = { rule: 'daily-loss', text: 'The account lost 5%' };
    const alert = { type: 'alert', at: AN_INSTANT, kind: 'risk', severity: 'critical', reason } as const;
    projection.take(aView());
    projection.observe(clock, { decisions: [alert], booked: null });
    const { alerts, equity } = projection.take(aView());
    // Quotes have moved it between two bars.
    expect(equity).toBeDefined();
    expect(alerts).toEqual([
      {
        at: AN_INSTANT,
        kind: 'risk',
        severity: 'critical',
        message: 'The account lost 5%',
        facts: { rule: 'daily-loss' },
      },
    ]);
  });
});
