import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Random } from '@trading-agent/core';
import type { RunReport } from '@trading-agent/engine';
import { isOptionSymbol } from '@trading-agent/instruments';

const PROGRAM = fileURLToPath(new URL('synthetic-day-program.ts', import.meta.url));
const COMPILE_CACHE = fileURLToPath(new URL('../../../../node_modules/.cache/agent', import.meta.url));
/** A run that neither gets anywhere nor ends within this time is stuck. */
const STUCK_MS = 240_000;

/** A quiet stretch of the day is not waited through for a request. */
const PATIENCE = 60;

export interface DayOptions {
  readonly databaseUrl: string;
  readonly dataDir: string;
  readonly date: string;
  readonly symbols: readonly string[];
  readonly balance: number;
  readonly seed: number;
  /** Sessions that follow each other. Default: 1. */
  readonly sessions?: number;
  /**
   * `baseline` (default): as shipped. `flattened-shares`: a put is sold that ends in the second session, the shares it brings are sold by an
   * operator's flatten in the last. `orphaned-shares`: the same without an operator, the agent's own exit sells them.
   */
  readonly story?: 'baseline' | 'flattened-shares' | 'orphaned-shares';
}

interface Line {
  readonly market?: number;
  readonly account?: string;
  readonly at?: number;
  readonly reports?: readonly RunReport[];
  readonly complete?: boolean;
  readonly sessionId?: string;
  readonly code?: string;
  readonly message?: string;
}

/** Where a process is killed. */
export interface Kill {
  readonly victim: 'agent' | 'market';
  /**
   * After this many steps, or as soon as the market has journaled this many requests (or, when there is nothing to order, after `PATIENCE` steps) or
   * orders for shares, however long that takes; counted from where the run began.
   */
  readonly after: { readonly steps: number } | { readonly requests: number } | { readonly shareOrders: number };
  /** And then so much later: between two lines of code, not between two steps. */
  readonly laterMicros: number;
}

/** What a run that ended came to. */
export interface DayOutcome {
  /** Of each session. */
  readonly reports: readonly RunReport[];
  /** Of the last session. */
  readonly sessionId: string;
  readonly account: string;
}

export function randomKill(random: Random): Kill {
  const victim = random.int(3) === 0 ? 'market' : 'agent';
  const laterMicros = random.int(2) === 0 ? 0 : random.int(6_000);
  const after = random.int(2) === 0 ? { steps: random.int(60) } : { requests: 1 + random.int(2) };
  return { victim, after, laterMicros };
}

/** One process that trades the day. */
class DayProcess {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #ended: Promise<unknown>;
  readonly lines: Line[] = [];
  steps = 0;
  isOver = false;
  #errors = '';

  constructor(options: DayOptions, resume: boolean) {
    // Elsewhere than the tests: nothing may depend on the working folder.
    this.#child = spawn(process.execPath, ['--no-warnings', PROGRAM, JSON.stringify({ ...options, resume })], {
      cwd: tmpdir(),
      // Its many starts take the types out of the sources once.
      env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#errors += text));
    createInterface({ input: this.#child.stdout }).on('line', (text) => {
      // The last line of a process that was killed may be half a line.
      if (!text.endsWith('}')) return;
      const line: Line = JSON.parse(text);
      if (line.at === undefined) this.lines.push(line);
      else this.steps++;
    });
    this.#ended = once(this.#child, 'close').then(() => (this.isOver = true));
  }

  get market(): Line | undefined {
    return this.lines.find((line) => line.market !== undefined);
  }

  kill(victim: Kill['victim']): void {
    const pid = victim === 'agent' ? this.#child.pid : this.market?.market;
    if (pid === undefined || this.isOver) return;
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      // It was faster.
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }

  /** Looks at `holds` every millisecond until it does. @throws when nothing comes of it. */
  async until(holds: () => boolean): Promise<void> {
    const deadline = performance.now() + STUCK_MS;
    while (!holds()) {
      if (performance.now() > deadline) {
        this.kill('agent');
        throw new Error(`Stuck after ${this.steps} steps: ${JSON.stringify(this.lines)} ${this.#errors}`);
      }
      await delay(1);
    }
  }

