import { ManualClock, microsFromRfc3339 } from '@trading-agent/core';
import { describe, expect, it } from 'vitest';
import { EventHub, type EventHubOptions } from './event-hub.ts';
import type { Topic } from './source.ts';

const NOW = '2026-11-24T03:01:05.000000Z';

function hub(options: Partial<EventHubOptions> = {}): EventHub {
  return new EventHub({ clock: new ManualClock(microsFromRfc3339(NOW)), run: 'run1', ...options });
}

/** Reads whole frames on demand, one read per frame. */
function reader(stream: ReadableStream<Uint8Array>) {
  const source = stream.getReader();
  const decoder = new TextDecoder();
  return {
    next: async () => {
      const { done, value } = await source.read();
      return done ? null : decoder.decode(value);
    },
    cancel: () => source.cancel(),
  };
}

const frame = (number: number, topic: Topic) =>
  `event: change\nid: run1-${number}\ndata: {"topics":["${topic}"],"at":"${NOW}"}\n\n`;
const hello = `retry: 2000\nevent: heartbeat\ndata: {"at":"${NOW}"}\n\n`;
const resync = `event: resync\ndata: {"at":"${NOW}"}\n\n`;

describe('EventHub', () => {
  it('greets, then passes changes on in order, to everyone', async () => {
    const events = hub();
    const readers = [reader(events.open(undefined)), reader(events.open(undefined))];
    events.publish({ topics: ['orders'] });
    events.publish({ topics: ['equity'] });
    for (const each of readers) {
      expect(await each.next()).toBe(hello);
      expect(await each.next()).toBe(frame(1, 'orders'));
      expect(await each.next()).toBe(frame(2, 'equity'));
    }
  });

  it('wakes a reader that was waiting', async () => {
    const events = hub();
    const one = reader(events.open(undefined));
    await one.next();
    const waiting = one.next();
    events.heartbeat();
    expect(await waiting).toBe(`event: heartbeat\ndata: {"at":"${NOW}"}\n\n`);
  });

  it('gives a client that comes back what it missed', async () => {
    const events = hub();
    for (const topic of ['orders', 'equity', 'alerts'] as const) events.publish({ topics: [topic] });
    const one = reader(events.open('run1-1'));
    expect(await one.next()).toBe(hello);
    expect(await one.next()).toBe(frame(2, 'equity'));
    expect(await one.next()).toBe(frame(3, 'alerts'));
    events.close();
    expect(await one.next()).toBeNull();
  });

  it.each(['run0-1', 'run1-99', 'run1--1', 'run1-1.5', 'garbage', 'run1-0'])(
    'asks a client to fetch everything when its id %s is not one it can continue from',
    async (id) => {
      const events = hub({ memory: 2 });
      for (const topic of ['orders', 'equity', 'alerts'] as const) events.publish({ topics: [topic] });
      const one = reader(events.open(id));
      expect(await one.next()).toBe(hello);
      expect(await one.next()).toBe(resync);
    },
  );

  it('drops a client that does not read, tells it why, and keeps the others', async () => {
    const waiting: number[] = [];
    const events = hub({ clientBuffer: 3, onDropped: (count) => waiting.push(count) });
    const slow = reader(events.open(undefined));
    const quick = reader(events.open(undefined));
    for (const topic of ['orders', 'equity', 'alerts', 'status'] as const) {
      events.publish({ topics: [topic] });
      await quick.next();
    }
    // The greeting and two changes wait for the slow one; the third is one too many.
    expect(waiting).toEqual([3]);
    expect(events.clients).toBe(1);
    expect(await slow.next()).toBe('event: dropped\ndata: {"reason":"more than 3 events waited for this client"}\n\n');
    expect(await slow.next()).toBeNull();
    expect(await quick.next()).toBe(frame(4, 'status'));
  });

  it('hangs up on a dropped client that does not even read its last words, and only on that one', async () => {
    const hungUp: string[] = [];
    const events = hub({ clientBuffer: 1 });
    const stuck = reader(events.open(undefined, () => hungUp.push('stuck')));
    const late = reader(events.open(undefined, () => hungUp.push('late')));
    events.publish({ topics: ['orders'] });
    expect(await late.next()).toContain('event: dropped');
    expect(hungUp).toEqual([]);
    events.heartbeat();
    expect(hungUp).toEqual(['stuck']);
    expect(await stuck.next()).toBeNull();
  });

  it('forgets a client that hung up', async () => {
    const events = hub();
    const one = reader(events.open(undefined));
    await one.next();
    await one.cancel();
    expect(events.clients).toBe(0);
    events.publish({ topics: ['orders'] });
  });

  it('ends every stream when closed and opens none afterwards', async () => {
    const events = hub();
    const one = reader(events.open(undefined));
    await one.next();
    events.close();
    expect(await one.next()).toBeNull();
    const late = reader(events.open(undefined));
    expect(await late.next()).toBe(hello);
    expect(await late.next()).toBeNull();
    expect(events.clients).toBe(0);
  });
});
