import * as massive from '@massive.com/client-js';
import { ManualClock, type Micros, MICROS_PER_MINUTE, micros, nanosText } from '@trading-agent/core';
import type { Bar } from '@trading-agent/instruments';
import type { FeedEvent } from '@trading-agent/market-data';
import { type PolygonFeed, createPolygonFeed } from '@trading-agent/polygon';
import * as polygon from '@polygon.io/client-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_KEYS } from '../options.ts';
import type { MarketSim } from '../server.ts';
import { Lockstep, admin, step } from '../testing/sessions.ts';
import { type Message, parseMessages } from '../testing/test-socket.ts';
import { CALL_740, CALL_760, atMinute, startTinySim, tinyDay } from '../testing/tiny-market.ts';

const VIX = 'I:VIX';
const t = (minute: number): number => atMinute(minute) / 1_000;

let sim: MarketSim;
let feeds: PolygonFeed[];
beforeEach(async () => {
  feeds = [];
  const day = tinyDay();
  sim = await startTinySim({
    day: { ...day, steps: day.steps.map((step) => ({ ...step, bars: [...step.bars, indexBar(step.at)] })) },
  });
});
afterEach(async () => {
  await Promise.all(feeds.map((feed) => feed.close()));
  await sim.close();
});

function indexBar(end: Micros): Bar {
  const start = micros(end - MICROS_PER_MINUTE);
  return { symbol: VIX, start, end, open: 19, high: 20, low: 18.5, close: 19.5, volume: 0 };
}

async function connected(options: Partial<Parameters<typeof createPolygonFeed>[0]> = {}) {
  const clock = new ManualClock(atMinute(0));
  const feed = createPolygonFeed({
    restUrl: sim.url,
    socketUrl: sim.wsUrl,
    apiKey: DEFAULT_KEYS.polygonKey,
    clock,
    muteLimits: 'off',
    sleep: () => Promise.resolve(),
    ...options,
  });
  feeds.push(feed);
  const events: FeedEvent[] = [];
  feed.events.subscribe((event) => events.push(event));
  await feed.connect();
  return { feed, clock, events };
}

describe('our feed', () => {
  it('takes back what it does not want any more', async () => {
    const { feed, events } = await connected();
    const client = await Lockstep.attach(sim);
    await feed.selectQuotes([CALL_740, CALL_760]);
    await feed.selectQuotes([CALL_740]);
    await client.runTo(1);
    await expect.poll(() => events.length).toBe(2);
    expect(events.map((event) => event.kind === 'quote' && event.quote.symbol)).toEqual([CALL_740, CALL_740]);
  });

  it('a plan without quotes acknowledges none: the request says so', async () => {
    await sim.close();
    sim = await startTinySim({ polygonPlan: { lacks: ['quotes'] } });
    const { feed } = await connected({ timeoutMs: 1_000 });
    await expect(feed.selectQuotes([CALL_740])).rejects.toMatchObject({ code: 'TIMEOUT' });
    await expect(feed.subscribe('trades', [CALL_740])).resolves.toBeUndefined();
  });

  it('a second process on the key is told that there are too many, waits, and does not hurry', async () => {
    const { feed } = await connected();
    await feed.selectQuotes([CALL_740]);
    const waits: number[] = [];
    const second = await connected({
      sleep: (milliseconds, signal) => {
        waits.push(milliseconds);
        return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('closed'))));
      },
    });
    const asked = second.feed.selectQuotes([CALL_740]).catch(() => undefined);
    await expect.poll(() => waits.length).toBe(1);
    expect(waits[0]).toBeGreaterThanOrEqual(60_000);
    await second.feed.close();
    await asked;
  });

  it('a connection that is lost in the middle: what was missed is asked for and told in its place, once', async () => {
    const back = Promise.withResolvers<undefined>();
    const { feed, clock, events } = await connected({ sleep: () => back.promise });
    await feed.subscribeBars(['GOOG']);
    await step(sim);
    await expect.poll(() => events.length).toBe(1);
    await admin(sim, 'POST', 'faults', { fault: 'dropped-connection', room: 'stocks' });
    await step(sim, 2);
    await expect.poll(() => events.length).toBe(2);
    clock.advanceTo(atMinute(3));
    back.resolve(undefined);
    await expect.poll(() => events.at(-1)).toMatchObject({ kind: 'gap', gap: { state: 'closed' } });
    await step(sim);
    await expect.poll(() => events.length).toBe(6);
    const told = events.map((event) => (event.kind === 'bar' ? event.bar.end : event.kind));
    expect(told).toEqual([atMinute(1), 'gap', atMinute(2), atMinute(3), 'gap', atMinute(4)]);
    expect(events[4]).toMatchObject({ gap: { channel: 'stocks', cause: 'connection', to: atMinute(3), unfilled: [] } });
  });

  it('trades that were missed come from the tape, with the numbers of the stream', async () => {
    const back = Promise.withResolvers<undefined>();
    const { feed, clock, events } = await connected({ sleep: () => back.promise });
    await feed.subscribe('trades', [CALL_740]);
    await admin(sim, 'POST', 'faults', { fault: 'dropped-connection', room: 'options' });
    await step(sim, 3);
    await expect.poll(() => events.length).toBe(1);
    clock.advanceTo(atMinute(3));
    back.resolve(undefined);
    await expect.poll(() => events.length).toBe(3);
    expect(events).toMatchObject([
      { kind: 'gap', gap: { state: 'open' } },
      { kind: 'trade', trade: { symbol: CALL_740, at: atMinute(2), price: 12.2, size: 3 } },
      { kind: 'gap', gap: { state: 'closed', unfilled: [] } },
    ]);
  });
});

