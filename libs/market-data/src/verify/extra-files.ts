import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { nyDate } from '@trading-agent/calendar';
import { TradingError, marketDate, microsFromNanosText } from '@trading-agent/core';
import { readCsv, splitRow } from '../csv-rows.ts';
import { Quarantine } from '../quarantine.ts';
import { textLines } from '../text-lines.ts';
import type { ChainAtInstant, ChainQuote } from './chain-checks.ts';
import type { SeriesDay } from './series-checks.ts';

interface ChainFields {
  readonly date: string;
  readonly ticker: string;
  readonly underlying: string;
  readonly quote: Omit<ChainQuote, 'ticker'>;
  readonly spot: number | null;
}

/** Columns of a kind of chain file and what its rows say. */
interface ChainForm {
  readonly columns: { readonly required: readonly string[]; readonly optional: readonly string[] };
  readonly row: (fields: readonly string[]) => ChainFields;
}

function quoteOf(
  texts: Readonly<Record<'bid' | 'ask' | 'volume' | 'interest', string>>,
  impliedVolatility: number | null,
): ChainFields['quote'] {
  return {
    bid: value(texts.bid),
    ask: value(texts.ask),
    volume: value(texts.volume),
    openInterest: value(texts.interest),
    impliedVolatility,
  };
}

const OWN_FORM: ChainForm = {
  columns: {
    required: ['date', 'ticker', 'underlying', 'bid', 'ask'],
    optional: ['volume', 'open_interest', 'underlying_close', 'implied_volatility'],
  },
  row: ([
    date = '',
    ticker = '',
    underlying = '',
    bid = '',
    ask = '',
    volume = '',
    interest = '',
    spot = '',
    iv = '',
  ]) => ({
    date,
    ticker,
    underlying,
    quote: quoteOf({ bid, ask, volume, interest }, value(iv)),
    spot: value(spot),
  }),
};

/** The end-of-day files of iVolatility: `iv` -1 is none, `isinterpolated` marks a volatility that no quote has. */
const IVOLATILITY_FORM: ChainForm = {
  columns: {
    required: ['date', 'option_symbol', 'symbol', 'bid', 'ask', 'stock_price_close', 'iv', 'isinterpolated'],
    optional: ['volume', 'open_interest'],
  },
  row: ([
    day = '',
    ticker = '',
    underlying = '',
    bid = '',
    ask = '',
    spot = '',
    iv = '',
    made = '',
    volume = '',
    interest = '',
  ]) => {
    const [month = '', date = '', year = ''] = day.split('/');
    const stated = value(iv);
    return {
      date: `${year}-${month.padStart(2, '0')}-${date.padStart(2, '0')}`,
      ticker: `O:${ticker.replaceAll(' ', '')}`,
      underlying,
      quote: quoteOf({ bid, ask, volume, interest }, made === '*' || stated === null || stated < 0 ? null : stated),
      spot: value(spot),
    };
  },
};

/**
 * End-of-day chains of a folder of CSV files with the columns `date,ticker,underlying,bid,ask` and, when known, `volume`, `open_interest`,
 * `underlying_close`, `implied_volatility`; or with those of iVolatility's files. Rows that can't be read are left out.
 * @throws {TradingError} `DATA_FOLDER_MISSING`, `DATA_FILE_BROKEN`.
 */
export async function readChainFolder(folder: string): Promise<readonly ChainAtInstant[]> {
  const chains = new Map<string, { head: Omit<ChainAtInstant, 'quotes'>; quotes: ChainQuote[] }>();
  for (const file of csvFiles(folder)) {
    const form = (await headerOf(file)).includes('option_symbol') ? IVOLATILITY_FORM : OWN_FORM;
    await readCsv(file, form.columns, new Quarantine(), (fields) => {
      const { date, ticker, underlying, quote, spot } = form.row(fields);
      if (!/^\d{4}-\d\d-\d\d$/.test(date)) return 'no day';
      const key = `${file}|${date}|${underlying}`;
      let chain = chains.get(key);
      if (!chain) {
        const head = { source: basename(file), date: marketDate(date), underlying, spot };
        chains.set(key, (chain = { head, quotes: [] }));
      }
      chain.quotes.push({ ticker, ...quote });
      return undefined;
    });
  }
  return [...chains.values()].map(({ head, quotes }) => ({ ...head, quotes }));
}

async function headerOf(file: string): Promise<readonly string[]> {
  for await (const { lines } of textLines(file)) return splitRow(lines[0] ?? '') ?? [];
  return [];
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
