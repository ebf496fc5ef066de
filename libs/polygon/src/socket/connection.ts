import {
  type Clock,
  MICROS_PER_SECOND,
  type Micros,
  type Random,
  TradingError,
  toTradingError,
} from '@trading-agent/core';
import type { FeedChannel } from '@trading-agent/market-data';
import { type RawData, WebSocket } from 'ws';
import type { PolygonCounters } from '../counters.ts';
import { badMessage, streamAuthError, streamLost } from '../errors.ts';
import type { Log } from '../log.ts';
import { type Sleep, backoffMs } from '../retry.ts';
import { type Fields, acknowledged, isDataEvent, isFields, parseStatus } from './messages.ts';
import type { FeedProgress, FeedStatus } from './status.ts';
import { Subscriptions } from './subscriptions.ts';

export interface ConnectionOptions {
  readonly channel: FeedChannel;
  readonly url: string;
  readonly apiKey: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly sleep: Sleep;
  readonly log: Log;
  readonly counters: PolygonCounters;
  readonly onData: (event: Fields) => void;
  readonly onStatus: (status: FeedStatus) => void;
  readonly onProgress: (progress: FeedProgress) => void;
  /** The stream is over for good: the key was refused. */
  readonly onFatal: (error: TradingError) => void;
}

const BACKOFF = { firstMs: 1_000, capMs: 30_000 };
/** Only a connection on which data flowed this long proves that all is well again (a refusal may come after the subscription). */
const PROVEN_AFTER = 10 * MICROS_PER_SECOND;
/** After `max_connections` the provider needs time to forget the other connection. */
const CROWDED_WAIT_MS = 60_000;
/** The first connection is tried this often before `open` gives up; later ones for as long as the feed is open. */
const OPENING_ATTEMPTS = 5;
const HEARTBEAT_MS = 15_000;
const MAX_FRAME_BYTES = 32 * 1024 * 1024;

interface Ending {
  readonly error: TradingError;
  readonly fatal: boolean;
  readonly waitMs: number;
}

