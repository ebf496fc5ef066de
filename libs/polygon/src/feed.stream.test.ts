import { TradingError } from '@trading-agent/core';
import { type OptionSymbol, optionSymbol } from '@trading-agent/instruments';
import type { FeedChannel, FeedEvent } from '@trading-agent/market-data';
import { A_CALL, A_HIGHER_CALL, Collected, after } from '@trading-agent/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FeedProgress, FeedStatus } from './socket/status.ts';
import { Provider, say, status } from './testing/provider.ts';
import { KEY, type TestFeed, startTestFeed } from './testing/test-feed.ts';

type ChannelEvent = FeedEvent & { readonly channel: FeedChannel };

const quote = (symbol: string, t = 1450969260000): object => ({
  ev: 'Q',
  sym: `O:${symbol}`,
  bp: 12.3,
  bs: 10,
  ap: 12.5,
  as: 9,
  t,
});
const bar = { ev: 'AM', sym: 'GOOG', v: 9, o: 1, h: 2, l: 1, c: 2, s: 1450969260000, e: 1450969320000 };

let bench: TestFeed;
let provider: Provider;
let events: Collected<ChannelEvent>;
let statuses: Collected<FeedStatus>;

async function start(options: Parameters<typeof startTestFeed>[0] = {}): Promise<void> {
  bench = await startTestFeed(options);
  provider = new Provider();
  bench.server.onSocket = (socket, path) => provider.serve(socket, path);
  events = new Collected<ChannelEvent>(bench.feed.events);
  statuses = new Collected<FeedStatus>(bench.feed.status);
}
beforeEach(() => start());
afterEach(() => bench.close());

const again = (channel: FeedChannel): Promise<unknown> =>
  statuses.until((all) => all.some((one) => one.channel === channel && one.state === 'ready' && one.reconnected));

it('waits for the greeting, authenticates on both streams, and only then is connected', async () => {
  await bench.feed.connect();
  expect(provider.received.map(({ path }) => path).toSorted()).toEqual(['/options', '/stocks']);
  for (const { frames } of provider.received) expect(frames).toEqual([{ action: 'auth', params: KEY }]);
});

it('emits every event with its channel, in the order in which it came, whatever else is in the frame', async () => {
  await bench.feed.connect();
  await bench.feed.subscribe('quotes', [A_CALL, A_HIGHER_CALL]);
  const progress = new Collected<FeedProgress>(bench.feed.progress);
  const { socket } = provider.last('/options');
  say(socket, quote(A_CALL), status('success', 'subscribed to: T.*'), { ev: 'unheard' }, quote(A_HIGHER_CALL));
  say(socket, quote(A_CALL, 1450969260001));
  await events.until((all) => all.length === 3);
  expect(events.values.map((event) => event.kind === 'quote' && [event.channel, event.quote.symbol])).toEqual([
    ['options', A_CALL],
    ['options', A_HIGHER_CALL],
    ['options', A_CALL],
  ]);
  expect(progress.values).toEqual([
    { channel: 'options', received: 2 },
    { channel: 'options', received: 3 },
  ]);
});

it('gives minute bars of underlyings from the other stream', async () => {
  await bench.feed.connect();
  await bench.feed.subscribeBars(['GOOG', 'TWX']);
  expect(provider.last('/stocks').frames.at(-1)).toEqual({ action: 'subscribe', params: 'AM.GOOG,AM.TWX' });
  say(provider.last('/stocks').socket, bar);
  expect(await events.until((all) => all.length === 1)).toMatchObject([{ kind: 'bar', channel: 'stocks' }]);
});

