/**
 * What reads the 1,000 contracts, in a process of its own: `sink` (ws and JSON.parse, nothing else) or `agent` (the live agent's trading day with
 * its adapters, journal, engine and broker). Says when it is ready, is told the time, and at the end tells how late it was.
 */
import { createInterface } from 'node:readline';
import { type Clock, MICROS_PER_MILLI, MICROS_PER_SECOND, type Micros, micros } from '@trading-agent/core';
import { loadSettings } from '@trading-agent/config';
import { engineConfig } from '@trading-agent/engine';
import { temporaryStore } from '@trading-agent/store';
import { WebSocket } from 'ws';
import { connect, simulatorEndpoints } from '../../../apps/live-agent/src/connections.ts';
import { silentLog } from '../../../apps/live-agent/src/testing/silent-log.ts';
import { tradeDay } from '../../../apps/live-agent/src/trading-day.ts';
import { CONTRACTS, START, UNDERLYING, contracts } from './busy-day.ts';

const [side = '', url = '', wsUrl = ''] = process.argv.slice(2);

/** The market's clock: it stands until the market runs, then goes with the machine's. */
let offset: number | null = null;
const clock: Clock = { now: () => (offset === null ? START : micros(Math.round(Date.now() * 1_000 + offset))) };

/** Milliseconds from the market's time of each quote to its arrival, by the half millisecond. */
const lateness = new Map<number, number>();
/** Sum of the lateness and number of the quotes of each second of the market, to see whether it grows. */
const seconds: { late: number; count: number }[] = [];
let received = 0;
let firstAt = 0;
let lastAt = 0;
function arrived(at: Micros): void {
  const now = clock.now();
  const late = Math.round((now - at) / 500) / 2;
  lateness.set(late, (lateness.get(late) ?? 0) + 1);
  const second = (seconds[Math.floor((at - START) / MICROS_PER_SECOND)] ??= { late: 0, count: 0 });
  second.late += (now - at) / MICROS_PER_MILLI;
  second.count += 1;
  firstAt ||= now;
  lastAt = now;
  received += 1;
}

function percentile(counts: ReadonlyMap<number, number>, share: number): number {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  let seen = 0;
  for (const [value, count] of [...counts].toSorted(([a], [b]) => a - b)) {
    seen += count;
    if (seen >= total * share) return value;
  }
  return Number.NaN;
}

/** Mean lateness of the market's seconds `from` to `to`, shares of the run. */
function meanLate(from: number, to: number): number {
  const part = seconds.slice(Math.floor(seconds.length * from), Math.ceil(seconds.length * to));
  const late = part.reduce((sum, second) => sum + second.late, 0);
  return Math.round(late / part.reduce((sum, { count }) => sum + count, 0));
}

const steps = new Map<number, number>();
const closing: (() => Promise<void>)[] = [];
if (side === 'sink') {
  const socket = new WebSocket(`${wsUrl}/options`, { perMessageDeflate: false, skipUTF8Validation: true });
  const params = contracts()
    .map(({ symbol }) => `Q.O:${symbol}`)
    .join(',');
  let acknowledged = 0;
  await new Promise<void>((resolve) => {
    socket.on('message', (data: Buffer) => {
      const events: { ev: string; status?: string; t: number }[] = JSON.parse(data.toString('utf8'));
      for (const { ev, status, t } of events) {
        if (ev === 'Q') arrived(micros(t * 1_000));
        else if (status === 'connected') socket.send(JSON.stringify({ action: 'auth', params: 'sim-key' }));
        else if (status === 'auth_success') socket.send(JSON.stringify({ action: 'subscribe', params }));
        else if (status === 'success') acknowledged += 1;
      }
      if (acknowledged === CONTRACTS) resolve();
    });
  });
  closing.push(() => Promise.resolve(socket.terminate()));
} else {
  const temporary = await temporaryStore();
  const { store, dataDir } = temporary;
  const { adminUrl: _lockstep, ...endpoints } = simulatorEndpoints(url, wsUrl);
  const connections = connect(endpoints, silentLog, undefined, clock);
  connections.feed.events.subscribe((event) => {
    if (event.kind === 'quote') arrived(event.quote.at);
  });
  const interrupt = new AbortController();
  let opened: () => void = () => undefined;
  const open = new Promise<void>((resolve) => (opened = resolve));
  const day = tradeDay({
    ...connections,
    // The contracts are given, all slots are taken.
    feed: { ...connections.feed, selectQuotes: () => Promise.resolve() },
    store,
    engine: engineConfig(loadSettings({ env: {}, cwd: dataDir }), 1),
    underlyings: [UNDERLYING],
    mode: 'paper',
    seed: 1,
    resume: false,
    exitAtClose: true,
    log: silentLog,
    onStep: ({ at }) => {
      opened();
      const late = Math.round((clock.now() - at) / 1_000);
      if (received > 0) steps.set(late, (steps.get(late) ?? 0) + 1);
    },
    signal: interrupt.signal,
  });
  await Promise.race([open, day]);
  await connections.feed.subscribe(
    'quotes',
    contracts().map(({ symbol }) => symbol),
  );
  closing.push(async () => {
    interrupt.abort();
    await day;
    await temporary.remove();
  });
}

const say = (line: object): void => console.log(JSON.stringify(line));
let before = process.cpuUsage();
const input = createInterface({ input: process.stdin });
input.on('line', (line) => {
  const told: { offset: number } = JSON.parse(line);
  ({ offset } = told);
  before = process.cpuUsage();
});
input.once('close', () => {
  const { user, system } = process.cpuUsage(before);
  const cpuMicros = user + system;
  const late = (share: number): number => percentile(lateness, share);
  say({
    received,
    perSecond: Math.round((received * 1e6) / Math.max(1, lastAt - firstAt)),
    cpuMicrosPerEvent: Math.round((cpuMicros / Math.max(1, received)) * 100) / 100,
    arrivalLateMillis: { p50: late(0.5), p99: late(0.99), most: Math.max(0, ...lateness.keys()) },
    meanLateMillis: { firstQuarter: meanLate(0, 0.25), lastQuarter: meanLate(0.75, 1) },
    ...(side === 'agent' && {
      steps: [...steps.values()].reduce((sum, count) => sum + count, 0),
      stepLateMillis: { p50: percentile(steps, 0.5), p99: percentile(steps, 0.99), most: Math.max(0, ...steps.keys()) },
    }),
    memoryMegabytes: Math.round(process.memoryUsage().rss / 1e6),
  });
  void Promise.all(closing.map((close) => close())).then(() => process.exit(0));
});
say({ ready: true });
