import {
  BIGINT,
  DOUBLE,
  type DuckDBDataChunk,
  DuckDBInstance,
  DuckDBTableFunction,
  type DuckDBValue,
  INTEGER,
  VARCHAR,
} from '@duckdb/node-api';
import { ColumnFile } from './column-file.ts';
import { type LakeQuery, type LakeTable } from './table.ts';
import { NO_INT, NO_LONG } from './feeds.ts';
import { readRows } from './read-table.ts';

const DUCK = { f64: DOUBLE, i32: INTEGER, i64: BIGINT, text: VARCHAR } as const;
const CHUNK = 2_048;
const WINDOW = 32 * CHUNK;

/**
 * Writes the rows of a columnar cache as Parquet (zstd), blank as NULL, `ticker` first, rows in the same order. DuckDB pulls the rows in
 * chunks, so that memory does not grow with the file; one thread, so that the same rows give the same bytes.
 */
export async function writeParquet(
  cacheFile: string,
  target: string,
  query: Pick<LakeQuery, 'feed' | 'date'>,
): Promise<void> {
  const file = new ColumnFile(cacheFile);
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '256MB' });
  try {
    const connection = await instance.connect();
    try {
      connection.registerTableFunction(rowSource(file, query));
      // preserve_insertion_order keeps the file's order, which is what makes ticker ranges of row groups narrow.
      await connection.run('SET preserve_insertion_order = true');
      await connection.run(
        `COPY (SELECT * FROM lake_rows()) TO '${target.replaceAll("'", "''")}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)`,
      );
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
    file.close();
  }
}

function rowSource(file: ColumnFile, query: Pick<LakeQuery, 'feed' | 'date'>): DuckDBTableFunction {
  const { columns, rows } = file.footer;
  let next = 0;
  let window: LakeTable | undefined;
  let windowFrom = 0;
  return DuckDBTableFunction.create({
    name: 'lake_rows',
    bindFunction: (info) => {
      info.addResultColumn('ticker', VARCHAR);
      for (const { name, type } of columns) info.addResultColumn(name, DUCK[type]);
      info.setCardinality(rows, true);
    },
    initFunction: (info) => info.setMaxThreads(1),
    mainFunction: (info, chunk) => {
      try {
        const count = Math.min(CHUNK, rows - next);
        chunk.rowCount = count;
        if (count === 0) return;
        if (window === undefined || next >= windowFrom + WINDOW) {
          windowFrom = next;
          window = readRows(file, query, next, Math.min(next + WINDOW, rows));
        }
        fill(chunk, window, next - windowFrom, count);
        next += count;
      } catch (error) {
        info.setError(error instanceof Error ? error.message : String(error));
      }
    },
  });
}

function fill(chunk: DuckDBDataChunk, table: LakeTable, from: number, count: number): void {
  chunk.setColumnValues(0, tickerValues(table, from, count));
  for (const [index, name] of table.columnNames.entries())
    chunk.setColumnValues(index + 1, values(table, name, from, count));
}

function tickerValues(table: LakeTable, from: number, count: number): string[] {
  const own: string[] = [];
  let run = 0;
  while ((table.runStart[run + 1] ?? table.rows) <= from) run += 1;
  for (let row = from; row < from + count; row++) {
    if (row >= (table.runStart[run + 1] ?? table.rows)) run += 1;
    own.push(table.tickers[table.runTicker[run] ?? 0] ?? '');
  }
  return own;
}

function values(table: LakeTable, name: string, from: number, count: number): DuckDBValue[] {
  switch (table.typeOf(name)) {
    case 'f64':
      return Array.from(table.f64(name).subarray(from, from + count), (value) => (Number.isNaN(value) ? null : value));
    case 'i32':
      return Array.from(table.i32(name).subarray(from, from + count), (value) => (value === NO_INT ? null : value));
    case 'i64':
      return Array.from(table.i64(name).subarray(from, from + count), (value) => (value === NO_LONG ? null : value));
    case 'text': {
      const texts = table.text(name);
      return Array.from({ length: count }, (_, row) => texts.at(from + row) || null);
    }
  }
}
