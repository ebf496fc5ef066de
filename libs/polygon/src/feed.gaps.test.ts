import { type Micros, micros } from '@trading-agent/core';
import { type OptionSymbol, type Trade, optionSymbol } from '@trading-agent/instruments';
import { type FeedChannel, type FeedEvent, type FeedGap, eventsOf } from '@trading-agent/market-data';
import { A_CALL, A_HIGHER_CALL, AN_INSTANT, Collected } from '@trading-agent/testkit';
import { Subject, map } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPolygonFeed } from './feed.ts';
import type { FeedStatus, SubscriptionNotice } from './socket/status.ts';
import { hostOffer, requireOffered } from './socket/topics.ts';
import { Provider, say, status } from './testing/provider.ts';
import { type TestFeed, startTestFeed } from './testing/test-feed.ts';

/** 10:00 in New York on a half day, as the market's minutes begin here. */
const TEN = AN_INSTANT;
const millis = (minute: number): number => (TEN + minute * 60_000_000) / 1_000;
const wireBar = (minute: number, sym = 'GOOG'): object => ({
  ev: 'AM',
  sym,
  v: 9,
  o: 1,
  h: 2,
  l: 1,
  c: minute,
  s: millis(minute - 1),
  e: millis(minute),
});
const restBar = (minute: number): object => ({ o: 1, h: 2, l: 1, c: minute, v: 9, t: millis(minute - 1) });
const wireTrade = (q: number, seconds: number): object => ({
  ev: 'T',
  sym: `O:${A_CALL}`,
  p: q,
  s: 1,
  t: millis(0) + seconds * 1_000,
  q,
});
const restTrade = (sequence: number, seconds: number): string =>
  `{"price":${sequence},"size":1,"exchange":1,"sequence_number":${sequence},"sip_timestamp":${millis(0) + seconds * 1_000}000000}`;
const wireQuote = (symbol: string, q: number, t = millis(0)): object => ({
  ev: 'Q',
  sym: `O:${symbol}`,
  bp: 1,
  bs: 1,
  ap: 2,
  as: 1,
  t,
  q,
});

let bench: TestFeed;
let provider: Provider;
let events: Collected<FeedEvent & { readonly channel: FeedChannel }>;
let notices: Collected<SubscriptionNotice>;
let muteChecks: Subject<void>;
/** Minutes that the vendor's REST interface has. */
let minutes: number[];
/** Rows of trades that it has, as text: their times have more digits than a double. */
let trades: string[];

async function start(options: Parameters<typeof startTestFeed>[0] = {}): Promise<void> {
  muteChecks = new Subject();
  bench = await startTestFeed({ muteChecks, ...options });
  provider = new Provider();
  minutes = [];
  trades = [];
  bench.server.onSocket = (socket, path) => provider.serve(socket, path);
  bench.server.onRequest = ({ path }) => {
    if (path.startsWith('/v2/aggs')) return { body: { status: 'OK', results: minutes.map(restBar) } };
    return { body: `{"status":"OK","results":[${trades.join(',')}]}` };
  };
  events = new Collected(bench.feed.events);
  notices = new Collected(bench.feed.notices);
  await bench.feed.connect();
}
beforeEach(() => start());
afterEach(() => bench.close());

const gaps = (): FeedGap[] => events.values.flatMap((event) => (event.kind === 'gap' ? [event.gap] : []));
const closed = (count = 1): Promise<unknown> =>
  events.until((all) => all.filter((event) => event.kind === 'gap' && event.gap.state === 'closed').length >= count);
const story = (): unknown[] =>
  events.values.map((event) => {
    if (event.kind === 'bar') return event.bar.close;
    if (event.kind === 'trade') return `T${event.trade.price}`;
    return event.kind === 'gap' ? `${event.gap.state} ${event.gap.cause}` : event.kind;
  });
const at = (minute: number): Micros => micros(Math.round(TEN + minute * 60_000_000));

