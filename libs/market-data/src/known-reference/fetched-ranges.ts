import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MarketDate, TradingError, marketDate } from '@trading-agent/core';
import type { FetchedKind, FetchedRange, FetchedRanges } from './known-reference.ts';

export const FETCHED_FILE = 'fetched.json';

/**
 * Which ranges were fetched into a reference folder; `undefined` when nothing was.
 * @throws {TradingError} `DATA_FILE_BROKEN`.
 */
export function readFetchedRanges(folder: string): FetchedRanges | undefined {
  const file = join(folder, FETCHED_FILE);
  if (!existsSync(file)) return undefined;
  try {
    const found: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return {
      dividends: rangesIn(found, 'dividends'),
      splits: rangesIn(found, 'splits'),
      curves: rangesIn(found, 'curves'),
    };
  } catch (cause) {
    throw new TradingError('DATA_FILE_BROKEN', `${file} does not say what was fetched`, {
      hint: 'Delete it and fetch the reference data again.',
      details: { file },
      cause,
    });
  }
}

function rangesIn(found: unknown, kind: FetchedKind): Readonly<Record<string, FetchedRange>> {
  const ranges: Record<string, FetchedRange> = {};
  for (const [name, range] of entriesOf(member(found, kind))) {
    const asked = member(range, 'asked');
    ranges[name] = {
      from: day(member(range, 'from')),
      to: day(member(range, 'to')),
      ...(asked !== undefined && { asked: day(asked) }),
    };
  }
  return ranges;
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

function day(value: unknown): MarketDate {
  return marketDate(typeof value === 'string' ? value : '');
}
