import { MICROS_PER_MINUTE, type Micros, micros } from '@trading-agent/core';
import type { Bar } from '@trading-agent/instruments';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MarketSim } from '../server.ts';
import { Lockstep, subscribed } from '../testing/sessions.ts';
import { TestSocket } from '../testing/test-socket.ts';
import { CALL_740, CALL_760, PUT_740, atMinute, startTinySim, tinyDay } from '../testing/tiny-market.ts';

let sim: MarketSim;
beforeEach(async () => {
  sim = await startTinySim();
});
afterEach(() => sim.close());

const status = (word: string, message: string): object => ({ ev: 'status', status: word, message });

describe('a session on /options', () => {
  it('greets, authenticates, acknowledges what it knows and what it does not, and is silent about unknown topics', async () => {
    const socket = await TestSocket.connect(`${sim.wsUrl}/options`);
    expect(await socket.next()).toEqual(status('connected', 'Connected Successfully'));
    socket.send({ action: 'subscribe', params: 'AM.*' });
    expect(await socket.next()).toMatchObject({ status: 'auth_required' });
    socket.send({ action: 'auth', params: 'sim-key' });
    expect(await socket.next()).toEqual(status('auth_success', 'authenticated'));
    socket.send({ action: 'subscribe', params: `T.O:${CALL_740},XX.O:${CALL_740},Q.O:NOSUCH160115C00001000,AM.*` });
    expect(await socket.take(3)).toEqual([
      status('success', `subscribed to: T.O:${CALL_740}`),
      status('success', 'subscribed to: Q.O:NOSUCH160115C00001000'),
      status('success', 'subscribed to: AM.*'),
    ]);
    // Several acknowledgements in one frame.
    expect(socket.frames.at(-1)).toEqual({ binary: false, size: 3 });
    socket.send({ action: 'unsubscribe', params: 'AM.*' });
    expect(await socket.next()).toEqual(status('success', 'unsubscribed to: AM.*'));
    socket.send('not json');
    expect(await socket.next()).toMatchObject({ status: 'error' });
  });

  it('ends a wrong key without a close frame', async () => {
    const socket = await TestSocket.connect(`${sim.wsUrl}/options`);
    await socket.next();
    socket.send({ action: 'auth', params: 'wrong' });
    expect(await socket.next()).toMatchObject({ status: 'auth_failed' });
    expect(await socket.untilClosed()).toBe(1006);
  });

  it('sends quotes, trades and minute bars of what is subscribed, sides that are not quoted left out', async () => {
    const socket = await subscribed(sim, 'options', `Q.O:${CALL_760},Q.O:${PUT_740},T.*,AM.*`);
    const client = await Lockstep.attach(sim);
    expect(await client.runTo(2)).toMatchObject({ counts: { options: 8 } });
    const events = await socket.take(8);
    const t = (minute: number): number => atMinute(minute) / 1_000;
    const quoteOf = (symbol: string, minute: number): unknown[] =>
      events.filter((event) => event?.['ev'] === 'Q' && event['sym'] === `O:${symbol}` && event['t'] === t(minute));
    expect(quoteOf(CALL_760, 1)).toEqual([
      { ev: 'Q', sym: `O:${CALL_760}`, bp: 3.5, bs: 2, ap: 3.6, as: 2, t: t(1), q: 3 },
    ]);
    expect(quoteOf(CALL_760, 3)).toEqual([{ ev: 'Q', sym: `O:${CALL_760}`, ap: 3.8, as: 2, t: t(3), q: 12 }]);
    expect(quoteOf(PUT_740, 1)).toEqual([{ ev: 'Q', sym: `O:${PUT_740}`, bp: 6.4, bs: 2, t: t(1), q: 4 }]);
    expect(events).toContainEqual({ ev: 'T', sym: `O:${CALL_740}`, p: 12.2, s: 3, t: t(2), q: 9 });
    expect(events).toContainEqual({
      ev: 'AM',
      sym: `O:${CALL_740}`,
      v: 100,
      av: 100,
      op: 11.7,
      o: 11.7,
      c: 12.2,
      h: 13.2,
      l: 11.2,
      s: t(1),
      e: t(2),
    });
  });

  it('refuses the 1,001st contract and a wildcard for quotes', async () => {
    const tickers = Array.from({ length: 1_001 }, (_, index) => `Q.O:GOOG160115C${String(index + 1).padStart(8, '0')}`);
    const socket = await TestSocket.connect(`${sim.wsUrl}/options`);
    await socket.next();
    socket.send({ action: 'auth', params: 'sim-key' });
    await socket.next();
    socket.send({ action: 'subscribe', params: tickers.join(',') });
    const replies = await socket.take(1_001);
    expect(replies.filter((reply) => reply?.['status'] === 'success')).toHaveLength(1_000);
    expect(replies.at(-1)).toMatchObject({ status: 'error' });
    socket.send({ action: 'subscribe', params: 'Q.*' });
    expect(await socket.next()).toMatchObject({ status: 'error' });
  });

  it('tells a second connection max_connections after its subscription and closes it', async () => {
    await subscribed(sim, 'options', 'AM.*');
    const second = await TestSocket.connect(`${sim.wsUrl}/options`);
    await second.next();
    second.send({ action: 'auth', params: 'sim-key' });
    await second.next();
    second.send({ action: 'subscribe', params: 'T.*' });
    expect(await second.take(2)).toMatchObject([{ status: 'success' }, { status: 'max_connections' }]);
    expect(await second.untilClosed()).toBe(1008);
  });
});