describe('a lost connection', () => {
  it('of bars is a gap: told, filled by REST, closed before what came meanwhile', async () => {
    await bench.feed.subscribeBars(['GOOG']);
    say(provider.last('/stocks').socket, wireBar(1));
    await events.until((all) => all.length === 1);
    minutes = [1, 2, 3];
    bench.clock.advanceTo(at(3.2));
    provider.onSubscribe = (socket, [parameter]) =>
      say(socket, wireBar(4), status('success', `subscribed to: ${parameter}`));
    provider.last('/stocks').socket.terminate();
    await closed();
    expect(story()).toEqual([1, 'open connection', 2, 3, 4, 'closed connection']);
    expect(gaps()).toMatchObject([
      { channel: 'stocks', state: 'open', symbols: [], to: null },
      { channel: 'stocks', state: 'closed', to: at(3.2), unfilled: [] },
    ]);
    expect(bench.feed.counters().gaps).toBe(1);
  });

  it('of trades: filled by number, those that were told are not told again', async () => {
    await bench.feed.subscribe('trades', [A_CALL]);
    say(provider.last('/options').socket, wireTrade(1, 5), wireTrade(2, 6));
    await events.until((all) => all.length === 2);
    trades = [1, 2, 3, 4].map((sequence) => restTrade(sequence, 4 + sequence));
    bench.clock.advanceTo(at(0.5));
    provider.last('/options').socket.terminate();
    await closed();
    say(provider.last('/options').socket, wireTrade(4, 8), wireTrade(5, 9));
    await events.until((all) => all.length === 7);
    expect(story()).toEqual(['T1', 'T2', 'open connection', 'T3', 'T4', 'closed connection', 'T5']);
    expect(bench.feed.counters().duplicates).toBe(1);
    const [request] = bench.server.requests;
    expect([request?.path, request?.query.get('timestamp.gte')]).toEqual([
      `/v3/trades/O:${A_CALL}`,
      `${(millis(0) + 6_000) * 1_000}000`,
    ]);
  });

  it('of quotes: closed with the time from when they count again', async () => {
    await bench.feed.selectQuotes([A_CALL]);
    bench.clock.advanceTo(at(1));
    provider.last('/options').socket.terminate();
    await closed();
    expect(gaps()).toMatchObject([
      { state: 'open', channel: 'options', cause: 'connection' },
      { state: 'closed', to: at(1), unfilled: [] },
    ]);
    expect(bench.server.requests).toEqual([]);
  });

  it('with nothing subscribed is no gap', async () => {
    const statuses = new Collected<FeedStatus>(bench.feed.status);
    provider.last('/options').socket.terminate();
    await statuses.until((all) => all.some(({ state }) => state === 'ready'));
    expect(gaps()).toEqual([]);
  });

  it('a plan without history leaves the gap unfilled, and says why', async () => {
    await bench.feed.subscribeBars(['GOOG']);
    bench.server.onRequest = () => ({ status: 403, body: { status: 'NOT_AUTHORIZED', message: 'Not entitled.' } });
    bench.clock.advanceTo(at(2.5));
    provider.last('/stocks').socket.terminate();
    await closed();
    expect(gaps().at(-1)).toMatchObject({ unfilled: ['GOOG'], reason: expect.stringContaining('403') });
  });

  it.each([
    [undefined, 'positions'],
    ['scan', 'positions'],
    // A recording must not use up what is kept for those that hold something.
    ['download', 'download'],
  ] as const)('a budget that is used up leaves it unfilled without a request (%s)', async (priority, expected) => {
    await bench.close();
    const asked: string[] = [];
    await start({
      ...(priority && { priority }),
      budget: {
        take: (taken: string) => {
          asked.push(taken);
          return Promise.reject(new Error('the day is used up'));
        },
      },
    });
    await bench.feed.subscribeBars(['GOOG']);
    bench.clock.advanceTo(at(2.5));
    provider.last('/stocks').socket.terminate();
    await closed();
    expect(gaps().at(-1)).toMatchObject({ unfilled: ['GOOG'], reason: expect.stringContaining('used up') });
    expect(asked[0]).toBe(expected);
    expect(bench.server.requests).toEqual([]);
  });

  it('what is not acknowledged anew stays a gap of its own until it is', async () => {
    await bench.close();
    await start({ timeoutMs: 100 });
    await bench.feed.selectQuotes([A_CALL, A_HIGHER_CALL]);
    provider.onSubscribe = (socket) => say(socket, status('success', `subscribed to: Q.O:${A_CALL}`));
    provider.last('/options').socket.terminate();
    await closed();
    expect(gaps().map(({ state, symbols }) => [state, symbols])).toEqual([
      ['open', []],
      ['open', [A_HIGHER_CALL]],
      ['closed', []],
    ]);
    expect(notices.values).toMatchObject([
      { what: 'not acknowledged in time', parameters: [`Q.O:${A_HIGHER_CALL}`], channel: 'options' },
    ]);
    say(provider.last('/options').socket, status('success', `subscribed to: Q.O:${A_HIGHER_CALL}`));
    await closed(2);
    expect(gaps().at(-1)).toMatchObject({ state: 'closed', symbols: [A_HIGHER_CALL] });
  });
});

