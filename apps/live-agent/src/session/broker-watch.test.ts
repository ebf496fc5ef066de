import type { BrokerEvent } from '@trading-agent/broker';
import { A_CALL, after, AN_INSTANT, anOrder } from '@trading-agent/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeBroker } from '../testing/fake-broker.ts';
import { decide, hear } from '../testing/own-order-events.ts';
import { silentLog } from '../testing/silent-log.ts';
import { aView } from '../testing/views.ts';
import { BrokerWatch } from './broker-watch.ts';
import { OwnOrders } from './own-orders.ts';
import { Supervision } from './supervision.ts';

let broker: FakeBroker;
let own: OwnOrders;
let held: number;
let supervision: Supervision;
let watch: BrokerWatch;
beforeEach(() => {
  broker = new FakeBroker();
  own = new OwnOrders();
  held = 0;
  supervision = new Supervision();
  watch = new BrokerWatch({
    broker,
    since: '2015-12-24T00:00:00Z',
    own,
    view: () => aView(held === 0 ? {} : { [A_CALL]: held }),
    isUnresolved: () => false,
    supervision,
    log: silentLog,
  });
});

const isHalted = (): boolean => supervision.take(AN_INSTANT, { halted: null, contradicted: false }).length > 0;
/** A step of the agent: what it hears goes into the books. */
async function step(second: number, ...streamed: readonly BrokerEvent[]): Promise<number> {
  const events = await watch.listen(after(second), streamed);
  for (const event of events) {
    hear(own, event);
    if (event.kind === 'execution') held += event.execution.quantity;
  }
  return events.length;
}
function send(): void {
  decide(own, anOrder({ quantity: 3 }));
  broker.take(anOrder({ quantity: 3 }));
}

describe('the watch over the broker’s books', () => {
  it('allows no new risk before it has compared them', async () => {
    expect([isHalted(), watch.isAgreed]).toEqual([true, false]);
    await step(0);
    expect([isHalted(), watch.isAgreed]).toEqual([false, true]);
  });

  it('feeds what a lost stream has missed, and compares again', async () => {
    send();
    await step(0);
    broker.fill('order-1', 2, 12.5);
    watch.require();
    expect(await step(1)).toBe(1);
    expect([held, isHalted(), watch.isAgreed]).toEqual([2, true, false]);
    expect(await step(2)).toBe(0);
    expect([held, isHalted(), watch.isAgreed]).toEqual([2, false, true]);
  });

  it('a fill that comes by both ways is booked once, also when the stream is late', async () => {
    send();
    await step(0);
    const late = broker.fill('order-1', 1, 12.5);
    watch.require();
    await step(1);
    await step(2, late);
    expect(held).toBe(1);
    // From now on the order object tells, at the next comparison.
    const next = broker.fill('order-1', 1, 12.6);
    await step(3, next);
    for (const second of [8, 9, 10]) await step(second);
    expect([held, watch.isAgreed]).toEqual([2, true]);
    expect(own.get('order-1')?.legs.get(A_CALL)?.cost).toBeCloseTo(25.1, 6);
  });

  it('waits with the comparison while fills are coming in', async () => {
    send();
    const event = broker.fill('order-1', 1, 12.5);
    expect(await step(0, event)).toBe(1);
    expect(watch.isAgreed).toBe(false);
    await step(1);
    expect([held, watch.isAgreed]).toEqual([1, true]);
    expect(own.get('order-1')?.isToldByOrder).toBe(false);
  });

  it('keeps new risk halted while anything differs, and lifts it when it does not any more', async () => {
    broker.foreign.push({ symbol: 'GOOG', quantity: 100, averagePrice: 750 });
    await step(0);
    expect(isHalted()).toBe(true);
    broker.foreign.pop();
    await step(4);
    expect(isHalted()).toBe(true);
    await step(5);
    expect(isHalted()).toBe(false);
  });

  it('a broker that can’t be asked is a doubt, not an end', async () => {
    broker.isReachable = false;
    await step(0);
    expect(isHalted()).toBe(true);
    broker.isReachable = true;
    await step(5);
    expect(isHalted()).toBe(false);
  });

  it('looks once a minute although nothing calls for it', async () => {
    send();
    await step(0);
    broker.fill('order-1', 1, 12.5);
    expect(await step(59)).toBe(0);
    expect(await step(60)).toBe(1);
    expect(held).toBe(1);
  });

  it('a clock that is set back by hours puts no comparison off', async () => {
    send();
    await step(7_200);
    broker.fill('order-1', 1, 12.5);
    expect(await step(0)).toBe(1);
    broker.foreign.push({ symbol: 'GOOG', quantity: 100, averagePrice: 750 });
    watch.require();
    await step(7_300);
    broker.foreign.pop();
    await step(1);
    expect([held, isHalted(), watch.isAgreed]).toEqual([1, false, true]);
  });
});
