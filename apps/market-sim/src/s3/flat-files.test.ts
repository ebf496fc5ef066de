import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { nyInstant } from '@trading-agent/calendar';
import { ManualClock, isTradingError, marketDate } from '@trading-agent/core';
import {
  type DownloadResult,
  FlatFileBucket,
  Lake,
  LakeLock,
  dayPath,
  download,
  ingest,
} from '@trading-agent/market-data';
import { contentsOf } from '@trading-agent/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type S3SimOptions, s3Server } from './s3-server.ts';

const FEED = 'us_options_opra/day_aggs_v1';
const KEYS = { accessKey: 'sim-access', secretKey: 'sim-secret-key' };
const MONDAY = marketDate('2014-06-09');
const HEADER = 'ticker,volume,open,close,high,low,window_start,transactions';

let root: string;
let bucketDir: string;
let toDir: string;
let lakeDir: string;
let closing: (() => void)[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 's3-'));
  [bucketDir, toDir, lakeDir] = [join(root, 'bucket'), join(root, 'files'), join(root, 'lake')];
  for (const folder of [bucketDir, toDir, lakeDir]) mkdirSync(folder);
});

afterEach(() => {
  for (const close of closing) close();
  closing = [];
  rmSync(root, { recursive: true, force: true });
});

function put(date: string, bytes: Buffer, feed = FEED): string {
  const file = join(bucketDir, `${dayPath(feed, marketDate(date))}.csv.gz`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
  return file;
}

/** A file of rows that do not compress, so that it spans many packets. */
function dayFile(date: string, rows: number, seed = 1): Buffer {
  const start = `${nyInstant(marketDate(date), '00:00')}000`;
  let state = seed;
  const next = (): number => (state = (state * 48_271) % 2_147_483_647);
  const lines = Array.from({ length: rows }, (_, index) => {
    const price = (next() % 100_000) / 100;
    return `O:AAPL140621C${String(index + 1).padStart(5, '0')}000,${next()},${price},${price},${price},${price},${start},${next() % 1000}`;
  });
  return gzipSync([HEADER, ...lines, ''].join('\n'));
}

async function serve(options: Partial<S3SimOptions> = {}): Promise<string> {
  const server = s3Server({ root: bucketDir, bucket: 'flatfiles', keys: KEYS, ...options });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function client(
  endpoint: string,
  options: { accessKey?: string; secretKey?: string; idleMillis?: number } = {},
): FlatFileBucket {
  const bucket = new FlatFileBucket({ endpoint, bucket: 'flatfiles', ...KEYS, attempts: 1, ...options });
  closing.push(() => bucket.close());
  return bucket;
}

const clock = (date: string, time: string): ManualClock => new ManualClock(nyInstant(marketDate(date), time));

function fetchDays(bucket: FlatFileBucket, from = '2014-06-09', to = from, feeds = [FEED]): Promise<DownloadResult[]> {
  return download({
    bucket,
    feeds,
    from: marketDate(from),
    to: marketDate(to),
    toDir,
    clock: clock('2014-07-01', '12:00'),
  });
}

const outcomes = (results: readonly DownloadResult[]): string[] => results.map(({ outcome }) => outcome);

async function ingestAll() {
  return ingest({ fromDir: toDir, lakeDir, threads: 1 });
}

describe('flat files from the simulated S3', () => {
  it('arrive whole, once, and make a day of the lake', async () => {
    put(MONDAY, dayFile(MONDAY, 500));
    const bucket = client(await serve());
    expect(outcomes(await fetchDays(bucket))).toEqual(['downloaded']);
    expect(outcomes(await fetchDays(bucket))).toEqual(['unchanged']);
    expect((await ingestAll()).results.map(({ outcome }) => outcome)).toEqual(['ingested']);
    expect(new Lake(lakeDir).read({ feed: FEED, date: MONDAY }).rows).toBe(500);
  });

  it('are fetched into a folder by one process at a time', async () => {
    put(MONDAY, dayFile(MONDAY, 1));
    const bucket = client(await serve());
    const other = LakeLock.take(toDir);
    await expect(fetchDays(bucket)).rejects.toSatisfy((error) => isTradingError(error, 'LAKE_LOCKED'));
    other[Symbol.dispose]();
    expect(outcomes(await fetchDays(bucket))).toEqual(['downloaded']);
  });

  it('are listed over page borders, the whole bucket, whatever the plan covers', async () => {
    const days = ['2014-06-02', '2014-06-03', '2014-06-04', '2014-06-05', '2014-06-06', '2014-06-09', '2014-06-10'];
    for (const day of days) put(day, dayFile(day, 1));
    const bucket = client(await serve({ pageSize: 3, unentitled: ['us_options_opra/'] }));
    const keys: string[] = [];
    for await (const { key } of bucket.list('')) keys.push(key);
    expect(keys).toEqual(days.map((day) => `${dayPath(FEED, marketDate(day))}.csv.gz`));
  });

  it.each([
    ['wrong secret', { secretKey: 'another' }],
    ['unknown key', { accessKey: 'another' }],
  ])('end with FEED_AUTH on a %s, the lake as it was', async (_what, keys) => {
    put(MONDAY, dayFile(MONDAY, 5));
    const endpoint = await serve();
    await fetchDays(client(endpoint));
    await ingestAll();
    const before = contentsOf(root);
    put(MONDAY, dayFile(MONDAY, 6));
    const bucket = client(endpoint, keys);
    await expect(fetchDays(bucket)).rejects.toSatisfy((error) => isTradingError(error, 'FEED_AUTH'));
    const object = bucket.bytes(`${dayPath(FEED, MONDAY)}.csv.gz`);
    await expect(object.next()).rejects.toSatisfy((error) => isTradingError(error, 'FEED_AUTH'));
    const after = contentsOf(root);
    const key = `bucket/${dayPath(FEED, MONDAY)}.csv.gz`;
    expect({ ...after, [key]: before[key] }).toEqual(before);
  });

  it('refuse a clock that is more than a quarter of an hour off', async () => {
    put(MONDAY, dayFile(MONDAY, 5));
    const bucket = client(await serve({ now: () => Date.now() + 16 * 60_000 }));
    const listing = bucket.list('');
    await expect(listing.next()).rejects.toSatisfy((error) => isTradingError(error, 'FEED_AUTH'));
  });

  it('go on by range where the connection broke', async () => {
    const source = put(MONDAY, dayFile(MONDAY, 20_000));
    const asked: string[] = [];
    const cutAfter = (key: string): number | undefined => {
      asked.push(key);
      return asked.length <= 3 ? 70_000 : undefined;
    };
    const bucket = client(await serve({ cutAfter }));
    expect(outcomes(await fetchDays(bucket))).toEqual(['downloaded']);
    expect(asked).toHaveLength(4);
    expect(readFileSync(join(toDir, `${dayPath(FEED, MONDAY)}.csv.gz`)).equals(readFileSync(source))).toBe(true);
  });

  it('go on after kill -9, and the file is the same', async () => {
    const source = put(MONDAY, dayFile(MONDAY, 50_000));
    const size = readFileSync(source).length;
    const endpoint = await serve();
    const file = join(toDir, `${dayPath(FEED, MONDAY)}.csv.gz`);
    const program = `
      import { FlatFileBucket, downloadFile } from '@trading-agent/market-data';
      const bucket = new FlatFileBucket(${JSON.stringify({ endpoint, bucket: 'flatfiles', ...KEYS })});
      for await (const object of bucket.list('')) {
        await downloadFile(bucket, object, ${JSON.stringify(file)}, {
          onBytes: ({ bytes, size }) => { if (bytes > size / 2) process.kill(process.pid, 'SIGKILL'); },
        });
      }`;
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
      cwd: import.meta.dirname,
    });
    const [, signal] = await once(child, 'exit');
    expect(signal).toBe('SIGKILL');
    const part = readFileSync(`${file}.part`);
    expect(part.length).toBeGreaterThan(size / 2);
    expect(part.length).toBeLessThan(size);

    expect(outcomes(await fetchDays(client(endpoint)))).toEqual(['downloaded']);
    expect(readFileSync(file).equals(readFileSync(source))).toBe(true);
    expect(readdirSync(dirname(file)).sort()).toEqual([`${MONDAY}.csv.gz`, `${MONDAY}.csv.gz.etag`]);
  });

  it('are fetched anew when the vendor has replaced them, and so is the day of the lake', async () => {
    put(MONDAY, dayFile(MONDAY, 500));
    const bucket = client(await serve());
    await fetchDays(bucket);
    await ingestAll();
    put(MONDAY, dayFile(MONDAY, 700, 7));
    expect(outcomes(await fetchDays(bucket))).toEqual(['replaced']);
    expect((await ingestAll()).results.map(({ outcome }) => outcome)).toEqual(['ingested']);
    expect(new Lake(lakeDir).read({ feed: FEED, date: MONDAY }).rows).toBe(700);
    // One cache, one Parquet, one manifest, and what the lock lies on: nothing of the old day is left.
    expect(Object.keys(contentsOf(lakeDir))).toHaveLength(4);
  });

  it('start over when the object is replaced, or has shrunk (expired range), in the middle of the transfer', async () => {
    const old = dayFile(MONDAY, 20_000);
    for (const replacement of [dayFile(MONDAY, 20_000, 9), dayFile(MONDAY, 10, 9)]) {
      put(MONDAY, old);
      const file = join(toDir, `${dayPath(FEED, MONDAY)}.csv.gz`);
      rmSync(file, { force: true });
      rmSync(`${file}.etag`, { force: true });
      let gets = 0;
      const cutAfter = (): number | undefined => {
        gets += 1;
        if (gets === 2) return undefined;
        if (gets === 1) setImmediate(() => put(MONDAY, replacement));
        return gets === 1 ? 70_000 : undefined;
      };
      expect(outcomes(await fetchDays(client(await serve({ cutAfter }))))).toEqual(['downloaded']);
      expect(readFileSync(file).equals(replacement)).toBe(true);
    }
  });

  it('answers 416 to a range beyond the end, which the client tells as FEED_STALE', async () => {
    put(MONDAY, dayFile(MONDAY, 5));
    const bucket = client(await serve());
    const { value: object } = await bucket.list('').next();
    if (!object) throw new Error('nothing listed');
    const beyond = bucket.bytes(object.key, { from: object.size, etag: object.etag });
    await expect(beyond.next()).rejects.toSatisfy((error) => isTradingError(error, 'FEED_STALE'));
  });

  it('cut short at the vendor is refused by the ingest, the lake as it was', async () => {
    const whole = dayFile(MONDAY, 5_000);
    put(MONDAY, whole);
    const bucket = client(await serve());
    await fetchDays(bucket);
    await ingestAll();
    const before = contentsOf(lakeDir);
    put(MONDAY, whole.subarray(0, whole.length / 2));
    expect(outcomes(await fetchDays(bucket))).toEqual(['replaced']);
    const { results } = await ingestAll();
    expect(results.map(({ outcome, error }) => [outcome, error?.code])).toEqual([['failed', 'DATA_FILE_BROKEN']]);
    expect(contentsOf(lakeDir)).toEqual(before);
  });

  it('outside the plan are asked for once and told as not entitled, typed', async () => {
    for (const day of ['2014-06-05', '2014-06-06', MONDAY]) put(day, dayFile(day, 5));
    let gets = 0;
    const endpoint = await serve({ unentitled: ['us_options_opra/'], cutAfter: () => void gets++ });
    const results = await fetchDays(client(endpoint), '2014-06-05', MONDAY);
    expect(results.map(({ date, outcome, error }) => [date, outcome, error?.code])).toEqual([
      ['2014-06-05', 'not-entitled', 'FEED_NOT_ENTITLED'],
    ]);
    expect(gets).toBe(0);
    expect(readdirSync(toDir, { recursive: true }).filter((name) => String(name).endsWith('.gz'))).toEqual([]);
  });

  it('that are missing are a holiday, late or absent by the calendar', async () => {
    const bucket = client(await serve());
    const at = async (date: string, time: string, from: string, to: string) =>
      outcomes(
        await download({
          bucket,
          feeds: [FEED],
          from: marketDate(from),
          to: marketDate(to),
          toDir,
          clock: clock(date, time),
        }),
      );
    // 4 July 2014 was a Friday.
    expect(await at('2014-07-07', '10:59', '2014-07-03', '2014-07-06')).toEqual([
      'late',
      'holiday',
      'holiday',
      'holiday',
    ]);
    expect(await at('2014-07-07', '11:00', '2014-07-03', '2014-07-03')).toEqual(['absent']);
    const missing = client(await serve());
    const object = missing.bytes(`${dayPath(FEED, MONDAY)}.csv.gz`);
    await expect(object.next()).rejects.toSatisfy((error) => isTradingError(error, 'FEED_NOT_FOUND'));
  });

  it('that stop coming end with TIMEOUT', async () => {
    put(MONDAY, dayFile(MONDAY, 5));
    const silent = createServer(() => undefined);
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    closing.push(
      () => silent.closeAllConnections(),
      () => silent.close(),
    );
    const mute = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const object = client(mute, { idleMillis: 50 }).bytes('x');
    await expect(object.next()).rejects.toSatisfy((error) => isTradingError(error, 'TIMEOUT'));
  });
});