it('whoever comes late is told what he has missed', async () => {
  minutes = [1, 2, 3];
  bench.clock.advanceTo(at(3.5));
  await bench.feed.subscribeBars(['GOOG'], at(1));
  await closed();
  expect(story()).toEqual(['open late', 2, 3, 'closed late']);
  expect(gaps().at(-1)).toMatchObject({ symbols: ['GOOG'], from: at(1), to: at(3.5), unfilled: [] });
});

describe('a mute stream', () => {
  it('is a gap from its last word and is connected anew, by market hours', async () => {
    await bench.feed.selectQuotes([A_CALL]);
    say(provider.last('/options').socket, wireQuote(A_CALL, 1));
    await events.until((all) => all.length === 1);
    bench.clock.advanceTo(at(0.9));
    muteChecks.next();
    expect(gaps()).toEqual([]);
    bench.clock.advanceTo(at(1.1));
    muteChecks.next();
    await closed();
    expect(gaps()).toMatchObject([
      { state: 'open', cause: 'mute', from: at(0), reason: expect.stringContaining('no quotes for more than 60') },
      { state: 'closed', to: at(1.1) },
    ]);
    // After the early close nobody is owed anything.
    bench.clock.advanceTo(at(240));
    muteChecks.next();
    expect(gaps()).toHaveLength(2);
  });

  it('is not looked for while the connection is away', async () => {
    await bench.close();
    const back = Promise.withResolvers<undefined>();
    await start({ sleep: () => back.promise });
    await bench.feed.selectQuotes([A_CALL]);
    provider.last('/options').socket.terminate();
    await events.until((all) => all.length === 1);
    bench.clock.advanceTo(at(10));
    muteChecks.next();
    back.resolve(undefined);
    await closed();
    expect(gaps().map(({ cause, from }) => [cause, from])).toEqual([
      ['connection', at(0)],
      ['connection', at(0)],
    ]);
  });

  it('is let be where its time is not the clock’s', async () => {
    await bench.close();
    await start({ muteLimits: 'off' });
    await bench.feed.selectQuotes([A_CALL]);
    bench.clock.advanceTo(at(60));
    muteChecks.next();
    await bench.feed.selectQuotes([A_CALL, A_HIGHER_CALL]);
    expect(gaps()).toEqual([]);
  });
});

describe('order', () => {
  it('older and repeated quotes are left out and counted', async () => {
    await bench.feed.selectQuotes([A_CALL]);
    const { socket } = provider.last('/options');
    say(socket, wireQuote(A_CALL, 5), wireQuote(A_CALL, 5), wireQuote(A_CALL, 4), wireQuote(A_CALL, 6));
    await events.until((all) => all.length === 2);
    expect(bench.feed.counters()).toMatchObject({ duplicates: 1, outOfOrder: 1 });
  });

  it('a number that is left out proves nothing at this vendor', async () => {
    await bench.feed.subscribe('trades', [A_CALL]);
    say(provider.last('/options').socket, wireTrade(1, 1), wireTrade(9, 2));
    await events.until((all) => all.length === 2);
    expect([gaps(), bench.feed.counters().missingNumbers]).toEqual([[], 0]);
  });

  it('where every number is given, trades that are left out are a gap that is filled', async () => {
    await bench.close();
    await start({ numbering: 'dense' });
    await bench.feed.subscribe('trades', [A_CALL]);
    trades = [1, 2, 3].map((sequence) => restTrade(sequence, sequence));
    say(provider.last('/options').socket, wireTrade(1, 1), wireTrade(4, 4));
    await closed();
    expect(story()).toEqual(['T1', 'open sequence', 'T2', 'T3', 'T4', 'closed sequence']);
    expect(bench.feed.counters().missingNumbers).toBe(2);
  });
});

