import { once } from 'node:events';
import { ExtensionCodec, decode, decodeTimestampToTimeSpec, encode } from '@msgpack/msgpack';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import { DEFAULT_KEYS, type MarketSimOptions } from '../../options.ts';
import { FAULTLESS } from '../../faults/effects.ts';
import type { MarketSim } from '../../server.ts';
import { admin, broker, get, row, step } from '../../testing/sessions.ts';
import type { Message } from '../../testing/test-socket.ts';
import {
  CALL_740,
  CALL_750,
  CALL_760,
  FAR_CALL,
  PUT_740,
  atMinute,
  quote,
  startTinySim,
} from '../../testing/tiny-market.ts';
import { OptionDataStream } from './stream.ts';

let sim: MarketSim;
async function start(options: Partial<MarketSimOptions> = {}): Promise<void> {
  sim = await startTinySim(options);
}
afterEach(() => sim.close());

const data = async (path: string): Promise<Message> => row((await broker(sim, 'GET', `/v1beta1/options${path}`)).json);
const keysOf = (value: unknown): string[] => Object.keys(row(value));

describe('option data over REST', () => {
  beforeEach(async () => {
    await start();
    await step(sim, 3);
  });

  it('snapshots of a chain, filtered and over pages, what is unknown left out', async () => {
    const { snapshots, next_page_token: none } = await data('/snapshots/GOOG');
    expect([keysOf(snapshots), none]).toEqual([[CALL_740, CALL_750, CALL_760, PUT_740], null]);
    const call = row(row(snapshots)[CALL_740]);
    expect(call).toMatchObject({
      latestQuote: { t: '2016-01-05T14:33:00.000000000Z', bp: 12.2, bs: 10, ap: 12.6, as: 10 },
      latestTrade: { t: '2016-01-05T14:32:00.000000000Z', p: 12.2, s: 3 },
      greeks: { delta: expect.any(Number), rho: expect.any(Number) },
      impliedVolatility: expect.any(Number),
      dailyBar: { c: 12.2, v: 100 },
    });
    expect(row(row(snapshots)[PUT_740])['latestQuote']).toMatchObject({ bp: 6.2, ap: 0, as: 0 });
    expect(row(row(snapshots)[PUT_740])).not.toHaveProperty('greeks');
    const first = await data('/snapshots/GOOG?limit=3&type=call');
    expect(keysOf(first['snapshots'])).toEqual([CALL_740, CALL_750, CALL_760]);
    const page = await data('/snapshots/GOOG?limit=3');
    const second = await data(`/snapshots/GOOG?limit=3&page_token=${String(page['next_page_token'])}`);
    expect([keysOf(second['snapshots']), second['next_page_token']]).toEqual([[PUT_740], null]);
    const some = '/snapshots/GOOG?strike_price_gte=745&strike_price_lte=755&expiration_date=2016-01-15';
    expect(keysOf((await data(some))['snapshots'])).toEqual([CALL_750]);
    expect(keysOf((await data(`/snapshots?symbols=${CALL_760},${FAR_CALL}`))['snapshots'])).toEqual([CALL_760]);
  });

  it('bars, trades, latest quotes and trades, what the letters mean', async () => {
    expect(await data(`/bars?symbols=${CALL_740},${CALL_750}&timeframe=1Day`)).toEqual({
      bars: { [CALL_740]: [{ t: '2016-01-05T05:00:00.000000000Z', o: 11.7, h: 13.2, l: 11.2, c: 12.2, v: 100 }] },
      next_page_token: null,
    });
    expect(await data(`/bars?symbols=${CALL_750}&timeframe=5Min`)).toEqual({ bars: {}, next_page_token: null });
    expect(await data(`/trades?symbols=${CALL_740}`)).toMatchObject({ trades: { [CALL_740]: [{ p: 12.2, s: 3 }] } });
    expect(await data(`/trades?symbols=${CALL_740}&start=2016-01-05T14:32:01Z`)).toEqual({
      trades: {},
      next_page_token: null,
    });
    expect(await data(`/quotes/latest?symbols=${CALL_740}&feed=indicative`)).toMatchObject({
      quotes: { [CALL_740]: { ap: 12.6 } },
    });
    expect(await data(`/trades/latest?symbols=${CALL_740},${CALL_750}`)).toMatchObject({
      trades: { [CALL_740]: { p: 12.2 } },
    });
    expect(await data('/meta/exchanges')).toEqual({ C: 'Simulated exchange' });
    expect(await data('/meta/conditions/trade')).toHaveProperty('I');
  });

  it.each([
    '/snapshots',
    '/snapshots/GOOG?limit=1001',
    '/snapshots/GOOG?feed=best',
    `/bars?symbols=${CALL_740}&timeframe=0Min`,
    `/bars?symbols=${CALL_740}&timeframe=2Day`,
    `/trades?symbols=${CALL_740}&sort=up`,
    `/bars?symbols=${CALL_740}&start=soon`,
  ])('refuses %s', async (path) => {
    expect((await broker(sim, 'GET', `/v1beta1/options${path}`)).status).toBe(422);
  });

  it('needs the keys', async () => {
    expect((await get(`${sim.url}/v1beta1/options/meta/exchanges`)).status).toBe(401);
  });
});