it('gives quotes of stocks beside their bars, and takes them back alone', async () => {
  await bench.feed.connect();
  await bench.feed.subscribeBars(['GOOG']);
  await bench.feed.selectStockQuotes(['GOOG']);
  const { frames, socket } = provider.last('/stocks');
  expect(frames.at(-1)).toEqual({ action: 'subscribe', params: 'Q.GOOG' });
  say(socket, { ev: 'Q', sym: 'GOOG', bp: 749.9, bs: 2, ap: 750.1, as: 1, t: 1450969260000, q: 7 });
  expect(await events.until((all) => all.length === 1)).toMatchObject([
    { kind: 'quote', channel: 'stocks', quote: { symbol: 'GOOG', bid: 749.9, ask: 750.1 } },
  ]);
  await bench.feed.selectStockQuotes([]);
  expect(frames.at(-1)).toEqual({ action: 'unsubscribe', params: 'Q.GOOG' });
});

it('counts what can not be read, goes on, and still counts it as received', async () => {
  await bench.feed.connect();
  const progress = new Collected<FeedProgress>(bench.feed.progress);
  const { socket } = provider.last('/options');
  socket.send('no json');
  say(socket, { ev: 'Q', sym: 'O:NONSENSE', t: 1 }, { ev: 'Q' }, quote(A_CALL));
  await events.until((all) => all.length === 1);
  await progress.until((all) => all.length === 1);
  expect(bench.feed.counters()).toMatchObject({ malformedFrames: 1, malformedEvents: 2 });
  expect(progress.values).toEqual([{ channel: 'options', received: 3 }]);
});

describe('subscriptions', () => {
  it('resolve when each is acknowledged, in whatever frames', async () => {
    provider.onSubscribe = (socket, params) => {
      for (const param of params.toReversed()) say(socket, status('success', `subscribed to: ${param}`));
    };
    await bench.feed.connect();
    await expect(bench.feed.subscribe('quotes', [A_CALL, A_HIGHER_CALL])).resolves.toBeUndefined();
    await expect(bench.feed.subscribe('quotes', [A_CALL])).resolves.toBeUndefined();
    expect(provider.last('/options').frames).toHaveLength(2);
  });

  it('are split over frames of two hundred', async () => {
    await bench.feed.connect();
    await bench.feed.subscribe('quotes', strikes(450));
    const frames = provider.last('/options').frames.slice(1);
    expect(frames.map(({ params }) => params.split(',').length)).toEqual([200, 200, 50]);
  });

  it('stop at a thousand contracts, before anything is sent', async () => {
    await bench.feed.connect();
    await bench.feed.subscribe('quotes', strikes(1_000));
    await expect(bench.feed.subscribe('quotes', [optionSymbol('GOOG160115P00750000')])).rejects.toMatchObject({
      code: 'OUT_OF_RANGE',
      details: { kind: 'quotes', asked: 1_001, limit: 1_000 },
    });
    expect(provider.last('/options').frames).toHaveLength(6);
  });

  it('that are not acknowledged are an error that names them, and are not asked for again', async () => {
    await bench.close();
    await start({ timeoutMs: 1_000 });
    provider.onSubscribe = (socket, [first]) => say(socket, status('success', `subscribed to: ${first}`));
    await bench.feed.connect();
    await expect(bench.feed.subscribe('quotes', [A_CALL, A_HIGHER_CALL])).rejects.toMatchObject({
      code: 'TIMEOUT',
      details: { missing: [`Q.O:${A_HIGHER_CALL}`] },
    });
    const resubscribed = new Promise<readonly string[]>((resolve) => {
      provider.onSubscribe = (_socket, params) => resolve(params);
    });
    provider.last('/options').socket.terminate();
    expect(await resubscribed).toEqual([`Q.O:${A_CALL}`]);
  });

  it('that are refused say so', async () => {
    provider.onSubscribe = (socket) => say(socket, status('error', 'not authorized'));
    await bench.feed.connect();
    await expect(bench.feed.subscribe('quotes', [A_CALL])).rejects.toMatchObject({ code: 'FEED_BAD_REQUEST' });
  });
});

