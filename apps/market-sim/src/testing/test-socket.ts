import { once } from 'node:events';
import { type ClientOptions, WebSocket } from 'ws';
import { z } from 'zod';
import { textOf } from '../sockets/frames.ts';

export type Message = Readonly<Record<string, unknown>>;
const messages = z.union([z.array(z.record(z.string(), z.unknown())), z.record(z.string(), z.unknown())]);

/** The messages of a frame: an array's elements, or the one object. */
export function parseMessages(text: string): Message[] {
  const parsed = messages.parse(JSON.parse(text));
  return Array.isArray(parsed) ? parsed : [parsed];
}

/** A WebSocket whose messages are taken one after the other; frames that are arrays count as that many messages. */
export class TestSocket {
  readonly #socket: WebSocket;
  readonly #waiting: ((message: Message | null) => void)[] = [];
  readonly #arrived: Message[] = [];
  /** Frames received, each as its kind and the number of messages in it. */
  readonly frames: { readonly binary: boolean; readonly size: number }[] = [];
  /** The frames' texts. */
  readonly texts: string[] = [];
  closed: { readonly code: number } | null = null;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data, binary) => {
      const text = textOf(data);
      const list = parseMessages(text);
      this.texts.push(text);
      this.frames.push({ binary, size: list.length });
      for (const message of list) this.#deliver(message);
    });
    socket.on('close', (code) => {
      this.closed = { code };
      for (const resolve of this.#waiting.splice(0)) resolve(null);
    });
    socket.on('error', () => undefined);
  }

  static async connect(url: string, options: ClientOptions = {}): Promise<TestSocket> {
    const socket = new WebSocket(url, options);
    const client = new TestSocket(socket);
    await once(socket, 'open');
    return client;
  }

  send(message: unknown): void {
    this.#socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** The next message; `null` when the connection ended before one came. */
  next(): Promise<Message | null> {
    const message = this.#arrived.shift();
    if (message) return Promise.resolve(message);
    if (this.closed) return Promise.resolve(null);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async take(count: number): Promise<(Message | null)[]> {
    const taken: (Message | null)[] = [];
    for (let index = 0; index < count; index += 1) taken.push(await this.next());
    return taken;
  }

  /** Whether a ping is answered before a subscription that is sent after it. */
  async pinged(parameters: string): Promise<boolean> {
    let answered = false;
    this.#socket.once('pong', () => (answered = true));
    this.#socket.ping();
    this.send({ action: 'subscribe', params: parameters });
    await this.next();
    return answered;
  }

  /** Reads nothing any more, as a process that is busy. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  async untilClosed(): Promise<number> {
    while ((await this.next()) !== null);
    return this.closed?.code ?? 0;
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.#socket.close();
    await this.untilClosed();
  }

  #deliver(message: Message): void {
    const resolve = this.#waiting.shift();
    if (resolve) resolve(message);
    else this.#arrived.push(message);
  }
}
