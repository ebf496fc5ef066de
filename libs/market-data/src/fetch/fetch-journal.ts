import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type MarketDate, TradingError } from '@trading-agent/core';
import { truncateTornLine } from '../lake/torn-line.ts';
import type { FetchJob, FetchStep } from './wanted.ts';

/** A job whose answers are on the disk. */
interface DoneLine {
  readonly done: FetchStep;
  readonly symbol: string;
  readonly dates: readonly MarketDate[];
  readonly calls: number;
}

/** A staged file that is about to be ingested: a day of the lake that was made of these bytes is ours. */
interface StagedLine {
  readonly staged: string;
  /** Of all rows it is made of: it is made anew when there are more. */
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * What has been fetched into a lake, in `fetched/journal.jsonl`. A line is written when everything that it speaks of is on the disk, so that a
 * process that dies repeats at most the job it was at.
 */
export class FetchJournal {
  readonly #file: string;
  readonly #done = new Map<string, Set<MarketDate>>();
  readonly #lastCalls = new Map<string, number>();
  readonly #staged = new Map<string, StagedLine>();
  readonly #ours = new Set<string>();
  /** Whether the file ends with a whole line: seen to before the first line is written. */
  #isWhole = false;

  /**
   * Reads, and changes nothing: a plan reads while a fetch writes. Half a line at the end is one that is being written, or was when its process died.
   * @throws {TradingError} `DATA_FILE_BROKEN` when it can't be read.
   */
  constructor(lakeDir: string) {
    const folder = join(lakeDir, 'fetched');
    this.#file = join(folder, 'journal.jsonl');
    if (!existsSync(this.#file)) return;
    const lines = readFileSync(this.#file, 'utf8').split('\n');
    for (const [index, text] of lines.slice(0, -1).entries()) {
      if (text === '') continue;
      try {
        // Written by `#append` alone.
        const line: DoneLine | StagedLine = JSON.parse(text);
        this.#take(line);
      } catch (cause) {
        throw new TradingError('DATA_FILE_BROKEN', `${this.#file}: line ${index + 1} can't be read`, {
          hint: 'Delete the line; what it spoke of is fetched again.',
          details: { file: this.#file, line: index + 1 },
          cause,
        });
      }
    }
  }

  isDone(step: FetchStep, symbol: string, date: MarketDate): boolean {
    return this.#done.get(`${step} ${symbol}`)?.has(date) ?? false;
  }

  /** Of the latest job that was for one day. */
  lastCalls(step: FetchStep, symbol: string): number | undefined {
    return this.#lastCalls.get(`${step} ${symbol}`);
  }

  done({ step, symbol, dates }: FetchJob, calls: number): void {
    this.#append({ done: step, symbol, dates, calls });
  }

  staged(path: string, bytes: number, sha256: string): void {
    this.#append({ staged: path, bytes, sha256 });
  }

  /** What a file was last staged as: the bytes of the rows that it was made of, and its own content. */
  lastStaged(path: string): { readonly bytes: number; readonly sha256: string } | undefined {
    return this.#staged.get(path);
  }

  /** Whether a file of this content was staged here. */
  isOurs(sha256: string): boolean {
    return this.#ours.has(sha256);
  }

  #append(line: DoneLine | StagedLine): void {
    mkdirSync(dirname(this.#file), { recursive: true });
    if (!this.#isWhole && existsSync(this.#file)) truncateTornLine(this.#file);
    this.#isWhole = true;
    const descriptor = openSync(this.#file, 'a');
    try {
      const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
      for (let from = 0; from < bytes.length;) from += writeSync(descriptor, bytes, from);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    this.#take(line);
  }

  #take(line: DoneLine | StagedLine): void {
    if ('staged' in line) {
      this.#staged.set(line.staged, line);
      this.#ours.add(line.sha256);
      return;
    }
    const key = `${line.done} ${line.symbol}`;
    const days = this.#done.get(key) ?? new Set();
    for (const date of line.dates) days.add(date);
    this.#done.set(key, days);
    if (line.dates.length === 1) this.#lastCalls.set(key, line.calls);
  }
}
