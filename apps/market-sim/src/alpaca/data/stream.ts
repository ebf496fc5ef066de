import type { MarketStep } from '@trading-agent/market-data';
import type { Quote, Trade } from '@trading-agent/instruments';
import type { RawData, WebSocket } from 'ws';
import { z } from 'zod';
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

const symbols = z.array(z.string()).default([]);
const message = z.discriminatedUnion('action', [
  z.object({ action: z.literal('auth'), key: z.string(), secret: z.string() }),
  z.strictObject({ action: z.literal('subscribe'), trades: symbols, quotes: symbols }),
  z.strictObject({ action: z.literal('unsubscribe'), trades: symbols, quotes: symbols }),
]);

interface Connection {
  readonly socket: WebSocket;
  readonly feed: OptionFeed;
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
  readonly isListed: (symbol: string) => boolean;
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
    const connection: Connection = { socket, feed, keyId: null, trades: new Set(), quotes: new Set() };
    this.#connections.add(connection);
    const timeout = setTimeout(() => this.#fail(connection, 404), AUTH_TIMEOUT_MILLIS);
    timeout.unref();
    socket.on('close', () => {
      clearTimeout(timeout);
      this.#connections.delete(connection);
    });
    socket.on('error', () => socket.terminate());
    socket.on('message', (data, isBinary) => {
      if (!isBinary) return this.#error(connection, 412);
      this.#receive(connection, data);
      if (connection.keyId !== null) clearTimeout(timeout);
      return undefined;
    });
    send(socket, [{ T: 'success', msg: 'connected' }]);
  }

  publish(step: MarketStep): void {
    for (const connection of this.#connections) {
      if (connection.keyId === null || (connection.trades.size === 0 && connection.quotes.size === 0)) continue;
      if (connection.socket.bufferedAmount > MOST_BUFFERED_BYTES) {
        this.#fail(connection, 407);
        continue;
      }
      const events = [
        ...step.trades.filter(({ symbol }) => this.#wants(connection.trades, symbol)).map(tradeMessage),
        ...step.quotes.filter(({ symbol }) => connection.quotes.has(symbol)).map(quoteMessage),
      ];
      for (let from = 0; from < events.length; from += EVENTS_PER_FRAME)
        send(connection.socket, events.slice(from, from + EVENTS_PER_FRAME));
    }
  }

  #wants(trades: ReadonlySet<string>, symbol: string): boolean {
    return trades.has(symbol) || (trades.has('*') && this.#options.isListed(symbol));
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
    if (!keys.some(({ keyId, secretKey }) => keyId === key && secretKey === secret)) return this.#fail(connection, 402);
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

function quoteMessage({ symbol, at, bid, bidSize, ask, askSize }: Quote): object {
  return {
    T: 'q',
    S: symbol,
    t: new Instant(at),
    bx: EXCHANGE,
    bp: bid ?? 0,
    bs: bidSize,
    ax: EXCHANGE,
    ap: ask ?? 0,
    as: askSize,
    c: CONDITION,
  };
}

function tradeMessage({ symbol, at, price, size }: Trade): object {
  return { T: 't', S: symbol, t: new Instant(at), p: price, s: size, x: EXCHANGE, c: CONDITION };
}

function send(socket: WebSocket, messages: readonly object[]): void {
  socket.send(packed(messages), { binary: true });
}

function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : new Uint8Array(data);
}
