import {
  BIGINT,
  DOUBLE,
  type DuckDBDataChunk,
  DuckDBInstance,
  DuckDBTableFunction,
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

/** Value by value into the vectors: an array of each column in between costs as much again. */
function fill(chunk: DuckDBDataChunk, table: LakeTable, from: number, count: number): void {
  fillTickers(chunk.getColumnVector(0), table, from, count);
  for (const [index, name] of table.columnNames.entries()) {
    const vector = chunk.getColumnVector(index + 1);
    fillColumn(vector, table, name, from, count);
    vector.flush();
  }
}

type Vector = ReturnType<DuckDBDataChunk['getColumnVector']>;

function fillTickers(vector: Vector, table: LakeTable, from: number, count: number): void {
  let run = 0;
  while ((table.runStart[run + 1] ?? table.rows) <= from) run += 1;
  for (let row = 0; row < count; row++) {
    if (from + row >= (table.runStart[run + 1] ?? table.rows)) run += 1;
    vector.setItem(row, table.tickers[table.runTicker[run] ?? 0] ?? '');
  }
  vector.flush();
}

function fillColumn(vector: Vector, table: LakeTable, name: string, from: number, count: number): void {
  switch (table.typeOf(name)) {
    case 'f64': {
      const values = table.f64(name);
      for (let row = 0; row < count; row++) {
        const value = values[from + row] ?? Number.NaN;
        vector.setItem(row, Number.isNaN(value) ? null : value);
      }
      return;
    }
    case 'i32': {
      const values = table.i32(name);
      for (let row = 0; row < count; row++) {
        const value = values[from + row] ?? NO_INT;
        vector.setItem(row, value === NO_INT ? null : value);
      }
      return;
    }
    case 'i64': {
      const values = table.i64(name);
      for (let row = 0; row < count; row++) {
        const value = values[from + row] ?? NO_LONG;
        vector.setItem(row, value === NO_LONG ? null : value);
      }
      return;
    }
    case 'text': {
      const texts = table.text(name);
      for (let row = 0; row < count; row++) vector.setItem(row, texts.at(from + row) || null);
    }
  }
}
