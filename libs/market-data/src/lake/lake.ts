import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type MarketDate, TradingError } from '@trading-agent/core';
import { daysIn } from '../flat-file-layout.ts';
import { ColumnFile } from './column-file.ts';
import { feedSpec, requireFeed } from './feeds.ts';
import { fileFacts } from './ingest-day.ts';
import { readManifest } from './manifest-file.ts';
import type { DayManifest, QuarantinedLine } from './manifest.ts';
import { readTable } from './read-table.ts';
import type { LakeQuery, LakeTable } from './table.ts';

/** Times that a day may be replaced under its reader. */
const MOST_LOOKS = 5;

/** A lake, for reading. Every call reads what is there now; nothing is cached and nothing stays open. */
export class Lake {
  readonly dir: string;

  constructor(dir: string) {
    this.dir = dir;
  }

  /** Feeds that have a folder, sorted. */
  feeds(): string[] {
    return subfolders(this.dir)
      .flatMap((group) => subfolders(join(this.dir, group)).map((name) => `${group}/${name}`))
      .filter((feed) => feedSpec(feed) !== undefined)
      .sort();
  }

  /** Days that `feed` has, ascending. */
  days(feed: string): MarketDate[] {
    return daysIn(this.dir, feed, /^(\d{4}-\d\d-\d\d)\.json$/);
  }

  manifest(feed: string, date: MarketDate): DayManifest | undefined {
    return readManifest(this.dir, feed, date);
  }

  /**
   * The rows of one day that `query` asks for.
   * @throws {TradingError} `DATA_DAY_MISSING`, `DATA_FILE_BROKEN`, `INVALID_VALUE` (feed, column).
   */
  read(query: LakeQuery): LakeTable {
    const { time } = requireFeed(query.feed);
    const file = this.#open(query.feed, query.date);
    try {
      return readTable(file, query, time);
    } finally {
      file.close();
    }
  }

  /** An ingest may replace the day between the look at its manifest and the opening of its cache: then the new one is opened. */
  #open(feed: string, date: MarketDate): ColumnFile {
    let missing = '';
    for (let look = 0; look < MOST_LOOKS; look++) {
      const manifest = this.manifest(feed, date);
      if (manifest === undefined) {
        throw new TradingError('DATA_DAY_MISSING', `The lake ${this.dir} has no ${feed} of ${date}`, {
          hint: 'Download and ingest the day first.',
          details: { feed, date },
        });
      }
      const file = join(this.dir, manifest.cache.file);
      try {
        return new ColumnFile(file);
      } catch (cause) {
        if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw cause;
        if (file === missing) break;
        missing = file;
      }
    }
    throw new TradingError('DATA_FILE_BROKEN', `${missing}, which the day's manifest names, is missing`, {
      hint: 'Ingest the day again.',
      details: { file: missing },
    });
  }

  /** Rows that could not be used, in file order (the first 100,000 of them). */
  quarantined(feed: string, date: MarketDate): QuarantinedLine[] {
    const quarantine = this.manifest(feed, date)?.quarantine;
    if (!quarantine) return [];
    const lines = readFileSync(join(this.dir, quarantine.file), 'utf8').split('\n');
    return lines.filter((line) => line !== '').map((line): QuarantinedLine => JSON.parse(line));
  }

  /** Files of the day that are missing or not those the manifest names. Reads them whole. */
  async damagedFiles(feed: string, date: MarketDate): Promise<string[]> {
    const manifest = this.manifest(feed, date);
    const damaged: string[] = [];
    for (const facts of [manifest?.cache, manifest?.parquet, manifest?.quarantine]) {
      if (!facts) continue;
      const file = join(this.dir, facts.file);
      if (!existsSync(file) || (await fileFacts(file)).sha256 !== facts.sha256) damaged.push(facts.file);
    }
    return damaged;
  }
}

/** The lake in `dir`, when it has the manifest of at least one day. */
export function lakeAt(dir: string): Lake | undefined {
  const lake = new Lake(dir);
  return lake.feeds().some((feed) => lake.days(feed).length > 0) ? lake : undefined;
}

function subfolders(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}
