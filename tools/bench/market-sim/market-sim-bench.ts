/**
 * `node tools/bench/market-sim/market-sim-bench.ts [--seconds 20] [--times 10]`: a market that sends 1,000 subscribed contracts at so many times a
 * real connection's peak, read by a bare sink (ws and JSON.parse) and then by the whole live agent, each process by itself. Prints one JSON object:
 * what was sent and when it arrived, how late the agent's steps were, CPU of either side.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { CONTRACTS, PEAK, START } from './busy-day.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '20' }, times: { type: 'string', default: '10' } },
});
const seconds = Number(values.seconds);
const rate = PEAK * Number(values.times);
if (!(seconds >= 1 && rate >= 100)) {
  console.error('usage: node tools/bench/market-sim/market-sim-bench.ts [--seconds 20] [--times 10]');
  process.exit(2);
}

type Told = Readonly<Record<string, unknown>>;

/** Running processes: one that fails ends the others. */
const sides = new Set<ChildProcessWithoutNullStreams>();

class Side {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: Told[] = [];
  readonly #waiting: ((line: Told) => void)[] = [];

  constructor(file: string, args: readonly string[]) {
    this.#child = spawn(process.execPath, ['--no-warnings', join(import.meta.dirname, file), ...args]);
    this.#child.stderr.pipe(process.stderr);
    createInterface({ input: this.#child.stdout }).on('line', (text) => {
      const line: Told = JSON.parse(text);
      const resolve = this.#waiting.shift();
      if (resolve) resolve(line);
      else this.#lines.push(line);
    });
    sides.add(this.#child);
    this.#child.once('exit', (code) => {
      sides.delete(this.#child);
      if (code === 0) return;
      console.error(`${file} ended with ${code}`);
      for (const other of sides) other.kill();
      process.exit(1);
    });
  }

  next(): Promise<Told> {
    const line = this.#lines.shift();
    return line ? Promise.resolve(line) : new Promise((resolve) => this.#waiting.push(resolve));
  }

  tell(line: object): void {
    this.#child.stdin.write(`${JSON.stringify(line)}\n`);
  }

  /** Its last words. */
  end(): Promise<Told> {
    this.#child.stdin.end();
    return this.next();
  }
}

async function clock(url: unknown, command?: object): Promise<{ readonly step: number; readonly steps: number }> {
  const response = await fetch(`${String(url)}/admin/clock`, {
    ...(command && { method: 'POST', body: JSON.stringify(command) }),
  });
  const body: { step: number; steps: number } = JSON.parse(await response.text());
  return body;
}

async function run(side: 'sink' | 'agent'): Promise<object> {
  const market = new Side('market.ts', [String(rate), String(seconds)]);
  const { url, wsUrl } = await market.next();
  const client = new Side('client.ts', [side, String(url), String(wsUrl)]);
  await client.next();
  // The first step happens at once, at the time that stands.
  const began = Date.now();
  client.tell({ offset: START - began * 1_000 });
  await clock(url, { command: 'speed', speed: 1 });
  let standing = await clock(url);
  // The market ends the day with an empty step at the close, which nobody waits for.
  while (standing.step < standing.steps - 2) {
    await delay(100);
    standing = await clock(url);
  }
  const took = (Date.now() - began) / 1_000;
  // What is still on its way.
  await delay(1_500);
  const reader = await client.end();
  const sender = await market.end();
  const planned = rate * seconds;
  return {
    planned,
    lost: planned - Number(reader['received']),
    dayTookSeconds: Math.round(took * 100) / 100,
    reader,
    market: { ...sender, cpuMicrosPerEvent: Math.round((Number(sender['cpuSeconds']) * 1e8) / planned) / 100 },
  };
}

console.log(
  JSON.stringify(
    {
      cpu: cpus()[0]?.model,
      node: process.version,
      contracts: CONTRACTS,
      peakPerSecond: PEAK,
      perSecond: rate,
      seconds,
      sink: await run('sink'),
      agent: await run('agent'),
    },
    null,
    2,
  ),
);
