import { TradingError } from '@trading-agent/core';
import { LocalServer } from '@trading-agent/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SocketLine, type SocketLineOptions } from './socket-line.ts';

let server: LocalServer;
beforeEach(async () => {
  server = await LocalServer.start();
});
afterEach(() => server.close());

const heard: string[] = [];
beforeEach(() => heard.splice(0));
const line = (more: Partial<SocketLineOptions> = {}): SocketLine =>
  new SocketLine({
    url: more.url ?? server.wsUrl,
    timeoutMs: 20_000,
    maxFrameBytes: 1_000,
    lost: (why) => new TradingError('FEED_UNAVAILABLE', why),
    late: () => new TradingError('TIMEOUT', 'late'),
    onMessage: (data) => heard.push(JSON.stringify(data)),
    ...more,
  });
const why = async ({ ended }: SocketLine) => {
  const { error, fatal } = await ended;
  return [error.code, error.message, fatal];
};

it('sends JSON once it is open, hears what is sent, and says how the other side closed', async () => {
  const received: string[] = [];
  server.onSocket = (socket) =>
    socket.on('message', (data) => {
      received.push(JSON.stringify(data));
      socket.send('back');
      socket.close(4_001);
    });
  const talking = line({ onOpen: () => talking.send({ a: 1 }) });
  expect(await why(talking)).toEqual(['FEED_UNAVAILABLE', 'closed with code 4001', false]);
  expect(heard).toEqual([JSON.stringify(Buffer.from('back'))]);
  expect(received).toEqual([JSON.stringify(Buffer.from('{"a":1}'))]);
});

it('ends when it is not established in time, and not when it is', async () => {
  expect(await why(line({ timeoutMs: 30 }))).toEqual(['TIMEOUT', 'late', false]);
  let silent: (() => void) | undefined;
  server.onSocket = (socket) => {
    silent = () => socket.pause();
  };
  const established = line({
    timeoutMs: 1_200,
    heartbeatMs: 450,
    onOpen: () => {
      established.established();
      silent?.();
    },
  });
  expect(await why(established)).toEqual(['FEED_UNAVAILABLE', 'no sign of life', false]);
});

it('an answer to a ping is a sign of life', async () => {
  let pongs = 0;
  const alive: SocketLine = line({
    // Three beats without an answer end it, the handshake's own time among them.
    heartbeatMs: 100,
    onPong: () => {
      if (++pongs === 5) alive.end(new TradingError('CANCELLED', 'enough'));
    },
  });
  expect(await why(alive)).toEqual(['CANCELLED', 'enough', false]);
});

it('ends by a message beyond the bound, and by a server that is not there', async () => {
  server.onSocket = (socket) => socket.send('x'.repeat(1_001));
  expect(await why(line())).toEqual(['FEED_UNAVAILABLE', 'Max payload size exceeded', false]);
  const url = server.wsUrl;
  await server.close();
  expect(await why(line({ url }))).toEqual(['FEED_UNAVAILABLE', expect.stringContaining('ECONNREFUSED'), false]);
  server = await LocalServer.start();
});

it('the first reason counts, and nothing is told after the end', async () => {
  server.onSocket = (socket) => {
    socket.send('1');
    socket.send('2');
  };
  const ending = line({
    onMessage: () => {
      heard.push('one');
      ending.end(new TradingError('FEED_AUTH', 'refused'), true);
      ending.end(new TradingError('CANCELLED', 'closed'));
    },
  });
  expect(ending.isOpen).toBe(true);
  expect(await why(ending)).toEqual(['FEED_AUTH', 'refused', true]);
  expect([ending.isOpen, heard]).toEqual([false, ['one']]);
});
