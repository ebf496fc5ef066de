import { type Micros, micros } from '@trading-agent/core';
import { A_CALL, A_HIGHER_CALL, Collected } from '@trading-agent/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FeedStatus } from './socket/status.ts';
import { say, status } from './testing/provider.ts';
import {
  TEN,
  millis,
  wireBar,
  wireTrade,
  restTrade,
  wireQuote,
  startStreams,
  type Streams,
} from './testing/streams.ts';

let streams: Streams;
const start = async (options?: Parameters<typeof startStreams>[0]): Promise<void> => {
  streams = await startStreams(options);
};
beforeEach(() => start());
afterEach(() => streams.bench.close());

const story = (): unknown[] =>
  streams.events.values.map((event) => {
    if (event.kind === 'bar') return event.bar.close;
    if (event.kind === 'trade') return `T${event.trade.price}`;
    return event.kind === 'gap' ? `${event.gap.state} ${event.gap.cause}` : event.kind;
  });
const at = (minute: number): Micros => micros(Math.round(TEN + minute * 60_000_000));

describe('a lost connection', () => {
  it('of bars is a gap: told, filled by REST, closed before what came meanwhile', async () => {
    await streams.bench.feed.subscribeBars(['GOOG']);
    say(streams.provider.last('/stocks').socket, wireBar(1));
    await streams.events.until((all) => all.length === 1);
    streams.rest.minutes = [1, 2, 3];
    streams.bench.clock.advanceTo(at(3.2));
    streams.provider.onSubscribe = (socket, [parameter]) =>
      say(socket, wireBar(4), status('success', `subscribed to: ${parameter}`));
    streams.provider.last('/stocks').socket.terminate();
    await streams.closed();
    expect(story()).toEqual([1, 'open connection', 2, 3, 4, 'closed connection']);
    expect(streams.gaps()).toMatchObject([
      { channel: 'stocks', state: 'open', symbols: [], to: null },
      { channel: 'stocks', state: 'closed', to: at(3.2), unfilled: [] },
    ]);
    expect(streams.bench.feed.counters().gaps).toBe(1);
  });

  it('of trades: filled by number, those that were told are not told again', async () => {
    await streams.bench.feed.subscribe('trades', [A_CALL]);
    say(streams.provider.last('/options').socket, wireTrade(1, 5), wireTrade(2, 6));
    await streams.events.until((all) => all.length === 2);
    streams.rest.trades = [1, 2, 3, 4].map((sequence) => restTrade(sequence, 4 + sequence));
    streams.bench.clock.advanceTo(at(0.5));
    streams.provider.last('/options').socket.terminate();
    await streams.closed();
    say(streams.provider.last('/options').socket, wireTrade(4, 8), wireTrade(5, 9));
    await streams.events.until((all) => all.length === 7);
    expect(story()).toEqual(['T1', 'T2', 'open connection', 'T3', 'T4', 'closed connection', 'T5']);
    expect(streams.bench.feed.counters().duplicates).toBe(1);
    const [request] = streams.bench.server.requests;
    expect([request?.path, request?.query.get('timestamp.gte')]).toEqual([
      `/v3/trades/O:${A_CALL}`,
      `${(millis(0) + 6_000) * 1_000}000`,
    ]);
  });

  it('of quotes: closed with the time from when they count again', async () => {
    await streams.bench.feed.selectQuotes([A_CALL]);
    streams.bench.clock.advanceTo(at(1));
    streams.provider.last('/options').socket.terminate();
    await streams.closed();
    expect(streams.gaps()).toMatchObject([
      { state: 'open', channel: 'options', cause: 'connection' },
      { state: 'closed', to: at(1), unfilled: [] },
    ]);
    expect(streams.bench.server.requests).toEqual([]);
  });

  it('with nothing subscribed is no gap', async () => {
    const statuses = new Collected<FeedStatus>(streams.bench.feed.status);
    streams.provider.last('/options').socket.terminate();
    await statuses.until((all) => all.some(({ state }) => state === 'ready'));
    expect(streams.gaps()).toEqual([]);
  });

  it('a plan without history leaves the gap unfilled, and says why', async () => {
    await streams.bench.feed.subscribeBars(['GOOG']);
    streams.bench.server.onRequest = () => ({
      status: 403,
      body: { status: 'NOT_AUTHORIZED', message: 'Not entitled.' },
    });
    streams.bench.clock.advanceTo(at(2.5));
    streams.provider.last('/stocks').socket.terminate();
    await streams.closed();
    expect(streams.gaps().at(-1)).toMatchObject({ unfilled: ['GOOG'], reason: expect.stringContaining('403') });
  });

  it.each([
    [undefined, 'positions'],
    ['scan', 'positions'],
    // A recording must not use up what is kept for those that hold something.
    ['download', 'download'],
  ] as const)('a budget that is used up leaves it unfilled without a request (%s)', async (priority, expected) => {
    await streams.bench.close();
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
    await streams.bench.feed.subscribeBars(['GOOG']);
    streams.bench.clock.advanceTo(at(2.5));
    streams.provider.last('/stocks').socket.terminate();
    await streams.closed();
    expect(streams.gaps().at(-1)).toMatchObject({ unfilled: ['GOOG'], reason: expect.stringContaining('used up') });
    expect(asked[0]).toBe(expected);
    expect(streams.bench.server.requests).toEqual([]);
  });

  it('what is not acknowledged anew stays a gap of its own until it is', async () => {
    await streams.bench.close();
    await start({ timeoutMs: 1_000 });
    await streams.bench.feed.selectQuotes([A_CALL, A_HIGHER_CALL]);
    streams.provider.onSubscribe = (socket) => say(socket, status('success', `subscribed to: Q.O:${A_CALL}`));
    streams.provider.last('/options').socket.terminate();
    await streams.closed();
    expect(streams.gaps().map(({ state, symbols }) => [state, symbols])).toEqual([
      ['open', []],
      ['open', [A_HIGHER_CALL]],
      ['closed', []],
    ]);
    expect(streams.notices.values).toMatchObject([
      { what: 'not acknowledged in time', parameters: [`Q.O:${A_HIGHER_CALL}`], channel: 'options' },
    ]);
    say(streams.provider.last('/options').socket, status('success', `subscribed to: Q.O:${A_HIGHER_CALL}`));
    await streams.closed(2);
    expect(streams.gaps().at(-1)).toMatchObject({ state: 'closed', symbols: [A_HIGHER_CALL] });
  });
});

