/**
 * One side of the benchmark, a process of its own: `bare` is a `ws` socket with JSON.parse and a counter behind it, `feed` is the project's feed
 * with a quote book behind it. Tells the parent what it cost.
 */
import { systemClock } from '@trading-agent/core';
import { type OptionSymbol, optionSymbol } from '@trading-agent/instruments';
import { QuoteBook } from '@trading-agent/market-data';
import { createPolygonFeed } from '@trading-agent/polygon';
import { WebSocket } from 'ws';

const MOST_MILLIS = 60_000;
/** Every so many messages one is timed. */
const TIMED = 16;

/** What a side has measured. Times in milliseconds, to the millisecond: the vendor's time stamp has no more. */
export interface Measured {
  readonly messages: number;
  readonly cpuMicros: number;
  readonly p50: number;
  readonly p99: number;
  /** Median of each third of the run: a backlog that grows shows here, a neighbour's burst does not. */
  readonly thirds: readonly number[];
}

class Meter {
  readonly #latencies: number[] = [];
  #count = 0;
  #start: NodeJS.CpuUsage | undefined;
  #total = Number.POSITIVE_INFINITY;

  /** A message whose vendor time is `millis` has done what it does on this side. */
  add(millis: number): void {
    this.#start ??= process.cpuUsage();
    this.#count += 1;
    if (this.#count % TIMED === 0) this.#latencies.push(Math.min(MOST_MILLIS, Math.max(0, Date.now() - millis)));
    if (this.#count >= this.#total) this.#end();
  }

  expect(total: number): void {
    this.#total = total;
    if (this.#count >= total) this.#end();
  }

  #end(): void {
    const { user, system } = process.cpuUsage(this.#start);
    const third = Math.ceil(this.#latencies.length / 3);
    const measured: Measured = {
      messages: this.#count,
      cpuMicros: user + system,
      p50: percentile(this.#latencies, 0.5),
      p99: percentile(this.#latencies, 0.99),
      thirds: [0, 1, 2].map((part) => percentile(this.#latencies.slice(part * third, (part + 1) * third), 0.5)),
    };
    this.#start = undefined;
    this.#count = 0;
    this.#total = Number.POSITIVE_INFINITY;
    this.#latencies.length = 0;
    process.send?.(measured);
  }
}

function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function contracts(): readonly OptionSymbol[] {
  return Array.from({ length: 1_000 }, (_, contract) => {
    const strike = String((400 + (contract >> 1)) * 1_000).padStart(8, '0');
    return optionSymbol(`O:SPY261218${contract % 2 === 0 ? 'C' : 'P'}${strike}`);
  });
}

function bare(url: string, meter: Meter): Promise<void> {
  const socket = new WebSocket(`${url}/options`, { perMessageDeflate: false, skipUTF8Validation: true });
  return new Promise((resolve) => {
    socket.on('message', (data: Buffer) => {
      const events: readonly { readonly ev: string; readonly status?: string; readonly t: number }[] = JSON.parse(
        data.toString('utf8'),
      );
      for (const event of events) {
        if (event.ev === 'Q') meter.add(event.t);
        else if (event.status === 'connected') socket.send(JSON.stringify({ action: 'auth', params: 'key' }));
        else if (event.status === 'auth_success') resolve();
      }
    });
  });
}

async function feed(url: string, meter: Meter): Promise<void> {
  const connection = createPolygonFeed({
    restUrl: 'http://127.0.0.1:9',
    socketUrl: url,
    apiKey: 'key',
    clock: systemClock,
    muteLimits: 'off',
  });
  const book = new QuoteBook();
  connection.events.subscribe((event) => {
    if (event.kind !== 'quote') return;
    if (book.apply(event.quote)) meter.add(event.quote.at / 1_000);
  });
  await connection.connect();
  await connection.selectQuotes(contracts());
}

const [side = '', url = ''] = process.argv.slice(2);
const meter = new Meter();
process.on('message', ({ total }: { readonly total: number }) => meter.expect(total));
process.on('disconnect', () => process.exit(0));
await (side === 'bare' ? bare(url, meter) : feed(url, meter));
process.send?.({ ready: true });
