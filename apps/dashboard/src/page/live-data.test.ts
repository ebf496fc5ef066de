import { beforeEach, describe, expect, it } from 'vitest';
import { cannedDay } from '../canned-day.ts';
import { type EventHandlers, LiveData, type Outside } from './live-data.ts';

/** Answers and timers in the test's hands: nothing happens but what it lets happen. */
class HeldOutside implements Outside {
  readonly day = cannedDay();
  reachable = true;
  events: EventHandlers | undefined;
  opened = 0;
  asked: string[] = [];
  #timers: { readonly ms: number; readonly work: () => void }[] = [];

  fetchJson = async (path: string) => {
    const name = path.replace(/\?.*/, '');
    this.asked.push(name);
    if (!this.reachable) throw new TypeError('Failed to fetch');
    const body = this.day.get(name);
    return { ok: body !== undefined, body: body ?? { error: { code: 'X', message: 'No such thing', hint: null } } };
  };

  openEvents = (handlers: EventHandlers) => {
    this.opened += 1;
    this.events = handlers;
    return () => {
      if (this.events === handlers) this.events = undefined;
    };
  };

  after = (ms: number, work: () => void) => {
    const timer = { ms, work };
    this.#timers.push(timer);
    return () => this.#drop(timer);
  };

  get waits(): readonly number[] {
    return this.#timers.map(({ ms }) => ms).sort((a, b) => a - b);
  }

  /** Lets the timer of that length ring, and what it started come to rest. */
  async ring(ms: number): Promise<void> {
    const timer = this.#timers.find((each) => each.ms === ms);
    if (!timer) throw new Error(`No timer of ${ms} ms among ${this.waits.join(', ')}`);
    this.#drop(timer);
    timer.work();
    await settle();
  }

  #drop(timer: { readonly ms: number; readonly work: () => void }): void {
    this.#timers = this.#timers.filter((each) => each !== timer);
  }
}

/** All pending promise callbacks have run. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

let outside: HeldOutside;
let live: LiveData;
const ALL = ['/status', '/positions', '/orders', '/equity', '/decisions', '/alerts', '/stats'];

beforeEach(async () => {
  outside = new HeldOutside();
  live = new LiveData(outside, () => {});
  live.start();
  await settle();
});

async function streaming(): Promise<void> {
  outside.events?.opened();
  await settle();
  outside.asked = [];
}

describe('LiveData', () => {
  it('fetches everything at once and polls until the stream opens', async () => {
    expect(outside.asked).toEqual(ALL);
    expect(live.state.status.data?.equity).toBe(25_148.32);
    expect(live.state.connection).toBe('polling');
    await outside.ring(5_000);
    expect(outside.asked).toEqual([...ALL, ...ALL]);
  });

  it('fetches what an event names, once for many events', async () => {
    await streaming();
    expect(live.state.connection).toBe('live');
    outside.events?.event('change', '{"topics":["orders","status"]}');
    outside.events?.event('change', '{"topics":["orders"]}');
    expect(outside.asked).toEqual([]);
    await outside.ring(400);
    expect(outside.asked).toEqual(['/orders', '/status']);
  });

  it.each([
    ['resync', '{}'],
    ['dropped', '{"reason":"slow"}'],
    ['change', 'not json'],
    ['change', '{"topics":["something new"]}'],
  ])('fetches everything on %s %s', async (name, data) => {
    await streaming();
    outside.events?.event(name, data);
    await outside.ring(400);
    expect(outside.asked.toSorted()).toEqual(ALL.toSorted());
  });

  it('fetches nothing on a heartbeat', async () => {
    await streaming();
    outside.events?.event('heartbeat', '{}');
    expect(outside.waits).not.toContain(400);
  });

  it('fetches again what changed while it was being fetched', async () => {
    await streaming();
    outside.events?.event('change', '{"topics":["alerts"]}');
    const first = outside.ring(400);
    outside.events?.event('change', '{"topics":["alerts"]}');
    await first;
    await outside.ring(400);
    expect(outside.asked).toEqual(['/alerts', '/alerts']);
  });

  it('polls while the stream is broken and stops to poll when it is back', async () => {
    await streaming();
    outside.events?.failed(false);
    expect(live.state.connection).toBe('polling');
    await outside.ring(5_000);
    expect(outside.asked).toEqual(ALL);
    outside.events?.opened();
    await settle();
    expect(live.state.connection).toBe('live');
    await outside.ring(5_000);
    expect(outside.waits).not.toContain(5_000);
    expect(outside.waits).toContain(60_000);
  });

  it('opens the stream anew when the browser has given up', async () => {
    outside.events?.failed(true);
    expect(outside.events).toBeUndefined();
    await outside.ring(5_000);
    await outside.ring(5_000);
    expect(outside.opened).toBe(2);
  });

  it('takes a silent stream for a dead one', async () => {
    await streaming();
    await outside.ring(40_000);
    expect(live.state.connection).toBe('polling');
    expect(outside.events).toBeUndefined();
  });

  it('is offline when nothing answers, and keeps the last data beside the problem', async () => {
    outside.reachable = false;
    await outside.ring(5_000);
    expect(live.state.connection).toBe('offline');
    expect(live.state.status).toMatchObject({ data: { equity: 25_148.32 }, problem: 'The agent can’t be reached' });
    outside.reachable = true;
    await outside.ring(5_000);
    expect(live.state).toMatchObject({ connection: 'polling', status: { problem: null } });
  });

  it('shows what the API says about an error, and a shape it does not know', async () => {
    outside.day.delete('/orders');
    outside.day.set('/alerts', { alerts: [] });
    await outside.ring(5_000);
    expect(live.state.orders.problem).toBe('No such thing');
    expect(live.state.alerts.problem).toBe('Expected /alerts?limit=30 to be a list, was {"alerts":[]}');
    expect(live.state.connection).toBe('polling');
  });

  it('leaves no timer behind', () => {
    outside.events?.event('change', '{"topics":["alerts"]}');
    live.stop();
    expect(outside.waits).toEqual([]);
    expect(outside.events).toBeUndefined();
  });
});