it('whoever comes late is told what he has missed', async () => {
  streams.rest.minutes = [1, 2, 3];
  streams.bench.clock.advanceTo(at(3.5));
  await streams.bench.feed.subscribeBars(['GOOG'], at(1));
  await streams.closed();
  expect(story()).toEqual(['open late', 2, 3, 'closed late']);
  expect(streams.gaps().at(-1)).toMatchObject({ symbols: ['GOOG'], from: at(1), to: at(3.5), unfilled: [] });
});

describe('a mute stream', () => {
  it('is a gap from its last word and is connected anew, by market hours', async () => {
    await streams.bench.feed.selectQuotes([A_CALL]);
    say(streams.provider.last('/options').socket, wireQuote(A_CALL, 1));
    await streams.events.until((all) => all.length === 1);
    streams.bench.clock.advanceTo(at(0.9));
    streams.muteChecks.next();
    expect(streams.gaps()).toEqual([]);
    streams.bench.clock.advanceTo(at(1.1));
    streams.muteChecks.next();
    await streams.closed();
    expect(streams.gaps()).toMatchObject([
      { state: 'open', cause: 'mute', from: at(0), reason: expect.stringContaining('no quotes for more than 60') },
      { state: 'closed', to: at(1.1) },
    ]);
    // After the early close nobody is owed anything.
    streams.bench.clock.advanceTo(at(240));
    streams.muteChecks.next();
    expect(streams.gaps()).toHaveLength(2);
  });

  it('is not looked for while the connection is away', async () => {
    await streams.bench.close();
    const back = Promise.withResolvers<undefined>();
    await start({ sleep: () => back.promise });
    await streams.bench.feed.selectQuotes([A_CALL]);
    streams.provider.last('/options').socket.terminate();
    await streams.events.until((all) => all.length === 1);
    streams.bench.clock.advanceTo(at(10));
    streams.muteChecks.next();
    back.resolve(undefined);
    await streams.closed();
    expect(streams.gaps().map(({ cause, from }) => [cause, from])).toEqual([
      ['connection', at(0)],
      ['connection', at(0)],
    ]);
  });

  it('is let be where its time is not the clock’s', async () => {
    await streams.bench.close();
    await start({ muteLimits: 'off' });
    await streams.bench.feed.selectQuotes([A_CALL]);
    streams.bench.clock.advanceTo(at(60));
    streams.muteChecks.next();
    await streams.bench.feed.selectQuotes([A_CALL, A_HIGHER_CALL]);
    expect(streams.gaps()).toEqual([]);
  });
});

describe('order', () => {
  it('older and repeated quotes are left out and counted', async () => {
    await streams.bench.feed.selectQuotes([A_CALL]);
    const { socket } = streams.provider.last('/options');
    say(socket, wireQuote(A_CALL, 5), wireQuote(A_CALL, 5), wireQuote(A_CALL, 4), wireQuote(A_CALL, 6));
    await streams.events.until((all) => all.length === 2);
    expect(streams.bench.feed.counters()).toMatchObject({ duplicates: 1, outOfOrder: 1 });
  });

  it('a number that is left out proves nothing at this vendor', async () => {
    await streams.bench.feed.subscribe('trades', [A_CALL]);
    say(streams.provider.last('/options').socket, wireTrade(1, 1), wireTrade(9, 2));
    await streams.events.until((all) => all.length === 2);
    expect([streams.gaps(), streams.bench.feed.counters().missingNumbers]).toEqual([[], 0]);
  });

  it('where every number is given, trades that are left out are a gap that is filled', async () => {
    await streams.bench.close();
    await start({ numbering: 'dense' });
    await streams.bench.feed.subscribe('trades', [A_CALL]);
    streams.rest.trades = [1, 2, 3].map((sequence) => restTrade(sequence, sequence));
    say(streams.provider.last('/options').socket, wireTrade(1, 1), wireTrade(4, 4));
    await streams.closed();
    expect(story()).toEqual(['T1', 'open sequence', 'T2', 'T3', 'T4', 'closed sequence']);
    expect(streams.bench.feed.counters().missingNumbers).toBe(2);
  });
});
