import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { marketDate } from '@trading-agent/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ingest } from '../lake/ingest.ts';
import { Lake } from '../lake/lake.ts';
import { composeDays } from './compose.ts';
import { FetchJournal } from './fetch-journal.ts';
import type { FetchedFeed } from './fetched-rows.ts';
import { RowFolder } from './row-folder.ts';

const date = marketDate('2026-11-02');
const MINUTES = 'us_stocks_sip/minute_aggs_v1';
const start = (minute: number): string => String(1_793_629_800_000_000_000n + BigInt(minute) * 60_000_000_000n);
const bar = (symbol: string, minute: number, volume = 5): string =>
  `${symbol},${volume},1,1,1,1,${start(minute)},123456`;

let lakeDir: string;
let rows: RowFolder;
beforeEach(() => {
  lakeDir = mkdtempSync(join(tmpdir(), 'compose-'));
  rows = new RowFolder(lakeDir);
});
afterEach(() => rmSync(lakeDir, { recursive: true, force: true }));

const compose = (journal = new FetchJournal(lakeDir)) => composeDays({ lakeDir, journal, rows, parquet: false });
const volumes = (): readonly number[] => [...new Lake(lakeDir).read({ feed: MINUTES, date }).f64('volume')];
const rowFile = join('fetched/rows/us_stocks_sip.minute_aggs_v1', `${date}.csv`);

/** A day of the lake that was not fetched. */
async function ingestFile(feed: FetchedFeed, text: string, underlyings?: readonly string[]): Promise<void> {
  const flat = join(lakeDir, 'flat');
  const file = join(flat, feed, '2026/11', `${date}.csv`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  const report = await ingest({ fromDir: flat, lakeDir, parquet: false, ...(underlyings && { underlyings }) });
  expect(report.results.map(({ outcome }) => outcome)).toEqual(['ingested']);
  rmSync(flat, { recursive: true });
}
const BARS = 'ticker,volume,open,close,high,low,window_start,transactions\n';

describe('composeDays', () => {
  it('makes a day anew that was announced, but had not been ingested when the process died', async () => {
    rows.append(MINUTES, new Map([[date, [bar('SPY', 0, 1)]]]));
    await compose();
    rows.append(MINUTES, new Map([[date, [bar('SPY', 1, 2)]]]));
    // The process dies at the line after the announcement: nothing has its name yet.
    class Dies extends FetchJournal {
      override staged(path: string, bytes: number, sha256: string): void {
        super.staged(path, bytes, sha256);
        throw new Error('dies here');
      }
    }
    await expect(compose(new Dies(lakeDir))).rejects.toThrow('dies here');
    await compose();
    expect(volumes()).toEqual([1, 2]);
  });

  it('leaves half a row out that a process which died has left, until its job is done again', async () => {
    rows.append(MINUTES, new Map([[date, [bar('SPY', 0, 1), bar('SPY', 1, 2)]]]));
    // Cut within the count of transactions: it would read as a row of another count.
    appendFileSync(join(lakeDir, rowFile), bar('SPY', 2, 3).slice(0, -3));
    await compose();
    expect(volumes()).toEqual([1, 2]);
    rows.append(MINUTES, new Map([[date, [bar('SPY', 2, 3)]]]));
    await compose();
    expect(volumes()).toEqual([1, 2, 3]);
  });

  it('keeps the rows of a symbol that the lake’s day from elsewhere does not have', async () => {
    rows.append(MINUTES, new Map([[date, [bar('SPY', 0), bar('QQQ', 0)]]]));
    await ingestFile(MINUTES, `${BARS}SPY,7,1,1,1,1,${start(0)},1\n`);
    await compose();
    expect(volumes()).toEqual([7]);
    expect(readFileSync(join(lakeDir, rowFile), 'utf8')).toContain('QQQ');
    await ingestFile(MINUTES, `${BARS}QQQ,8,1,1,1,1,${start(0)},1\nSPY,7,1,1,1,1,${start(0)},1\n`);
    await compose();
    expect(volumes()).toEqual([8, 7]);
    expect(existsSync(join(lakeDir, rowFile))).toBe(false);
  });

  it('leaves a day alone that another process has ingested while it was sorted', async () => {
    await ingestFile(MINUTES, `${BARS}QQQ,8,1,1,1,1,${start(0)},1\nSPY,7,1,1,1,1,${start(0)},1\n`);
    const vendors = join(lakeDir, 'vendors');
    cpSync(join(lakeDir, 'us_stocks_sip'), vendors, { recursive: true });
    rmSync(join(lakeDir, 'us_stocks_sip'), { recursive: true });
    rows.append(MINUTES, new Map([[date, [bar('SPY', 0, 1)]]]));
    class Races extends FetchJournal {
      override staged(path: string, bytes: number, sha256: string): void {
        super.staged(path, bytes, sha256);
        cpSync(vendors, join(lakeDir, 'us_stocks_sip'), { recursive: true });
      }
    }
    await compose(new Races(lakeDir));
    expect(volumes()).toEqual([8, 7]);
    await compose();
    expect(volumes()).toEqual([8, 7]);
    expect([
      existsSync(join(lakeDir, rowFile)),
      existsSync(join(lakeDir, 'fetched/staged', MINUTES, '2026/11', `${date}.csv.gz`)),
    ]).toEqual([false, false]);
  });

  it('has what a chain showed on two closed days once', async () => {
    const feed = 'us_options_opra/quotes_v1_snapshots';
    const row = `O:SPY261218C00650000,1,2,,1.2,3,,${start(0)},,`;
    for (const asked of ['2026-11-07', '2026-11-08']) await rows.replace(feed, date, `SPY.${asked}`, [[row]]);
    await compose();
    expect(new Lake(lakeDir).read({ feed, date }).rows).toBe(1);
  });
});

describe('FetchJournal', () => {
  it('read by a plan while a fetch writes into it is not touched', () => {
    const journal = new FetchJournal(lakeDir);
    const job = { what: 'aggs', step: 'aggs', symbol: 'SPY', dates: [date], calls: 1, basis: 'certain' } as const;
    journal.done(job, 1);
    const file = join(lakeDir, 'fetched/journal.jsonl');
    appendFileSync(file, '{"done":"aggs","symbol":"QQQ"');
    const before = readFileSync(file, 'utf8');
    expect(new FetchJournal(lakeDir).isDone('aggs', 'SPY', date)).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe(before);
    // Whoever writes next does not write behind half a line.
    new FetchJournal(lakeDir).done({ ...job, symbol: 'IWM' }, 1);
    const next = new FetchJournal(lakeDir);
    expect(['SPY', 'QQQ', 'IWM'].map((symbol) => next.isDone('aggs', symbol, date))).toEqual([true, false, true]);
  });
});
