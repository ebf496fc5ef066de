import type { RawData, WebSocket } from 'ws';
import { z } from 'zod';
import type { OrderUpdate } from '../market/order-book.ts';
import type { FaultPort } from '../faults/effects.ts';
import { EventLine, type LineEvent } from '../sockets/event-line.ts';
import { MOST_BUFFERED_BYTES, textOf } from '../sockets/frames.ts';
import { tradeUpdate } from './trade-update.ts';
import type { AlpacaKeys } from './keys.ts';

const message = z.union([
  z.object({
    action: z.literal('authenticate'),
    data: z.object({ key_id: z.string(), secret_key: z.string() }),
  }),
  z.object({ action: z.literal('auth'), key: z.string(), secret: z.string() }),
  z.object({ action: z.literal('listen'), data: z.object({ streams: z.array(z.string()) }) }),
]);

const TRADE_UPDATES = 'trade_updates';

interface Connection {
  readonly socket: WebSocket;
  readonly line: EventLine;
  authenticated: boolean;
  listening: boolean;
}

export interface TradeUpdateStreamOptions {
  readonly keys: AlpacaKeys;
  /** `binary` as the paper stream does, or `text`. */
  readonly frames: 'binary' | 'text';
  readonly faults: FaultPort;
}

/**
 * The broker's `/stream`: order updates to every listening connection. What happens while nobody listens is not sent later (the client asks
 * REST), except for updates that are being held for a client that keeps step with the market.
 */
export class TradeUpdateStream {
  readonly #options: TradeUpdateStreamOptions;
  readonly #connections = new Set<Connection>();
  /** The connection that began to listen last. */
  #current: Connection | null = null;
  #held: OrderUpdate[] | null = null;
  #released = true;

  constructor(options: TradeUpdateStreamOptions) {
    this.#options = options;
  }

  /** Updates sent on the connection that began to listen last, since it opened; 0 without one. */
  get sent(): number {
    return this.#current?.line.sent ?? 0;
  }

  accept(socket: WebSocket): void {
    const { faults, frames, keys } = this.#options;
    const connection: Connection = {
      socket,
      line: new EventLine({
        socket,
        room: 'trades',
        faults,
        frames: (events) => events.map(({ body }) => JSON.stringify(body)),
        binary: frames === 'binary',
        key: () => keys.keyId,
      }),
      authenticated: false,
      listening: false,
    };
    this.#connections.add(connection);
    socket.on('close', () => {
      this.#connections.delete(connection);
      if (this.#current === connection) this.#current = null;
    });
    socket.on('error', () => socket.terminate());
    socket.on('message', (data) => this.#receive(connection, data));
  }

  /** Keeps `updates`, and all that come after them, until `release` has been called and somebody listens. */
  hold(updates: readonly OrderUpdate[]): void {
    this.#held = [...updates];
    this.#released = false;
  }

  release(): void {
    this.#released = true;
    this.#flush();
  }

  publish(updates: readonly OrderUpdate[]): void {
    if (this.#held) this.#held.push(...updates);
    else for (const update of updates) this.#send(update);
  }

  #flush(): void {
    if (!this.#held || !this.#released || !this.#current) return;
    const updates = this.#held;
    this.#held = null;
    this.publish(updates);
  }

  /** Ends connections whose key was taken back, without a close frame. */
  dropRevoked(): void {
    if (this.#isRevoked())
      for (const { socket, authenticated } of this.#connections) if (authenticated) socket.terminate();
  }

  #isRevoked(): boolean {
    const { faults, keys } = this.#options;
    return !faults.isQuiet('key') && faults.standing('key', { room: 'trades', key: keys.keyId }).length > 0;
  }

  #send(update: OrderUpdate): void {
    this.dropRevoked();
    const { event, record } = update;
    const facts = {
      topic: event,
      key: this.#options.keys.keyId,
      order: record.order.clientOrderId,
      symbols: [record.order.underlying, ...record.order.legs.map(({ symbol }) => symbol)],
    };
    const told: LineEvent[] = [{ facts, body: { stream: TRADE_UPDATES, data: tradeUpdate(update) } }];
    for (const connection of this.#connections) {
      if (!connection.listening) continue;
      if (connection.socket.bufferedAmount > MOST_BUFFERED_BYTES) connection.socket.terminate();
      else connection.line.send(told);
    }
  }

  #receive(connection: Connection, data: RawData): void {
    const parsed = parse(data);
    if (!parsed) {
      this.#reply(connection, { action: 'error', data: { error_message: 'invalid message' } });
      connection.socket.close();
      return;
    }
    if (parsed.action === 'listen') return this.#listen(connection, parsed.data.streams);
    const given =
      parsed.action === 'auth'
        ? { keyId: parsed.key, secretKey: parsed.secret }
        : { keyId: parsed.data.key_id, secretKey: parsed.data.secret_key };
    const { keyId, secretKey } = this.#options.keys;
    connection.authenticated = given.keyId === keyId && given.secretKey === secretKey && !this.#isRevoked();
    return this.#reply(connection, authorization(connection.authenticated, 'authenticate'));
  }

  /** Replaces the whole set; a stream that is not acknowledged is refused. */
  #listen(connection: Connection, streams: readonly string[]): void {
    if (!connection.authenticated) return this.#reply(connection, authorization(false, 'listen'));
    connection.listening = streams.includes(TRADE_UPDATES);
    this.#reply(connection, {
      stream: 'listening',
      data: { streams: connection.listening ? [TRADE_UPDATES] : [] },
    });
    if (connection.listening) this.#current = connection;
    else if (this.#current === connection) this.#current = null;
    return this.#flush();
  }

  #reply(connection: Connection, body: object): void {
    this.#write(connection.socket, JSON.stringify(body));
  }

  #write(socket: WebSocket, text: string): void {
    socket.send(text, { binary: this.#options.frames === 'binary' });
  }
}

function authorization(authorized: boolean, action: string): object {
  return { stream: 'authorization', data: { status: authorized ? 'authorized' : 'unauthorized', action } };
}

function parse(data: RawData): z.infer<typeof message> | undefined {
  try {
    return message.parse(JSON.parse(textOf(data)));
  } catch {
    return undefined;
  }
}
