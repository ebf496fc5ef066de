import type { MarketStep } from '@trading-agent/market-data';
import type { RawData, WebSocket } from 'ws';
import { z } from 'zod';
import type { FaultPort } from '../faults/effects.ts';
import { skewMillis } from '../faults/vendor-clock.ts';
import { EventLine, type LineEvent, type StreamCount } from '../sockets/event-line.ts';
import { MOST_BUFFERED_BYTES, textOf } from '../sockets/frames.ts';
import type { DayIndex } from '../market/day-index.ts';
import { type Cluster, type StreamEvent, type Topic, streamEvents } from './stream-events.ts';
import type { MarketPlan } from './market-plan.ts';
import { type SubscribeOutcome, Subscriptions } from './subscriptions.ts';

const message = z.object({ action: z.string(), params: z.string().default('') });
const EVENTS_PER_FRAME = 50;
const AUTH_TIMEOUT_MILLIS = 30_000;
const POLICY_VIOLATION = 1008;

interface Connection {
  readonly socket: WebSocket;
  readonly subscriptions: Subscriptions;
  readonly line: EventLine;
  /** What it has authenticated with; `null` before. */
  key: string | null;
}

export interface PolygonClusterOptions {
  readonly cluster: Cluster;
  /** The present day's. */
  readonly index: () => DayIndex;
  /** The first is the key whose events `sent` counts. */
  readonly keys: readonly string[];
  /** What the plan of the keys lacks. */
  readonly lacks: MarketPlan['lacks'];
  readonly faults: FaultPort;
}

/**
 * One cluster of the market data vendor's WebSocket: every frame out is an array, every message in one object. One connection of each key may
 * stream at a time; a further one is told `max_connections` when it subscribes and closed, as the vendor does with ordinary plans.
 */
export class PolygonCluster {
  readonly #options: PolygonClusterOptions;
  readonly #connections = new Set<Connection>();
  readonly #streaming = new Map<string, Connection>();

  constructor(options: PolygonClusterOptions) {
    this.#options = options;
  }

  /** Data events sent on the first key's streaming connection since it opened; 0 without one. */
  get sent(): number {
    const [first = ''] = this.#options.keys;
    return this.#streaming.get(first)?.line.sent ?? 0;
  }

