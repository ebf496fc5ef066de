import { ManualClock, MICROS_PER_MINUTE, MICROS_PER_SECOND, micros } from '@trading-agent/core';
import type { Bar, Quote, Trade } from '@trading-agent/instruments';
import { type FeedChannel, type FeedEvent, STREAM_KINDS, type StreamKind } from '@trading-agent/market-data';
import { type PolygonFeed, createPolygonFeed } from '@trading-agent/polygon';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_KEYS } from '../options.ts';
import type { MarketSim } from '../server.ts';
import { Lockstep } from '../testing/sessions.ts';
import { CALL_740, CALL_760, atMinute, startTinySim, tinyDay } from '../testing/tiny-market.ts';

const VIX = 'I:VIX';
const GOOG = 'GOOG';
const PLAIN: Readonly<Record<FeedChannel, string>> = { options: CALL_740, stocks: GOOG, indices: VIX };

const minute = (end: number, symbol: string, close: number, volume = 100): Bar => ({
  symbol,
  start: atMinute(end - 1),
  end: atMinute(end),
  open: close - 0.5,
  high: close + 1,
  low: close - 1,
  close,
  volume,
});
const second = (symbol: string, price: number, volume: number): Bar => ({
  symbol,
  start: atMinute(2),
  end: micros(atMinute(2) + MICROS_PER_SECOND),
  open: price,
  high: price,
  low: price,
  close: price,
  volume,
});
const googQuote: Quote = { symbol: GOOG, at: atMinute(2), bid: 745.9, bidSize: 3, ask: 746.1, askSize: 4 };
const googTrade: Trade = { symbol: GOOG, at: atMinute(2), price: 746, size: 50 };
/** What an index was worth: it makes bars of seconds, and nobody can subscribe to it as a trade. */
const vixTick: Trade = { symbol: VIX, at: atMinute(2), price: 19.25, size: 0 };
const call740: Trade = { symbol: CALL_740, at: atMinute(2), price: 12.2, size: 3 };

interface Row {
  readonly channel: FeedChannel;
  readonly symbol: string;
  /** Of the first two minutes. */
  readonly events: number;
  /** One of them, whole. */
  readonly one: FeedEvent;
}
const row = (channel: FeedChannel, symbol: string, events: number, one: FeedEvent): Row => ({
  channel,
  symbol,
  events,
  one,
});

/** Every kind on every channel that has it. A kind without a row does not compile; a channel that is left out is refused, see below. */
const KINDS: Readonly<Record<StreamKind, readonly [Row, ...Row[]]>> = {
  quotes: [
    row('options', CALL_760, 2, {
      kind: 'quote',
      quote: { symbol: CALL_760, at: atMinute(2), bid: 3.6, bidSize: 2, ask: 3.7, askSize: 2 },
    }),
    row('stocks', GOOG, 1, { kind: 'quote', quote: googQuote }),
  ],
  trades: [
    row('options', CALL_740, 1, { kind: 'trade', trade: call740 }),
    row('stocks', GOOG, 1, { kind: 'trade', trade: googTrade }),
  ],
  'second-bars': [
    row('options', CALL_740, 1, { kind: 'bar', bar: second(CALL_740, 12.2, 3) }),
    row('stocks', GOOG, 1, { kind: 'bar', bar: second(GOOG, 746, 50) }),
    row('indices', VIX, 1, { kind: 'bar', bar: second(VIX, 19.25, 0) }),
  ],
  'minute-bars': [
    row('options', CALL_740, 1, { kind: 'bar', bar: minute(2, CALL_740, 12.2) }),
    row('stocks', GOOG, 2, { kind: 'bar', bar: minute(2, GOOG, 746) }),
    row('indices', VIX, 2, { kind: 'bar', bar: minute(1, VIX, 19.5, 0) }),
  ],
  'fair-values': [
    row('options', CALL_740, 2, { kind: 'fair-value', value: { symbol: CALL_740, at: atMinute(1), value: 12.2 } }),
    row('stocks', GOOG, 1, { kind: 'fair-value', value: { symbol: GOOG, at: atMinute(2), value: 746 } }),
  ],
  'index-values': [
    row('indices', VIX, 2, { kind: 'index-value', value: { symbol: VIX, at: atMinute(1), value: 19.5 } }),
  ],
  'limit-bands': [
    row('stocks', GOOG, 2, {
      kind: 'limit-band',
      band: { symbol: GOOG, at: atMinute(1), high: 782.25, low: 707.75, indicators: [] },
    }),
  ],
};
const ROWS = STREAM_KINDS.flatMap((kind) => KINDS[kind].map((one) => ({ kind, ...one })));

