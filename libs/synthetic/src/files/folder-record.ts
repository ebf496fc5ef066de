import { existsSync, mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type MarketDate, TradingError, canonicalJson, marketDate } from '@trading-agent/core';
import { writeDurably } from '@trading-agent/market-data';
import type { WrittenFile } from './day-file.ts';
import type { FilesPlan } from './files-plan.ts';

/** Raised when the same request no longer gives the same bytes, so that no folder mixes two generators. */
export const GENERATOR_VERSION = 1;
const FOLDER = 'synthetic';

/** What a finished day left. */
export interface GeneratedDay {
  readonly format: 1;
  readonly date: MarketDate;
  readonly files: readonly WrittenFile[];
}

export function dayRecordFile(toDir: string, date: MarketDate): string {
  return join(toDir, FOLDER, 'days', `${date}.json`);
}

/** The record of a day whose files are all there with their sizes; `undefined` when it must be made (again). */
export function readDayRecord(toDir: string, date: MarketDate): GeneratedDay | undefined {
  const file = dayRecordFile(toDir, date);
  if (!existsSync(file)) return undefined;
  const record: GeneratedDay = JSON.parse(readFileSync(file, 'utf8'));
  const whole = record.files.every(({ file: name, bytes }) => {
    const path = join(toDir, name);
    return existsSync(path) && statSync(path).size === bytes;
  });
  return record.format === 1 && whole ? record : undefined;
}

/** The days that have a record, ascending. */
export function recordedDays(toDir: string): MarketDate[] {
  const folder = join(toDir, FOLDER, 'days');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((name) => /^(\d{4}-\d\d-\d\d)\.json$/.exec(name)?.[1] ?? [])
    .map((day) => marketDate(day))
    .sort();
}

/**
 * Makes the folder this market's, or sees that it is.
 * @throws {TradingError} `USAGE` when it holds another market or real data.
 */
export function claimFolder(toDir: string, plan: FilesPlan): void {
  const file = join(toDir, FOLDER, 'market.json');
  const wanted = canonicalJson({
    generator: GENERATOR_VERSION,
    ...plan.identity,
    ...plan.sampling,
    symbols: plan.symbols,
    parts: plan.parts,
  });
  if (existsSync(file)) {
    const found = readFileSync(file, 'utf8').trim();
    if (found === wanted) return;
    throw new TradingError('USAGE', `${toDir} holds another synthetic market`, {
      hint: 'Give another folder, or the same seed, kind, symbols and parts; only the days may differ.',
      details: { found, wanted },
    });
  }
  const feeds = ['us_options_opra', 'us_stocks_sip', 'us_indices'].filter((feed) => existsSync(join(toDir, feed)));
  if (feeds.length > 0)
    throw new TradingError('USAGE', `${toDir} already holds data that was not generated: ${feeds.join(', ')}`, {
      hint: 'Give a folder of its own, so that made-up days never stand beside real ones.',
    });
  mkdirSync(join(toDir, FOLDER), { recursive: true });
  writeDurably(file, `${wanted}\n`);
}
