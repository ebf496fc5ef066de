import {
  type Clock,
  MICROS_PER_SECOND,
  type Micros,
  type Random,
  TradingError,
  toTradingError,
} from '@trading-agent/core';
import type { FeedChannel } from '@trading-agent/market-data';
import { backoffMs, type Log, type Sleep, withoutSecrets } from '@trading-agent/transport';
import { type RawData, WebSocket } from 'ws';
import type { PolygonCounters } from '../counters.ts';
import { streamAuthError, streamLost, tooManyConnections } from '../errors.ts';
import { FrameReader, type FrameSink } from './frames.ts';
import { type Fields, acknowledged, parseStatus } from './messages.ts';
import { type Send, Subscriptions, frameTexts } from './subscriptions.ts';
import type { SubscriptionNotice } from './status.ts';
import { kindOfEvent } from './topics.ts';

/** What a connection tells the stream that it belongs to. */
export interface ConnectionEvents extends Pick<FrameSink, 'quote' | 'malformed'> {
  /** An event that is no status. */
  fields(fields: Fields): void;
  /** A frame has been told; `at` is when it came. */
  frame(at: Micros): void;
  /** Authenticated. With `reconnected` there is a hole: nothing is replayed. */
  ready(reconnected: boolean): void;
  /** All that is wanted was asked for anew; these parameters were not acknowledged in time. */
  renewed(unheard: readonly string[]): void;
  acknowledged(parameter: string): void;
  /** Gone, and tried again in so many milliseconds. `lastHeard` is the last sign of life, `wasReady` whether it had been authenticated. */
  lost(error: TradingError, retryInMs: number, lastHeard: Micros, wasReady: boolean): void;
  closed(): void;
  notice(what: SubscriptionNotice['what'], parameters: readonly string[]): void;
  /** The stream is over for good: the key was refused. */
  fatal(error: TradingError): void;
}

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
  readonly events: ConnectionEvents;
}

const BACKOFF = { firstMs: 1_000, capMs: 30_000 };
/** After `max_connections` the provider needs time to forget the other connection, and the other process may stay: no hot loop. */
const CROWDED_BACKOFF = { firstMs: 120_000, capMs: 960_000 };
/** Only a connection on which data flowed this long proves that all is well again (a refusal may come after the subscription). */
const PROVEN_AFTER = 10 * MICROS_PER_SECOND;
/** The first connection is tried this often before `open` gives up; later ones for as long as the feed is open. */
const OPENING_ATTEMPTS = 5;
const HEARTBEAT_MS = 15_000;
const MAX_FRAME_BYTES = 32 * 1024 * 1024;

interface Ending {
  readonly error: TradingError;
  readonly fatal: boolean;
}
type End = (error: TradingError, fatal?: boolean) => void;

