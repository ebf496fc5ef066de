import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { MarketDate } from '@trading-agent/core';
import { settle } from '../lake/durable-file.ts';
import { underlyingOf } from '../coverage/archive.ts';
import { dayPath, requireFeed } from '../lake/feeds.ts';
import { fileFacts } from '../lake/ingest-day.ts';
import { ingest, type IngestResult } from '../lake/ingest.ts';
import { readManifest } from '../lake/manifest-file.ts';
import { writeSorted } from '../recorder/sorted-file.ts';
import type { FetchJournal } from './fetch-journal.ts';
import { textLines } from '../text-lines.ts';
import { FETCHED_FEEDS, FETCHED_FEED_NAMES, type FetchedFeed } from './fetched-rows.ts';
import type { RowFolder } from './row-folder.ts';

/** A day of the lake that was not made of fetched rows. */
export interface ForeignDay {
  /**
   * Whether it has rows of the ticker's underlying, and therefore all that could be asked for. A recording, or ticks that were ingested by underlying,
   * have those of some underlyings alone.
   */
  has(ticker: string): boolean;
}

export function foreignDay(
  lakeDir: string,
  journal: FetchJournal,
  feed: FetchedFeed,
  date: MarketDate,
): ForeignDay | undefined {
  const manifest = readManifest(lakeDir, feed, date);
  if (manifest === undefined || journal.isOurs(manifest.source.sha256)) return undefined;
  const { assets } = requireFeed(feed);
  const underlyings = new Set(manifest.underlyings);
  return { has: (ticker) => underlyings.has(underlyingOf(assets, ticker) ?? ticker) };
}

/**
 * Makes days of the lake of the rows that were fetched: sorted into a flat file per feed and day, which is then ingested like any other. A day
 * whose rows have not changed is left alone; a day that the lake has from elsewhere stays as it is, and rows that it has not are kept.
 * @returns what was ingested.
 * @throws {TradingError} as `ingest`.
 */
export async function composeDays(options: {
  readonly lakeDir: string;
  readonly journal: FetchJournal;
  readonly rows: RowFolder;
  readonly parquet: boolean;
  readonly signal?: AbortSignal | undefined;
}): Promise<readonly IngestResult[]> {
  const { lakeDir, journal, rows, parquet, signal } = options;
  const staging = join(lakeDir, 'fetched', 'staged');
  const changed: { readonly feed: FetchedFeed; readonly date: MarketDate; readonly tickers: readonly string[] }[] = [];
  for (const { feed, date, files, bytes } of rows.days()) {
    signal?.throwIfAborted();
    const path = `${dayPath(feed, date)}.csv.gz`;
    const target = join(staging, path);
    const foreign = foreignDay(lakeDir, journal, feed, date);
    if (foreign) {
      if (await hasAll(foreign, files)) rows.drop(files);
      rmSync(target, { force: true });
      continue;
    }
    const last = journal.lastStaged(path);
    // Staged is not ingested: the process may have died in between.
    const isMade = last?.bytes === bytes && last.sha256 === readManifest(lakeDir, feed, date)?.source.sha256;
    if (isMade && !existsSync(target)) continue;
    mkdirSync(dirname(target), { recursive: true });
    await writeSorted({ sources: files, target: `${target}.tmp`, ...FETCHED_FEEDS[feed] });
    const { sha256 } = await fileFacts(`${target}.tmp`);
    // Said before it is ingested: were the process to die in between, the day would still be known as ours.
    journal.staged(path, bytes, sha256);
    settle(`${target}.tmp`, target);
    changed.push({ feed, date, tickers: files.map(tickerOf) });
  }
  const results: IngestResult[] = [];
  // Tick quotes are ingested by underlying; those of one symbol lie in a file that is named by it.
  for (const days of Map.groupBy(changed, ({ feed }) => feed === 'us_stocks_sip/quotes_v1').values()) {
    const dates = days.map(({ date }) => date).sort();
    const [from, to] = [dates[0], dates.at(-1)];
    const feeds = [...new Set(days.map(({ feed }) => feed))];
    const isTicks = feeds.includes('us_stocks_sip/quotes_v1');
    const report = await ingest({
      fromDir: staging,
      lakeDir,
      feeds,
      ...(from && { from }),
      ...(to && { to }),
      ...(isTicks && { underlyings: [...new Set(days.flatMap(({ tickers }) => tickers))] }),
      // Sorting takes its time; another process may have ingested the vendor's file meanwhile.
      leave: (feed, date) =>
        FETCHED_FEED_NAMES.some((name) => name === feed && foreignDay(lakeDir, journal, name, date) !== undefined),
      parquet,
      ...(signal && { signal }),
    });
    results.push(...report.results);
    // What is in the lake needs no copy here; what could not be ingested is tried again next time.
    for (const { feed, date, outcome } of report.results)
      if (outcome !== 'failed') rmSync(join(staging, `${dayPath(feed, date)}.csv.gz`), { force: true });
  }
  return results;
}

async function hasAll(foreign: ForeignDay, files: readonly string[]): Promise<boolean> {
  for (const file of files)
    for await (const { lines } of textLines(file))
      if (lines.some((line) => line !== '' && !foreign.has(line.slice(0, line.indexOf(','))))) return false;
  return true;
}

/** `…/2026-11-02.SPY.csv` is of SPY; `…/2026-11-02.csv` of whatever stands in it. */
function tickerOf(file: string): string {
  return decodeURIComponent(/\d{4}-\d\d-\d\d\.(.+)\.csv$/.exec(file)?.[1] ?? '');
}
