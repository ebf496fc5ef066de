import { MICROS_PER_MILLI, micros } from '@trading-agent/core';
import type { MarketStep } from '@trading-agent/market-data';
import type { Quote, Trade } from '@trading-agent/instruments';
import type { RawData, WebSocket } from 'ws';
import { z } from 'zod';
import type { FaultPort } from '../../faults/effects.ts';
import { skewMillis } from '../../faults/vendor-clock.ts';
import type { Timer } from '../../market/conductor.ts';
import { EventLine, type LineEvent, type StreamCount } from '../../sockets/event-line.ts';
import { MOST_BUFFERED_BYTES } from '../../sockets/frames.ts';
import type { AlpacaKeys } from '../keys.ts';
import { Instant, packed, unpacked } from './message-pack.ts';
import { CONDITION, EXCHANGE } from './wire.ts';

/** The stream's errors in the vendor's numbers and words. */
const ERRORS = {
  400: 'invalid syntax',
  401: 'not authenticated',
  402: 'auth failed',
  403: 'already authenticated',
  404: 'auth timeout',
  405: 'symbol limit exceeded',
  406: 'connection limit exceeded',
  407: 'slow client',
  409: 'insufficient subscription',
  410: 'invalid subscribe action for this feed',
  412: 'option messages are only available in MsgPack format',
} as const;
type ErrorCode = keyof typeof ERRORS;

export const FEEDS = ['indicative', 'opra'] as const;
export type OptionFeed = (typeof FEEDS)[number];

const AUTH_TIMEOUT_MILLIS = 10_000;
const EVENTS_PER_FRAME = 200;
const ROOM = 'option-data';

const symbols = z.array(z.string()).default([]);
const message = z.discriminatedUnion('action', [
  z.object({ action: z.literal('auth'), key: z.string(), secret: z.string() }),
  z.strictObject({ action: z.literal('subscribe'), trades: symbols, quotes: symbols }),
  z.strictObject({ action: z.literal('unsubscribe'), trades: symbols, quotes: symbols }),
]);

interface Connection {
  readonly socket: WebSocket;
  readonly feed: OptionFeed;
  readonly line: EventLine;
  keyId: string | null;
  readonly trades: Set<string>;
  readonly quotes: Set<string>;
}

export interface OptionDataStreamOptions {
  readonly keys: readonly AlpacaKeys[];
  /** Feeds that the keys have paid for. */
  readonly feeds: readonly OptionFeed[];
  /** Quote symbols that one connection may have. */
  readonly mostSymbols: number;
  /** The underlying of a listed contract; `undefined` when there is no such contract. */
  readonly underlying: (symbol: string) => string | undefined;
  readonly faults: FaultPort;
  /** Of the time to log in. */
  readonly timer: Timer;
  /** A client with more than this unread is slow. */
  readonly mostBufferedBytes?: number;
}

/**
 * The broker's option data stream, `/v1beta1/{indicative|opra}`: MessagePack only, arrays out, one connection per key. Times are the MessagePack
 * timestamp extension.
 */
export class OptionDataStream {
  readonly #options: OptionDataStreamOptions;
  readonly #connections = new Set<Connection>();

  constructor(options: OptionDataStreamOptions) {
    this.#options = options;
  }

