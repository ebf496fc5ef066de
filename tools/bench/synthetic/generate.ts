/**
 * `npx node tools/bench/synthetic/generate.ts [--days 10] [--symbols SPY,...]`: rows and bytes per CPU second of writing a synthetic market
 * with the defaults of `agent sim generate`, into a temporary folder; what a year of it comes to.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sessionsBetween } from '@trading-agent/calendar';
import { marketDate } from '@trading-agent/core';
import { generateFiles } from '@trading-agent/synthetic';

const { values } = parseArgs({
  options: {
    days: { type: 'string', default: '10' },
    symbols: { type: 'string', default: 'SPY,QQQ,IWM,AAPL,MSFT,TSLA,NVDA,AMZN,GOOGL,META' },
  },
});
const dates = sessionsBetween(marketDate('2025-06-02'), marketDate('2026-06-01')).slice(0, Number(values.days));
const [from, to] = [dates[0], dates.at(-1)];
if (from === undefined || to === undefined) throw new Error('--days must be at least 1');
const toDir = mkdtempSync(join(tmpdir(), 'synthetic-bench-'));
try {
  const began = performance.now();
  const before = process.cpuUsage();
  const { rows, bytes } = await generateFiles({
    seed: 7,
    symbols: values.symbols.split(','),
    from,
    to,
    toDir,
    threads: 2,
  });
  const { user, system } = process.cpuUsage(before);
  const cpuSeconds = (user + system) / 1e6;
  const year = 252 / dates.length;
  console.log(
    JSON.stringify({
      cpu: cpus()[0]?.model ?? 'unknown',
      sessions: dates.length,
      rows,
      megabytes: Math.round(bytes / 1e6),
      seconds: Math.round((performance.now() - began) / 100) / 10,
      cpuSeconds: Math.round(cpuSeconds * 10) / 10,
      rowsPerCpuSecond: Math.round(rows / cpuSeconds),
      year: {
        rows: Math.round(rows * year),
        gigabytes: Math.round((bytes * year) / 1e8) / 10,
        cpuSeconds: Math.round(cpuSeconds * year),
      },
    }),
  );
} finally {
  rmSync(toDir, { recursive: true, force: true });
}
