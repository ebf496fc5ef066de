import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_BUCKET, DEFAULT_FLAT_FILE_KEYS } from '../options.ts';
import type { MarketSim } from '../server.ts';
import { admin } from '../testing/sessions.ts';
import { startTinySim } from '../testing/tiny-market.ts';

const KEY = 'us_options_opra/day_aggs_v1/2016/01/2016-01-04.csv.gz';
const ROWS =
  'ticker,volume,open,close,high,low,window_start,transactions\nO:GOOG160115C00740000,1,2,3,4,1,1451883600000000000,1\n';
const { accessKey, secretKey } = DEFAULT_FLAT_FILE_KEYS;

let folder: string;
let sim: MarketSim;
let client: S3Client;
const at = { Bucket: DEFAULT_BUCKET, Key: KEY };
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 's3-faults-'));
  mkdirSync(join(folder, KEY, '..'), { recursive: true });
  writeFileSync(join(folder, KEY), gzipSync(ROWS));
  sim = await startTinySim({ flatFiles: { root: folder } });
  client = connect();
});
afterEach(async () => {
  client.destroy();
  await sim.close();
  rmSync(folder, { recursive: true });
});

function connect(): S3Client {
  return new S3Client({
    endpoint: sim.s3Url ?? '',
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
    maxAttempts: 1,
  });
}

const fault = (rule: object): Promise<unknown> => admin(sim, 'POST', 'faults', rule);
async function body(): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand(at));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

describe('flat files', () => {
  it('a gzip that ends too early, in a transfer that does not', async () => {
    await fault({ fault: 'truncated-gzip', match: { path: KEY }, with: { bytes: 40 } });
    const bytes = await body();
    expect(bytes).toHaveLength(40);
    expect(() => gunzipSync(bytes)).toThrow('unexpected end of file');
    expect((await client.send(new HeadObjectCommand(at))).ContentLength).toBe(40);
  });

  it('a file that is replaced: the same key, the same rows, another ETag, later', async () => {
    const before = await client.send(new HeadObjectCommand(at));
    await fault({ fault: 'replaced-file', after: 1 });
    expect((await client.send(new ListObjectsV2Command({ Bucket: at.Bucket }))).Contents?.[0]?.ETag).toBe(before.ETag);
    await expect(client.send(new GetObjectCommand({ ...at, IfMatch: before.ETag }))).rejects.toMatchObject({
      name: 'PreconditionFailed',
    });
    expect(gunzipSync(await body()).toString()).toBe(ROWS);
    const after = await client.send(new HeadObjectCommand(at));
    expect(after.ETag).not.toBe(before.ETag);
    expect(after.LastModified?.getTime()).toBeGreaterThan(before.LastModified?.getTime() ?? Number.NaN);
  });

  it('a file that is replaced by another', async () => {
    const other = join(folder, 'other.gz');
    writeFileSync(other, gzipSync('ticker\n'));
    await fault({ fault: 'replaced-file', with: { file: other } });
    expect(gunzipSync(await body()).toString()).toBe('ticker\n');
  });

  it('a transfer that is cut', async () => {
    await fault({ fault: 'cut-transfer', with: { bytes: 20 } });
    await expect(body()).rejects.toThrow(/aborted|terminated|socket hang up/);
    expect(gunzipSync(await body()).toString()).toBe(ROWS);
  });

  it('errors, pages, a lost answer, a revoked key, a clock that is off', async () => {
    await fault({ fault: 'server-error', room: 's3', times: 1 });
    await expect(body()).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 }, name: 'InternalError' });
    await fault({ fault: 'rate-limit', room: 's3', times: 1, with: { body: 'empty' } });
    await expect(body()).rejects.toMatchObject({ $metadata: { httpStatusCode: 429 } });
    await fault({ fault: 'html-page', room: 's3', times: 1 });
    await expect(body()).rejects.toMatchObject({ $metadata: { httpStatusCode: 502 } });
    await fault({ fault: 'response-lost', room: 's3' });
    await expect(body()).rejects.toThrow(/socket hang up|ECONNRESET/);
    await fault({ fault: 'keys-revoked', room: 's3' });
    await expect(body()).rejects.toMatchObject({ name: 'InvalidAccessKeyId' });
    await admin(sim, 'DELETE', 'faults/5');
    await fault({ fault: 'clock-skew', room: 's3', with: { seconds: 1_000 } });
    await expect(body()).rejects.toMatchObject({ name: 'RequestTimeTooSkewed' });
    await admin(sim, 'DELETE', 'faults/6');
    expect(gunzipSync(await body()).toString()).toBe(ROWS);
  });
});
