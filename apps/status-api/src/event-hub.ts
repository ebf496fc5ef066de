import { type Clock, formatRfc3339 } from '@trading-agent/core';
import type { Change } from './source.ts';

export interface EventHubOptions {
  readonly clock: Clock;
  /** Tells this run of the hub from earlier ones, so that an old `Last-Event-ID` is recognised as old. */
  readonly run: string;
  /** Events that may wait for one client; one more and the client is dropped. */
  readonly clientBuffer?: number;
  /** Latest events kept for clients that come back with `Last-Event-ID`. */
  readonly memory?: number;
  readonly maxClients?: number;
  /** Told when a client was dropped because it did not read. */
  readonly onDropped?: (waiting: number) => void;
}

interface HubEvent {
  readonly number: number;
  readonly frame: Uint8Array;
}

const encoder = new TextEncoder();
const RETRY_MS = 2_000;

function frame(event: string, data: unknown, id?: string, retry?: number): Uint8Array {
  return encoder.encode(
    `${retry === undefined ? '' : `retry: ${retry}\n`}event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`,
  );
}

/** One reader: frames wait in a bounded queue and leave only when the connection asks for the next one. */
class Client {
  readonly stream: ReadableStream<Uint8Array>;
  #queue: Uint8Array[];
  #wake: (() => void) | undefined;
  #ended = false;
  readonly #hangUp: () => void;

  constructor(first: readonly Uint8Array[], hangUp: () => void, onGone: (client: Client) => void) {
    this.#queue = [...first];
    this.#hangUp = hangUp;
    this.stream = new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          while (this.#queue.length === 0 && !this.#ended) {
            await new Promise<void>((resolve) => (this.#wake = resolve));
          }
          const next = this.#queue.shift();
          if (next) controller.enqueue(next);
          else controller.close();
        },
        cancel: () => {
          this.end([]);
          onGone(this);
        },
      },
      { highWaterMark: 0 },
    );
  }

  get waiting(): number {
    return this.#queue.length;
  }

  send(chunk: Uint8Array): void {
    if (this.#ended) return;
    this.#queue.push(chunk);
    this.#wake?.();
  }

  /** Forgets what waits, leaves these last words and closes after them. */
  end(last: readonly Uint8Array[]): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#queue = [...last];
    this.#wake?.();
  }

  /** Cuts the connection of a client that has not even read its last words; does nothing when it has. */
  cut(): void {
    if (this.#queue.length === 0) return;
    this.#queue = [];
    this.#hangUp();
  }
}

/**
 * Spreads changes to server-sent-event clients.
 *
 * Events: `change` `{topics, at}` (fetch these resources again), `resync` (events were missed: fetch everything),
 * `heartbeat` `{at}`, `dropped` `{reason}` (this client read too slowly; the connection closes, reconnecting is welcome).
 */
export class EventHub {
  readonly #options: EventHubOptions;
  readonly #clients = new Set<Client>();
  readonly #dropped = new Set<Client>();
  #recent: HubEvent[] = [];
  #number = 0;
  #closed = false;

  constructor(options: EventHubOptions) {
    this.#options = options;
  }

  get clients(): number {
    return this.#clients.size;
  }

  get full(): boolean {
    return this.#clients.size >= (this.#options.maxClients ?? 64);
  }

  publish(change: Change): void {
    if (this.#closed) return;
    this.#number += 1;
    const data = { topics: change.topics, at: this.#now() };
    const event = { number: this.#number, frame: frame('change', data, `${this.#options.run}-${this.#number}`) };
    this.#recent.push(event);
    if (this.#recent.length > (this.#options.memory ?? 256)) this.#recent.shift();
    this.#toAll(event.frame);
  }

  /** To be called every few seconds: keeps proxies from closing the connection and lets a page notice a dead one. */
  heartbeat(): void {
    for (const client of this.#dropped) client.cut();
    this.#dropped.clear();
    this.#toAll(frame('heartbeat', { at: this.#now() }));
  }

  /**
   * A new client's stream. With the id of the last event it saw it gets what it missed, or `resync` when that is no longer
   * known (too old, another run of the server, or not an id of ours at all). `hangUp` ends the connection of a client that reads nothing.
   */
  open(lastEventId: string | undefined, hangUp: () => void = () => {}): ReadableStream<Uint8Array> {
    const hello = frame('heartbeat', { at: this.#now() }, undefined, RETRY_MS);
    const client = new Client([hello, ...this.#missed(lastEventId)], hangUp, (gone) => this.#clients.delete(gone));
    if (this.#closed) client.end([hello]);
    else this.#clients.add(client);
    return client.stream;
  }

  close(): void {
    this.#closed = true;
    for (const client of this.#clients) client.end([]);
    for (const client of this.#dropped) client.cut();
    this.#clients.clear();
    this.#dropped.clear();
  }

  #missed(lastEventId: string | undefined): readonly Uint8Array[] {
    if (lastEventId === undefined || lastEventId === '') return [];
    const prefix = `${this.#options.run}-`;
    const seen = lastEventId.startsWith(prefix) ? Number(lastEventId.slice(prefix.length)) : Number.NaN;
    const oldest = this.#number - this.#recent.length;
    if (!Number.isSafeInteger(seen) || seen < oldest || seen > this.#number)
      return [frame('resync', { at: this.#now() })];
    return this.#recent.filter((event) => event.number > seen).map((event) => event.frame);
  }

  #toAll(chunk: Uint8Array): void {
    const limit = this.#options.clientBuffer ?? 256;
    for (const client of this.#clients) {
      if (client.waiting < limit) {
        client.send(chunk);
        continue;
      }
      this.#options.onDropped?.(client.waiting);
      client.end([frame('dropped', { reason: `more than ${limit} events waited for this client` })]);
      this.#clients.delete(client);
      this.#dropped.add(client);
    }
  }

  #now(): string {
    return formatRfc3339(this.#options.clock.now());
  }
}
