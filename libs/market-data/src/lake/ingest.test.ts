import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nyInstant } from '@trading-agent/calendar';
import { isTradingError, marketDate } from '@trading-agent/core';
import { contentsOf } from '@trading-agent/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BAR_HEADER, FlatFileFixture } from '../flat-file.fixture.ts';
import { ingest } from './ingest.ts';

const BARS = 'us_options_opra/minute_aggs_v1';

let lakeDir: string;
let files: FlatFileFixture;

beforeEach(() => {
  lakeDir = mkdtempSync(join(tmpdir(), 'lake-'));
  files = new FlatFileFixture();
});

afterEach(() => {
  files[Symbol.dispose]();
  rmSync(lakeDir, { recursive: true, force: true });
});

describe('ingest', () => {
  const days = ['2014-06-05', '2014-06-06', '2014-06-09', '2014-06-10'];

  function manyDays(): void {
    for (const day of days) {
      const start = `${nyInstant(marketDate(day), '09:30')}000`;
      const rows = Array.from({ length: 30_000 }, (_, index) => {
        const ticker = `O:AAPL140621C${String(1 + (index >> 5)).padStart(5, '0')}000`;
        return `${ticker},${index},1,2,3,0.5,${start},1`;
      });
      files.write(BARS, day, [BAR_HEADER, ...rows, 'broken'], 'csv.gz');
    }
  }

  it('killed at any moment and run again leaves the lake of an unbroken run, byte for byte', async () => {
    manyDays();
    await ingest({ fromDir: files.dir, lakeDir, threads: 2 });
    const unbroken = contentsOf(lakeDir);
    // Manifest, cache, Parquet and quarantine a day, and what the lock lies on.
    expect(Object.keys(unbroken)).toHaveLength(4 * days.length + 1);
    const second = mkdtempSync(join(tmpdir(), 'lake-'));
    try {
      for (const wait of [150, 350, 600]) {
        const program = `
          import { ingest } from './ingest.ts';
          console.log('on');
          await ingest({ fromDir: ${JSON.stringify(files.dir)}, lakeDir: ${JSON.stringify(second)}, threads: 2 });`;
        const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
          cwd: import.meta.dirname,
        });
        await once(child.stdout, 'data');
        const kill = setTimeout(() => child.kill('SIGKILL'), wait);
        await once(child, 'exit');
        clearTimeout(kill);
      }
      const report = await ingest({ fromDir: files.dir, lakeDir: second, threads: 1 });
      expect(report.results.map(({ date }) => date)).toEqual(days);
      expect(contentsOf(second)).toEqual(unbroken);
      const again = await ingest({ fromDir: files.dir, lakeDir: second });
      expect(again.results.map(({ outcome }) => outcome)).toEqual(days.map(() => 'unchanged'));
    } finally {
      rmSync(second, { recursive: true, force: true });
    }
  });

  it('refuses a lake that another process is writing', async () => {
    manyDays();
    const running = ingest({ fromDir: files.dir, lakeDir });
    await expect(ingest({ fromDir: files.dir, lakeDir })).rejects.toSatisfy((error) =>
      isTradingError(error, 'LAKE_LOCKED'),
    );
    await running;
    expect((await ingest({ fromDir: files.dir, lakeDir })).results).not.toHaveLength(0);
  });
});
