import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrokerEvent } from '@trading-agent/broker';
import type { TradingError } from '@trading-agent/core';
import { Collected, after, type LocalSocket } from '@trading-agent/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StreamStatus } from './socket/trade-stream.ts';
import { PROTOCOLS } from './testing/shared-data.ts';
import { KEYS, type TestBroker, startTestBroker } from './testing/test-broker.ts';
import { PACKAGE_FILL, SINGLE_FILL, SINGLE_ORDER } from './testing/wire-examples.ts';

/** One side of the broker's stream, as a test writes it. */
class Counterpart {
  readonly sockets: LocalSocket[] = [];
  readonly frames: object[] = [];
  authorization: object = { status: 'authorized', action: 'authenticate' };
  streams: readonly string[] = ['trade_updates'];

  serve(socket: LocalSocket): void {
    this.sockets.push(socket);
    socket.on('message', (data: Buffer) => {
      const frame: { action: string } = JSON.parse(data.toString('utf8'));
      this.frames.push(frame);
      if (frame.action === 'authenticate') this.say({ stream: 'authorization', data: this.authorization });
      if (frame.action === 'listen') this.say({ stream: 'listening', data: { streams: this.streams } });
    });
  }

  say(message: object, binary = false): void {
    this.sockets.at(-1)?.send(Buffer.from(JSON.stringify(message)), { binary });
  }

  update(data: object, binary = false): void {
    this.say({ stream: 'trade_updates', data }, binary);
  }
}

let bench: TestBroker;
let counterpart: Counterpart;
let statuses: Collected<StreamStatus>;
let doubts: Collected<TradingError>;
let progress: Collected<number>;
let events: Collected<BrokerEvent>;

async function start(options: Parameters<typeof startTestBroker>[0] = {}): Promise<void> {
  bench = await startTestBroker(options);
  counterpart = new Counterpart();
  bench.server.onSocket = (socket) => counterpart.serve(socket);
  statuses = new Collected<StreamStatus>(bench.broker.connection);
  doubts = new Collected<TradingError>(bench.broker.doubts);
  progress = new Collected<number>(bench.broker.progress);
}
async function stop(): Promise<void> {
  events.stop();
  await bench.server.close();
}
beforeEach(async () => {
  await start();
  events = new Collected<BrokerEvent>(bench.broker.events);
});
afterEach(stop);

const listening = (times = 1): Promise<unknown> =>
  statuses.until((all) => all.filter(({ state }) => state === 'listening').length >= times);
const CANCELED = { event: 'canceled', timestamp: '2023-12-12T21:35:50Z', order: SINGLE_ORDER };

it('authenticates, listens to trade updates, and says so', async () => {
  await listening();
  expect(counterpart.frames).toEqual([
    { action: 'authenticate', data: { key_id: KEYS.keyId, secret_key: KEYS.secretKey } },
    { action: 'listen', data: { streams: ['trade_updates'] } },
  ]);
  expect(statuses.values).toMatchObject([{ state: 'idle' }, { state: 'listening', reconnected: false }]);
});

it('reads text and binary frames alike, in their order', async () => {
  await listening();
  counterpart.update(SINGLE_FILL, true);
  counterpart.update(PACKAGE_FILL, false);
  counterpart.update(CANCELED, true);
  await events.until((all) => all.length === 3);
  expect(
    events.values.map((event) => (event.kind === 'execution' ? event.execution.executionId : event.status)),
  ).toEqual([SINGLE_FILL.execution_id, PACKAGE_FILL.event_id, 'canceled']);
});

it('tells an execution once, over reconnections too, and everything else as often as it comes', async () => {
  await listening();
  counterpart.update(SINGLE_FILL);
  counterpart.update(SINGLE_FILL);
  await progress.until((all) => all.length === 2);
  counterpart.sockets.at(-1)?.terminate();
  await listening(2);
  counterpart.update(SINGLE_FILL);
  counterpart.update(CANCELED);
  counterpart.update(CANCELED);
  await events.until((all) => all.length === 3);
  expect(events.values.map(({ kind }) => kind)).toEqual(['execution', 'order', 'order']);
  expect(progress.values).toEqual([1, 2, 1, 2, 3]);
});

it('says after a reconnection that there may be a hole: reconcile', async () => {
  await listening();
  counterpart.sockets.at(-1)?.terminate();
  await listening(2);
  expect(statuses.values.map(({ state }) => state)).toEqual(['idle', 'listening', 'lost', 'listening']);
  expect(statuses.values.at(-1)).toMatchObject({ state: 'listening', reconnected: true });
});