describe('the difference of what is subscribed', () => {
  it('is all that is sent: what is new is asked for, what is not wanted any more is taken back', async () => {
    await bench.feed.selectQuotes([A_CALL]);
    await bench.feed.subscribe('trades', [A_CALL]);
    await bench.feed.selectQuotes([A_HIGHER_CALL]);
    await bench.feed.selectQuotes([A_HIGHER_CALL]);
    expect(provider.last('/options').frames.slice(1)).toEqual([
      { action: 'subscribe', params: `Q.O:${A_CALL}` },
      { action: 'subscribe', params: `T.O:${A_CALL}` },
      { action: 'unsubscribe', params: `Q.O:${A_CALL}` },
      { action: 'subscribe', params: `Q.O:${A_HIGHER_CALL}` },
    ]);
    expect(notices.values).toEqual([]);
  });

  it('goes to the channel of each symbol; nothing named takes all back', async () => {
    await bench.feed.select('minute-bars', ['GOOG', A_CALL, 'I:VIX']);
    await bench.feed.select('minute-bars', ['GOOG']);
    const frames = ['/options', '/stocks', '/indices'].map((path) => provider.last(path).frames.slice(1));
    expect(frames).toEqual([
      [
        { action: 'subscribe', params: `AM.O:${A_CALL}` },
        { action: 'unsubscribe', params: `AM.O:${A_CALL}` },
      ],
      [{ action: 'subscribe', params: 'AM.GOOG' }],
      [
        { action: 'subscribe', params: 'AM.I:VIX' },
        { action: 'unsubscribe', params: 'AM.I:VIX' },
      ],
    ]);
  });

  it('all of a channel is one subscription, where the vendor has it', async () => {
    await bench.feed.select('trades', { allOf: 'options' });
    expect(provider.last('/options').frames.at(-1)).toEqual({ action: 'subscribe', params: 'T.*' });
    await expect(bench.feed.select('quotes', { allOf: 'options' })).rejects.toMatchObject({
      code: 'FEED_NOT_ENTITLED',
    });
  });

  it('an acknowledgement of what nobody asked for is told', async () => {
    say(provider.last('/options').socket, status('success', 'subscribed to: Q.O:SPY241220P00720000'));
    await notices.until((all) => all.length === 1);
    expect(notices.values).toMatchObject([
      { what: 'acknowledged without being asked for', parameters: ['Q.O:SPY241220P00720000'] },
    ]);
    expect(bench.feed.counters().oddAcknowledgements).toBe(1);
  });

  it('with two connections there is room for two thousand contracts, a thousand on each', async () => {
    await bench.close();
    await start({ connections: { options: 2 } });
    await bench.feed.selectQuotes(strikes(1_500));
    const options = provider.received.filter(({ path }) => path === '/options');
    expect(options.map(({ frames }) => frames.slice(1).flatMap(({ params }) => params.split(',')).length)).toEqual([
      1_000, 500,
    ]);
    await expect(bench.feed.selectQuotes(strikes(2_001))).rejects.toMatchObject({
      code: 'OUT_OF_RANGE',
      details: { asked: 2_001, limit: 2_000 },
    });
    // What stays keeps its connection.
    await bench.feed.selectQuotes(strikes(1_600).slice(100));
    expect(options.map(({ frames }) => frames.at(-1)?.action)).toEqual(['subscribe', 'subscribe']);
    options[0]?.socket.terminate();
    await closed();
    expect(gaps().at(-1)?.symbols).toHaveLength(1_000);
  });

  it('fewer slots on a connection are kept to', async () => {
    await bench.close();
    await start({ connections: { options: 2 }, quotesPerConnection: 3 });
    await bench.feed.selectQuotes(strikes(5));
    const options = provider.received.filter(({ path }) => path === '/options');
    expect(options.map(({ frames }) => frames.slice(1).flatMap(({ params }) => params.split(',')).length)).toEqual([
      3, 2,
    ]);
    await expect(bench.feed.selectQuotes(strikes(7))).rejects.toMatchObject({ details: { asked: 7, limit: 6 } });
  });
});

