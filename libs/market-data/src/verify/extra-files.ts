import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { nyDate } from '@trading-agent/calendar';
import { TradingError, marketDate, microsFromNanosText } from '@trading-agent/core';
import { readCsv } from '../csv-rows.ts';
import { Quarantine } from '../quarantine.ts';
import type { ChainAtInstant, ChainQuote } from './chain-checks.ts';
import type { SeriesDay } from './series-checks.ts';

/**
 * End-of-day chains of a folder of CSV files with the columns `date,ticker,underlying,bid,ask` and, when known, `volume`, `open_interest`,
 * `underlying_close`. Rows that can't be read are left out.
 * @throws {TradingError} `DATA_FOLDER_MISSING`, `DATA_FILE_BROKEN`.
 */
export async function readChainFolder(folder: string): Promise<readonly ChainAtInstant[]> {
  const chains = new Map<string, { head: Omit<ChainAtInstant, 'quotes'>; quotes: ChainQuote[] }>();
  for (const file of csvFiles(folder)) {
    const columns = {
      required: ['date', 'ticker', 'underlying', 'bid', 'ask'],
      optional: ['volume', 'open_interest', 'underlying_close'],
    };
    await readCsv(file, columns, new Quarantine(), (fields) => {
      const [day = '', ticker = '', underlying = '', bid = '', ask = '', volume = '', interest = '', spot = ''] =
        fields;
      if (!/^\d{4}-\d\d-\d\d$/.test(day)) return 'no day';
      const key = `${file}|${day}|${underlying}`;
      let chain = chains.get(key);
      if (!chain) {
        const head = { source: basename(file), date: marketDate(day), underlying, spot: value(spot) };
        chains.set(key, (chain = { head, quotes: [] }));
      }
      chain.quotes.push({
        ticker,
        bid: value(bid),
        ask: value(ask),
        volume: value(volume),
        openInterest: value(interest),
      });
      return undefined;
    });
  }
  return [...chains.values()].map(({ head, quotes }) => ({ ...head, quotes }));
}

/**
 * Daily series of a folder, one file `SYMBOL.csv[.gz]` each with the columns of day aggregates.
 * @throws {TradingError} `DATA_FOLDER_MISSING`, `DATA_FILE_BROKEN`.
 */
export async function readSeriesFolder(
  folder: string,
): Promise<readonly { readonly source: string; readonly symbol: string; readonly days: readonly SeriesDay[] }[]> {
  const series: { source: string; symbol: string; days: SeriesDay[] }[] = [];
  for (const file of csvFiles(folder)) {
    const days: SeriesDay[] = [];
    await readCsv(
      file,
      { required: ['ticker', 'window_start', 'open', 'close'], optional: ['volume'] },
      new Quarantine(),
      ([, start = '', open = '', close = '', volume = '']) => {
        if (!/^\d{10,19}$/.test(start)) return 'not a nanosecond timestamp';
        days.push({
          date: nyDate(microsFromNanosText(start)),
          open: Number(open),
          close: Number(close),
          volume: Number(volume),
        });
        return undefined;
      },
    );
    const symbol = basename(file).replace(/\.csv(\.gz)?$/, '');
    series.push({ source: basename(file), symbol, days: days.sort((a, b) => (a.date < b.date ? -1 : 1)) });
  }
  return series;
}

function csvFiles(folder: string): readonly string[] {
  if (!existsSync(folder)) {
    throw new TradingError('DATA_FOLDER_MISSING', `There is no folder ${folder}`, {
      hint: 'Give a folder that holds .csv or .csv.gz files.',
      details: { folder },
    });
  }
  return readdirSync(folder)
    .filter((name) => /\.csv(\.gz)?$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

function value(text: string): number | null {
  return text === '' || !Number.isFinite(Number(text)) ? null : Number(text);
}