/**
 * One stream of one cluster: connects, authenticates, subscribes, and comes back after a loss with everything that was subscribed.
 * A refused key is final.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #subscriptions: Subscriptions;
  readonly #frames = new FrameReader();
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;
  #socket: WebSocket | undefined;
  #end: End | undefined;
  #ready = false;
  #everReady = false;
  #received = 0;
  #firstDataAt: Micros | undefined;
  #lastHeard: Micros;
  #opened: { readonly resolve: () => void; readonly reject: (error: TradingError) => void } | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#lastHeard = options.clock.now();
    this.#subscriptions = new Subscriptions(options.channel, (what, parameters) => {
      options.counters.oddAcknowledgements += parameters.length;
      options.events.notice(what, parameters);
    });
  }

  /** Resolves when authenticated. @throws {TradingError} `FEED_AUTH` at once, `FEED_UNAVAILABLE`, `FEED_CONNECTION_LIMIT` after some attempts. */
  open(): Promise<void> {
    if (this.#running) return Promise.reject(new TradingError('INTERNAL', 'A stream is opened once'));
    return new Promise<void>((resolve, reject) => {
      this.#opened = { resolve, reject };
      this.#running = this.#run();
    });
  }

  get isOpened(): boolean {
    return this.#running !== undefined;
  }

  /** Authenticated, and not lost since. */
  get isReady(): boolean {
    return this.#ready;
  }

  /** What is asked for on this connection. */
  get wanted(): ReadonlySet<string> {
    return this.#subscriptions.wanted;
  }

  used(kind: string): number {
    return this.#subscriptions.used(kind);
  }

  /** Data events of known kinds on the present connection. */
  get received(): number {
    return this.#received;
  }

  /** @throws {TradingError} `OUT_OF_RANGE`, `TIMEOUT`, `FEED_BAD_REQUEST`, `CANCELLED`. */
  subscribe(parameters: readonly string[]): Promise<void> {
    return this.#subscriptions.want(parameters, this.#options.timeoutMs, this.#send);
  }

  unsubscribe(parameters: readonly string[]): Promise<void> {
    return this.#subscriptions.unwant(parameters, this.#options.timeoutMs, this.#send);
  }

  /** Ends the present connection, as if it had been lost; another one follows. */
  drop(why: string): void {
    this.#end?.(streamLost(this.#options.channel, why));
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
    const { channel, counters, events, log, random, sleep } = this.#options;
    for (let failures = 0, crowded = 0; !this.#closing.signal.aborted;) {
      const { error, fatal } = await this.#session();
      const wasReady = this.#ready;
      this.#ready = false;
      this.#subscriptions.interrupt();
      if (this.#closing.signal.aborted) break;
      if (this.#proven()) [failures, crowded] = [0, 0];
      else failures += 1;
      const isCrowded = error.code === 'FEED_CONNECTION_LIMIT';
      if (fatal || (!this.#everReady && failures >= OPENING_ATTEMPTS)) {
        this.#subscriptions.refuse(error);
        if (this.#opened) this.#opened.reject(error);
        else events.fatal(error);
        return;
      }
      const retryInMs = isCrowded
        ? backoffMs(crowded++, CROWDED_BACKOFF, random)
        : backoffMs(Math.max(0, failures - 1), BACKOFF, random);
      log.warn({ channel, code: error.code, retryInMs }, error.message);
      events.lost(error, retryInMs, this.#lastHeard, wasReady);
      try {
        await sleep(retryInMs, this.#closing.signal);
      } catch {
        break;
      }
      counters.reconnects++;
    }
    events.closed();
  }

  #proven(): boolean {
    return this.#firstDataAt !== undefined && this.#options.clock.now() - this.#firstDataAt >= PROVEN_AFTER;
  }

  /** One connection from its first byte to its end; resolves, never rejects. */
  #session(): Promise<Ending> {
    const { channel, clock, url, timeoutMs } = this.#options;
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
      const end: End = (error, fatal = false) => {
        if (ended) return;
        ended = true;
        clearTimeout(deadline);
        clearInterval(heartbeat);
        this.#end = undefined;
        socket.terminate();
        resolve({ error, fatal });
      };
      this.#end = end;
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
        this.#lastHeard = clock.now();
      });
      socket.on('error', (cause) => end(streamLost(channel, toTradingError(cause).message)));
      socket.on('close', (code) => end(streamLost(channel, `closed with code ${code}`)));
      const sink: FrameSink = {
        quote: (quote, sequence) => {
          this.#received++;
          this.#options.events.quote(quote, sequence);
        },
        fields: (fields) => {
          if (fields['ev'] === 'status') return this.#onStatus(fields, end, () => clearTimeout(deadline));
          if (kindOfEvent(fields['ev']) !== undefined) this.#received++;
          return this.#options.events.fields(fields);
        },
        malformed: (text, reason) => this.#options.events.malformed(text, reason),
      };
      socket.on('message', (data) => {
        if (ended) return;
        silentBeats = 0;
        this.#onFrame(data, sink);
      });
    });
  }

  #onFrame(data: RawData, sink: FrameSink): void {
    const before = this.#received;
    const now = this.#options.clock.now();
    this.#lastHeard = now;
    this.#frames.read(data, sink);
    if (this.#received === before) return;
    this.#firstDataAt ??= now;
    this.#options.events.frame(now);
  }

  #onStatus(fields: Fields, end: End, authenticated: () => void): void {
    const { apiKey, channel, events, log } = this.#options;
    const { status, message } = parseStatus(fields);
    const words = withoutSecrets(message, [apiKey]);
    switch (status) {
      case 'connected':
        this.#write({ action: 'auth', params: apiKey });
        return;
      case 'auth_success':
        authenticated();
        this.#onReady();
        return;
      case 'success': {
        const ack = acknowledged(message);
        for (const parameter of ack?.parameters ?? []) {
          const isOurs = this.#subscriptions.acknowledge(ack?.done ?? 'subscribed', parameter);
          if (isOurs && ack?.done === 'subscribed') events.acknowledged(parameter);
        }
        return;
      }
      case 'auth_failed':
        end(streamAuthError(channel, words), true);
        return;
      case 'max_connections':
        end(tooManyConnections(channel));
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

  #onReady(): void {
    const { events, timeoutMs } = this.#options;
    const reconnected = this.#everReady;
    this.#ready = true;
    this.#everReady = true;
    events.ready(reconnected);
    const end = this.#end;
    void this.#subscriptions.renew(timeoutMs, this.#send).then((unheard) => {
      // The connection may be another one by now: that one has its own renewal.
      if (this.#ready && this.#end === end && !this.#closing.signal.aborted) events.renewed(unheard);
    });
    this.#opened?.resolve();
    this.#opened = undefined;
  }

  readonly #send: Send = (action, parameters) => {
    if (this.#ready) for (const params of frameTexts(parameters)) this.#write({ action, params });
  };

  #write(message: { readonly action: string; readonly params: string }): void {
    // A failed write is followed by `close`, which is where losses are handled.
    this.#socket?.send(JSON.stringify(message), () => {});
  }
}
