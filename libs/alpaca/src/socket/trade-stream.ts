import type { BrokerEvent } from '@trading-agent/broker';
import {
  type Clock,
  MICROS_PER_SECOND,
  type Micros,
  type Random,
  TradingError,
  toTradingError,
} from '@trading-agent/core';
import {
  backoffMs,
  type LineEnding,
  type Log,
  type Sleep,
  type SocketData,
  SocketLine,
} from '@trading-agent/transport';
import { badMessage, streamLost, streamRefused } from '../errors.ts';
import { authorizationSchema, frameSchema, listeningSchema, parseTradeUpdate } from './messages.ts';

/** How the order stream stands. `listening` with `reconnected`: events may have been missed, the consumer must reconcile by REST. */
export type StreamStatus =
  | { readonly state: 'idle' }
  | { readonly state: 'listening'; readonly at: Micros; readonly reconnected: boolean }
  | { readonly state: 'lost'; readonly at: Micros; readonly reason: string; readonly retryInMs: number };

export interface TradeStreamOptions {
  readonly url: string;
  readonly keyId: string;
  readonly secretKey: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly sleep: Sleep;
  readonly log: Log;
  readonly onEvent: (event: BrokerEvent) => void;
  /** Trade updates that the present connection has brought, told after each. */
  readonly onProgress: (received: number) => void;
  readonly onStatus: (status: StreamStatus) => void;
  /** A message that leaves the books in doubt: see `AlpacaBroker.doubts`. */
  readonly onDoubt: (error: TradingError) => void;
  /** The stream is over for good. */
  readonly onFatal: (error: TradingError) => void;
}

const BACKOFF = { firstMs: 500, capMs: 30_000 };
/** A connection that listened this long was sound: the next loss begins with short waits again. */
const PROVEN_AFTER = 10 * MICROS_PER_SECOND;
/** The first connection is tried this often before the stream is given up; later ones for as long as someone listens. */
const OPENING_ATTEMPTS = 5;
const MAX_FRAME_BYTES = 8 * 1024 * 1024;
const STREAM = 'trade_updates';
/** Executions remembered to tell repeats; far more than one session has. */
const REMEMBERED = 100_000;

/** `trade_updates`: authenticates, listens, comes back after a loss. Each execution is told once, over all connections. */
export class TradeStream {
  readonly #options: TradeStreamOptions;
  readonly #closing = new AbortController();
  readonly #executions = new Set<string>();
  #line: SocketLine | undefined;
  #everListened = false;
  #listeningSince: Micros | undefined;
  #received = 0;

  constructor(options: TradeStreamOptions) {
    this.#options = options;
  }

  /** Runs until closed or refused; never rejects. */
  async run(): Promise<void> {
    const { clock, log, onFatal, onStatus, random, sleep } = this.#options;
    for (let failures = 0; !this.#closing.signal.aborted;) {
      const ending = await this.#session();
      if (this.#closing.signal.aborted) break;
      failures = this.#proven() ? 0 : failures + 1;
      if (ending.fatal || (!this.#everListened && failures >= OPENING_ATTEMPTS)) {
        onFatal(ending.error);
        return;
      }
      const retryInMs = backoffMs(Math.max(0, failures - 1), BACKOFF, random);
      log.warn({ code: ending.error.code, retryInMs }, ending.error.message);
      onStatus({ state: 'lost', at: clock.now(), reason: ending.error.message, retryInMs });
      try {
        await sleep(retryInMs, this.#closing.signal);
      } catch {
        break;
      }
    }
  }

  close(): void {
    this.#closing.abort();
    this.#line?.end(new TradingError('CANCELLED', 'The order stream was closed'));
  }

  #proven(): boolean {
    return this.#listeningSince !== undefined && this.#options.clock.now() - this.#listeningSince >= PROVEN_AFTER;
  }

  /** One connection from its first byte to its end; resolves, never rejects. */
  #session(): Promise<LineEnding> {
    const { url, timeoutMs, keyId, secretKey } = this.#options;
    this.#listeningSince = undefined;
    this.#received = 0;
    const line = new SocketLine({
      url,
      timeoutMs,
      maxFrameBytes: MAX_FRAME_BYTES,
      lost: streamLost,
      late: () => new TradingError('TIMEOUT', `The order stream did not listen within ${timeoutMs} ms`),
      onOpen: () => line.send({ action: 'authenticate', data: { key_id: keyId, secret_key: secretKey } }),
      onMessage: (data) => this.#onFrame(data, line),
    });
    this.#line = line;
    return line.ended;
  }

  #onFrame(data: SocketData, line: SocketLine): void {
    const { clock, log, onDoubt, onStatus } = this.#options;
    const frame = readFrame(data);
    if (frame === undefined) {
      onDoubt(badMessage('A frame of the order stream that can not be read'));
      return;
    }
    if (frame.stream === STREAM) {
      this.#received++;
      this.#onUpdate(frame.data);
      this.#options.onProgress(this.#received);
    } else if (frame.stream === 'authorization') {
      const { status, action } = authorizationSchema.safeParse(frame.data).data ?? {};
      if (status === 'authorized') line.send({ action: 'listen', data: { streams: [STREAM] } });
      else line.end(streamRefused(`${action ?? 'authenticate'} was answered ${status ?? 'nothing'}`), true);
    } else if (frame.stream === 'listening') {
      const streams = listeningSchema.safeParse(frame.data).data?.streams ?? [];
      if (!streams.includes(STREAM)) {
        line.end(streamRefused(`listening to ${streams.join(', ') || 'nothing'} instead of ${STREAM}`), true);
        return;
      }
      line.established();
      const reconnected = this.#everListened;
      this.#everListened = true;
      this.#listeningSince = clock.now();
      onStatus({ state: 'listening', at: clock.now(), reconnected });
    } else if (frame.action === 'error') {
      line.end(streamLost(`the broker reports ${JSON.stringify(frame.data).slice(0, 300)}`));
    } else {
      log.debug({ stream: frame.stream ?? null }, 'unknown frame on the order stream');
    }
  }

  #onUpdate(data: unknown): void {
    const { onDoubt, onEvent } = this.#options;
    let event: BrokerEvent;
    try {
      event = parseTradeUpdate(data);
    } catch (cause) {
      onDoubt(toTradingError(cause));
      return;
    }
    if (event.kind === 'execution' && !this.#first(event.execution.executionId)) return;
    onEvent(event);
  }

  /** True the first time; the oldest are forgotten beyond the bound. */
  #first(executionId: string): boolean {
    if (this.#executions.has(executionId)) return false;
    this.#executions.add(executionId);
    const [oldest] = this.#executions;
    if (this.#executions.size > REMEMBERED && oldest !== undefined) this.#executions.delete(oldest);
    return true;
  }
}

/** JSON in text or binary frames alike (the paper environment sends binary). */
function readFrame(data: SocketData) {
  try {
    const bytes = Array.isArray(data) ? Buffer.concat(data) : data instanceof ArrayBuffer ? Buffer.from(data) : data;
    return frameSchema.safeParse(JSON.parse(bytes.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}