  /** Data events sent on each key's streaming connection since it opened. */
  streams(): readonly StreamCount[] {
    return [...this.#streaming].map(([key, { line }]) => ({ room: this.#options.cluster, key, sent: line.sent }));
  }

  accept(socket: WebSocket): void {
    const { cluster, faults, lacks } = this.#options;
    const connection: Connection = {
      socket,
      subscriptions: new Subscriptions(cluster, !lacks.includes('quotes')),
      line: new EventLine({ socket, room: cluster, faults, frames, key: () => connection.key ?? undefined }),
      key: null,
    };
    this.#connections.add(connection);
    const timeout = setTimeout(() => {
      send(socket, [status('auth_timeout', 'No authentication request received.')], () => socket.terminate());
    }, AUTH_TIMEOUT_MILLIS);
    timeout.unref();
    socket.on('close', () => {
      clearTimeout(timeout);
      this.#connections.delete(connection);
      if (connection.key !== null && this.#streaming.get(connection.key) === connection)
        this.#streaming.delete(connection.key);
    });
    socket.on('error', () => socket.terminate());
    socket.on('message', (data) => {
      this.#receive(connection, data);
      if (connection.key !== null) clearTimeout(timeout);
    });
    send(socket, [status('connected', 'Connected Successfully')]);
  }

  /** Sends the step's subscribed events; a client that does not keep up is dropped without a close frame. */
  publish(step: MarketStep, number: number): void {
    this.dropRevoked();
    const { cluster, index } = this.#options;
    for (const [key, { socket, subscriptions, line }] of this.#streaming) {
      if (socket.bufferedAmount > MOST_BUFFERED_BYTES) {
        socket.terminate();
        continue;
      }
      const wants = (topic: Topic, ticker: string): boolean => subscriptions.wants(topic, ticker);
      line.send(Array.from(streamEvents(cluster, step, number, index(), wants), (event) => this.#outgoing(event, key)));
    }
  }

  /** Ends connections whose key was taken back, without a close frame. */
  dropRevoked(): void {
    for (const { socket, key } of this.#connections) if (key !== null && this.#isRevoked(key)) socket.terminate();
  }

  #isRevoked(key: string): boolean {
    const { faults, cluster } = this.#options;
    return !faults.isQuiet('key') && faults.standing('key', { room: cluster, key }).length > 0;
  }

  /** As the vendor's clock dates it. */
  #outgoing(event: StreamEvent, key: string): LineEvent {
    const { faults, cluster, index } = this.#options;
    if (faults.isQuiet('event') && faults.isQuiet('clock')) return { facts: {}, body: event.body };
    const symbol = event.ticker.replace(/^O:/, '');
    const underlying = index().contracts.get(symbol)?.underlying;
    const facts = { topic: event.topic, symbols: underlying === undefined ? [symbol] : [symbol, underlying] };
    const skew = skewMillis({ room: cluster, key }, faults);
    return { facts, body: skew === 0 ? event.body : skewed(event, skew) };
  }

  #receive(connection: Connection, data: RawData): void {
    const { socket } = connection;
    const parsed = parse(data);
    if (!parsed) return send(socket, [status('error', 'Unable to parse message')]);
    if (parsed.action === 'auth') return this.#authenticate(connection, parsed.params);
    if (connection.key === null) return send(socket, [status('auth_required', 'Authentication required')]);
    const parameters = parsed.params
      .split(',')
      .map((parameter) => parameter.trim())
      .filter((parameter) => parameter !== '');
    if (parsed.action === 'subscribe') return this.#subscribe(connection, parameters);
    if (parsed.action === 'unsubscribe') return unsubscribe(connection, parameters);
    return send(socket, [status('error', `Unknown action: ${parsed.action}`)]);
  }

  #authenticate(connection: Connection, key: string): void {
    const { keys, lacks, cluster } = this.#options;
    const isKnown = keys.includes(key) && !this.#isRevoked(key);
    if (!isKnown || lacks.includes(cluster)) {
      const words = isKnown ? "Your plan doesn't include websocket access." : 'authentication failed';
      send(connection.socket, [status('auth_failed', words)], () => connection.socket.terminate());
      return;
    }
    connection.key = key;
    send(connection.socket, [status('auth_success', 'authenticated')]);
  }

  #subscribe(connection: Connection, parameters: readonly string[]): void {
    const replies = parameters.flatMap((parameter) =>
      subscribeReply(parameter, connection.subscriptions.add(parameter)),
    );
    const key = connection.key ?? '';
    const streaming = this.#streaming.get(key);
    if (streaming && streaming !== connection) {
      const refusal = status('max_connections', 'Maximum number of websocket connections exceeded.');
      send(connection.socket, [...replies, refusal], () => connection.socket.close(POLICY_VIOLATION));
      return;
    }
    this.#streaming.set(key, connection);
    send(connection.socket, replies);
  }
}

function* frames(events: readonly LineEvent[]): Generator<string> {
  for (let from = 0; from < events.length; from += EVENTS_PER_FRAME)
    yield JSON.stringify(events.slice(from, from + EVENTS_PER_FRAME).map(({ body }) => body));
}

/** Times of an event: of a quote or trade, start and end of a bar; all in milliseconds. */
const TIMES = ['t', 's', 'e'] as const;

function skewed({ topic, body }: StreamEvent, millis: number): Readonly<Record<string, unknown>> {
  const moved: Record<string, unknown> = { ...body };
  const names = topic === 'T' || topic === 'Q' ? (['t'] as const) : TIMES;
  for (const name of names) {
    const value = moved[name];
    if (typeof value === 'number') moved[name] = value + millis;
  }
  return moved;
}

function unsubscribe(connection: Connection, parameters: readonly string[]): void {
  const replies = parameters
    .filter((parameter) => connection.subscriptions.remove(parameter) === 'done')
    .map((parameter) => status('success', `unsubscribed to: ${parameter}`));
  send(connection.socket, replies);
}

/** Unknown topics get no answer at all. */
function subscribeReply(parameter: string, outcome: SubscribeOutcome): readonly object[] {
  switch (outcome) {
    case 'done':
      return [status('success', `subscribed to: ${parameter}`)];
    case 'no-wildcard':
      return [status('error', `wildcard subscriptions are not supported for quotes and fair values: ${parameter}`)];
    case 'too-many-quotes':
      return [status('error', `quote subscriptions are limited to 1000 contracts per connection: ${parameter}`)];
    case 'unknown-topic':
      return [];
  }
}

function parse(data: RawData): z.infer<typeof message> | undefined {
  try {
    return message.parse(JSON.parse(textOf(data)));
  } catch {
    return undefined;
  }
}

function status(
  word: string,
  text: string,
): { readonly ev: 'status'; readonly status: string; readonly message: string } {
  return { ev: 'status', status: word, message: text };
}

function send(socket: WebSocket, frame: readonly object[], done?: () => void): void {
  if (frame.length === 0) return;
  socket.send(JSON.stringify(frame), () => done?.());
}
