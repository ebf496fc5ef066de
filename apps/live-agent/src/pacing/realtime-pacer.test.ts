import type { BrokerEvent } from '@trading-agent/broker';
import { ManualClock, microsFromRfc3339 } from '@trading-agent/core';
import type { FeedEvent } from '@trading-agent/market-data';
import { A_CALL, A_HIGHER_CALL, aBar, after, AN_INSTANT, aQuote } from '@trading-agent/testkit';
import { Subject } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import type { PacedStep } from './pacer.ts';
import { RealtimePacer } from './realtime-pacer.ts';

let clock: ManualClock;
let feed: Subject<FeedEvent>;
let broker: Subject<BrokerEvent>;
let ticks: Subject<void>;
let pacer: RealtimePacer;
let steps: PacedStep[];
let failure: unknown;

function newPacer(now: string | null): void {
  clock = new ManualClock(now === null ? AN_INSTANT : microsFromRfc3339(now));
  feed = new Subject();
  broker = new Subject();
  ticks = new Subject();
  steps = [];
  failure = null;
  pacer = new RealtimePacer({ clock, feed, broker, stepMs: 1_000, ticks });
  pacer.steps.subscribe({ next: (step) => steps.push(step), error: (error) => (failure = error) });
}
beforeEach(() => newPacer(null));

const said = (): BrokerEvent => ({
  kind: 'order',
  at: AN_INSTANT,
  clientOrderId: 'order-1',
  brokerOrderId: 'B',
  status: 'new',
});

describe('the pacer of a real market', () => {
  it('tells the session of today and listens from then on', async () => {
    expect(broker.observed).toBe(false);
    expect(await pacer.attach(-1)).toEqual({
      date: '2015-12-24',
      open: microsFromRfc3339('2015-12-24T14:30:00Z'),
      close: microsFromRfc3339('2015-12-24T18:00:00Z'),
      at: AN_INSTANT,
    });
    // The order stream connects when it is subscribed to.
    expect([broker.observed, feed.observed]).toEqual([true, true]);
  });

  it.each([
    ['on a holiday', '2015-12-25T15:00:00Z', 'The next session is 2015-12-28.'],
    ['after the close', '2015-12-24T18:00:00Z', 'The next session is 2015-12-28.'],
  ])('begins nothing %s', async (_when, now, hint) => {
    newPacer(now);
    await expect(pacer.attach(-1)).rejects.toMatchObject({ code: 'NOT_A_SESSION', hint });
  });

  it('lets a session of today be ended after the close', async () => {
    newPacer('2015-12-24T18:30:00Z');
    expect((await pacer.attach(17)).date).toBe('2015-12-24');
  });

  it('cuts a step at each tick, empty ones too, and counts on from where the journal ends', async () => {
    await pacer.attach(4);
    pacer.ready();
    feed.next({ kind: 'bar', bar: aBar() });
    broker.next(said());
    ticks.next();
    pacer.acknowledge(5);
    clock.advanceTo(after(1));
    ticks.next();
    expect(steps).toEqual([
      { step: 5, at: AN_INSTANT, gaps: [], quotes: [], bars: [aBar()], brokerEvents: [said()] },
      { step: 6, at: after(1), gaps: [], quotes: [], bars: [], brokerEvents: [] },
    ]);
  });

  it('while a step is being worked on the next one waits: quotes conflated, nothing else lost', async () => {
    await pacer.attach(-1);
    pacer.ready();
    ticks.next();
    for (let second = 1; second <= 50; second++) {
      feed.next({ kind: 'quote', quote: aQuote({ at: after(second), bid: second }) });
      feed.next({ kind: 'quote', quote: aQuote({ symbol: A_HIGHER_CALL, at: after(second), bid: second }) });
      // One that was overtaken says nothing new.
      feed.next({ kind: 'quote', quote: aQuote({ at: after(second - 1), bid: 0 }) });
      broker.next(said());
      ticks.next();
    }
    expect(steps).toHaveLength(1);
    pacer.acknowledge(0);
    ticks.next();
    expect(steps).toHaveLength(2);
    expect(steps[1]?.quotes.map(({ symbol, bid }) => [symbol, bid])).toEqual([
      [A_CALL, 50],
      [A_HIGHER_CALL, 50],
    ]);
    expect(steps[1]?.brokerEvents).toHaveLength(50);
  });

  it('what came before the first step belongs to it', async () => {
    await pacer.attach(-1);
    broker.next(said());
    pacer.ready();
    ticks.next();
    expect(steps[0]?.brokerEvents).toEqual([said()]);
  });

  it('ends with the error of a source, and hears nothing after its end', async () => {
    await pacer.attach(-1);
    const refused = new Error('refused');
    broker.error(refused);
    expect(failure).toBe(refused);
    newPacer(null);
    await pacer.attach(-1);
    pacer.ready();
    await pacer.close();
    expect([feed.observed, broker.observed, ticks.observed]).toEqual([false, false, false]);
  });

  it('attached again for another session it listens once', async () => {
    await pacer.attach(9);
    await pacer.attach(-1);
    pacer.ready();
    broker.next(said());
    ticks.next();
    expect(steps).toMatchObject([{ step: 0, brokerEvents: [said()] }]);
  });
});
