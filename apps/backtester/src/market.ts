import type { MarketDate } from '@trading-agent/core';
import { loadRecordedDay, type MarketDay } from '@trading-agent/market-data';
import { type MarketKind, generateMarketDay } from '@trading-agent/synthetic';

/** Where a day comes from: a recording in the flat-file layout, or the seeded generator (`synthetic` unless another market is named). */
export type MarketSource =
  | { readonly kind: 'replay'; readonly dataDir: string }
  | { readonly kind: 'sim'; readonly market?: MarketKind };

/** @throws {TradingError} what the loader throws: `DATA_FOLDER_MISSING`, `NOT_A_SESSION`, `DATA_DAY_MISSING`, `UNKNOWN_SYMBOL`, `DATA_FILE_BROKEN`. */
export async function marketDay(
  source: MarketSource,
  date: MarketDate,
  underlyings: readonly string[],
  seed: number,
): Promise<MarketDay> {
  return source.kind === 'replay'
    ? loadRecordedDay({ dataDir: source.dataDir, date, underlyings })
    : generateMarketDay({ date, underlyings, seed, kind: source.market ?? 'synthetic' });
}