  /** Its end: the report, or `null` when it ended before the day did. */
  async end(): Promise<DayOutcome | null> {
    await this.until(() => this.isOver);
    await this.#ended;
    const done = this.lines.find((line) => line.complete === true);
    if (done?.reports !== undefined && done.sessionId !== undefined)
      return { reports: done.reports, sessionId: done.sessionId, account: this.market?.account ?? '' };
    return null;
  }

  /** Why it ended by itself. */
  get failure(): string {
    const told = this.lines.find((line) => line.code !== undefined);
    return told === undefined ? this.#errors : `${told.code}: ${told.message}`;
  }
}

/** Trades the day without being disturbed. */
export async function tradeUnbroken(options: DayOptions): Promise<DayOutcome> {
  const run = new DayProcess(options, false);
  const outcome = await run.end();
  if (outcome === null) throw new Error(`The day did not end: ${run.failure}`);
  return outcome;
}

/** What the killed and resumed day came to. */
export interface BrokenDay {
  readonly outcome: DayOutcome;
  readonly kills: readonly string[];
}

/**
 * Trades the day while its processes are killed again and again, each time resumed; the run after the last kill goes to the end.
 * @throws when a run ends otherwise than by being killed, or gets stuck
 */
export async function tradeKilled(options: DayOptions, kills: readonly Kill[]): Promise<BrokenDay> {
  const happened: string[] = [];
  for (const [index, kill] of kills.entries()) {
    const run = new DayProcess(options, index > 0);
    await run.until(() => run.isOver || run.market !== undefined);
    const path = join(options.dataDir, 'market-sim', run.market?.account ?? '', 'requests.jsonl');
    const { after, victim, laterMicros } = kill;
    const requests = requestCounter(path, 'shareOrders' in after ? SHARE_ORDER : /./);
    const before = requests();
    const isDue = (): boolean => {
      if ('steps' in after) return run.steps > after.steps;
      if ('shareOrders' in after) return requests() >= before + after.shareOrders;
      return run.steps > PATIENCE || requests() >= before + after.requests;
    };
    await run.until(() => run.isOver || isDue());
    // A timer is too coarse for this.
    for (const due = performance.now() + laterMicros / 1_000; performance.now() < due;);
    run.kill(victim);
    const outcome = await run.end();
    happened.push(`${victim} after ${run.steps} steps${outcome === null ? '' : ' (too late)'}`);
    // The day was over before the kill: nothing is left to be disturbed.
    if (outcome !== null) return { outcome, kills: happened };
    if (victim === 'agent' && run.failure !== '') throw new Error(`Ended before it was killed: ${run.failure}`);
  }
  const run = new DayProcess(options, true);
  const outcome = await run.end();
  if (outcome === null) throw new Error(`The day did not end after ${happened.join(', ')}: ${run.failure}`);
  return { outcome, kills: happened };
}

/** A submitted order with a leg that is a ticker. */
const SHARE_ORDER = /"kind":"submit".*"symbol":"[A-Z]{1,6}"|"symbol":"[A-Z]{1,6}".*"kind":"submit"/;

/** Counts the lines of the market's journal of requests, its head not counted; looks into the file only when it has changed. */
function requestCounter(path: string, which: RegExp): () => number {
  let size = 0;
  let count = 0;
  return () => {
    const now = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    // What follows the last line break is nothing, or half a line.
    if (now !== size)
      count = readFileSync(path, 'utf8')
        .split('\n')
        .slice(1, -1)
        .filter((line) => which.test(line)).length;
    size = now;
    return count;
  };
}

/** Shares that were sold, less those that were bought by order. */
export function sharesSold(reports: readonly RunReport[]): number {
  return reports
    .flatMap(({ executions }) => executions)
    .flatMap(({ legs }) => legs)
    .filter(({ symbol }) => !isOptionSymbol(symbol))
    .reduce((sum, { side, quantity }) => sum + (side === 'sell' ? quantity : -quantity), 0);
}

/** The client order ids of all orders that ever reached the market, in order. */
export function ordersReceived(options: DayOptions, account: string): readonly string[] {
  const text = readFileSync(join(options.dataDir, 'market-sim', account, 'requests.jsonl'), 'utf8');
  return text.split('\n').flatMap((line) => /"clientOrderId":"([^"]+)"/.exec(line)?.[1] ?? []);
}
