import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type MarketDate, marketDate } from '@trading-agent/core';
import { settle } from '../lake/durable-file.ts';
import { truncateTornLine } from '../lake/torn-line.ts';
import { FETCHED_FEED_NAMES, type FetchedFeed, type RowsByDay } from './fetched-rows.ts';

/** The rows that were fetched, in `fetched/rows`: plain files by feed and day, from which the days of the lake are made. */
export class RowFolder {
  readonly #dir: string;

  constructor(lakeDir: string) {
    this.#dir = join(lakeDir, 'fetched', 'rows');
  }

  /** Adds rows to days. What a process that died had added is added again: bars of one window count once. */
  append(feed: FetchedFeed, rows: RowsByDay): void {
    for (const [date, lines] of rows) {
      const file = this.#file(feed, `${date}.csv`);
      if (existsSync(file)) truncateTornLine(file);
      append(file, lines);
    }
  }

  /** A file of its own for one symbol and day, whole or not at all; none when there is no row. */
  async replace(feed: FetchedFeed, date: MarketDate, name: string, rows: RowBatches): Promise<void> {
    const file = this.#file(feed, `${date}.${encodeURIComponent(name)}.csv`);
    const temporary = `${file}.tmp`;
    rmSync(temporary, { force: true });
    for await (const lines of rows) if (lines.length > 0) append(temporary, lines);
    if (existsSync(temporary)) settle(temporary, file);
  }

  /** Days that have rows, with the files and how many bytes they hold; half a row that a process which died has left is taken away. */
  days(): readonly { feed: FetchedFeed; date: MarketDate; files: readonly string[]; bytes: number }[] {
    return FETCHED_FEED_NAMES.flatMap((feed) => {
      const folder = this.#folder(feed);
      if (!existsSync(folder)) return [];
      const names = readdirSync(folder).filter((name) => name.endsWith('.csv'));
      return [...Map.groupBy(names.sort(), (name) => name.slice(0, 10))].map(([day, files]) => {
        const paths = files.map((name) => join(folder, name));
        for (const path of paths) truncateTornLine(path);
        return {
          feed,
          date: marketDate(day),
          files: paths,
          bytes: paths.reduce((sum, path) => sum + statSync(path).size, 0),
        };
      });
    });
  }

  /** Takes the rows of a day away: the lake has a better file of it. */
  drop(files: readonly string[]): void {
    for (const file of files) rmSync(file, { force: true });
  }

  #folder(feed: FetchedFeed): string {
    return join(this.#dir, feed.replace('/', '.'));
  }

  #file(feed: FetchedFeed, name: string): string {
    return join(this.#folder(feed), name);
  }
}

/** Rows as they come. */
type RowBatches = AsyncIterable<readonly string[]> | Iterable<readonly string[]>;

function append(file: string, lines: readonly string[]): void {
  mkdirSync(dirname(file), { recursive: true });
  const descriptor = openSync(file, 'a');
  try {
    const bytes = Buffer.from(`${lines.join('\n')}\n`);
    for (let from = 0; from < bytes.length;) from += writeSync(descriptor, bytes, from);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