describe.each([
  ['@massive.com/client-js', massive.websocketClient],
  ['@polygon.io/client-js', polygon.websocketClient],
] as const)('%s', (_name, websocketClient) => {
  it.each([
    ['options', `Q.O:${CALL_760}`, 2, { ev: 'Q', sym: `O:${CALL_760}`, bp: 3.5, bs: 2, ap: 3.6, as: 2, t: t(1) }],
    ['options', `T.O:${CALL_740}`, 1, { ev: 'T', sym: `O:${CALL_740}`, p: 12.2, s: 3, t: t(2) }],
    ['options', `A.O:${CALL_740}`, 1, { ev: 'A', sym: `O:${CALL_740}`, v: 3, s: t(2), e: t(2) + 1_000 }],
    ['options', `AM.O:${CALL_740}`, 1, { ev: 'AM', sym: `O:${CALL_740}`, o: 11.7, c: 12.2, s: t(1), e: t(2) }],
    ['options', `FMV.O:${CALL_740}`, 2, { ev: 'FMV', sym: `O:${CALL_740}`, fmv: 12.2 }],
    ['stocks', 'AM.GOOG', 2, { ev: 'AM', sym: 'GOOG', av: 200, op: 744.5, e: t(2) }],
    ['stocks', 'LULD.GOOG', 2, { ev: 'LULD', T: 'GOOG', h: 782.25, l: 707.75 }],
    ['indices', `V.${VIX}`, 2, { ev: 'V', T: VIX, val: 19.5, t: t(1) }],
    ['indices', `AM.${VIX}`, 2, { ev: 'AM', sym: VIX, o: 19, c: 19.5, s: t(0), e: t(1) }],
  ] as const)('%s: %s', async (cluster, params, count, expected) => {
    const client = websocketClient(DEFAULT_KEYS.polygonKey, sim.wsUrl);
    const socket = cluster === 'options' ? client.options() : cluster === 'stocks' ? client.stocks() : client.indices();
    const data: Message[] = [];
    const texts: string[] = [];
    const subscribed = Promise.withResolvers<undefined>();
    socket.onmessage = (message: { readonly data: unknown }) => {
      texts.push(String(message.data));
      for (const event of parseMessages(String(message.data))) {
        if (event['status'] === 'auth_success') socket.send(JSON.stringify({ action: 'subscribe', params }));
        else if (event['status'] === 'success') subscribed.resolve(undefined);
        else if (event['ev'] !== 'status') data.push(event);
      }
    };
    await subscribed.promise;
    const lockstep = await Lockstep.attach(sim);
    await lockstep.runTo(1);
    await expect.poll(() => data.length).toBe(count);
    expect(data).toContainEqual(expect.objectContaining(expected));
    // Nanoseconds have more digits than what the client's JSON keeps.
    const exact = expected.ev === 'FMV' ? `"t":${nanosText(atMinute(1))}}` : `"ev":"${expected.ev}"`;
    expect(texts.join('')).toContain(exact);
    socket.close();
  });
});
