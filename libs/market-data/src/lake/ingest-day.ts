import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type MarketDate, TradingError, isTradingError } from '@trading-agent/core';
import { refusePointer } from '../pointer-file.ts';
import { ColumnFileWriter } from './column-file.ts';
import { DurableFile, settle, syncFile, writeDurably } from './durable-file.ts';
import { dayPath, requireFeed } from './feeds.ts';
import { manifestFile, readManifest } from './manifest-file.ts';
import type { DayManifest, FileFacts } from './manifest.ts';
import { RowParser } from './row-parser.ts';
import { streamBytes } from './source-bytes.ts';

export interface IngestDayRequest {
  readonly lakeDir: string;
  readonly feed: string;
  readonly date: MarketDate;
  /** A `.csv.gz` or `.csv` file. */
  readonly source: string;
  /** Of quotes only these; what an earlier ingest of the same file took stays. Other feeds are taken whole. */
  readonly underlyings?: readonly string[];
  /** Parquet beside the cache; true unless given. */
  readonly parquet?: boolean;
}

export interface IngestedDay {
  readonly outcome: 'ingested' | 'unchanged';
  readonly manifest: DayManifest;
}

const CHUNK = 256 * 1024;
/** Quarantined rows that are kept with their text; all are counted. */
export const MOST_QUARANTINED_LINES = 100_000;

/**
 * Turns one file into a day of the lake. Nothing of the lake changes before the file has been read to its end; then cache, Parquet and,
 * last, the manifest take their names. Files are named by their content, so that a reader sees the old day or the new one. A day that
 * was made of the same bytes is left alone.
 * @throws {TradingError} `DATA_FILE_BROKEN` (damaged or cut short, no header, nothing readable), `DATA_DAY_MISSING`, `USAGE` when quotes
 * would be ingested whole.
 */
export async function ingestDay(request: IngestDayRequest): Promise<IngestedDay> {
  const { lakeDir, feed, date, source } = request;
  const spec = requireFeed(feed);
  if (!existsSync(source)) {
    throw new TradingError('DATA_DAY_MISSING', `There is no file ${source}`, { details: { file: source } });
  }
  refusePointer(source);
  const before = readManifest(lakeDir, feed, date);
  const filter = spec.kind === 'quotes' ? filterOf(request, before) : undefined;
  if (spec.filterRequired && filter === undefined) {
    throw new TradingError('USAGE', `${feed} is too large to be ingested whole`, {
      hint: 'Name the underlyings whose quotes are wanted.',
      details: { feed, date },
    });
  }
  const parquet = request.parquet ?? true;
  if (before !== undefined && (await isMadeOf(before, { lakeDir, source, filter, parquet }))) {
    sweep(lakeDir, before);
    return { outcome: 'unchanged', manifest: before };
  }

  const base = join(lakeDir, dayPath(feed, date));
  mkdirSync(dirname(base), { recursive: true });
  const temporary = {
    cache: `${base}.cache.tmp`,
    parquet: `${base}.parquet.tmp`,
    quarantine: `${base}.quarantine.tmp`,
  };
  try {
    const read = await streamIn({ request, spec, filter, temporary });
    let parquetFacts: FileFacts | null = null;
    if (parquet && read.rows > 0) {
      // DuckDB is loaded by whoever writes Parquet, and by nobody else.
      const { writeParquet } = await import('./parquet.ts');
      await writeParquet(temporary.cache, temporary.parquet, { feed, date });
      syncFile(temporary.parquet);
      parquetFacts = { file: `${dayPath(feed, date)}.parquet`, ...(await fileFacts(temporary.parquet)) };
    }
    const manifest: DayManifest = {
      format: 1,
      feed,
      date,
      ...read.counts,
      filter: filter ?? null,
      source: { file: `${dayPath(feed, date)}.csv${source.endsWith('.gz') ? '.gz' : ''}`, ...read.source },
      cache: { file: `${dayPath(feed, date)}.${read.cache.sha256.slice(0, 12)}.cache`, ...read.cache },
      parquet: parquetFacts,
      quarantine: read.quarantine && {
        file: `${dayPath(feed, date)}.${read.quarantine.sha256.slice(0, 12)}.quarantine.jsonl`,
        ...read.quarantine,
      },
    };
    settle(temporary.cache, join(lakeDir, manifest.cache.file));
    if (manifest.quarantine) settle(temporary.quarantine, join(lakeDir, manifest.quarantine.file));
    if (manifest.parquet) settle(temporary.parquet, join(lakeDir, manifest.parquet.file));
    writeDurably(manifestFile(lakeDir, feed, date), `${JSON.stringify(manifest, undefined, 1)}\n`);
    sweep(lakeDir, manifest);
    return { outcome: 'ingested', manifest };
  } catch (error) {
    for (const file of Object.values(temporary)) rmSync(file, { force: true });
    throw error;
  }
}