it('waits longer after each loss, until a connection has held for a while', async () => {
  await listening();
  for (let loss = 1; loss <= 4; loss++) {
    counterpart.sockets.at(-1)?.terminate();
    await listening(loss + 1);
  }
  for (const [attempt, wait] of bench.waits.entries()) {
    expect(wait).toBeGreaterThanOrEqual(250 * 2 ** attempt);
    expect(wait).toBeLessThanOrEqual(500 * 2 ** attempt);
  }
  bench.clock.advanceTo(after(11));
  counterpart.sockets.at(-1)?.terminate();
  await listening(6);
  expect(bench.waits.at(-1)).toBeLessThanOrEqual(500);
});

describe('doubts', () => {
  it('are raised by a fill that is taken back, and the stream goes on', async () => {
    await listening();
    counterpart.update({ ...SINGLE_FILL, event: 'trade_bust' });
    counterpart.update(CANCELED);
    await events.until((all) => all.length === 1);
    expect(doubts.values).toMatchObject([{ code: 'BROKER_DISAGREES', haltsTrading: true }]);
  });

  it('are raised by what can not be read', async () => {
    await listening();
    counterpart.update({ event: 'fill' });
    counterpart.sockets.at(-1)?.send('no json');
    counterpart.update(CANCELED);
    await events.until((all) => all.length === 1);
    expect(doubts.values).toMatchObject([{ code: 'BROKER_BAD_MESSAGE' }, { code: 'BROKER_BAD_MESSAGE' }]);
  });
});

describe('is over for good', () => {
  it('when the keys are refused', async () => {
    events.stop();
    counterpart.authorization = { status: 'unauthorized', action: 'authenticate' };
    events = new Collected<BrokerEvent>(bench.broker.events);
    expect(await events.failure()).toMatchObject({ code: 'BROKER_AUTH' });
    expect(bench.waits).toEqual([]);
  });

  it('when listening is refused', async () => {
    events.stop();
    counterpart.streams = [];
    events = new Collected<BrokerEvent>(bench.broker.events);
    expect(await events.failure()).toMatchObject({ code: 'BROKER_AUTH' });
  });

  it('when nobody answers at the start, after some attempts', async () => {
    await stop();
    await start();
    bench.server.onSocket = (socket) => socket.terminate();
    events = new Collected<BrokerEvent>(bench.broker.events);
    expect(await events.failure()).toMatchObject({ code: 'BROKER_UNAVAILABLE' });
    expect(bench.waits).toHaveLength(4);
  });

  it('when the first connection never speaks', async () => {
    await stop();
    await start({ timeoutMs: 30 });
    bench.server.onSocket = () => {};
    events = new Collected<BrokerEvent>(bench.broker.events);
    expect(await events.failure()).toMatchObject({ code: 'TIMEOUT' });
  });
});

it('comes back after an error that the broker reports', async () => {
  await listening();
  counterpart.say({ action: 'error', data: { error_message: 'internal' } });
  await listening(2);
  expect(statuses.values[2]).toMatchObject({ state: 'lost', reason: expect.stringContaining('internal') });
});

it('connects once for several subscribers, and disconnects when the last has gone', async () => {
  await listening();
  const second = new Collected<BrokerEvent>(bench.broker.events);
  counterpart.update(CANCELED);
  await Promise.all([events.until((all) => all.length === 1), second.until((all) => all.length === 1)]);
  expect(counterpart.sockets).toHaveLength(1);
  const [socket] = counterpart.sockets;
  const closed = new Promise((resolve) => socket?.on('close', resolve));
  events.stop();
  second.stop();
  await closed;
  expect(statuses.values.at(-1)).toEqual({ state: 'idle' });
});

const FRAMES = join(PROTOCOLS, 'docs-events', 'ws_control_frames.json');
describe.skipIf(!existsSync(FRAMES))(`recorded control frames in ${FRAMES}`, () => {
  it('what we send is among what the provider takes', async () => {
    await stop();
    await start({ keyId: 'K', secretKey: 'S' });
    events = new Collected<BrokerEvent>(bench.broker.events);
    await listening();
    const recorded: unknown = JSON.parse(readFileSync(FRAMES, 'utf8'));
    const out = (Array.isArray(recorded) ? recorded : []).filter(({ dir }) => dir === 'out').map(({ frame }) => frame);
    expect(counterpart.frames).toHaveLength(2);
    expect(out).toEqual(expect.arrayContaining(counterpart.frames));
  });
});
