import { type Clock, MICROS_PER_SECOND, type Micros, type Random, TradingError } from '@trading-agent/core';
import type { FeedChannel } from '@trading-agent/market-data';
import {
  backoffMs,
  type LineEnding,
  type Log,
  type Sleep,
  type SocketData,
  SocketLine,
  withoutSecrets,
} from '@trading-agent/transport';
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
const MAX_FRAME_BYTES = 32 * 1024 * 1024;

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
  #line: SocketLine | undefined;
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
    this.#line?.end(streamLost(this.#options.channel, why));
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return this.#running;
    this.#closing.abort();
    const closed = new TradingError('CANCELLED', 'The feed was closed');
    this.#subscriptions.refuse(closed);
    this.#opened?.reject(closed);
    this.#line?.end(closed);
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
  #session(): Promise<LineEnding> {
    const { channel, clock, events, url, timeoutMs } = this.#options;
    this.#received = 0;
    this.#firstDataAt = undefined;
    const sink: FrameSink = {
      quote: (quote, sequence) => {
        this.#received++;
        events.quote(quote, sequence);
      },
      fields: (fields) => {
        if (fields['ev'] === 'status') return this.#onStatus(fields, line);
        if (kindOfEvent(fields['ev']) !== undefined) this.#received++;
        return events.fields(fields);
      },
      malformed: (text, reason) => events.malformed(text, reason),
    };
    const line = new SocketLine({
      url,
      timeoutMs,
      maxFrameBytes: MAX_FRAME_BYTES,
      skipUTF8Validation: true,
      lost: (why) => streamLost(channel, why),
      late: () => new TradingError('TIMEOUT', `The ${channel} stream was not authenticated within ${timeoutMs} ms`),
      onPong: () => {
        this.#lastHeard = clock.now();
      },
      onMessage: (data) => this.#onFrame(data, sink),
    });
    this.#line = line;
    return line.ended;
  }

  #onFrame(data: SocketData, sink: FrameSink): void {
    const before = this.#received;
    const now = this.#options.clock.now();
    this.#lastHeard = now;
    this.#frames.read(data, sink);
    if (this.#received === before) return;
    this.#firstDataAt ??= now;
    this.#options.events.frame(now);
  }

  #onStatus(fields: Fields, line: SocketLine): void {
    const { apiKey, channel, events, log } = this.#options;
    const { status, message } = parseStatus(fields);
    const words = withoutSecrets(message, [apiKey]);
    switch (status) {
      case 'connected':
        line.send({ action: 'auth', params: apiKey });
        return;
      case 'auth_success':
        line.established();
        this.#onReady(line);
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
        line.end(streamAuthError(channel, words), true);
        return;
      case 'max_connections':
        line.end(tooManyConnections(channel));
        return;
      case 'auth_timeout':
      case 'auth_required':
        line.end(streamLost(channel, words));
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

  #onReady(line: SocketLine): void {
    const { events, timeoutMs } = this.#options;
    const reconnected = this.#everReady;
    this.#ready = true;
    this.#everReady = true;
    events.ready(reconnected);
    void this.#subscriptions.renew(timeoutMs, this.#send).then((unheard) => {
      // It may be lost by now: the next one has its own renewal.
      if (line.isOpen) events.renewed(unheard);
    });
    this.#opened?.resolve();
    this.#opened = undefined;
  }

  readonly #send: Send = (action, parameters) => {
    if (this.#ready) for (const params of frameTexts(parameters)) this.#line?.send({ action, params });
  };
}
