import { createHash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { TradingError, isTradingError } from '@trading-agent/core';
import { settle, writeDurably } from '../lake/durable-file.ts';
import type { BucketObject, FlatFileBucket } from './bucket.ts';

/** Times that a broken transfer is taken up again where it broke. */
const MOST_RESUMES = 10;

export interface FileProgress {
  readonly key: string;
  readonly bytes: number;
  readonly size: number;
}

/**
 * Fetches `object` to `file`. What has arrived stays beside it as `.part` (with the ETag it belongs to), so that a broken or killed
 * transfer goes on where it stopped, by Range with If-Match. The file takes its name only when size and MD5 (or, for an object uploaded
 * in parts, its gzip checksum) are right. `false`: the file that was there is that very object.
 * @throws {TradingError} what `FlatFileBucket.bytes` throws; `FEED_STALE` when the object was replaced meanwhile (list again),
 * `DATA_FILE_BROKEN` when what was sent is not what was listed.
 */
export async function downloadFile(
  bucket: FlatFileBucket,
  object: BucketObject,
  file: string,
  options: { readonly signal?: AbortSignal; readonly onBytes?: (progress: FileProgress) => void } = {},
): Promise<boolean> {
  if (await isObject(file, object)) return false;
  mkdirSync(dirname(file), { recursive: true });
  const part = `${file}.part`;
  if (recordedEtag(part) !== object.etag || sizeOf(part) > object.size) {
    rmSync(part, { force: true });
    // The ETag is on disk before the first byte of it.
    writeDurably(`${part}.etag`, `${object.etag}\n`);
  }
  try {
    await fill(bucket, object, part, options);
  } catch (error) {
    // Refused before the first byte: nothing to go on from.
    if (sizeOf(part) === 0) forget(part);
    throw error;
  }
  try {
    await assertIsObject(part, object);
  } catch (error) {
    // Wrong bytes are no start for another try.
    forget(part);
    throw error;
  }
  settle(part, file);
  writeDurably(`${file}.etag`, `${object.etag}\n`);
  rmSync(`${part}.etag`, { force: true });
  return true;
}

async function fill(
  bucket: FlatFileBucket,
  object: BucketObject,
  part: string,
  { signal, onBytes }: Parameters<typeof downloadFile>[3] & object,
): Promise<void> {
  const descriptor = openSync(part, 'a');
  try {
    let done = sizeOf(part);
    let resumes = 0;
    while (done < object.size) {
      try {
        for await (const chunk of bucket.bytes(object.key, { from: done, etag: object.etag }, signal)) {
          if (done + chunk.length > object.size) throw broken(object, `more than ${object.size} bytes came`);
          for (let at = 0; at < chunk.length;) at += writeSync(descriptor, chunk, at);
          done += chunk.length;
          onBytes?.({ key: object.key, bytes: done, size: object.size });
        }
        if (done < object.size) throw new TradingError('FEED_UNAVAILABLE', `${object.key} ended after ${done} bytes`);
      } catch (error) {
        if (isTradingError(error, 'FEED_STALE') || isTradingError(error, 'DATA_FILE_BROKEN')) forget(part);
        if (!isTradingError(error) || !error.retryable || error.code === 'FEED_STALE') throw error;
        resumes += 1;
        if (resumes > MOST_RESUMES) throw error;
      }
    }
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function forget(part: string): void {
  rmSync(part, { force: true });
  rmSync(`${part}.etag`, { force: true });
}

/** Whether `file` is `object`: by the ETag noted beside it, or, where a process died before noting it, by its content. */
async function isObject(file: string, object: BucketObject): Promise<boolean> {
  if (!existsSync(file) || statSync(file).size !== object.size) return false;
  const noted = recordedEtag(file);
  if (noted === object.etag) return true;
  if (!isMd5(object.etag) || (await md5Of(file)) !== object.etag) return false;
  writeDurably(`${file}.etag`, `${object.etag}\n`);
  return true;
}

async function assertIsObject(file: string, object: BucketObject): Promise<void> {
  const { size } = statSync(file);
  if (size !== object.size) throw broken(object, `expected ${object.size} bytes, got ${size}`);
  if (isMd5(object.etag)) {
    const md5 = await md5Of(file);
    if (md5 !== object.etag) throw broken(object, `its MD5 is ${md5}, listed was ${object.etag}`);
  } else if (object.key.endsWith('.gz')) {
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    await pipeline(createReadStream(file), createGunzip(), nowhere).catch((cause: unknown) => {
      throw broken(object, cause instanceof Error ? cause.message : String(cause));
    });
  }
}

async function md5Of(file: string): Promise<string> {
  const hash = createHash('md5');
  await pipeline(createReadStream(file, { highWaterMark: 256 * 1024 }), hash);
  return hash.digest('hex');
}

function isMd5(etag: string): boolean {
  return /^[0-9a-f]{32}$/.test(etag);
}

function recordedEtag(file: string): string | undefined {
  const note = `${file}.etag`;
  return existsSync(note) ? readFileSync(note, 'utf8').trim() : undefined;
}

function sizeOf(file: string): number {
  return existsSync(file) ? statSync(file).size : 0;
}

function broken(object: BucketObject, why: string): TradingError {
  return new TradingError('DATA_FILE_BROKEN', `${object.key}: ${why}`, {
    hint: 'Fetch it again.',
    details: { key: object.key },
  });
}