describe('other kinds', () => {
  it('are typed events: fair values, index values, limit bands, bars of seconds', async () => {
    await bench.feed.subscribe('fair-values', [A_CALL]);
    await bench.feed.subscribe('index-values', ['I:SPX']);
    await bench.feed.subscribe('limit-bands', ['GOOG']);
    const stamp = String(AN_INSTANT);
    provider.last('/options').socket.send(`[{"ev":"FMV","fmv":7.2,"sym":"O:${A_CALL}","t":${stamp}123}]`);
    say(provider.last('/indices').socket, { ev: 'V', val: 3988.5, T: 'I:SPX', t: millis(0) });
    say(provider.last('/stocks').socket, { ev: 'LULD', T: 'GOOG', h: 2, l: 1, i: [21], z: 3, t: AN_INSTANT, q: 1 });
    await events.until((all) => all.length === 3);
    expect(events.values).toContainEqual({
      kind: 'fair-value',
      channel: 'options',
      value: { symbol: A_CALL, at: AN_INSTANT, value: 7.2 },
    });
    expect(events.values).toContainEqual({
      kind: 'index-value',
      channel: 'indices',
      value: { symbol: 'I:SPX', at: AN_INSTANT, value: 3988.5 },
    });
    expect(events.values).toContainEqual({
      kind: 'limit-band',
      channel: 'stocks',
      band: { symbol: 'GOOG', at: AN_INSTANT, high: 2, low: 1, indicators: [21] },
    });
  });

  it('that are unknown are counted and left alone; what can not be read is kept with its text', async () => {
    const { socket } = provider.last('/stocks');
    say(socket, { ev: 'NOI', T: 'X' }, { ev: 'AM', sym: 'GOOG' }, wireBar(1));
    await events.until((all) => all.length === 1);
    expect(bench.feed.counters()).toMatchObject({ unknownEvents: 1, malformedEvents: 1 });
    expect(bench.feed.quarantine()).toMatchObject({
      total: 1,
      rows: [{ path: '/stocks', text: '{"ev":"AM","sym":"GOOG"}', reason: expect.stringContaining('AM: o:') }],
    });
  });
});

it('the events of one kind are an observable of that kind', async () => {
  const prices = new Collected<Trade>(eventsOf(bench.feed.events, 'trade').pipe(map(({ trade }) => trade)));
  await bench.feed.subscribe('trades', [A_CALL]);
  say(provider.last('/options').socket, wireQuote(A_CALL, 1), wireTrade(1, 5));
  expect(await prices.until((all) => all.length === 1)).toMatchObject([{ price: 1 }]);
});

describe('a delayed host', () => {
  it('is not even asked', async () => {
    const feed = createPolygonFeed({
      restUrl: 'https://api.massive.com',
      socketUrl: 'wss://delayed.massive.com',
      apiKey: 'key',
      clock: bench.clock,
    });
    await expect(feed.selectQuotes([A_CALL])).rejects.toMatchObject({ code: 'FEED_NOT_ENTITLED' });
    await expect(feed.subscribe('limit-bands', ['GOOG'])).rejects.toMatchObject({ code: 'FEED_NOT_ENTITLED' });
    await feed.close();
  });

  it('has no quotes and no limit bands, which is said without asking it', () => {
    const delayed = hostOffer('wss://delayed.massive.com');
    expect(() => requireOffered('options', 'quotes', false, delayed)).toThrow('the stream is delayed');
    expect(() => requireOffered('stocks', 'limit-bands', false, delayed)).toThrow('the stream is delayed');
    expect(() => requireOffered('options', 'trades', false, delayed)).not.toThrow();
    expect(() => requireOffered('options', 'fair-values', false, delayed)).toThrow('the host has none');
    expect(hostOffer('wss://delayed-business.polygon.io')).toEqual({ isDelayed: true, hasFairValues: true });
    expect(hostOffer('wss://socket.massive.com')).toEqual({ isDelayed: false, hasFairValues: false });
    expect(hostOffer('ws://127.0.0.1:4010')).toEqual({ isDelayed: false, hasFairValues: true });
  });
});

function strikes(count: number): OptionSymbol[] {
  return Array.from({ length: count }, (_, index) =>
    optionSymbol(`GOOG160115C${String((index + 1) * 1000).padStart(8, '0')}`),
  );
}
