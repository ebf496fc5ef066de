import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ManualClock, isTradingError, marketDate, micros } from '@trading-agent/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dayPath } from '../lake/feeds.ts';
import { FlatFileBucket } from './bucket.ts';
import { download } from './download.ts';
import { Swift, swiftIsInstalled } from './swift.fixture.ts';

const FEED = 'us_stocks_sip/day_aggs_v1';
const DATE = marketDate('2014-06-09');
const KEY = `${dayPath(FEED, DATE)}.csv.gz`;
const body = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * 7919) % 251));

describe.skipIf(!swiftIsInstalled())('flat files from OpenStack Swift (apt install python3-swift)', () => {
  let swift: Swift;
  let owner: S3Client;
  let folder: string;
  const put = (key: string, bytes: Buffer) =>
    owner.send(new PutObjectCommand({ Bucket: 'flatfiles', Key: key, Body: bytes }));
  const client = (keys: { secretKey?: string; accessKey?: string } = {}): FlatFileBucket => {
    const { url, accessKey, secretKey } = swift;
    return new FlatFileBucket({ endpoint: url, bucket: 'flatfiles', accessKey, secretKey, attempts: 1, ...keys });
  };
  const fetchDay = (bucket: FlatFileBucket) =>
    download({
      bucket,
      feeds: [FEED],
      from: DATE,
      to: DATE,
      toDir: folder,
      clock: new ManualClock(micros(1_500_000_000_000_000)),
    });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'swift-files-'));
    swift = await Swift.start();
    owner = new S3Client({
      endpoint: swift.url,
      region: 'us-east-1',
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      credentials: { accessKeyId: swift.accessKey, secretAccessKey: swift.secretKey },
    });
    await owner.send(new CreateBucketCommand({ Bucket: 'flatfiles' }));
    await put(KEY, body);
    await put(`${FEED}/2014/06/2014-06-10.csv.gz`, body.subarray(1));
  });

  afterAll(async () => {
    owner.destroy();
    await swift.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('are listed, fetched, verified by their ETag, and fetched anew when replaced', async () => {
    const bucket = client();
    const listed: [string, number][] = [];
    for await (const { key, size } of bucket.list(FEED)) listed.push([key, size]);
    expect(listed).toEqual([
      [KEY, body.length],
      [`${FEED}/2014/06/2014-06-10.csv.gz`, body.length - 1],
    ]);
    expect((await fetchDay(bucket)).map(({ outcome }) => outcome)).toEqual(['downloaded']);
    expect(readFileSync(join(folder, KEY)).equals(body)).toBe(true);
    expect((await fetchDay(bucket)).map(({ outcome }) => outcome)).toEqual(['unchanged']);
    const other = Buffer.from(body.toReversed());
    await put(KEY, other);
    expect((await fetchDay(bucket)).map(({ outcome }) => outcome)).toEqual(['replaced']);
    expect(readFileSync(join(folder, KEY)).equals(other)).toBe(true);
    await put(KEY, body);
  });

  it('come from the middle under If-Match, and not from another object or beyond the end', async () => {
    const bucket = client();
    const { value: object } = await bucket.list(KEY).next();
    if (!object) throw new Error('nothing listed');
    const parts: Uint8Array[] = [];
    for await (const part of bucket.bytes(KEY, { from: 150_000, etag: object.etag })) parts.push(part);
    expect(Buffer.concat(parts).equals(body.subarray(150_000))).toBe(true);
    for (const range of [
      { from: 10, etag: '0'.repeat(32) },
      { from: object.size, etag: object.etag },
    ]) {
      await expect(bucket.bytes(KEY, range).next()).rejects.toSatisfy((error) => isTradingError(error, 'FEED_STALE'));
    }
  });

  it.each([
    ['wrong secret', { secretKey: 'wrong' }],
    ['unknown key', { accessKey: 'test:nobody' }],
  ])('are refused on a %s', async (_what, keys) => {
    const bucket = client(keys);
    await expect(fetchDay(bucket)).rejects.toSatisfy((error) => isTradingError(error, 'FEED_AUTH'));
    await expect(bucket.bytes(KEY).next()).rejects.toSatisfy((error) => isTradingError(error, 'FEED_AUTH'));
  });

  it('that are not there are FEED_NOT_FOUND', async () => {
    const missing = client().bytes(`${FEED}/2014/06/2014-06-11.csv.gz`);
    await expect(missing.next()).rejects.toSatisfy((error) => isTradingError(error, 'FEED_NOT_FOUND'));
  });
});