/**
 * One stream of one cluster: connects, authenticates, subscribes, and comes back after a loss with everything that was subscribed.
 * A refused key is final.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #subscriptions: Subscriptions;
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;
  #socket: WebSocket | undefined;
  #ready = false;
  #everReady = false;
  #received = 0;
  #firstDataAt: Micros | undefined;
  #opened: { readonly resolve: () => void; readonly reject: (error: TradingError) => void } | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#subscriptions = new Subscriptions(options.channel);
  }

  /** Resolves when authenticated. @throws {TradingError} `FEED_AUTH` at once, `FEED_UNAVAILABLE` after some attempts. */
  open(): Promise<void> {
    if (this.#running) return Promise.reject(new TradingError('INTERNAL', 'A stream is opened once'));
    return new Promise<void>((resolve, reject) => {
      this.#opened = { resolve, reject };
      this.#running = this.#run();
    });
  }

  subscribe(parameters: readonly string[]): Promise<void> {
    return this.#subscriptions.want(parameters, this.#options.timeoutMs, (fresh) => {
      if (this.#ready) this.#sendSubscriptions(fresh);
    });
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return this.#running;
    this.#closing.abort();
    this.#subscriptions.refuse(new TradingError('CANCELLED', 'The feed was closed'));
    this.#opened?.reject(new TradingError('CANCELLED', 'The feed was closed'));
    this.#socket?.terminate();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { channel, clock, counters, log, onStatus, onFatal, random, sleep } = this.#options;
    for (let failures = 0; !this.#closing.signal.aborted;) {
      const ending = await this.#session();
      this.#subscriptions.forgetAcknowledgements();
      if (this.#closing.signal.aborted) break;
      failures = this.#proven() ? 0 : failures + 1;
      if (ending.fatal || (!this.#everReady && failures >= OPENING_ATTEMPTS)) {
        this.#subscriptions.refuse(ending.error);
        if (this.#opened) this.#opened.reject(ending.error);
        else onFatal(ending.error);
        return;
      }
      const retryInMs = Math.max(ending.waitMs, backoffMs(Math.max(0, failures - 1), BACKOFF, random));
      log.warn({ channel, code: ending.error.code, retryInMs }, ending.error.message);
      onStatus({ channel, state: 'lost', at: clock.now(), reason: ending.error.message, retryInMs });
      try {
        await sleep(retryInMs, this.#closing.signal);
      } catch {
        break;
      }
      counters.reconnects++;
    }
    onStatus({ channel, state: 'closed', at: clock.now() });
  }

  #proven(): boolean {
    return this.#firstDataAt !== undefined && this.#options.clock.now() - this.#firstDataAt >= PROVEN_AFTER;
  }

  /** One connection from its first byte to its end; resolves, never rejects. */
  #session(): Promise<Ending> {
    const { channel, url, timeoutMs } = this.#options;
    this.#ready = false;
    this.#received = 0;
    this.#firstDataAt = undefined;
    return new Promise<Ending>((resolve) => {
      const socket = new WebSocket(url, {
        perMessageDeflate: false,
        skipUTF8Validation: true,
        handshakeTimeout: timeoutMs,
        maxPayload: MAX_FRAME_BYTES,
      });
      this.#socket = socket;
      let ended = false;
      let silentBeats = 0;
      const end = (error: TradingError, fatal = false, waitMs = 0): void => {
        if (ended) return;
        ended = true;
        clearTimeout(deadline);
        clearInterval(heartbeat);
        this.#ready = false;
        socket.terminate();
        resolve({ error, fatal, waitMs });
      };
      const deadline = setTimeout(
        () => end(new TradingError('TIMEOUT', `The ${channel} stream was not authenticated within ${timeoutMs} ms`)),
        timeoutMs,
      );
      const heartbeat = setInterval(() => {
        // Two beats, so that a busy process that has not yet read the answer is not taken for a dead line.
        if (++silentBeats > 2) end(streamLost(channel, 'no sign of life'));
        else if (socket.readyState === WebSocket.OPEN) socket.ping();
      }, HEARTBEAT_MS);
      socket.on('pong', () => {
        silentBeats = 0;
      });
      socket.on('error', (cause) => end(streamLost(channel, toTradingError(cause).message)));
      socket.on('close', (code) => end(streamLost(channel, `closed with code ${code}`)));
      socket.on('message', (data) => {
        if (ended) return;
        silentBeats = 0;
        this.#onFrame(data, end, () => clearTimeout(deadline));
      });
    });
  }

  #onFrame(
    data: RawData,
    end: (error: TradingError, fatal?: boolean, waitMs?: number) => void,
    authenticated: () => void,
  ): void {
    const { channel, clock, counters, onData, onProgress } = this.#options;
    let frame: unknown;
    try {
      frame = JSON.parse(frameText(data));
    } catch {
      counters.malformedFrames++;
      return;
    }
    const before = this.#received;
    for (const event of Array.isArray(frame) ? frame : [frame]) {
      if (!isFields(event)) {
        counters.malformedEvents++;
      } else if (event['ev'] === 'status') {
        this.#onStatusEvent(event, end, authenticated);
      } else if (isDataEvent(event)) {
        this.#received++;
        this.#firstDataAt ??= clock.now();
        onData(event);
      }
    }
    if (this.#received > before) onProgress({ channel, received: this.#received });
  }

  #onStatusEvent(
    event: Fields,
    end: (error: TradingError, fatal?: boolean, waitMs?: number) => void,
    authenticated: () => void,
  ): void {
    const { apiKey, channel, clock, log, onStatus } = this.#options;
    const { status, message } = parseStatus(event);
    const words = message.replaceAll(apiKey, '***').slice(0, 300);
    switch (status) {
      case 'connected':
        this.#send({ action: 'auth', params: apiKey });
        return;
      case 'auth_success': {
        authenticated();
        this.#ready = true;
        const reconnected = this.#everReady;
        this.#everReady = true;
        this.#sendSubscriptions();
        onStatus({ channel, state: 'ready', at: clock.now(), reconnected });
        this.#opened?.resolve();
        this.#opened = undefined;
        return;
      }
      case 'success': {
        const parameter = acknowledged(message);
        if (parameter !== undefined) this.#subscriptions.acknowledge(parameter);
        return;
      }
      case 'auth_failed':
        end(streamAuthError(channel, words), true);
        return;
      case 'max_connections':
        end(streamLost(channel, 'too many connections on this key'), false, CROWDED_WAIT_MS);
        return;
      case 'auth_timeout':
      case 'auth_required':
        end(streamLost(channel, words));
        return;
      case 'error':
        this.#subscriptions.refuse(
          new TradingError('FEED_BAD_REQUEST', `The ${channel} stream refused a subscription: ${words}`, {
            details: { channel },
          }),
        );
        return;
      default:
        log.debug({ channel, status }, 'unknown status on a stream');
    }
  }

  #sendSubscriptions(parameters?: readonly string[]): void {
    for (const params of this.#subscriptions.frames(parameters)) this.#send({ action: 'subscribe', params });
  }

  #send(message: { readonly action: string; readonly params: string }): void {
    // A failed write is followed by `close`, which is where losses are handled.
    this.#socket?.send(JSON.stringify(message), () => {});
  }
}

function frameText(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  if (data instanceof ArrayBuffer) return Buffer.from(data).toString('utf8');
  if (Buffer.isBuffer(data)) return data.toString('utf8');
  throw badMessage('A frame of an unknown kind');
}
