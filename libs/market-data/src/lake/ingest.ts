import { mkdirSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { type ErrorCode, type MarketDate, TradingError, toTradingError } from '@trading-agent/core';
import { assertDataFolder, dayFile, daysPresent, feedsPresent } from '../flat-file-layout.ts';
import { feedSpec } from './feeds.ts';
import type { IngestDayRequest, IngestedDay } from './ingest-day.ts';
import { copyReferenceFiles } from '../known-reference/copy-reference.ts';
import { copyRecordedGaps } from '../recorder/day-recorder.ts';
import { LakeLock } from './lake-lock.ts';
import type { DayManifest } from './manifest.ts';

export interface IngestRequest {
  /** Folder in the flat-file layout. */
  readonly fromDir: string;
  readonly lakeDir: string;
  /** All that the folder has unless given. */
  readonly feeds?: readonly string[];
  /** Both included. */
  readonly from?: MarketDate;
  readonly to?: MarketDate;
  /** Of quotes only these. Without them tick quotes (`quotes_v1`) are refused: they never fit whole. */
  readonly underlyings?: readonly string[];
  readonly parquet?: boolean;
  /** Days that are left as they are, asked when nobody else can write into the lake any more. */
  readonly leave?: (feed: string, date: MarketDate) => boolean;
  /** Days worked on at a time, each in its thread; 2 unless given. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
  readonly onDay?: (result: IngestResult, progress: { readonly done: number; readonly total: number }) => void;
}

export interface IngestResult {
  readonly feed: string;
  readonly date: MarketDate;
  readonly outcome: 'ingested' | 'unchanged' | 'failed';
  /** Absent when failed. */
  readonly manifest?: DayManifest;
  readonly error?: TradingError;
}

export interface IngestReport {
  /** In order of feed and day, whatever the threads did first. */
  readonly results: readonly IngestResult[];
  /** Folders that look like a feed and are none. */
  readonly unknownFeeds: readonly string[];
}

/** Threads are renewed after so many days: DuckDB is kept in short lives. */
const DAYS_PER_THREAD = 50;

/**
 * Ingests every file of `fromDir` that is asked for into the lake, days in parallel. A day that fails leaves the lake as it was and the
 * others go on. Running it again changes nothing. One ingest works on a lake at a time.
 * @throws {TradingError} `DATA_FOLDER_MISSING`, `INVALID_VALUE` (feed), `LAKE_LOCKED` when another process ingests into the lake,
 * `CANCELLED`.
 */
export async function ingest(request: IngestRequest): Promise<IngestReport> {
  const { fromDir, lakeDir } = request;
  assertDataFolder(fromDir);
  const present = request.feeds ?? feedsPresent(fromDir);
  const unknownFeeds = present.filter((feed) => feedSpec(feed) === undefined);
  const found = present
    .filter((feed) => feedSpec(feed) !== undefined)
    .toSorted()
    .flatMap((feed) => jobsOf(request, feed));
  mkdirSync(lakeDir, { recursive: true });
  using _lock = LakeLock.take(lakeDir);
  const jobs = found.filter(({ feed, date }) => request.leave?.(feed, date) !== true);
  copyRecordedGaps(request.fromDir, lakeDir, request);
  copyReferenceFiles(fromDir, lakeDir);

  const results: IngestResult[] = [];
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    let thread: IngestThread | undefined;
    try {
      while (next < jobs.length && request.signal?.aborted !== true) {
        const index = next++;
        const job = jobs[index];
        if (job === undefined) break;
        if (thread === undefined || thread.days >= DAYS_PER_THREAD) {
          await thread?.end();
          thread = new IngestThread();
        }
        const result = await oneDay(thread, job);
        if (result.outcome === 'failed' && thread.dead) thread = undefined;
        results[index] = result;
        done += 1;
        request.onDay?.(result, { done, total: jobs.length });
      }
    } finally {
      await thread?.end();
    }
  };
  const threads = Math.max(1, Math.min(request.threads ?? 2, jobs.length));
  await Promise.all(Array.from({ length: threads }, work));
  if (request.signal?.aborted === true) {
    throw new TradingError('CANCELLED', `Ingest stopped after ${done} of ${jobs.length} days`, {
      hint: 'What was done stays; run it again to go on.',
    });
  }
  return { results, unknownFeeds };
}

function jobsOf(request: IngestRequest, feed: string): IngestDayRequest[] {
  const { fromDir, lakeDir, from, to, underlyings, parquet } = request;
  return daysPresent(fromDir, feed).flatMap((date) => {
    const source = dayFile(fromDir, feed, date);
    if (source === undefined || (from !== undefined && date < from) || (to !== undefined && date > to)) return [];
    return [
      { lakeDir, feed, date, source, ...(underlyings && { underlyings }), ...(parquet !== undefined && { parquet }) },
    ];
  });
}

async function oneDay(thread: IngestThread, job: IngestDayRequest): Promise<IngestResult> {
  const { feed, date } = job;
  try {
    const { outcome, manifest } = await thread.ingest(job);
    return { feed, date, outcome, manifest };
  } catch (error) {
    return { feed, date, outcome: 'failed', error: toTradingError(error) };
  }
}

interface Answer {
  readonly day?: IngestedDay;
  readonly error?: { code: ErrorCode; message: string; hint?: string; details: TradingError['details'] };
}

class IngestThread {
  readonly #worker = new Worker(new URL('./ingest-thread.ts', import.meta.url), { execArgv: [] });
  days = 0;
  dead = false;

  ingest(job: IngestDayRequest): Promise<IngestedDay> {
    this.days += 1;
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        this.#worker.off('message', onMessage);
        this.#worker.off('error', onError);
        this.#worker.off('exit', onExit);
      };
      const onMessage = ({ day, error }: Answer): void => {
        settle();
        if (day) resolve(day);
        else if (error) {
          const { code, message, hint, details } = error;
          reject(new TradingError(code, message, { ...(hint !== undefined && { hint }), details }));
        }
      };
      const onError = (error: Error): void => {
        this.dead = true;
        settle();
        reject(error);
      };
      const onExit = (code: number): void => onError(new Error(`The ingest thread ended (${code})`));
      this.#worker.on('message', onMessage);
      this.#worker.on('error', onError);
      this.#worker.on('exit', onExit);
      this.#worker.postMessage(job);
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}
