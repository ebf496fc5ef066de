/** The recorded figures that the synthetic market is held against, out of the shared data folder. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { lastTradingDay, nyDate, nyInstant, requireSession } from '@trading-agent/calendar';
import { MICROS_PER_DAY, type MarketDate, type Micros, marketDate, micros } from '@trading-agent/core';
import { type MarketDay, loadRecordedDay, readMinuteBars } from '@trading-agent/market-data';
import type { ChainQuote, DailyReturn, MinuteSession } from './facts.ts';

export const SHARED = process.env['TRADING_AGENT_SHARED'] ?? join(import.meta.dirname, '../../../../shared');
export const DATA = join(SHARED, 'data');
export const hasRealData = existsSync(join(DATA, 'stocks_history'));

function rows(file: string): Record<string, string>[] {
  const [head = '', ...lines] = gunzipSync(readFileSync(file)).toString().trimEnd().split(/\r?\n/);
  const names = head.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((field, index) => [names[index] ?? '', field])));
}

/** Total log returns of a stock's recorded days, splits divided out and dividends added. */
export function realReturns(symbol: string): DailyReturn[] {
  const actions = join(DATA, 'reference/corporate_actions');
  const of = (name: string): Record<string, string>[] =>
    readdirSync(actions)
      .filter((file) => file.startsWith(name))
      .flatMap((file) => rows(join(actions, file)))
      .filter((row) => row['ticker'] === symbol);
  const splits = new Map(
    of('splits').map((row) => [row['execution_date'], Number(row['split_from_to_ratio_new_per_old'])]),
  );
  const dividends = new Map(
    of('dividends').map((row) => [row['ex_dividend_date'], Number(row['cash_amount_derived'])]),
  );
  const days = rows(join(DATA, `stocks_history/daily_by_symbol/${symbol}.csv.gz`));
  return days.slice(1).map((row, index) => {
    const date = nyDate(micros(Number(row['window_start']) / 1_000));
    const before = Number(days[index]?.['close']) / (splits.get(date) ?? 1);
    const open = Number(row['open']);
    return {
      overnight: Math.log((open + (dividends.get(date) ?? 0)) / before),
      intraday: Math.log(Number(row['close']) / open),
    };
  });
}

/** Closes of the volatility index with their dates. */
export function realVolatilityIndex(): { readonly date: MarketDate; readonly close: number }[] {
  return rows(join(DATA, 'reference/vix_daily_1990_2018.csv.gz')).map((row) => ({
    date: marketDate(row['DATE'] ?? ''),
    close: Number(row['CLOSE']),
  }));
}

/** Full regular sessions of SPY by minute. */
export async function realMinutes(): Promise<MinuteSession[]> {
  const ranges = [
    ['2011-01-03', '2011-01-31'],
    ['2011-03-01', '2011-03-31'],
    ['2020-01-06', '2020-01-09'],
    ['2020-12-15', '2020-12-18'],
  ] as const;
  const sessions: MinuteSession[] = [];
  for (const [from, to] of ranges) {
    const { bars } = await readMinuteBars({
      dataDir: join(DATA, 'flatfiles'),
      symbol: 'SPY',
      from: marketDate(from),
      to: marketDate(to),
    });
    for (const [date, list] of Map.groupBy(bars, ({ start }) => nyDate(start))) {
      const { open, close } = requireSession(date);
      const regular = list.filter(({ start }) => start >= open && start < close);
      if (regular.length === 390)
        sessions.push({ closes: regular.map((bar) => bar.close), volumes: regular.map(({ volume }) => volume) });
    }
  }
  return sessions;
}

/** Quotes of a market day as they stood at `time`, by expiry. */
export function chainAt(day: MarketDay, time: string, underlying: string, carry: boolean): ChainQuote[][] {
  const instant = nyInstant(day.date, time);
  // A blank side of a recorded minute says that it was not updated: the last known one stands.
  const sides = new Map<string, { bid?: number; ask?: number }>();
  for (const { symbol, bid, ask } of day.steps.flatMap((step) => (step.at <= instant ? step.quotes : []))) {
    const before = carry ? sides.get(symbol) : undefined;
    sides.set(symbol, { ...before, ...(bid !== null && { bid }), ...(ask !== null && { ask }) });
  }
  const quotes = day.contracts.flatMap(({ symbol, expiry, strike, right, underlying: of }) => {
    if (of !== underlying || !sides.has(symbol)) return [];
    const { bid = 0, ask = 0 } = sides.get(symbol) ?? {};
    return ask > 0 ? [{ expiry, years: yearsTo(expiry, instant), strike, right, bid, ask }] : [];
  });
  return [...Map.groupBy(quotes, ({ expiry }) => expiry).values()];
}

function yearsTo(expiry: MarketDate, at: Micros): number {
  return (requireSession(lastTradingDay(expiry, 'pm')).close - at) / MICROS_PER_DAY / 365;
}

/** Recorded option days by the minute: symbol, day, a quiet time of day. */
export const REAL_CHAINS = [
  { symbol: 'GOOG', date: marketDate('2015-12-24'), time: '12:30' },
  { symbol: 'TWX', date: marketDate('2014-06-05'), time: '14:00' },
  { symbol: 'SPX', date: marketDate('2021-01-05'), time: '14:00' },
] as const;

export async function realChain(symbol: string, date: MarketDate, time: string): Promise<ChainQuote[][]> {
  return chainAt(
    await loadRecordedDay({ dataDir: join(DATA, 'flatfiles'), date, underlyings: [symbol] }),
    time,
    symbol,
    true,
  );
}

/** The recorded end-of-day chain of AAPL on 2014-06-06, by expiry. */
export function realCloseChain(): ChainQuote[][] {
  const date = marketDate('2014-06-06');
  const { close } = requireSession(date);
  const quotes = rows(join(DATA, 'chains_eod/AAPL_2014-06-06.csv.gz')).flatMap((row) => {
    const expiry = marketDate(row['expiration_date'] ?? '');
    const years = yearsTo(expiry, close);
    const right = row['contract_type'] === 'call' ? ('call' as const) : ('put' as const);
    const [bid, ask] = [Number(row['bid']), Number(row['ask'])];
    return years > 0 && ask > 0 ? [{ expiry, years, strike: Number(row['strike_price']), right, bid, ask }] : [];
  });
  return [...Map.groupBy(quotes, ({ expiry }) => expiry).values()];
}