type ChannelEvent = FeedEvent & { readonly channel: FeedChannel };
let sim: MarketSim;
beforeAll(async () => {
  const day = tinyDay();
  const steps = day.steps.map((step) => ({
    ...step,
    bars: [...step.bars, minute((step.at - atMinute(0)) / MICROS_PER_MINUTE, VIX, 19.5, 0)],
    ...(step.at === atMinute(2) && {
      quotes: [...step.quotes, googQuote],
      trades: [...step.trades, googTrade, vixTick],
    }),
  }));
  sim = await startTinySim({ day: { ...day, steps } });
});
afterAll(() => sim.close());

async function connected(): Promise<PolygonFeed> {
  const feed = createPolygonFeed({
    restUrl: sim.url,
    socketUrl: sim.wsUrl,
    apiKey: DEFAULT_KEYS.polygonKey,
    clock: new ManualClock(atMinute(0)),
    muteLimits: 'off',
  });
  await feed.connect();
  return feed;
}

describe('each kind on each channel', () => {
  const events: ChannelEvent[] = [];
  let feed: PolygonFeed;
  beforeAll(async () => {
    feed = await connected();
    const all = ROWS.reduce((sum, one) => sum + one.events, 0);
    const arrived = Promise.withResolvers<undefined>();
    feed.events.subscribe((event) => {
      if (events.push(event) === all) arrived.resolve(undefined);
    });
    const client = await Lockstep.attach(sim);
    for (const { kind, symbol } of ROWS) await feed.subscribe(kind, [symbol]);
    await client.runTo(1);
    await arrived.promise;
  });
  afterAll(() => feed.close());

  it.each(ROWS)('$kind of $symbol', ({ channel, one }) => {
    expect(events).toContainEqual({ ...one, channel });
  });

  it('brings what was subscribed to, and nothing beside it', () => {
    const key = (event: ChannelEvent): string => {
      const span = event.kind === 'bar' ? ` ${(event.bar.end - event.bar.start) / MICROS_PER_SECOND}` : '';
      return `${event.channel} ${event.kind}${span}`;
    };
    const expected = ROWS.map((one) => [key({ ...one.one, channel: one.channel }), one.events]);
    expect(new Map([...Map.groupBy(events, key)].map(([name, all]) => [name, all.length]))).toEqual(
      new Map(expected.map(([name = '', count = 0]) => [String(name), Number(count)])),
    );
    expect(feed.quarantine().total).toBe(0);
    expect(feed.counters()).toMatchObject({ malformedEvents: 0, unknownEvents: 0, oddAcknowledgements: 0 });
  });

  it('what the table leaves out the cluster does not offer', async () => {
    const channels = ['options', 'stocks', 'indices'] as const;
    const others = STREAM_KINDS.flatMap((kind) =>
      channels
        .filter((one) => !KINDS[kind].some(({ channel }) => channel === one))
        .map((channel) => ({ kind, channel })),
    );
    expect(others.length).toBeGreaterThan(0);
    for (const { kind, channel } of others)
      await expect(feed.subscribe(kind, [PLAIN[channel]]), `${kind} of ${channel}`).rejects.toMatchObject({
        code: 'FEED_NOT_ENTITLED',
      });
  });
});
