import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Clock,
  type MarketDate,
  type Micros,
  TradingError,
  addDays,
  isTradingError,
  toTradingError,
} from '@trading-agent/core';
import { dayPath, requireFeed } from '../lake/feeds.ts';
import { LakeLock } from '../lake/lake-lock.ts';
import type { BucketObject, FlatFileBucket } from './bucket.ts';
import { type FileProgress, downloadFile } from './download-file.ts';
import { missingDay } from './expected-day.ts';

export interface DownloadRequest {
  readonly bucket: FlatFileBucket;
  readonly feeds: readonly string[];
  /** Both included. */
  readonly from: MarketDate;
  readonly to: MarketDate;
  /** Folder that gets the flat-file layout. */
  readonly toDir: string;
  readonly clock: Clock;
  /** Files larger than this are refused (option quotes of one day have more than 100 GB); 16 GiB unless given. */
  readonly mostBytes?: number;
  readonly signal?: AbortSignal;
  readonly onBytes?: (progress: FileProgress) => void;
  readonly onDay?: (result: DownloadResult) => void;
}

export interface DownloadResult {
  readonly feed: string;
  readonly date: MarketDate;
  /**
   * `replaced`: fetched anew because the vendor replaced it. `holiday`, `late`, `absent`: no file, see `missingDay`. `not-entitled`: the
   * plan does not cover the feed; its days after the first are not asked for.
   */
  readonly outcome: 'downloaded' | 'replaced' | 'unchanged' | 'holiday' | 'late' | 'absent' | 'not-entitled' | 'failed';
  readonly bytes: number;
  /** When a late file should appear. */
  readonly dueAt?: Micros;
  readonly error?: TradingError;
}

const MOST_BYTES = 16 * 1024 ** 3;
const MOST_DAYS = 366 * 40;

/**
 * Brings the files of the feeds and days into `toDir`. Each file appears whole or not at all; run again it fetches only what is missing,
 * broken or replaced. A file that fails does not stop the others; wrong keys do. One download writes into a folder at a time.
 * @throws {TradingError} `LAKE_LOCKED` when another process downloads into `toDir`, `FEED_AUTH`, `CANCELLED`, `INVALID_VALUE` (feed), `OUT_OF_RANGE` (days), and what listing throws.
 */
export async function download(request: DownloadRequest): Promise<DownloadResult[]> {
  const days = daysOf(request.from, request.to);
  mkdirSync(request.toDir, { recursive: true });
  using _lock = LakeLock.take(request.toDir);
  const results: DownloadResult[] = [];
  for (const feed of request.feeds) {
    requireFeed(feed);
    let entitled = true;
    let month = '';
    let listed = new Map<string, BucketObject>();
    for (const date of days) {
      if (!entitled) break;
      if (date.slice(0, 7) !== month) {
        month = date.slice(0, 7);
        listed = await listMonth(request, feed, date);
      }
      const result = await oneDay(request, feed, date, listed.get(`${dayPath(feed, date)}.csv.gz`));
      entitled = result.outcome !== 'not-entitled';
      results.push(result);
      request.onDay?.(result);
    }
  }
  return results;
}

async function listMonth(
  { bucket, signal }: DownloadRequest,
  feed: string,
  date: MarketDate,
): Promise<Map<string, BucketObject>> {
  const objects = new Map<string, BucketObject>();
  const prefix = `${feed}/${date.slice(0, 4)}/${date.slice(5, 7)}/`;
  for await (const object of bucket.list(prefix, signal)) objects.set(object.key, object);
  return objects;
}

async function oneDay(
  request: DownloadRequest,
  feed: string,
  date: MarketDate,
  object: BucketObject | undefined,
): Promise<DownloadResult> {
  const { bucket, toDir, signal, onBytes } = request;
  if (object === undefined) return missing(request, feed, date);
  const file = join(toDir, `${dayPath(feed, date)}.csv.gz`);
  const options = { ...(signal && { signal }), ...(onBytes && { onBytes }) };
  try {
    const most = request.mostBytes ?? MOST_BYTES;
    if (object.size > most) {
      throw new TradingError(
        'OUT_OF_RANGE',
        `${object.key} has ${object.size} bytes, more than ${most} are not fetched`,
        {
          hint: 'Raise the limit, or leave this feed out.',
          details: { key: object.key, size: object.size },
        },
      );
    }
    const before = existsSync(file);
    const fetched = await downloadFile(bucket, object, file, options).catch(async (error: unknown) => {
      if (!isTradingError(error, 'FEED_STALE')) throw error;
      // Replaced between listing and fetching: once more, as it is listed now.
      const now = (await listMonth(request, feed, date)).get(object.key);
      if (now === undefined) throw error;
      return downloadFile(bucket, now, file, options);
    });
    return { feed, date, outcome: !fetched ? 'unchanged' : before ? 'replaced' : 'downloaded', bytes: object.size };
  } catch (thrown) {
    const error = toTradingError(thrown);
    if (error.code === 'FEED_AUTH' || error.code === 'CANCELLED') throw error;
    if (error.code === 'FEED_NOT_FOUND') return missing(request, feed, date);
    return { feed, date, outcome: error.code === 'FEED_NOT_ENTITLED' ? 'not-entitled' : 'failed', bytes: 0, error };
  }
}

function missing({ clock }: DownloadRequest, feed: string, date: MarketDate): DownloadResult {
  const { missing: outcome, dueAt } = missingDay(date, clock.now());
  return { feed, date, outcome, bytes: 0, ...(dueAt !== undefined && { dueAt }) };
}

function daysOf(from: MarketDate, to: MarketDate): MarketDate[] {
  const days: MarketDate[] = [];
  for (let day = from; day <= to; day = addDays(day, 1)) {
    days.push(day);
    if (days.length > MOST_DAYS) throw new TradingError('OUT_OF_RANGE', `${from} to ${to} are too many days`);
  }
  return days;
}
