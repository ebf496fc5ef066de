/**
 * `node tools/bench/ingest/ingest-bench.ts <minaggs.csv.gz> [work folder]`: CPU seconds of reading a flat file of minute bars, beside
 * node's gunzip alone and DuckDB's table load, each in a process of its own, one after the other in one run (user + system, peak memory).
 * Each side is run three times, in turn, and the median counts.
 * Input: `OUT=<folder> node <shared>/bench/generate.mjs minaggs 5000000`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';

const input = process.argv[2];
if (input === undefined) {
  console.error('usage: node tools/bench/ingest/ingest-bench.ts <minaggs.csv.gz> [work folder]');
  process.exit(2);
}
const work = mkdtempSync(join(process.argv[3] ?? tmpdir(), 'ingest-bench-'));
const SIDES = ['gunzip', 'duckdb', 'columns', 'cache', 'lake', 'reread', 'days'] as const;
type Side = (typeof SIDES)[number];

interface Run {
  readonly cpu: number;
  readonly megabytes: number;
  readonly rows: number;
  readonly sums: readonly number[];
}

const runs = Object.fromEntries(SIDES.map((side): [Side, Run[]] => [side, []])) as Record<Side, Run[]>;
try {
  for (let round = 0; round < 3; round++) {
    for (const side of SIDES) {
      const child = spawnSync(process.execPath, [join(import.meta.dirname, 'side.ts'), side, input, work], {
        encoding: 'utf8',
      });
      if (child.status !== 0) throw new Error(`${side}: ${child.stderr}`);
      const run: Run = JSON.parse(child.stdout);
      runs[side].push(run);
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

const median = (side: Side): Run => {
  const middle = runs[side].toSorted((a, b) => a.cpu - b.cpu)[1];
  if (middle === undefined) throw new Error(`No run of ${side}`);
  return middle;
};
const figures = Object.fromEntries(SIDES.map((side): [Side, Run] => [side, median(side)])) as Record<Side, Run>;
const { gunzip, duckdb, columns, cache, lake, reread, days } = figures;
console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, node ${process.version}, ${duckdb.rows} rows`);
const line = (name: string, run: Run, goal = ''): void =>
  console.log(
    `${name.padEnd(34)} ${run.cpu.toFixed(2).padStart(6)} CPU s ${run.megabytes.toFixed(0).padStart(5)} MB  ${goal}`,
  );
line('gunzip alone', gunzip);
line('DuckDB create table', duckdb);
const ratios = (run: Run): string =>
  `${(run.cpu / gunzip.cpu).toFixed(2)} x gunzip, ${(run.cpu / duckdb.cpu).toFixed(2)} x DuckDB`;
line('all columns kept in memory', columns, `${ratios(columns)} (goals 3.0, 0.5, 450 MB)`);
line('streamed into the columnar cache', cache, `${ratios(cache)} (goal 150 MB)`);
line('streamed into the lake, Parquet too', lake, ratios(lake));
line('columns read again', reread, `${(reread.rows / reread.cpu / 1e6).toFixed(1)} M rows per CPU s (goal 20)`);
line('four days, one memory, each', days, `${(days.rows / days.cpu / 1e6).toFixed(1)} M rows per CPU s (goal 20)`);
const same = [columns, cache, reread, days].every(
  ({ rows, sums }) =>
    rows === duckdb.rows &&
    sums.every((sum, index) => Math.abs(sum - (duckdb.sums[index] ?? 0)) <= 1e-9 * Math.abs(sum)),
);
console.log(same ? 'rows and column sums equal DuckDB’s' : 'ROWS OR SUMS DIFFER FROM DUCKDB’S');
process.exit(same ? 0 : 1);
