import { z } from 'zod';
import { DEFAULT_KEYS } from '../options.ts';
import type { MarketSim } from '../server.ts';
import { type Message, TestSocket } from './test-socket.ts';

/** A REST answer: its status, its headers, its body as text and parsed. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: unknown;
}

const pageSchema = z.object({ results: z.array(z.record(z.string(), z.unknown())), next_url: z.string().optional() });
const rowsSchema = z.array(z.record(z.string(), z.unknown()));
const rowSchema = z.record(z.string(), z.unknown());

/** The vendor's envelope around rows. */
export function page(answer: Answer): z.infer<typeof pageSchema> {
  return pageSchema.parse(answer.json);
}

export function rows(answer: Answer): Message[] {
  return rowsSchema.parse(answer.json);
}

export function row(value: unknown): Message {
  return rowSchema.parse(value);
}

export async function get(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  const json: unknown = response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : null;
  return { status: response.status, headers: response.headers, text, json };
}

export function polygonGet(sim: MarketSim, path: string): Promise<Answer> {
  return get(`${sim.url}${path}`, { headers: { authorization: `Bearer ${DEFAULT_KEYS.polygonKey}` } });
}

export function broker(sim: MarketSim, method: string, path: string, body?: unknown): Promise<Answer> {
  return get(`${sim.url}${path}`, {
    method,
    headers: { 'apca-api-key-id': DEFAULT_KEYS.keyId, 'apca-api-secret-key': DEFAULT_KEYS.secretKey },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

/** A call of the simulator's own interface; its answer parsed. @throws when it is not a success. */
export async function admin(sim: MarketSim, method: string, path: string, body?: unknown): Promise<unknown> {
  const { status, text, json } = await get(`${sim.url}/admin/${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`);
  return json;
}

/** Lets the market take so many steps. */
export async function step(sim: MarketSim, steps = 1): Promise<void> {
  await admin(sim, 'POST', 'clock', { command: 'step', steps });
}

/** An authenticated connection of one cluster with these subscriptions acknowledged. */
export async function subscribed(sim: MarketSim, cluster: string, parameters: string): Promise<TestSocket> {
  const socket = await TestSocket.connect(`${sim.wsUrl}/${cluster}`);
  await socket.next();
  socket.send({ action: 'auth', params: DEFAULT_KEYS.polygonKey });
  await socket.next();
  socket.send({ action: 'subscribe', params: parameters });
  await socket.take(parameters.split(',').length);
  return socket;
}

/** An authenticated connection that listens to `trade_updates`. */
export async function listening(sim: MarketSim): Promise<TestSocket> {
  const socket = await TestSocket.connect(`${sim.wsUrl}/stream`);
  const { keyId, secretKey } = DEFAULT_KEYS;
  socket.send({ action: 'authenticate', data: { key_id: keyId, secret_key: secretKey } });
  await socket.next();
  socket.send({ action: 'listen', data: { streams: ['trade_updates'] } });
  await socket.next();
  return socket;
}

/** A client that keeps step with the market by hand. */
export class Lockstep {
  readonly socket: TestSocket;
  readonly attached: Message | null;

  private constructor(socket: TestSocket, attached: Message | null) {
    this.socket = socket;
    this.attached = attached;
  }

  static async attach(sim: MarketSim, afterStep = -1): Promise<Lockstep> {
    const socket = await TestSocket.connect(`${sim.wsUrl}/admin`);
    socket.send({ type: 'attach', afterStep });
    return new Lockstep(socket, await socket.next());
  }

  /** Lets the first step happen and returns its boundary. */
  ready(): Promise<Message | null> {
    this.socket.send({ type: 'ready' });
    return this.socket.next();
  }

  /** Acknowledges `step` and returns the next boundary, or the end. */
  ack(step: number): Promise<Message | null> {
    this.socket.send({ type: 'ack', step });
    return this.socket.next();
  }

  /** From `ready` to the boundary of `step`. */
  async runTo(step: number): Promise<Message | null> {
    let boundary = await this.ready();
    for (let current = 0; current < step; current += 1) boundary = await this.ack(current);
    return boundary;
  }
}

/** The `data` of a stream message. */
export function dataOf(message: Message | null): Message {
  return row(message?.['data']);
}