describe('a lost connection', () => {
  it('comes back with everything that was subscribed, and says that there is a hole', async () => {
    await bench.feed.connect();
    await bench.feed.subscribe('quotes', [A_CALL, A_HIGHER_CALL]);
    const resubscribed = new Promise<readonly string[]>((resolve) => {
      provider.onSubscribe = (_socket, params) => resolve(params);
    });
    provider.last('/options').socket.terminate();
    expect(await resubscribed).toEqual([`Q.O:${A_CALL}`, `Q.O:${A_HIGHER_CALL}`]);
    await again('options');
    say(provider.last('/options').socket, quote(A_CALL));
    await events.until((all) => all.length === 1);
    expect(bench.feed.counters().reconnects).toBe(1);
    expect(statuses.values.filter(({ channel, state }) => channel === 'options' && state === 'lost')).toHaveLength(1);
  });

  it('is waited for longer each time, until data has flowed for a while', async () => {
    await bench.feed.connect();
    for (let loss = 1; loss <= 4; loss++) {
      provider.last('/options').socket.terminate();
      await statuses.until(
        (all) => all.filter((one) => one.channel === 'options' && one.state === 'ready').length > loss,
      );
    }
    const growing = bench.waits.map((wait, attempt) => wait / 2 ** attempt);
    for (const wait of growing) {
      expect(wait).toBeGreaterThanOrEqual(500);
      expect(wait).toBeLessThanOrEqual(1_000);
    }
    say(provider.last('/options').socket, quote(A_CALL));
    await events.until((all) => all.length === 1);
    bench.clock.advanceTo(after(11));
    provider.last('/options').socket.terminate();
    await statuses.until((all) => all.filter((one) => one.channel === 'options' && one.state === 'ready').length === 6);
    expect(bench.waits.at(-1)).toBeLessThanOrEqual(1_000);
  });

  it('for want of connections is waited for a minute at least, and longer each time', async () => {
    await bench.feed.connect();
    for (let loss = 1; loss <= 3; loss++) {
      say(provider.last('/options').socket, status('max_connections', 'too many'));
      await statuses.until(
        (all) => all.filter((one) => one.channel === 'options' && one.state === 'ready').length > loss,
      );
    }
    const [first = 0, second = 0, third = 0] = bench.waits;
    expect(first).toBeGreaterThanOrEqual(60_000);
    expect(second).toBeGreaterThanOrEqual(120_000);
    expect(third).toBeGreaterThanOrEqual(240_000);
  });
});

describe('a key that is refused', () => {
  it('fails the connect and is never tried again', async () => {
    provider.onAuth = (socket) => {
      say(socket, status('auth_failed', `authentication failed for ${KEY}`));
      socket.terminate();
    };
    const error = await bench.feed.connect().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'FEED_AUTH' });
    expect(JSON.stringify(error)).not.toContain(KEY);
    expect(bench.waits).toEqual([]);
    expect(provider.received).toHaveLength(2);
  });

  it('later ends the events with an error', async () => {
    await bench.feed.connect();
    provider.onAuth = (socket) => say(socket, status('auth_failed'));
    provider.last('/stocks').socket.terminate();
    expect(await events.failure()).toMatchObject({ code: 'FEED_AUTH' });
  });
});

it('gives up connecting after some attempts, and leaves nothing open', async () => {
  bench.server.onSocket = (socket) => socket.terminate();
  const error = await bench.feed.connect().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(TradingError);
  expect(error).toMatchObject({ code: 'FEED_UNAVAILABLE' });
  expect(bench.waits.length).toBeGreaterThanOrEqual(4);
});

it('does not wait for ever for a provider that never speaks', async () => {
  await bench.close();
  await start({ timeoutMs: 30 });
  provider.greet = false;
  await expect(bench.feed.connect()).rejects.toMatchObject({ code: 'TIMEOUT' });
});

it('completes its streams when it is closed, twice or while it reconnects', async () => {
  await bench.feed.connect();
  await bench.feed.close();
  await bench.feed.close();
  await expect(events.until(() => false)).rejects.toThrow('completed');
});

function strikes(count: number): OptionSymbol[] {
  return Array.from({ length: count }, (_, index) =>
    optionSymbol(`GOOG160115C${String((index + 1) * 1000).padStart(8, '0')}`),
  );
}
