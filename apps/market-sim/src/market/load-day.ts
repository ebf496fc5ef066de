import { previousSession, requireSession } from '@trading-agent/calendar';
import { TradingError, isTradingError } from '@trading-agent/core';
import { type MarketDay, loadRecordedDay, readMinuteBars } from '@trading-agent/market-data';
import { type MarketIdentity, generateMarketDay, generateMinuteBars } from '@trading-agent/synthetic';
import type { MarketSimOptions } from '../options.ts';
import type { EarlierBars } from './earlier-bars.ts';

/** The day to serve and how to get at what happened before it. */
export interface LoadedMarket {
  readonly day: MarketDay;
  readonly earlier: EarlierBars;
}

/**
 * @throws {TradingError} `NOT_A_SESSION`, `USAGE` without a data folder or symbols, and whatever reading or generating the day throws
 * (`DATA_FOLDER_MISSING`, `DATA_DAY_MISSING`, `UNKNOWN_SYMBOL`, ...).
 */
export async function loadMarket(options: MarketSimOptions): Promise<LoadedMarket> {
  requireSession(options.date);
  if (options.day) return { day: closed(options.day), earlier: fromHistory(options.day) };
  if (options.symbols.length === 0)
    throw new TradingError('USAGE', 'No underlying was named', {
      hint: 'Give at least one, for instance --symbols GOOG.',
    });
  if (options.market === 'synthetic') {
    const { date, symbols, seed, simKind: kind = 'synthetic' } = options;
    const day = generateMarketDay({ date, underlyings: symbols, seed, kind });
    return { day: closed(day), earlier: fromGenerator({ seed, kind }) };
  }
  const { dataDir } = options;
  if (dataDir === undefined)
    throw new TradingError('USAGE', 'A replayed market needs a data folder', { hint: 'Give one with --data DIR.' });
  const day = await loadRecordedDay({ dataDir, date: options.date, underlyings: options.symbols });
  return { day: closed(day), earlier: fromFlatFiles(dataDir) };
}

/** A day whose data ends before the close gets an empty step there, so that day orders expire. */
function closed(day: MarketDay): MarketDay {
  const { close } = requireSession(day.date);
  const last = day.steps.at(-1);
  if (last && last.at >= close) return day;
  return { ...day, steps: [...day.steps, { at: close, quotes: [], bars: [], trades: [] }] };
}

function fromHistory(day: MarketDay): EarlierBars {
  const date = previousSession(day.date);
  return async (symbol, from, to) =>
    from <= date && date <= to ? day.history.filter((bar) => bar.symbol === symbol) : [];
}

function fromGenerator(market: MarketIdentity): EarlierBars {
  return async (symbol, from, to) => {
    try {
      return generateMinuteBars({ ...market, symbol, from, to });
    } catch (error) {
      // The vendor answers an unknown ticker, and days before its data begins, with nothing.
      if (isTradingError(error, 'UNKNOWN_SYMBOL') || isTradingError(error, 'OUT_OF_RANGE')) return [];
      throw error;
    }
  };
}

function fromFlatFiles(dataDir: string): EarlierBars {
  return async (symbol, from, to) => (await readMinuteBars({ dataDir, symbol, from, to })).bars;
}
