import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type MarketDate, TradingError, isTradingError, marketDate } from '@trading-agent/core';

/** The feeds of the Massive flat-file layout that are read here, as folders below the data folder. */
export const OPTION_QUOTES = ['us_options_opra/quotes_v1', 'us_options_opra/quotes_v1_1min_samples'] as const;
export const OPTION_BARS = 'us_options_opra/minute_aggs_v1';
export const OPTION_TRADES = 'us_options_opra/trades_v1';
export const STOCK_BARS = 'us_stocks_sip/minute_aggs_v1';
export const INDEX_BARS = 'us_indices/minute_aggs_v1';

/** @throws {TradingError} `DATA_FOLDER_MISSING` when `dataDir` is not a folder. */
export function assertDataFolder(dataDir: string): void {
  if (existsSync(dataDir) && statSync(dataDir).isDirectory()) return;
  throw new TradingError('DATA_FOLDER_MISSING', `There is no data folder ${dataDir}`, {
    hint: 'Give the folder that holds us_options_opra and us_stocks_sip (the flat-file layout).',
    details: { dataDir },
  });
}

/** The day's file of `feed`, `<feed>/YYYY/MM/YYYY-MM-DD.csv.gz` or the same uncompressed; `undefined` when there is none. */
export function dayFile(dataDir: string, feed: string, date: MarketDate): string | undefined {
  const base = join(dataDir, feed, date.slice(0, 4), date.slice(5, 7), `${date}.csv`);
  return [`${base}.gz`, base].find((file) => existsSync(file));
}

const DAY_FILE = /^(\d{4}-\d\d-\d\d)\.csv(?:\.gz)?$/;

/** The days for which `feed` has a file, ascending. */
export function daysPresent(dataDir: string, feed: string): MarketDate[] {
  return daysIn(dataDir, feed, DAY_FILE);
}

/** The days, first group of `fileName`, that stand below `<feed>/YYYY/MM`, ascending. */
export function daysIn(dataDir: string, feed: string, fileName: RegExp): MarketDate[] {
  const days = new Set<MarketDate>();
  for (const year of folders(join(dataDir, feed), /^\d{4}$/)) {
    for (const month of folders(year, /^\d\d$/)) {
      for (const name of readdirSync(month)) {
        const day = asDate(fileName.exec(name)?.[1]);
        if (day) days.add(day);
      }
    }
  }
  return [...days].sort();
}

/** Folders below `us_options_opra`, `us_stocks_sip` and `us_indices`, as feed names. */
export function feedsPresent(dataDir: string): string[] {
  return ['us_indices', 'us_options_opra', 'us_stocks_sip'].flatMap((group) =>
    folders(join(dataDir, group), /^/).map((folder) => `${group}/${basename(folder)}`),
  );
}

function folders(parent: string, name: RegExp): string[] {
  if (!existsSync(parent)) return [];
  return readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && name.test(entry.name))
    .map((entry) => join(parent, entry.name));
}

function asDate(text: string | undefined): MarketDate | undefined {
  if (text === undefined) return undefined;
  try {
    return marketDate(text);
  } catch (error) {
    if (!isTradingError(error)) throw error;
    return undefined;
  }
}
