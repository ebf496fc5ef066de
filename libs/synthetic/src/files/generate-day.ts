import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { MarketDate } from '@trading-agent/core';
import { dayPath, writeDurably } from '@trading-agent/market-data';
import type { SyntheticMarket } from '../synthetic-market.ts';
import { VOLATILITY_INDEX } from '../underlyings.ts';
import { CsvBytes } from './csv-bytes.ts';
import { DayFile, type WrittenFile } from './day-file.ts';
import { HEADERS, indexRows, openInterestRows, printRows, quoteRows, stockDayRow, stockRows } from './day-rows.ts';
import { type FilesPlan, type FilePart } from './files-plan.ts';
import { type GeneratedDay, dayRecordFile } from './folder-record.ts';
import { OptionDay } from './option-day.ts';

const STOCK_MINUTES = 'us_stocks_sip/minute_aggs_v1';
const STOCK_DAYS = 'us_stocks_sip/day_aggs_v1';
const INDEX_MINUTES = 'us_indices/minute_aggs_v1';
const QUOTES = 'us_options_opra/quotes_v1_1min_samples';
const TRADES = 'us_options_opra/trades_v1';
const OPTION_MINUTES = 'us_options_opra/minute_aggs_v1';
const OPTION_DAYS = 'us_options_opra/day_aggs_v1';
const OPEN_INTEREST = 'reference/open_interest';

const FEEDS: readonly { readonly feed: string; readonly part: FilePart; readonly header: string }[] = [
  { feed: STOCK_MINUTES, part: 'stocks', header: HEADERS.bars },
  { feed: STOCK_DAYS, part: 'stocks', header: HEADERS.bars },
  { feed: INDEX_MINUTES, part: 'indices', header: HEADERS.indices },
  { feed: QUOTES, part: 'quotes', header: HEADERS.quotes },
  { feed: TRADES, part: 'trades', header: HEADERS.trades },
  { feed: OPTION_MINUTES, part: 'option-bars', header: HEADERS.bars },
  { feed: OPTION_DAYS, part: 'option-bars', header: HEADERS.bars },
  { feed: OPEN_INTEREST, part: 'open-interest', header: HEADERS.openInterest },
];

/**
 * Writes the files of one session. They get their names together, when all are on disk, and the day's record after them: a process that
 * dies before leaves temporary files only, and a day without record is made again.
 */
export async function generateDay(
  market: SyntheticMarket,
  plan: FilesPlan,
  toDir: string,
  date: MarketDate,
): Promise<GeneratedDay> {
  const files = new Map<string, DayFile>();
  const isIndex = (symbol: string): boolean =>
    symbol === VOLATILITY_INDEX || market.underlying(symbol).profile.kind === 'index';
  const [indices, stocks] = [plan.symbols.filter(isIndex), plan.symbols.filter((symbol) => !isIndex(symbol))];
  for (const { feed, part, header } of FEEDS) {
    if (!plan.parts.includes(part)) continue;
    if ((part === 'indices' && indices.length === 0) || (part === 'stocks' && stocks.length === 0)) continue;
    files.set(feed, new DayFile(toDir, `${dayPath(feed, date)}.csv.gz`, header));
  }
  try {
    const out = new CsvBytes();
    const write = async (feed: string, rows: (out: CsvBytes) => number): Promise<void> => {
      const file = files.get(feed);
      if (file === undefined) return;
      const count = rows(out);
      await file.write(out.take(), count);
    };
    for (const symbol of plan.symbols) {
      const bars = market.bars(symbol, date);
      if (indices.includes(symbol)) await write(INDEX_MINUTES, (text) => indexRows(text, bars));
      else {
        await write(STOCK_MINUTES, (text) => stockRows(text, bars));
        await write(STOCK_DAYS, (text) => stockDayRow(text, date, bars));
      }
      const optioned = [QUOTES, TRADES, OPTION_MINUTES, OPEN_INTEREST].some((feed) => files.has(feed));
      if (symbol === VOLATILITY_INDEX || !optioned) continue;
      const day = new OptionDay(market, market.session(symbol, date), plan);
      await write(QUOTES, (text) =>
        quoteRows(
          text,
          day,
          bars.map(({ end }) => end),
        ),
      );
      await writePrints(
        files,
        day,
        date,
        bars.map(({ start }) => start),
      );
      await write(OPEN_INTEREST, (text) => openInterestRows(text, day));
    }
    const written: WrittenFile[] = [];
    for (const file of files.values()) written.push(await file.finish());
    for (const file of files.values()) file.settle();
    const record = { format: 1, date, files: written } as const;
    writeDurably(dayRecordFile(toDir, date), `${JSON.stringify(record, undefined, 1)}\n`);
    return record;
  } catch (error) {
    for (const [feed, file] of files) {
      file.abandon();
      rmSync(join(toDir, `${dayPath(feed, date)}.csv.gz.tmp`), { force: true });
    }
    throw error;
  }
}

async function writePrints(
  files: ReadonlyMap<string, DayFile>,
  day: OptionDay,
  date: MarketDate,
  starts: readonly number[],
): Promise<void> {
  const [trades, minutes, days] = [TRADES, OPTION_MINUTES, OPTION_DAYS].map((feed) => {
    const file = files.get(feed);
    return file === undefined ? undefined : { file, text: new CsvBytes() };
  });
  if (!trades && !minutes && !days) return;
  const rows = printRows(
    {
      ...(trades && { trades: trades.text }),
      ...(minutes && { minutes: minutes.text }),
      ...(days && { days: days.text }),
    },
    day,
    date,
    starts,
  );
  await trades?.file.write(trades.text.take(), rows.trades);
  await minutes?.file.write(minutes.text.take(), rows.minutes);
  await days?.file.write(days.text.take(), rows.days);
}