const codec = new ExtensionCodec();
codec.register({ type: -1, encode: () => null, decode: (bytes) => decodeTimestampToTimeSpec(bytes) });
const frame = z.array(z.record(z.string(), z.unknown()));

/** A client of the MessagePack stream. */
class DataSocket {
  readonly #socket: WebSocket;
  readonly #arrived: Message[] = [];
  readonly #waiting: ((message: Message | null) => void)[] = [];
  #isClosed = false;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (bytes, isBinary) => {
      const buffer = isBinary && Buffer.isBuffer(bytes) ? bytes : Buffer.alloc(0);
      for (const message of frame.parse(decode(buffer, { extensionCodec: codec }))) {
        const resolve = this.#waiting.shift();
        if (resolve) resolve(message);
        else this.#arrived.push(message);
      }
    });
    socket.on('close', () => {
      this.#isClosed = true;
      for (const resolve of this.#waiting.splice(0)) resolve(null);
    });
  }

  static open(feed = 'opra'): Promise<DataSocket> {
    return DataSocket.at(`${sim.wsUrl}/v1beta1/${feed}`);
  }

  static async at(url: string): Promise<DataSocket> {
    const socket = new WebSocket(url);
    const client = new DataSocket(socket);
    await once(socket, 'open');
    return client;
  }

  /** Logged in, its greetings read. */
  static async authenticated(): Promise<DataSocket> {
    const client = await DataSocket.open();
    await client.ask({ action: 'auth', key: DEFAULT_KEYS.keyId, secret: DEFAULT_KEYS.secretKey });
    await client.next();
    return client;
  }

  ask(message: object): Promise<Message | null> {
    this.#socket.send(encode(message));
    return this.next();
  }

  text(message: string): Promise<Message | null> {
    this.#socket.send(message);
    return this.next();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  next(): Promise<Message | null> {
    const message = this.#arrived.shift();
    if (message) return Promise.resolve(message);
    if (this.#isClosed) return Promise.resolve(null);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

/** The stream by itself; the time to log in ends when `fire` is called. */
async function streamAlone(
  mostBufferedBytes?: number,
): Promise<{ stream: OptionDataStream; url: string; fire: () => void; end: () => Promise<void> }> {
  await start();
  const timers = new Set<() => void>();
  const stream = new OptionDataStream({
    keys: [DEFAULT_KEYS],
    feeds: ['opra'],
    mostSymbols: 10,
    underlying: () => 'GOOG',
    faults: FAULTLESS,
    timer: {
      start: (callback) => {
        timers.add(callback);
        return () => timers.delete(callback);
      },
    },
    ...(mostBufferedBytes !== undefined && { mostBufferedBytes }),
  });
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  server.on('connection', (socket) => stream.accept(socket, 'opra'));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    stream,
    url: `ws://127.0.0.1:${address.port}`,
    fire: () => {
      for (const callback of timers) callback();
    },
    end: async () => {
      for (const socket of server.clients) socket.terminate();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('the option data stream', () => {
  it('knows the faults of a stream: dropped, repeated, late by the vendor’s clock, cut, revoked', async () => {
    await start();
    const subscribe = async (): Promise<DataSocket> => {
      const client = await DataSocket.authenticated();
      await client.ask({ action: 'subscribe', quotes: [CALL_740, CALL_750] });
      return client;
    };
    const fault = (rule: object): Promise<unknown> => admin(sim, 'POST', 'faults', { room: 'option-data', ...rule });
    const client = await subscribe();
    await fault({ fault: 'dropped-frames', match: { symbols: CALL_740 } });
    await fault({ fault: 'repeated-events', times: 1, match: { symbols: CALL_750 } });
    await step(sim);
    expect([await client.next(), await client.next()]).toMatchObject([{ S: CALL_750 }, { S: CALL_750 }]);
    await fault({ fault: 'clock-skew', until: '09:33', with: { seconds: 2 } });
    await step(sim);
    expect(await client.next()).toMatchObject({ S: CALL_740, t: { sec: atMinute(2) / 1e6 + 2 } });
    await client.next();
    expect(await admin(sim, 'GET', 'streams')).toContainEqual({
      room: 'option-data',
      key: DEFAULT_KEYS.keyId,
      sent: 4,
    });
    await fault({ fault: 'dropped-connection' });
    await step(sim);
    expect(await client.next()).toBeNull();
    const again = await subscribe();
    await fault({ fault: 'keys-revoked' });
    expect(await again.next()).toBeNull();
    const refused = await DataSocket.open();
    await refused.next();
    const auth = { action: 'auth', key: DEFAULT_KEYS.keyId, secret: DEFAULT_KEYS.secretKey };
    expect(await refused.ask(auth)).toMatchObject({ code: 402 });
  });

  it('sends quotes and trades in MessagePack, times as its timestamp extension', async () => {
    await start();
    const client = await DataSocket.open();
    expect(await client.next()).toEqual({ T: 'success', msg: 'connected' });
    const { keyId: key, secretKey: secret } = DEFAULT_KEYS;
    expect(await client.ask({ action: 'auth', key, secret })).toEqual({ T: 'success', msg: 'authenticated' });
    const subscription = { T: 'subscription', trades: ['*'], quotes: [CALL_740] };
    expect(await client.ask({ action: 'subscribe', trades: ['*'], quotes: [CALL_740] })).toEqual(subscription);
    await step(sim, 2);
    const seconds = (minute: number): object => ({ sec: atMinute(minute) / 1e6, nsec: 0 });
    expect([await client.next(), await client.next(), await client.next()]).toMatchObject([
      { T: 'q', S: CALL_740, t: seconds(1), bp: 12, bs: 10, ap: 12.4, as: 10 },
      { T: 't', S: CALL_740, t: seconds(2), p: 12.2, s: 3 },
      { T: 'q', S: CALL_740, t: seconds(2), bp: 12.1 },
    ]);
    expect(await client.ask({ action: 'unsubscribe', quotes: [CALL_740] })).toEqual({ ...subscription, quotes: [] });
  });

  it('401, 403, 410, 400: out of order or not understood, and goes on', async () => {
    await start();
    const client = await DataSocket.open();
    await client.next();
    expect(await client.ask({ action: 'subscribe', quotes: [CALL_740] })).toMatchObject({ T: 'error', code: 401 });
    const auth = { action: 'auth', key: DEFAULT_KEYS.keyId, secret: DEFAULT_KEYS.secretKey };
    expect(await client.ask(auth)).toMatchObject({ T: 'success' });
    expect(await client.ask(auth)).toMatchObject({ code: 403 });
    expect(await client.ask({ action: 'subscribe', quotes: 7 })).toMatchObject({ code: 410 });
    expect(await client.ask({ hello: 1 })).toMatchObject({ code: 400 });
  });

  it('402: a wrong secret ends the connection', async () => {
    await start();
    const client = await DataSocket.open('indicative');
    await client.next();
    expect(await client.ask({ action: 'auth', key: DEFAULT_KEYS.keyId, secret: 'x' })).toMatchObject({ code: 402 });
    expect(await client.next()).toBeNull();
  });

  it('405: more symbols than the plan has; what was subscribed stays', async () => {
    await start({ optionSymbols: 2 });
    const client = await DataSocket.authenticated();
    await client.ask({ action: 'subscribe', quotes: [CALL_740, CALL_750] });
    expect(await client.ask({ action: 'subscribe', quotes: [CALL_760] })).toMatchObject({ code: 405 });
    expect(await client.ask({ action: 'subscribe', trades: [CALL_760] })).toEqual({
      T: 'subscription',
      trades: [CALL_760],
      quotes: [CALL_740, CALL_750],
    });
  });

  it('404: who does not log in in time is sent away', async () => {
    const { stream, url, fire, end } = await streamAlone();
    const client = await DataSocket.at(url);
    expect(await client.next()).toMatchObject({ msg: 'connected' });
    fire();
    expect([await client.next(), await client.next()]).toMatchObject([{ T: 'error', code: 404 }, null]);
    const other = await DataSocket.at(url);
    await other.next();
    await other.ask({ action: 'auth', key: DEFAULT_KEYS.keyId, secret: DEFAULT_KEYS.secretKey });
    fire();
    expect(await other.ask({ action: 'subscribe', quotes: [CALL_740] })).toMatchObject({ T: 'subscription' });
    expect(stream.streams()).toEqual([{ room: 'option-data', key: DEFAULT_KEYS.keyId, sent: 0 }]);
    await end();
  });

  it('407: a client that does not read is told why it is dropped', async () => {
    const { stream, url, end } = await streamAlone(1_000_000);
    const client = await DataSocket.at(url);
    await client.next();
    await client.ask({ action: 'auth', key: DEFAULT_KEYS.keyId, secret: DEFAULT_KEYS.secretKey });
    await client.ask({ action: 'subscribe', quotes: [CALL_740] });
    client.pause();
    const quotes = Array.from({ length: 2_000 }, () => quote(CALL_740, 1, 12, 12.4));
    // Nothing is awaited: what is not taken by the kernel's buffers stays with the connection.
    for (let round = 0; round < 60; round += 1) stream.publish({ at: atMinute(1), quotes, trades: [], bars: [] });
    client.resume();
    let last: Message | null = null;
    for (let next = await client.next(); next !== null; next = await client.next()) last = next;
    expect(last).toEqual({ T: 'error', code: 407, msg: 'slow client' });
    await end();
  });

  it('406: a second connection of the same key ends, the first goes on', async () => {
    await start();
    const first = await DataSocket.authenticated();
    const second = await DataSocket.open();
    await second.next();
    const auth = { action: 'auth', key: DEFAULT_KEYS.keyId, secret: DEFAULT_KEYS.secretKey };
    expect(await second.ask(auth)).toMatchObject({ code: 406 });
    expect(await second.next()).toBeNull();
    expect(await first.ask({ action: 'subscribe', trades: [CALL_740] })).toMatchObject({ T: 'subscription' });
  });

  it('409: a feed that is not paid for', async () => {
    await start({ optionFeeds: ['indicative'] });
    const client = await DataSocket.open('opra');
    await client.next();
    const auth = { action: 'auth', key: DEFAULT_KEYS.keyId, secret: DEFAULT_KEYS.secretKey };
    expect(await client.ask(auth)).toMatchObject({ code: 409 });
  });

  it('412: JSON instead of MessagePack, and all quotes at once', async () => {
    await start();
    const client = await DataSocket.authenticated();
    expect(await client.text('{"action":"subscribe","quotes":["X"]}')).toMatchObject({ code: 412 });
    expect(await client.ask({ action: 'subscribe', quotes: ['*'] })).toMatchObject({ code: 412 });
  });
});
