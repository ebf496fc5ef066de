/** One side of the ingest benchmark in its own process; prints its figures as JSON. */
import { createReadStream, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { marketDate } from '@trading-agent/core';
// As the threads of an ingest: the lake, not all of the market data.
import { ColumnMemory } from '../../../libs/market-data/src/lake/column-memory.ts';
import { requireFeed } from '../../../libs/market-data/src/lake/feeds.ts';
import { ingestDay, parseFile } from '../../../libs/market-data/src/lake/ingest-day.ts';
import { Lake } from '../../../libs/market-data/src/lake/lake.ts';
import { RowParser } from '../../../libs/market-data/src/lake/row-parser.ts';
import type { LakeTable } from '../../../libs/market-data/src/lake/table.ts';
import { KeptColumns, type Numbers, sum } from './kept-columns.ts';

const [side = '', input = '', work = ''] = process.argv.slice(2);
const FEED = 'us_options_opra/minute_aggs_v1';
/** The day that the generator writes. */
const DATE = marketDate('2025-06-03');
const COLUMNS = ['open', 'high', 'low', 'close', 'volume', 'transactions'] as const;
/** Reads of the side that reads day after day; its CPU time is told per day. */
const DAYS = 4;
const CHUNK = 256 * 1024;
const lakeDir = join(work, 'lake');

const numbersOf = (table: LakeTable, name: string): Numbers =>
  table.typeOf(name) === 'i32' ? table.i32(name) : table.f64(name);

/** Does the work; what it gives is called afterwards, outside the measured time, for rows and sums. */
const SIDES: Record<string, () => Promise<() => Promise<{ rows: number; sums: number[] }>>> = {
  async gunzip() {
    let bytes = 0;
    const gunzip = createReadStream(input, { highWaterMark: CHUNK }).pipe(createGunzip({ chunkSize: CHUNK }));
    gunzip.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    await new Promise((resolve, reject) => gunzip.on('end', resolve).on('error', reject));
    return async () => ({ rows: bytes, sums: [] });
  },

  async duckdb() {
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    await connection.run(`CREATE TABLE bars AS SELECT * FROM read_csv('${input.replaceAll("'", "''")}')`);
    return async () => {
      const query = `SELECT count(*), ${COLUMNS.map((name) => `sum(${name})`).join()} FROM bars`;
      const [rows = 0, ...sums] = ((await connection.runAndReadAll(query)).getRows()[0] ?? []).map(Number);
      return { rows, sums };
    };
  },

  async columns() {
    const kept = new KeptColumns();
    const parser = new RowParser({
      spec: requireFeed(FEED),
      date: DATE,
      file: input,
      onGroup: (columns, rows) => kept.add(columns, rows),
      onBadRow: (line, reason) => {
        throw new Error(`line ${line}: ${reason}`);
      },
    });
    await parseFile(input, parser);
    return async () => {
      const names = parser.columns.map(({ name }) => name);
      return { rows: parser.rows, sums: COLUMNS.map((name) => kept.sum(names.indexOf(name))) };
    };
  },

  async cache() {
    const own = join(work, `cache-${process.pid}`);
    const { manifest } = await ingestDay({ lakeDir: own, feed: FEED, date: DATE, source: input, parquet: false });
    return async () => {
      const table = new Lake(own).read({ feed: FEED, date: DATE, columns: COLUMNS });
      return { rows: manifest.rows, sums: COLUMNS.map((name) => sum(numbersOf(table, name))) };
    };
  },

  async lake() {
    rmSync(lakeDir, { recursive: true, force: true });
    const { manifest } = await ingestDay({ lakeDir, feed: FEED, date: DATE, source: input });
    return async () => ({ rows: manifest.rows, sums: [] });
  },

  /** Of the lake that the side before has left: every column, the times as microseconds. */
  async reread() {
    const table = new Lake(lakeDir).read({ feed: FEED, date: DATE, times: 'micros' });
    table.micros('window_start');
    return async () => ({ rows: table.rows, sums: COLUMNS.map((name) => sum(numbersOf(table, name))) });
  },

  /** As a job that reads day after day: the first into new memory, the others into the same. */
  async days() {
    const memory = new ColumnMemory();
    let table: LakeTable | undefined;
    for (let day = 0; day < DAYS; day++) {
      table = new Lake(lakeDir).read({ feed: FEED, date: DATE, times: 'micros', memory });
      table.micros('window_start');
    }
    const last = table;
    if (last === undefined) throw new Error('nothing read');
    return async () => ({ rows: last.rows, sums: COLUMNS.map((name) => sum(numbersOf(last, name))) });
  },
};

const run = SIDES[side];
if (run === undefined) throw new Error(`There is no side "${side}"`);
const before = process.cpuUsage();
const check = await run();
const { user, system } = process.cpuUsage(before);
const megabytes = process.resourceUsage().maxRSS / 1024;
process.stdout.write(
  JSON.stringify({ cpu: (user + system) / 1e6 / (side === 'days' ? DAYS : 1), megabytes, ...(await check()) }),
);
