import { type OptionSymbol, type Trade, optionSymbol } from '@trading-agent/instruments';
import { eventsOf } from '@trading-agent/market-data';
import { A_CALL, A_HIGHER_CALL, AN_INSTANT, Collected } from '@trading-agent/testkit';
import { map } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPolygonFeed } from './feed.ts';
import { hostOffer, requireOffered } from './socket/topics.ts';
import { say, status } from './testing/provider.ts';
import { millis, wireBar, wireTrade, wireQuote, startStreams, type Streams } from './testing/streams.ts';

let streams: Streams;
const start = async (options?: Parameters<typeof startStreams>[0]): Promise<void> => {
  streams = await startStreams(options);
};
beforeEach(() => start());
afterEach(() => streams.bench.close());

describe('the difference of what is subscribed', () => {
  it('is all that is sent: what is new is asked for, what is not wanted any more is taken back', async () => {
    await streams.bench.feed.selectQuotes([A_CALL]);
    await streams.bench.feed.subscribe('trades', [A_CALL]);
    await streams.bench.feed.selectQuotes([A_HIGHER_CALL]);
    await streams.bench.feed.selectQuotes([A_HIGHER_CALL]);
    expect(streams.provider.last('/options').frames.slice(1)).toEqual([
      { action: 'subscribe', params: `Q.O:${A_CALL}` },
      { action: 'subscribe', params: `T.O:${A_CALL}` },
      { action: 'unsubscribe', params: `Q.O:${A_CALL}` },
      { action: 'subscribe', params: `Q.O:${A_HIGHER_CALL}` },
    ]);
    expect(streams.notices.values).toEqual([]);
  });

  it('goes to the channel of each symbol; nothing named takes all back', async () => {
    await streams.bench.feed.select('minute-bars', ['GOOG', A_CALL, 'I:VIX']);
    await streams.bench.feed.select('minute-bars', ['GOOG']);
    const frames = ['/options', '/stocks', '/indices'].map((path) => streams.provider.last(path).frames.slice(1));
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
    await streams.bench.feed.select('trades', { allOf: 'options' });
    expect(streams.provider.last('/options').frames.at(-1)).toEqual({ action: 'subscribe', params: 'T.*' });
    await expect(streams.bench.feed.select('quotes', { allOf: 'options' })).rejects.toMatchObject({
      code: 'FEED_NOT_ENTITLED',
    });
  });

  it('an acknowledgement of what nobody asked for is told', async () => {
    say(streams.provider.last('/options').socket, status('success', 'subscribed to: Q.O:SPY241220P00720000'));
    await streams.notices.until((all) => all.length === 1);
    expect(streams.notices.values).toMatchObject([
      { what: 'acknowledged without being asked for', parameters: ['Q.O:SPY241220P00720000'] },
    ]);
    expect(streams.bench.feed.counters().oddAcknowledgements).toBe(1);
  });

  it('with two connections there is room for two thousand contracts, a thousand on each', async () => {
    await streams.bench.close();
    await start({ connections: { options: 2 } });
    await streams.bench.feed.selectQuotes(strikes(1_500));
    const options = streams.provider.received.filter(({ path }) => path === '/options');
    expect(options.map(({ frames }) => frames.slice(1).flatMap(({ params }) => params.split(',')).length)).toEqual([
      1_000, 500,
    ]);
    await expect(streams.bench.feed.selectQuotes(strikes(2_001))).rejects.toMatchObject({
      code: 'OUT_OF_RANGE',
      details: { asked: 2_001, limit: 2_000 },
    });
    // What stays keeps its connection.
    await streams.bench.feed.selectQuotes(strikes(1_600).slice(100));
    expect(options.map(({ frames }) => frames.at(-1)?.action)).toEqual(['subscribe', 'subscribe']);
    options[0]?.socket.terminate();
    await streams.closed();
    expect(streams.gaps().at(-1)?.symbols).toHaveLength(1_000);
  });

  it('fewer slots on a connection are kept to', async () => {
    await streams.bench.close();
    await start({ connections: { options: 2 }, quotesPerConnection: 3 });
    await streams.bench.feed.selectQuotes(strikes(5));
    const options = streams.provider.received.filter(({ path }) => path === '/options');
    expect(options.map(({ frames }) => frames.slice(1).flatMap(({ params }) => params.split(',')).length)).toEqual([
      3, 2,
    ]);
    await expect(streams.bench.feed.selectQuotes(strikes(7))).rejects.toMatchObject({
      details: { asked: 7, limit: 6 },
    });
  });
});

describe('other kinds', () => {
  it('are typed events: fair values, index values, limit bands, bars of seconds', async () => {
    await streams.bench.feed.subscribe('fair-values', [A_CALL]);
    await streams.bench.feed.subscribe('index-values', ['I:SPX']);
    await streams.bench.feed.subscribe('limit-bands', ['GOOG']);
    const stamp = String(AN_INSTANT);
    streams.provider.last('/options').socket.send(`[{"ev":"FMV","fmv":7.2,"sym":"O:${A_CALL}","t":${stamp}123}]`);
    say(streams.provider.last('/indices').socket, { ev: 'V', val: 3988.5, T: 'I:SPX', t: millis(0) });
    say(streams.provider.last('/stocks').socket, {
      ev: 'LULD',
      T: 'GOOG',
      h: 2,
      l: 1,
      i: [21],
      z: 3,
      t: AN_INSTANT,
      q: 1,
    });
    await streams.events.until((all) => all.length === 3);
    expect(streams.events.values).toContainEqual({
      kind: 'fair-value',
      channel: 'options',
      value: { symbol: A_CALL, at: AN_INSTANT, value: 7.2 },
    });
    expect(streams.events.values).toContainEqual({
      kind: 'index-value',
      channel: 'indices',
      value: { symbol: 'I:SPX', at: AN_INSTANT, value: 3988.5 },
    });
    expect(streams.events.values).toContainEqual({
      kind: 'limit-band',
      channel: 'stocks',
      band: { symbol: 'GOOG', at: AN_INSTANT, high: 2, low: 1, indicators: [21] },
    });
  });

  it('that are unknown are counted and left alone; what can not be read is kept with its text', async () => {
    const { socket } = streams.provider.last('/stocks');
    say(socket, { ev: 'NOI', T: 'X' }, { ev: 'AM', sym: 'GOOG' }, wireBar(1));
    await streams.events.until((all) => all.length === 1);
    expect(streams.bench.feed.counters()).toMatchObject({ unknownEvents: 1, malformedEvents: 1 });
    expect(streams.bench.feed.quarantine()).toMatchObject({
      total: 1,
      rows: [{ path: '/stocks', text: '{"ev":"AM","sym":"GOOG"}', reason: expect.stringContaining('AM: o:') }],
    });
  });
});

it('the events of one kind are an observable of that kind', async () => {
  const prices = new Collected<Trade>(eventsOf(streams.bench.feed.events, 'trade').pipe(map(({ trade }) => trade)));
  await streams.bench.feed.subscribe('trades', [A_CALL]);
  say(streams.provider.last('/options').socket, wireQuote(A_CALL, 1), wireTrade(1, 5));
  expect(await prices.until((all) => all.length === 1)).toMatchObject([{ price: 1 }]);
});

describe('a delayed host', () => {
  it('is not even asked', async () => {
    const feed = createPolygonFeed({
      restUrl: 'https://api.massive.com',
      socketUrl: 'wss://delayed.massive.com',
      apiKey: 'key',
      clock: streams.bench.clock,
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