interface StreamIn {
  readonly request: IngestDayRequest;
  readonly spec: ReturnType<typeof requireFeed>;
  readonly filter: readonly string[] | undefined;
  readonly temporary: { readonly cache: string; readonly quarantine: string };
}

async function streamIn({ request, spec, filter, temporary }: StreamIn) {
  const { source, date } = request;
  const writer = new ColumnFileWriter(temporary.cache);
  let quarantine: DurableFile | undefined;
  let kept = 0;
  let finished = false;
  try {
    const parser = new RowParser({
      spec,
      date,
      file: source,
      ...(filter && { filter: new Set(filter) }),
      onGroup: (columns, rows) => writer.group(columns, rows),
      onBadRow: (line, reason, text) => {
        if (kept >= MOST_QUARANTINED_LINES) return;
        kept += 1;
        quarantine ??= new DurableFile(temporary.quarantine);
        quarantine.write(Buffer.from(`${JSON.stringify({ line, reason, text })}\n`));
      },
    });
    const facts = await parseFile(source, parser);
    const cache = writer.finish(parser.columns, parser.tickers, parser.runs);
    finished = true;
    const { rows, quarantined, filtered, ignoredColumns } = parser;
    return {
      rows,
      counts: {
        rows,
        tickers: parser.tickers.count,
        underlyings: parser.tickers.underlyings.toSorted(),
        quarantined,
        filtered,
        columns: parser.columns.map(({ name, type }) => ({ name, type })),
        ignoredColumns,
      },
      source: facts,
      cache,
      quarantine: quarantine === undefined ? null : { bytes: quarantine.bytes, sha256: quarantine.finish() },
    };
  } catch (error) {
    if (!finished) writer.abandon();
    throw error;
  }
}

/** Streams a `.csv.gz` or `.csv` file through `parser`; gives the size and SHA-256 of the file as it stands on disk. */
export async function parseFile(source: string, parser: RowParser): Promise<{ bytes: number; sha256: string }> {
  let facts: { bytes: number; sha256: string };
  try {
    facts = await streamBytes(source, (bytes) => parser.push(bytes));
  } catch (cause) {
    if (isTradingError(cause)) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TradingError('DATA_FILE_BROKEN', `${source}: can't be read beyond row ${parser.rows}: ${why}`, {
      hint: 'The file is damaged or incomplete: delete it and fetch it again.',
      details: { file: source, row: parser.rows },
      cause,
    });
  }
  parser.end();
  return facts;
}

function filterOf(request: IngestDayRequest, before: DayManifest | undefined): readonly string[] | undefined {
  if (request.underlyings === undefined) return undefined;
  return [...new Set([...request.underlyings, ...(before?.filter ?? [])])].sort();
}

async function isMadeOf(
  manifest: DayManifest,
  now: { lakeDir: string; source: string; filter: readonly string[] | undefined; parquet: boolean },
): Promise<boolean> {
  const { size } = statSync(now.source);
  if (manifest.source.bytes !== size) return false;
  const covered = manifest.filter === null || manifest.filter.join() === (now.filter ?? ['*']).join();
  if (!covered || (now.parquet && manifest.parquet === null && manifest.rows > 0)) return false;
  for (const facts of [manifest.cache, manifest.parquet, manifest.quarantine]) {
    if (facts === null) continue;
    const file = join(now.lakeDir, facts.file);
    if (!existsSync(file) || (await fileFacts(file)).sha256 !== facts.sha256) return false;
  }
  return (await fileFacts(now.source)).sha256 === manifest.source.sha256;
}

/** Size and SHA-256 of a file. */
export async function fileFacts(file: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK })) {
    const part = chunk as Buffer;
    hash.update(part);
    bytes += part.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** Removes what earlier or broken runs left of this day. Whoever reads a replaced cache has it open and keeps it. */
function sweep(lakeDir: string, manifest: DayManifest): void {
  const path = dayPath(manifest.feed, manifest.date);
  const folder = join(lakeDir, dirname(path));
  const kept = new Set(
    [manifest.cache, manifest.parquet, manifest.quarantine, { file: `${path}.json` }].map(
      (facts) => facts && join(lakeDir, facts.file),
    ),
  );
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    if (name.startsWith(`${manifest.date}.`) && !kept.has(file)) rmSync(file, { force: true });
  }
}
