import { Worker } from 'node:worker_threads';
import { TradingError } from '@trading-agent/core';
import type { AmericanMode } from '../american/put-solver.ts';
import {
  assertColumns,
  type GreekColumns,
  type HigherGreekColumns,
  type OptionColumns,
  type VolatilityColumns,
} from '../european/columns.ts';

/** What the batch functions take, by name. */
export type ShardWork = { readonly input: OptionColumns } & (
  | { readonly kind: 'greeks'; readonly volatility: Float64Array; readonly out: GreekColumns }
  | { readonly kind: 'higher-greeks'; readonly volatility: Float64Array; readonly out: HigherGreekColumns }
  | {
      readonly kind: 'american';
      readonly mode: AmericanMode;
      readonly volatility: Float64Array;
      readonly out: GreekColumns;
    }
  | { readonly kind: 'implied-volatility'; readonly price: Float64Array; readonly out: VolatilityColumns }
);

export interface ShardRequest {
  readonly id: number;
  readonly first: number;
  readonly count: number;
  readonly work: ShardWork;
}

export interface ShardAnswer {
  readonly kind: 'shard';
  readonly id: number;
  /** Empty when the rows are done. */
  readonly failure: string;
}

/** A message costs as much as pricing some hundred European or a few American rows: smaller shards would not pay. */
const SMALLEST_SHARD = { european: 4_096, american: 64 };
const DEFAULT_TIMEOUT_MS = 60_000;
/** What a timer takes; a longer one would fire at once. */
const MOST_TIMEOUT_MS = 2 ** 31 - 1;

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: TradingError) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly waiting: Map<number, Waiting>;
}

/**
 * The batch functions over several threads, for batches of tens of thousands of contracts. All columns must live in shared memory
 * (`newOptionColumns(count, 'shared')` ...); each thread writes its rows in place, with the same bits as one thread would. Batches
 * may overlap; the caller leaves the columns alone until the promise settles. Threads start with the first batch and keep running:
 * `close` ends them (they do not keep a process alive by themselves while no batch is under way).
 */
export class PricingShards {
  readonly #threads: number;
  readonly #timeoutMs: number;
  #running: readonly Thread[] = [];
  #broken: TradingError | undefined;
  #ended: Promise<unknown> = Promise.resolve();
  #nextId = 0;

  constructor(options: { readonly threads: number; readonly timeoutMs?: number }) {
    if (!Number.isInteger(options.threads) || options.threads < 1 || options.threads > 256) {
      throw new TradingError('INVALID_VALUE', `Expected 1 to 256 threads, was ${options.threads}`);
    }
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    if (!(timeoutMs >= 0 && timeoutMs <= MOST_TIMEOUT_MS)) {
      throw new TradingError('INVALID_VALUE', `Expected a time-out of 0 to ${MOST_TIMEOUT_MS} ms, was ${timeoutMs}`);
    }
    this.#threads = options.threads;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Does `work` for rows 0 to `count`.
   * Settles when no thread writes any more. @throws {TradingError} `INVALID_VALUE` when a column is too short or not shared or the batch holds
   * what no message carries, `TIMEOUT` when the batch is not done in time, `INTERNAL`
   * when a thread dies or the shards were closed. After the last two the shards are of no further use.
   */
  async run(count: number, work: ShardWork): Promise<void> {
    const given = work.kind === 'implied-volatility' ? work.price : work.volatility;
    const columns = [...Object.values(work.input), given, ...Object.values(work.out)];
    assertColumns(count, columns);
    if (columns.some((column) => !(column.buffer instanceof SharedArrayBuffer))) {
      throw new TradingError('INVALID_VALUE', 'Expected columns in shared memory', {
        hint: "Make them with newOptionColumns(count, 'shared') and its like.",
      });
    }
    if (this.#broken !== undefined) throw this.#broken;
    if (count === 0) return;
    if (this.#running.length === 0) this.#running = Array.from({ length: this.#threads }, () => this.#start());
    const smallest = work.kind === 'american' ? SMALLEST_SHARD.american : SMALLEST_SHARD.european;
    const size = Math.max(Math.ceil(count / this.#threads), smallest);
    const shards = Array.from({ length: Math.ceil(count / size) }, (_, index) => index * size);
    const done = Promise.allSettled(
      shards.map((first, index) => this.#post(index, first, Math.min(size, count - first), work)),
    );
    const limit = setTimeout(() => {
      this.#fail(new TradingError('TIMEOUT', `${count} contracts were not done within ${this.#timeoutMs} ms`));
    }, this.#timeoutMs);
    const failed = (await done).find((one) => one.status === 'rejected');
    clearTimeout(limit);
    if (failed === undefined) return;
    // The caller may use the columns again once it has an answer: no thread may still be writing.
    await this.#ended;
    throw failed.reason;
  }

  /** Ends the threads; batches under way fail. Settles when no thread runs any more, however they came to end. Safe to call twice. */
  async close(): Promise<void> {
    this.#fail(new TradingError('INTERNAL', 'The pricing threads were closed'));
    await this.#ended;
  }

  #start(): Thread {
    const worker = new Worker(new URL('./shard-worker.ts', import.meta.url), { execArgv: [] });
    const waiting = new Map<number, Waiting>();
    // `node --watch` has a thread report the files it loads over the same channel.
    worker.on('message', (answer: ShardAnswer | { readonly kind?: never }) => {
      if (answer.kind === undefined) return;
      const { resolve, reject } = waiting.get(answer.id) ?? {};
      waiting.delete(answer.id);
      if (waiting.size === 0) worker.unref();
      if (answer.failure === '') resolve?.();
      else reject?.(new TradingError('INTERNAL', `A pricing thread failed: ${answer.failure}`));
    });
    worker.once('error', (cause) => {
      this.#fail(new TradingError('INTERNAL', `A pricing thread died: ${String(cause)}`, { cause }));
    });
    worker.once('exit', (code) => {
      this.#fail(new TradingError('INTERNAL', `A pricing thread ended with code ${code}`));
    });
    worker.unref();
    return { worker, waiting };
  }

  #post(index: number, first: number, count: number, work: ShardWork): Promise<void> {
    const thread = this.#running[index];
    if (thread === undefined) throw new TradingError('INTERNAL', `There is no pricing thread ${index}`);
    const id = this.#nextId;
    this.#nextId += 1;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    thread.waiting.set(id, { resolve, reject });
    thread.worker.ref();
    const request: ShardRequest = { id, first, count, work };
    try {
      thread.worker.postMessage(request);
    } catch (cause) {
      thread.waiting.delete(id);
      if (thread.waiting.size === 0) thread.worker.unref();
      reject(new TradingError('INVALID_VALUE', `The batch can't be sent to a thread: ${String(cause)}`, { cause }));
    }
    return promise;
  }

  /** The first failure counts; everything under way and to come fails with it. */
  #fail(error: TradingError): void {
    this.#broken ??= error;
    const threads = this.#running;
    this.#running = [];
    if (threads.length > 0) this.#ended = Promise.all(threads.map(({ worker }) => worker.terminate()));
    for (const { waiting } of threads) {
      for (const { reject } of waiting.values()) reject(this.#broken);
      waiting.clear();
    }
  }
}
