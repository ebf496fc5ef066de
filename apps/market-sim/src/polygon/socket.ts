import type { MarketStep } from '@trading-agent/market-data';
import type { RawData, WebSocket } from 'ws';
import { z } from 'zod';
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
  authenticated: boolean;
  /** Data events sent. */
  sent: number;
}

/**
 * One cluster of the market data vendor's WebSocket: every frame out is an array, every message in one object. One connection at a time may
 * stream; a further one is told `max_connections` when it subscribes and closed, as the vendor does with ordinary plans.
 */
export class PolygonCluster {
  readonly #cluster: Cluster;
  readonly #index: DayIndex;
  readonly #apiKey: string;
  readonly #lacks: MarketPlan['lacks'];
  readonly #connections = new Set<Connection>();
  #streaming: Connection | null = null;

  constructor(
    cluster: Cluster,
    index: DayIndex,
    { apiKey, lacks = [] }: { readonly apiKey: string; readonly lacks?: MarketPlan['lacks'] },
  ) {
    this.#cluster = cluster;
    this.#index = index;
    this.#apiKey = apiKey;
    this.#lacks = lacks;
  }

  /** Data events sent on the streaming connection since it opened; 0 without one. */
  get sent(): number {
    return this.#streaming?.sent ?? 0;
  }

  accept(socket: WebSocket): void {
    const connection: Connection = {
      socket,
      subscriptions: new Subscriptions(this.#cluster, !this.#lacks.includes('quotes')),
      authenticated: false,
      sent: 0,
    };
    this.#connections.add(connection);
    const timeout = setTimeout(() => {
      send(socket, [status('auth_timeout', 'No authentication request received.')], () => socket.terminate());
    }, AUTH_TIMEOUT_MILLIS);
    timeout.unref();
    socket.on('close', () => {
      clearTimeout(timeout);
      this.#connections.delete(connection);
      if (this.#streaming === connection) this.#streaming = null;
    });
    socket.on('error', () => socket.terminate());
    socket.on('message', (data) => {
      this.#receive(connection, data);
      if (connection.authenticated) clearTimeout(timeout);
    });
    send(socket, [status('connected', 'Connected Successfully')]);
  }

  /** Sends the step's subscribed events; a client that does not keep up is dropped without a close frame. */
  publish(step: MarketStep, number: number): void {
    const connection = this.#streaming;
    if (!connection) return;
    if (connection.socket.bufferedAmount > MOST_BUFFERED_BYTES) {
      connection.socket.terminate();
      return;
    }
    let frame: StreamEvent['body'][] = [];
    const wants = (topic: Topic, ticker: string): boolean => connection.subscriptions.wants(topic, ticker);
    for (const event of streamEvents(this.#cluster, step, number, this.#index, wants)) {
      frame.push(event.body);
      connection.sent += 1;
      if (frame.length === EVENTS_PER_FRAME) {
        send(connection.socket, frame);
        frame = [];
      }
    }
    if (frame.length > 0) send(connection.socket, frame);
  }

  #receive(connection: Connection, data: RawData): void {
    const { socket } = connection;
    const parsed = parse(data);
    if (!parsed) return send(socket, [status('error', 'Unable to parse message')]);
    if (parsed.action === 'auth') return this.#authenticate(connection, parsed.params);
    if (!connection.authenticated) return send(socket, [status('auth_required', 'Authentication required')]);
    const parameters = parsed.params
      .split(',')
      .map((parameter) => parameter.trim())
      .filter((parameter) => parameter !== '');
    if (parsed.action === 'subscribe') return this.#subscribe(connection, parameters);
    if (parsed.action === 'unsubscribe') return unsubscribe(connection, parameters);
    return send(socket, [status('error', `Unknown action: ${parsed.action}`)]);
  }

  #authenticate(connection: Connection, key: string): void {
    const isKnown = key === this.#apiKey;
    if (!isKnown || this.#lacks.includes(this.#cluster)) {
      const words = isKnown ? "Your plan doesn't include websocket access." : 'authentication failed';
      send(connection.socket, [status('auth_failed', words)], () => connection.socket.terminate());
      return;
    }
    connection.authenticated = true;
    send(connection.socket, [status('auth_success', 'authenticated')]);
  }

  #subscribe(connection: Connection, parameters: readonly string[]): void {
    const replies = parameters.flatMap((parameter) =>
      subscribeReply(parameter, connection.subscriptions.add(parameter)),
    );
    if (this.#streaming && this.#streaming !== connection) {
      const refusal = status('max_connections', 'Maximum number of websocket connections exceeded.');
      send(connection.socket, [...replies, refusal], () => connection.socket.close(POLICY_VIOLATION));
      return;
    }
    this.#streaming = connection;
    send(connection.socket, replies);
  }
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
