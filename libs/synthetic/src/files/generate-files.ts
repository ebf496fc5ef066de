import { existsSync, mkdirSync, statfsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { sessionsBetween } from '@trading-agent/calendar';
import { type ErrorCode, type MarketDate, TradingError } from '@trading-agent/core';
import { LakeLock } from '@trading-agent/market-data';
import { SyntheticMarket } from '../synthetic-market.ts';
import { writeActions } from './actions-file.ts';
import { type FilesEstimate, estimateFiles } from './estimate.ts';
import { type FilesRequest, filesPlan } from './files-plan.ts';
import { type GeneratedDay, claimFolder, readDayRecord, recordedDays } from './folder-record.ts';
import type { ThreadData } from './generate-thread.ts';

export interface GenerateRequest extends FilesRequest {
  /** Days worked on at a time, each in its thread; 2 unless given. The bytes do not depend on it. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** Called before the first day. */
  readonly onEstimate?: (estimate: FilesEstimate) => void;
  readonly onDay?: (
    day: GeneratedDay,
    progress: { readonly made: boolean; readonly done: number; readonly total: number },
  ) => void;
}

export interface GenerateReport {
  /** In order of days, whatever the threads did first. */
  readonly days: readonly GeneratedDay[];
  /** How many of them were made now; the others were there. */
  readonly made: number;
  readonly rows: number;
  readonly bytes: number;
}

/** Free space that must be left beyond the estimate. */
const MARGIN = 1.5;

/**
 * Writes a synthetic market as flat files, days in parallel. A day's files appear together when it is whole; running it again makes what
 * is missing, byte for byte as if it had not been interrupted.
 * @throws {TradingError} `UNKNOWN_SYMBOL`, `OUT_OF_RANGE`, `INVALID_VALUE`, `USAGE` (the folder holds something else), `DISK_SPACE`,
 * `LAKE_LOCKED` when another process writes there, `CANCELLED`.
 */
export async function generateFiles(request: GenerateRequest): Promise<GenerateReport> {
  const { toDir, from, to, signal } = request;
  const plan = filesPlan(request);
  const dates = to < from ? [] : sessionsBetween(from, to);
  const last = dates.at(-1);
  if (last === undefined) throw new TradingError('OUT_OF_RANGE', `There is no session from ${from} to ${to}`);
  const done = recordedDays(toDir);
  const end = done.reduce((latest, date) => (date > latest ? date : latest), last);
  const market = new SyntheticMarket(plan.identity, end);
  const estimate = estimateFiles(market, plan, dates);
  assertFits(toDir, estimate.bytes);
  mkdirSync(toDir, { recursive: true });
  using _lock = LakeLock.take(toDir);
  claimFolder(toDir, plan);
  request.onEstimate?.(estimate);
  if (plan.parts.includes('actions')) {
    const [first = from] = [...done, from].sort();
    writeActions(market, plan.symbols, toDir, first);
  }

  const days: GeneratedDay[] = [];
  let next = 0;
  let finished = 0;
  let made = 0;
  const work = async (): Promise<void> => {
    let thread: DayThread | undefined;
    try {
      while (next < dates.length && signal?.aborted !== true) {
        const index = next++;
        const date = dates[index];
        if (date === undefined) break;
        const there = readDayRecord(toDir, date);
        if (there === undefined) {
          thread ??= new DayThread({ plan, toDir, last });
          days[index] = await thread.make(date);
          made += 1;
        } else days[index] = there;
        finished += 1;
        const day = days[index];
        if (day) request.onDay?.(day, { made: there === undefined, done: finished, total: dates.length });
      }
    } catch (error) {
      // The other threads finish their day and stop.
      next = dates.length;
      throw error;
    } finally {
      await thread?.end();
    }
  };
  const threads = Math.max(1, Math.min(request.threads ?? 2, dates.length));
  const outcomes = await Promise.allSettled(Array.from({ length: threads }, work));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  if (finished < dates.length)
    throw new TradingError('CANCELLED', `Stopped after ${finished} of ${dates.length} days`, {
      hint: 'What was done stays; run it again to go on.',
    });
  const files = days.flatMap((day) => day.files);
  return {
    days,
    made,
    rows: files.reduce((sum, file) => sum + file.rows, 0),
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
  };
}

/** @throws {TradingError} `DISK_SPACE`. */
function assertFits(toDir: string, bytes: number): void {
  let folder = resolve(toDir);
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (bytes * MARGIN <= free) return;
  const gigabytes = (value: number): string => `${(value / 1e9).toFixed(1)} GB`;
  throw new TradingError(
    'DISK_SPACE',
    `About ${gigabytes(bytes)} would be written, ${gigabytes(free)} are free in ${folder}`,
    {
      hint: 'Ask for fewer days, symbols or parts, or for quotes less often.',
      details: { bytes, free },
    },
  );
}

interface Answer {
  readonly day?: GeneratedDay;
  readonly error?: { code: ErrorCode; message: string; hint?: string; details: TradingError['details'] };
}

class DayThread {
  readonly #worker: Worker;

  constructor(workerData: ThreadData) {
    this.#worker = new Worker(new URL('./generate-thread.ts', import.meta.url), { workerData, execArgv: [] });
  }

  make(date: MarketDate): Promise<GeneratedDay> {
    return new Promise((resolveDay, reject) => {
      const settle = (): void => {
        this.#worker.off('message', onMessage);
        this.#worker.off('error', onError);
        this.#worker.off('exit', onExit);
      };
      const onMessage = ({ day, error }: Answer): void => {
        settle();
        if (day) return resolveDay(day);
        const { code, message, hint, details } = error ?? { code: 'INTERNAL', message: 'no answer', details: {} };
        reject(new TradingError(code, `${date}: ${message}`, { ...(hint !== undefined && { hint }), details }));
      };
      const onError = (error: Error): void => {
        settle();
        reject(error);
      };
      const onExit = (code: number): void => onError(new Error(`The thread that makes days ended (${code})`));
      this.#worker.on('message', onMessage);
      this.#worker.on('error', onError);
      this.#worker.on('exit', onExit);
      this.#worker.postMessage(date);
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}
