import { type TradingError, toTradingError } from '@trading-agent/core';
import { type RawData, WebSocket } from 'ws';

/** One message as the socket hands it over. */
export type SocketData = RawData;

export interface SocketLineOptions {
  readonly url: string;
  /** For the handshake, and for all until `established`, in milliseconds. */
  readonly timeoutMs: number;
  /** A longer message ends the line. */
  readonly maxFrameBytes: number;
  /** Only for a stream whose own reader minds broken text. */
  readonly skipUTF8Validation?: boolean;
  /** Between two pings, in milliseconds. */
  readonly heartbeatMs?: number;
  /** The error of a line that was lost, by the reason in a few words. */
  readonly lost: (why: string) => TradingError;
  /** The error of a line that was not established in time. */
  readonly late: () => TradingError;
  readonly onOpen?: () => void;
  readonly onPong?: () => void;
  /** Told until the end, never after it. */
  readonly onMessage: (data: SocketData) => void;
}

/** Why a line ended; after a fatal error no other one is worth trying. */
export interface LineEnding {
  readonly error: TradingError;
  readonly fatal: boolean;
}

const HEARTBEAT_MS = 15_000;

/**
 * One WebSocket connection to a vendor from its first byte to its end. It ends by its owner, by the other side, when it is not established in
 * time, and when there is no sign of life for two heartbeats.
 */
export class SocketLine {
  /** Resolves once, never rejects. */
  readonly ended: Promise<LineEnding>;
  readonly #socket: WebSocket;
  readonly #deadline: NodeJS.Timeout;
  readonly #heartbeat: NodeJS.Timeout;
  #resolve: ((ending: LineEnding) => void) | undefined;
  #silentBeats = 0;

  constructor(options: SocketLineOptions) {
    const { lost, onMessage, onOpen, onPong, timeoutMs } = options;
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    const socket = new WebSocket(options.url, {
      perMessageDeflate: false,
      skipUTF8Validation: options.skipUTF8Validation ?? false,
      handshakeTimeout: timeoutMs,
      maxPayload: options.maxFrameBytes,
    });
    this.#socket = socket;
    this.#deadline = setTimeout(() => this.end(options.late()), timeoutMs);
    this.#heartbeat = setInterval(() => {
      // Two beats, so that a busy process that has not yet read the answer is not taken for a dead line.
      if (++this.#silentBeats > 2) this.end(lost('no sign of life'));
      else if (socket.readyState === WebSocket.OPEN) socket.ping();
    }, options.heartbeatMs ?? HEARTBEAT_MS);
    socket.on('pong', () => {
      this.#silentBeats = 0;
      onPong?.();
    });
    socket.on('error', (cause) => this.end(lost(toTradingError(cause).message)));
    socket.on('close', (code) => this.end(lost(`closed with code ${code}`)));
    if (onOpen) socket.on('open', onOpen);
    socket.on('message', (data) => {
      if (!this.isOpen) return;
      this.#silentBeats = 0;
      onMessage(data);
    });
  }

  /** Not ended yet; the handshake may still be under way. */
  get isOpen(): boolean {
    return this.#resolve !== undefined;
  }

  /** All that had to be said first was said: the deadline is lifted. */
  established(): void {
    clearTimeout(this.#deadline);
  }

  /** Ends it now; the first reason counts. */
  end(error: TradingError, fatal = false): void {
    if (this.#resolve === undefined) return;
    clearTimeout(this.#deadline);
    clearInterval(this.#heartbeat);
    this.#socket.terminate();
    this.#resolve({ error, fatal });
    this.#resolve = undefined;
  }

  /** Sends it as JSON. A failed write is followed by the end, which is where losses are handled. */
  send(message: unknown): void {
    this.#socket.send(JSON.stringify(message), () => {});
  }
}
