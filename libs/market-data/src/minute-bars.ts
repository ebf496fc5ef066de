import { nyInstant, sessionsBetween } from '@trading-agent/calendar';
import { type MarketDate, TradingError, addDays, isTradingError } from '@trading-agent/core';
import { type Bar, type Ticker, optionSymbol, parseOptionSymbol } from '@trading-agent/instruments';
import { readCsv } from './csv-rows.ts';
import { INDEX_BARS, OPTION_BARS, STOCK_BARS, assertDataFolder, dayFile } from './flat-file-layout.ts';
import { BAR_COLUMNS, barRow } from './flat-file-rows.ts';
import { LakeDay } from './lake-day.ts';
import { lakeAt } from './lake/lake.ts';
import type { QuarantinedRow } from './market-day.ts';
import { Quarantine } from './quarantine.ts';

export interface MinuteBarsRequest {
  /** A lake, or a folder in the flat-file layout. */
  readonly dataDir: string;
  /** A stock (`GOOG`), an index (`I:SPX`) or an option with or without `O:`. */
  readonly symbol: Ticker;
  /** Market dates, both included. */
  readonly from: MarketDate;
  readonly to: MarketDate;
}

export interface MinuteBars {
  /** Oldest first, at most one per minute; options without the `O:` prefix. Extended hours included where the files have them. */
  readonly bars: readonly Bar[];
  /** Sessions of the range for which there is no file: holes, not quiet days. */
  readonly missing: readonly MarketDate[];
  readonly quarantined: readonly QuarantinedRow[];
  readonly quarantinedTotal: number;
}

/**
 * The recorded minute bars of one instrument over a range of days. A symbol that no file speaks of has no bars.
 * @throws {TradingError} `DATA_FOLDER_MISSING`, `DATA_FILE_BROKEN` (file, line), `OUT_OF_RANGE` for dates outside the calendar or a range
 * that ends before it begins.
 */
export async function readMinuteBars(request: MinuteBarsRequest): Promise<MinuteBars> {
  const { dataDir, from, to } = request;
  assertDataFolder(dataDir);
  if (to < from) throw new TradingError('OUT_OF_RANGE', `The range from ${from} to ${to} ends before it begins`);
  const { feed, symbol } = source(request.symbol);
  const lake = lakeAt(dataDir);
  const bars = new Map<number, Bar>();
  const missing: MarketDate[] = [];
  const quarantine = new Quarantine();
  for (const date of sessionsBetween(from, to)) {
    if (lake) {
      const day = new LakeDay(lake, date, quarantine);
      const tickers = [symbol, `O:${symbol}`];
      if (day.underlyings(feed) === undefined) missing.push(date);
      else
        day.bars(
          feed,
          { tickers },
          () => symbol,
          (bar) => bars.set(bar.start, bar),
        );
      continue;
    }
    const file = dayFile(dataDir, feed, date);
    if (file === undefined) {
      missing.push(date);
      continue;
    }
    const span = { from: nyInstant(date, '00:00'), to: nyInstant(addDays(date, 1), '00:00') };
    await readCsv(file, BAR_COLUMNS, quarantine, (fields) => {
      const ticker = fields[0] ?? '';
      if (ticker !== symbol && ticker !== `O:${symbol}`) return undefined;
      const bar = barRow(fields, symbol, span);
      if (typeof bar === 'string') return bar;
      bars.set(bar.start, bar);
      return undefined;
    });
  }
  return {
    bars: [...bars.values()].sort((a, b) => a.start - b.start),
    missing,
    quarantined: quarantine.rows,
    quarantinedTotal: quarantine.total,
  };
}

/** Which feed tells of `ticker`, and the name it has inside the project. */
function source(ticker: Ticker): { feed: string; symbol: Ticker } {
  if (ticker.startsWith('I:')) return { feed: INDEX_BARS, symbol: ticker };
  return isOption(ticker) ? { feed: OPTION_BARS, symbol: optionSymbol(ticker) } : { feed: STOCK_BARS, symbol: ticker };
}

function isOption(ticker: Ticker): boolean {
  try {
    parseOptionSymbol(ticker);
    return true;
  } catch (error) {
    if (!isTradingError(error)) throw error;
    return false;
  }
}