  accept(socket: WebSocket, feed: OptionFeed): void {
    const { faults, timer } = this.#options;
    const connection: Connection = {
      socket,
      feed,
      line: new EventLine({
        socket,
        room: ROOM,
        faults,
        frames,
        binary: true,
        key: () => connection.keyId ?? undefined,
      }),
      keyId: null,
      trades: new Set(),
      quotes: new Set(),
    };
    this.#connections.add(connection);
    const stopTimer = timer.start(() => this.#fail(connection, 404), AUTH_TIMEOUT_MILLIS);
    socket.on('close', () => {
      stopTimer();
      this.#connections.delete(connection);
    });
    socket.on('error', () => socket.terminate());
    socket.on('message', (data, isBinary) => {
      if (!isBinary) return this.#error(connection, 412);
      this.#receive(connection, data);
      if (connection.keyId !== null) stopTimer();
      return undefined;
    });
    send(socket, [{ T: 'success', msg: 'connected' }]);
  }

  publish(step: MarketStep): void {
    this.dropRevoked();
    const { mostBufferedBytes = MOST_BUFFERED_BYTES } = this.#options;
    for (const connection of this.#connections) {
      const { keyId, trades, quotes, socket, line } = connection;
      if (keyId === null || (trades.size === 0 && quotes.size === 0)) continue;
      if (socket.bufferedAmount > mostBufferedBytes) {
        this.#fail(connection, 407);
        continue;
      }
      const ahead = skewMillis({ room: ROOM, key: keyId }, this.#options.faults) * MICROS_PER_MILLI;
      line.send([
        ...step.trades
          .filter(({ symbol }) => this.#wants(trades, symbol))
          .map((trade) => this.#event('T', trade.symbol, tradeMessage(trade, ahead))),
        ...step.quotes
          .filter(({ symbol }) => quotes.has(symbol))
          .map((quote) => this.#event('Q', quote.symbol, quoteMessage(quote, ahead))),
      ]);
    }
  }

  /** Events sent on each key's connection since it opened. */
  streams(): readonly StreamCount[] {
    return [...this.#connections].flatMap(({ keyId, line }) =>
      keyId === null ? [] : [{ room: ROOM, key: keyId, sent: line.sent }],
    );
  }

  /** Ends connections whose key was taken back, without a close frame. */
  dropRevoked(): void {
    for (const { socket, keyId } of this.#connections) if (keyId !== null && this.#isRevoked(keyId)) socket.terminate();
  }

  #isRevoked(key: string): boolean {
    const { faults } = this.#options;
    return !faults.isQuiet('key') && faults.standing('key', { room: ROOM, key }).length > 0;
  }

  #event(topic: 'T' | 'Q', symbol: string, body: object): LineEvent {
    const underlying = this.#options.underlying(symbol);
    return { facts: { topic, symbols: underlying === undefined ? [symbol] : [symbol, underlying] }, body };
  }

  #wants(trades: ReadonlySet<string>, symbol: string): boolean {
    return trades.has(symbol) || (trades.has('*') && this.#options.underlying(symbol) !== undefined);
  }

  #receive(connection: Connection, data: RawData): void {
    const parsed = message.safeParse(unpacked(bytesOf(data)));
    if (!parsed.success) {
      const known = z.object({ action: z.enum(['auth', 'subscribe', 'unsubscribe']) });
      return this.#error(connection, known.safeParse(unpacked(bytesOf(data))).success ? 410 : 400);
    }
    const request = parsed.data;
    if (request.action === 'auth') return this.#authenticate(connection, request);
    if (connection.keyId === null) return this.#error(connection, 401);
    const { trades, quotes } = request;
    if (request.action === 'unsubscribe') {
      for (const symbol of trades) connection.trades.delete(symbol);
      for (const symbol of quotes) connection.quotes.delete(symbol);
    } else {
      if (quotes.includes('*')) return this.#error(connection, 412);
      if (new Set([...connection.quotes, ...quotes]).size > this.#options.mostSymbols)
        return this.#error(connection, 405);
      for (const symbol of trades) connection.trades.add(symbol);
      for (const symbol of quotes) connection.quotes.add(symbol);
    }
    const subscription = { T: 'subscription', trades: [...connection.trades], quotes: [...connection.quotes] };
    return send(connection.socket, [subscription]);
  }

  #authenticate(connection: Connection, { key, secret }: { readonly key: string; readonly secret: string }): void {
    if (connection.keyId !== null) return this.#error(connection, 403);
    const { keys, feeds } = this.#options;
    const isKnown = keys.some(({ keyId, secretKey }) => keyId === key && secretKey === secret);
    if (!isKnown || this.#isRevoked(key)) return this.#fail(connection, 402);
    if (!feeds.includes(connection.feed)) return this.#fail(connection, 409);
    if ([...this.#connections].some((other) => other.keyId === key)) return this.#fail(connection, 406);
    connection.keyId = key;
    return send(connection.socket, [{ T: 'success', msg: 'authenticated' }]);
  }

  #error({ socket }: Connection, code: ErrorCode): void {
    send(socket, [{ T: 'error', code, msg: ERRORS[code] }]);
  }

  /** An error after which the connection ends. */
  #fail(connection: Connection, code: ErrorCode): void {
    this.#error(connection, code);
    connection.socket.close();
  }
}

function quoteMessage({ symbol, at, bid, bidSize, ask, askSize }: Quote, ahead: number): object {
  return {
    T: 'q',
    S: symbol,
    t: new Instant(micros(at + ahead)),
    bx: EXCHANGE,
    bp: bid ?? 0,
    bs: bidSize,
    ax: EXCHANGE,
    ap: ask ?? 0,
    as: askSize,
    c: CONDITION,
  };
}

function tradeMessage({ symbol, at, price, size }: Trade, ahead: number): object {
  return { T: 't', S: symbol, t: new Instant(micros(at + ahead)), p: price, s: size, x: EXCHANGE, c: CONDITION };
}

function* frames(events: readonly LineEvent[]): Generator<Uint8Array> {
  for (let from = 0; from < events.length; from += EVENTS_PER_FRAME)
    yield packed(events.slice(from, from + EVENTS_PER_FRAME).map(({ body }) => body));
}

function send(socket: WebSocket, messages: readonly object[]): void {
  socket.send(packed(messages), { binary: true });
}

function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : new Uint8Array(data);
}