describe('a session on /stocks', () => {
  it('sends minute bars with the day so far', async () => {
    const socket = await subscribed(sim, 'stocks', 'AM.GOOG');
    const client = await Lockstep.attach(sim);
    await client.runTo(1);
    expect((await socket.take(2)).at(-1)).toEqual({
      ev: 'AM',
      sym: 'GOOG',
      v: 100,
      av: 200,
      op: 744.5,
      o: 745.5,
      c: 746,
      h: 747,
      l: 745,
      s: atMinute(1) / 1_000,
      e: atMinute(2) / 1_000,
    });
  });
});

describe('the other channels', () => {
  it('options: second bars of the trades, fair values to the nanosecond', async () => {
    const socket = await subscribed(sim, 'options', `A.O:${CALL_740},FMV.O:${CALL_740}`);
    const client = await Lockstep.attach(sim);
    await client.runTo(1);
    const events = await socket.take(3);
    expect(events.at(0)).toMatchObject({ ev: 'FMV', sym: `O:${CALL_740}`, fmv: 12.2 });
    expect(events.at(2)).toEqual({
      ev: 'A',
      sym: `O:${CALL_740}`,
      v: 3,
      o: 12.2,
      c: 12.2,
      h: 12.2,
      l: 12.2,
      s: atMinute(2) / 1_000,
      e: atMinute(2) / 1_000 + 1_000,
    });
    expect(socket.texts.join('')).toContain(`"t":${atMinute(1)}000}`);
  });

  it('stocks: limit-up limit-down bands around the last close', async () => {
    const socket = await subscribed(sim, 'stocks', 'LULD.GOOG');
    const client = await Lockstep.attach(sim);
    await client.runTo(0);
    expect(await socket.next()).toEqual({
      ev: 'LULD',
      T: 'GOOG',
      h: 782.25,
      l: 707.75,
      i: [],
      z: 3,
      t: atMinute(1) / 1_000,
      q: 1,
    });
  });

  it('indices: values and minute bars without volume, and no quotes', async () => {
    await sim.close();
    const day = tinyDay();
    const steps = day.steps.map((step) => ({ ...step, bars: [...step.bars, indexBar(step.at)] }));
    sim = await startTinySim({ day: { ...day, steps } });
    const socket = await subscribed(sim, 'indices', 'V.I:VIX,AM.I:VIX');
    socket.send({ action: 'subscribe', params: 'Q.I:VIX,T.I:VIX,AM.GOOG' });
    expect(await socket.next()).toEqual(status('success', 'subscribed to: AM.GOOG'));
    const client = await Lockstep.attach(sim);
    await client.runTo(0);
    const [start, end] = [atMinute(0) / 1_000, atMinute(1) / 1_000];
    expect(await socket.take(2)).toEqual([
      { ev: 'AM', sym: 'I:VIX', op: 19, o: 19, c: 19.5, h: 20, l: 18.5, s: start, e: end },
      { ev: 'V', val: 19.5, T: 'I:VIX', t: end },
    ]);
  });

  it('a plan without quotes is silent about them, and a plan without a cluster refuses the key there', async () => {
    await sim.close();
    sim = await startTinySim({ polygonPlan: { lacks: ['quotes', 'indices'] } });
    const socket = await subscribed(sim, 'options', 'AM.*');
    socket.send({ action: 'subscribe', params: `Q.O:${CALL_740},T.*` });
    expect(await socket.next()).toEqual(status('success', 'subscribed to: T.*'));
    const refused = await TestSocket.connect(`${sim.wsUrl}/indices`);
    await refused.next();
    refused.send({ action: 'auth', params: 'sim-key' });
    expect(await refused.next()).toMatchObject({ status: 'auth_failed' });
    expect(await refused.untilClosed()).toBe(1006);
  });
});

function indexBar(end: Micros): Bar {
  const start = micros(end - MICROS_PER_MINUTE);
  return { symbol: 'I:VIX', start, end, open: 19, high: 20, low: 18.5, close: 19.5, volume: 0 };
}

it('has no other sockets', async () => {
  await expect(TestSocket.connect(`${sim.wsUrl}/crypto`)).rejects.toThrow('404');
});
