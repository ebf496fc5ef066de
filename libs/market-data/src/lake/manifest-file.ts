import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MarketDate, TradingError } from '@trading-agent/core';
import { dayPath } from './feeds.ts';
import type { DayManifest } from './manifest.ts';

export function manifestFile(lakeDir: string, feed: string, date: MarketDate): string {
  return join(lakeDir, `${dayPath(feed, date)}.json`);
}

/** @throws {TradingError} `DATA_FILE_BROKEN` when the manifest can't be read. */
export function readManifest(lakeDir: string, feed: string, date: MarketDate): DayManifest | undefined {
  const file = manifestFile(lakeDir, feed, date);
  if (!existsSync(file)) return undefined;
  try {
    // Written whole by ingestDay; a format of another time is refused.
    const manifest: DayManifest = JSON.parse(readFileSync(file, 'utf8'));
    if (manifest.format !== 1 || manifest.feed !== feed || manifest.date !== date)
      throw new Error('it speaks of something else');
    return manifest;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TradingError('DATA_FILE_BROKEN', `${file} is not a manifest: ${why}`, {
      hint: 'Delete it and ingest the day again.',
      details: { file },
      cause,
    });
  }
}
