/**
 * The vendor's side of the benchmark, a process of its own: a WebSocket server that speaks the cluster's protocol and sends frames of option
 * quotes, the same to everyone who is connected. The parent says how: `{ messages }` as fast as they are read, or `{ perSecond, seconds }`.
 */
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

const CONTRACTS = 1_000;
export const PER_FRAME = 20;
/** Frames that are made once and sent over and over with new times and numbers. */
const FRAMES = 500;
/** The sender waits when so much has not been taken by the socket. */
const AHEAD_BYTES = 4 * 1024 * 1024;

interface Order {
  readonly messages?: number;
  readonly perSecond?: number;
  readonly seconds?: number;
}

/** A frame and where in it the times (13 digits) and the numbers (10 digits) stand. */
interface Frame {
  readonly bytes: Buffer;
  readonly times: readonly number[];
  readonly numbers: readonly number[];
}

const TIME = '1000000000000';
const NUMBER = '1000000000';

function makeFrames(): readonly Frame[] {
  let seed = 42;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return seed % below;
  };
  return Array.from({ length: FRAMES }, (_, frame) => {
    const quotes = Array.from({ length: PER_FRAME }, (_unused, index) => {
      const contract = (frame * PER_FRAME + index) % CONTRACTS;
      const bid = 100 + random(5_000);
      const ask = bid + 1 + random(20);
      const strike = String((400 + (contract >> 1)) * 1_000).padStart(8, '0');
      return (
        `{"ev":"Q","sym":"O:SPY261218${contract % 2 === 0 ? 'C' : 'P'}${strike}","bx":302,"ax":${300 + random(20)},` +
        `"bp":${bid / 100},"ap":${ask / 100},"bs":${1 + random(500)},"as":${1 + random(500)},"t":${TIME},"q":${NUMBER}}`
      );
    });
    const text = `[${quotes.join(',')}]`;
    const places = (what: string): number[] => {
      const found: number[] = [];
      for (let at = text.indexOf(what); at >= 0; at = text.indexOf(what, at + 1)) found.push(at + what.indexOf('1'));
      return found;
    };
    return { bytes: Buffer.from(text), times: places(`"t":${TIME}`), numbers: places(`"q":${NUMBER}`) };
  });
}

function writeDigits(bytes: Buffer, end: number, value: number): void {
  for (let at = end - 1, rest = value; rest > 0; at--) {
    const next = Math.floor(rest / 10);
    bytes[at] = 0x30 + (rest - next * 10);
    rest = next;
  }
}

const frames = makeFrames();
let next = 0;
let sequence = 1_000_000_000;

/** The same frame to every side at once. */
function sendFrame(sockets: readonly WebSocket[]): void {
  const frame = frames[next];
  next = (next + 1) % frames.length;
  if (frame === undefined) throw new Error('There are no frames');
  const now = Date.now();
  // The socket may still hold the frame of the last round.
  const bytes = Buffer.from(frame.bytes);
  for (const place of frame.times) writeDigits(bytes, place + TIME.length, now);
  for (const place of frame.numbers) writeDigits(bytes, place + NUMBER.length, ++sequence);
  for (const socket of sockets) socket.send(bytes, { binary: false, compress: false });
}

async function sendAll(sockets: readonly WebSocket[], messages: number): Promise<number> {
  const total = Math.ceil(messages / PER_FRAME);
  for (let sent = 0; sent < total;) {
    while (sent < total && buffered(sockets) < AHEAD_BYTES) {
      sendFrame(sockets);
      sent += 1;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  return total * PER_FRAME;
}

/** Every two milliseconds what is due by then. @returns how many, and the most that the socket had not taken */
function sendPaced(
  sockets: readonly WebSocket[],
  perSecond: number,
  seconds: number,
): Promise<{ readonly sent: number; readonly mostBuffered: number }> {
  return new Promise((resolve) => {
    const started = performance.now();
    let sent = 0;
    let mostBuffered = 0;
    const timer = setInterval(() => {
      const elapsed = Math.min(seconds * 1_000, performance.now() - started);
      const due = Math.floor((elapsed * perSecond) / 1_000 / PER_FRAME);
      for (; sent < due; sent++) sendFrame(sockets);
      mostBuffered = Math.max(mostBuffered, buffered(sockets));
      if (elapsed < seconds * 1_000) return;
      clearInterval(timer);
      resolve({ sent: sent * PER_FRAME, mostBuffered });
    }, 2);
  });
}

function buffered(sockets: readonly WebSocket[]): number {
  return Math.max(...sockets.map(({ bufferedAmount }) => bufferedAmount));
}

const sides: WebSocket[] = [];
const say = (socket: WebSocket, ...events: object[]): void => socket.send(JSON.stringify(events));
const status = (word: string, message = ''): object => ({ ev: 'status', status: word, message });

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
server.on('connection', (socket, request) => {
  if (request.url === '/options') sides.push(socket);
  socket.on('error', () => undefined);
  socket.on('message', (data: Buffer) => {
    const { action, params }: { action: string; params: string } = JSON.parse(data.toString('utf8'));
    if (action === 'auth') say(socket, status('auth_success'));
    if (action === 'subscribe')
      say(socket, ...params.split(',').map((parameter) => status('success', `subscribed to: ${parameter}`)));
  });
  say(socket, status('connected'));
});
server.on('listening', () => {
  const address: AddressInfo | string | null = server.address();
  if (address !== null && typeof address !== 'string') process.send?.({ port: address.port });
});
process.on('message', (order: Order) => {
  if (sides.length === 0) throw new Error('Nobody is connected');
  void (async () => {
    const { messages, perSecond, seconds } = order;
    if (messages !== undefined) process.send?.({ sent: await sendAll(sides, messages), mostBuffered: 0 });
    else process.send?.(await sendPaced(sides, perSecond ?? 0, seconds ?? 0));
  })();
});
process.on('disconnect', () => process.exit(0));
