import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { nyInstant } from '@trading-agent/calendar';
import { isTradingError, marketDate } from '@trading-agent/core';
import { parseOptionSymbol } from '@trading-agent/instruments';
import { contentsOf } from '@trading-agent/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BAR_HEADER, FlatFileFixture, QUOTE_HEADER } from '../flat-file.fixture.ts';
import { ColumnMemory } from './column-memory.ts';
import { ingestDay } from './ingest-day.ts';
import { Lake } from './lake.ts';
import type { DayManifest } from './manifest.ts';

const shared = process.env['TRADING_AGENT_SHARED'] ?? '../shared';
const flatFiles = join(shared, 'data', 'flatfiles');
const BARS = 'us_options_opra/minute_aggs_v1';
const DAYS = 'us_options_opra/day_aggs_v1';
const DATE = marketDate('2014-06-09');
const at = (time: string): string => `${nyInstant(DATE, time)}000`;
const bar = (ticker: string, close: string, time = '09:30', rest = '3'): string =>
  `${ticker},10,1,${close},9,0.5,${at(time)},${rest}`;

let lakeDir: string;
let files: FlatFileFixture;

beforeEach(() => {
  lakeDir = mkdtempSync(join(tmpdir(), 'lake-'));
  files = new FlatFileFixture();
});

afterEach(() => {
  files[Symbol.dispose]();
  rmSync(lakeDir, { recursive: true, force: true });
});

async function rowsOf(sql: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRows();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

describe('a day of the lake', () => {
  const A = 'O:AAPL140613C00090000';
  const B = 'O:AAPL140621P00095500';
  const SPXW = 'O:SPXW140613C01900000';

  it('maps columns by name, keeps numbers and nanoseconds exactly, and quarantines what it can’t read with line and text', async () => {
    const rows = [
      `window_start,transactions,low,high,close,open,surprise,ticker,volume`,
      `${nyInstant(DATE, '09:30')}123,,0.07,1e2,.5,12.345,x,${A},7`,
      `${at('09:31')},4,0.07,1,abc,1,x,${A},7`,
      `${at('09:31')},4,0.07,1,1,1,x,${A}`,
      `${at('09:31')},4,0.07,1,,1,x,${A},7`,
      `1402320600,4,0.07,1,1,1,x,${A},7`,
      `${nyInstant(marketDate('2014-06-10'), '00:00')}000,4,0.07,1,1,1,x,${A},7`,
      `${at('09:31')},4,0.07,1,1,1,x,AAPL,7`,
      `${at('09:32')},2147483648,0.07,1,1,1,x,${A},7`,
      `${at('09:33')},2,0.07,1,1,-1,"a ""quoted"", one",${B},0.1234567890123456789\r`,
      '',
    ];
    const source = files.write(BARS, DATE, rows, 'csv.gz');
    const { manifest } = await ingestDay({ lakeDir, feed: BARS, date: DATE, source });
    const lake = new Lake(lakeDir);
    const table = lake.read({ feed: BARS, date: DATE });
    expect({ rows: table.rows, tickers: table.tickers, ignored: manifest.ignoredColumns }).toEqual({
      rows: 2,
      tickers: [A, B],
      ignored: ['surprise'],
    });
    expect([...table.f64('open')]).toEqual([12.345, -1]);
    expect([...table.f64('close')]).toEqual([0.5, 1]);
    expect([...table.f64('high')]).toEqual([100, 1]);
    expect([...table.f64('volume')]).toEqual([7, Number('0.1234567890123456789')]);
    expect([...table.i32('transactions')]).toEqual([-2_147_483_648, 2]);
    expect([...table.i64('window_start')]).toEqual([BigInt(`${nyInstant(DATE, '09:30')}123`), BigInt(at('09:33'))]);
    expect([...table.micros('window_start')]).toEqual([nyInstant(DATE, '09:30'), nyInstant(DATE, '09:33')]);
    const inMicros = lake.read({ feed: BARS, date: DATE, times: 'micros', shared: true });
    expect(inMicros.micros('window_start')).toEqual(table.micros('window_start'));
    expect(inMicros.micros('window_start').buffer).toBeInstanceOf(SharedArrayBuffer);
    expect([inMicros.typeOf('window_start'), [...inMicros.f64('open')]]).toEqual(['i64', [...table.f64('open')]]);
    expect(() => inMicros.i64('window_start')).toThrow(/no such column/);
    const second = lake.read({ feed: BARS, date: DATE, times: 'micros', tickers: [B] });
    expect([...second.micros('window_start')]).toEqual([nyInstant(DATE, '09:33')]);
    expect(lake.quarantined(BARS, DATE).map(({ line, reason }) => [line, reason])).toEqual([
      [3, 'close is not a number: "abc"'],
      [4, 'expected 9 fields, found 8'],
      [5, 'close is blank'],
      [6, 'window_start 1402320600 lies outside the day'],
      [7, `window_start ${nyInstant(marketDate('2014-06-10'), '00:00')}000 lies outside the day`],
      [8, 'not an option ticker: "AAPL"'],
      [9, 'transactions is not a 32-bit integer: "2147483648"'],
    ]);
    expect(lake.quarantined(BARS, DATE)[0]?.text).toBe(rows[2]);
    expect(
      await rowsOf(`SELECT ticker, open, transactions FROM '${join(lakeDir, manifest.parquet?.file ?? '')}'`),
    ).toEqual([
      [A, 12.345, null],
      [B, -1, 2],
    ]);
  });

  it('answers by underlying, ticker, expiry, strike, right and time', async () => {
    const rows = [BAR_HEADER];
    for (const ticker of [A, B, SPXW]) {
      for (const time of ['09:30', '09:31', '15:59']) rows.push(bar(ticker, String(rows.length), time));
    }
    const source = files.write(BARS, DATE, rows);
    await ingestDay({ lakeDir, feed: BARS, date: DATE, source, parquet: false });
    const closes = (query: object): number[] => [
      ...new Lake(lakeDir).read({ feed: BARS, date: DATE, columns: ['close'], ...query }).f64('close'),
    ];
    expect(closes({ underlyings: ['SPX'] })).toEqual([7, 8, 9]);
    expect(closes({ tickers: [B, 'O:X'] })).toEqual([4, 5, 6]);
    expect(closes({ expiry: { from: marketDate('2014-06-14') } })).toEqual([4, 5, 6]);
    expect(closes({ strike: { from: 90, to: 95.5 } })).toEqual([1, 2, 3, 4, 5, 6]);
    expect(closes({ right: 'call', strike: { to: 90 } })).toEqual([1, 2, 3]);
    expect(closes({ time: { from: nyInstant(DATE, '09:31'), to: nyInstant(DATE, '15:59') } })).toEqual([2, 5, 8]);
    expect(closes({ underlyings: ['MSFT'] })).toEqual([]);
    const table = new Lake(lakeDir).read({
      feed: BARS,
      date: DATE,
      shared: true,
      time: { from: nyInstant(DATE, '15:59') },
    });
    expect(table.f64('open').buffer).toBeInstanceOf(SharedArrayBuffer);
    expect([[...table.runStart], [...table.rowTickers()], table.tickers]).toEqual([
      [0, 1, 2, 3],
      [0, 1, 2],
      [A, B, SPXW],
    ]);
    expect(() => closes({ columns: ['bid'] })).toThrow('no such column');
  });

  it('takes of quotes only the underlyings asked for, and never tick quotes whole', async () => {
    const quotes = 'us_options_opra/quotes_v1';
    const quote = (ticker: string): string => `${ticker},1,1.2,5,2,,,77,${at('09:30')}`;
    const source = files.write(quotes, DATE, [QUOTE_HEADER, quote(A), quote(SPXW), quote(SPXW)]);
    const request = { lakeDir, feed: quotes, date: DATE, source };
    await expect(ingestDay(request)).rejects.toSatisfy((error) => isTradingError(error, 'USAGE'));
    const { manifest } = await ingestDay({ ...request, underlyings: ['SPX'] });
    expect(manifest).toMatchObject({ rows: 2, filtered: 1, filter: ['SPX'], underlyings: ['SPX'] });
    const table = new Lake(lakeDir).read({ feed: quotes, date: DATE });
    expect([table.f64('bid_price')[0], table.i64('sequence_number')[0], table.i32('ask_exchange')[0]]).toEqual([
      Number.NaN,
      77n,
      1,
    ]);
    // A further underlying joins those that are there.
    const wider = await ingestDay({ ...request, underlyings: ['AAPL'] });
    expect(wider.manifest).toMatchObject({ rows: 3, filter: ['AAPL', 'SPX'] });
  });

  it.each([
    ['cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length - 20)],
    ['damaged', (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 40), Buffer.alloc(20), bytes.subarray(60)])],
    ['empty', () => Buffer.alloc(0)],
    ['without its columns', () => gzipSync('ticker,open\nO:AAPL140613C00090000,1\n')],
    ['without one readable row', () => gzipSync(`${BAR_HEADER}\n1,2,3\n`)],
  ])('stays as it was when the new file is %s', async (_what, broken) => {
    const rows = [BAR_HEADER, ...Array.from({ length: 500 }, (_, index) => bar(A, String(index + 1)))];
    const source = files.write(BARS, DATE, rows, 'csv.gz');
    await ingestDay({ lakeDir, feed: BARS, date: DATE, source });
    const before = contentsOf(lakeDir);
    writeFileSync(source, broken(readFileSync(source)));
    await expect(ingestDay({ lakeDir, feed: BARS, date: DATE, source })).rejects.toSatisfy((error) =>
      isTradingError(error, 'DATA_FILE_BROKEN'),
    );
    expect(contentsOf(lakeDir)).toEqual(before);
  });

  it('is told damaged when a byte of it has changed, and made anew', async () => {
    const source = files.write(BARS, DATE, [BAR_HEADER, bar(A, '5')]);
    const { manifest } = await ingestDay({ lakeDir, feed: BARS, date: DATE, source });
    const before = contentsOf(lakeDir);
    const cache = join(lakeDir, manifest.cache.file);
    const bytes = readFileSync(cache);
    bytes[10] = (bytes[10] ?? 0) ^ 1;
    writeFileSync(cache, bytes);
    const lake = new Lake(lakeDir);
    expect(await lake.damagedFiles(BARS, DATE)).toEqual([manifest.cache.file]);
    expect((await ingestDay({ lakeDir, feed: BARS, date: DATE, source })).outcome).toBe('ingested');
    expect(contentsOf(lakeDir)).toEqual(before);
  });
});

it('a table read into the memory of another one is as if read by itself', async () => {
  const first = [bar('O:AAPL140613C00090000', '5'), bar('O:AAPL140613C00090000', '6', '09:31'), bar('SPYX', '1')];
  const second = [bar('O:AAPL140613P00090000', '8', '09:40')];
  const memory = new ColumnMemory();
  const read = async (rows: string[], shared: boolean) => {
    const source = files.write(BARS, DATE, [BAR_HEADER, ...rows], 'csv.gz');
    await ingestDay({ lakeDir, feed: BARS, date: DATE, source, parquet: false });
    const own = new Lake(lakeDir).read({ feed: BARS, date: DATE });
    const table = new Lake(lakeDir).read({ feed: BARS, date: DATE, memory, shared });
    for (const name of ['open', 'close', 'volume']) expect([...table.f64(name)]).toEqual([...own.f64(name)]);
    expect([...table.i32('transactions')]).toEqual([...own.i32('transactions')]);
    expect([...table.i64('window_start')]).toEqual([...own.i64('window_start')]);
    expect([...table.micros('window_start')]).toEqual([...own.micros('window_start')]);
    return table.f64('close').buffer;
  };
  const block = await read(first, false);
  expect(await read(second, false)).toBe(block);
  expect(await read(first, false)).toBe(block);
  expect(await read(second, true)).toBeInstanceOf(SharedArrayBuffer);
});

describe('a day that is replaced', () => {
  /** Sees the manifest of before an ingest once more, as a reader does that was a moment earlier. */
  class EarlyReader extends Lake {
    readonly #before: (DayManifest | undefined)[];
    constructor(dir: string, before: DayManifest) {
      super(dir);
      this.#before = [before];
    }
    override manifest(...of: Parameters<Lake['manifest']>): DayManifest | undefined {
      return this.#before.pop() ?? super.manifest(...of);
    }
  }

  it('is read new by who looked at the old one, and is broken where the file is gone for good', async () => {
    const day = async (close: string) => {
      const source = files.write(BARS, DATE, [BAR_HEADER, bar('O:AAPL140613C00090000', close)], 'csv.gz');
      return (await ingestDay({ lakeDir, feed: BARS, date: DATE, source, parquet: false })).manifest;
    };
    const old = await day('5');
    const now = await day('7');
    expect(now.cache.file).not.toBe(old.cache.file);
    const read = () => new EarlyReader(lakeDir, old).read({ feed: BARS, date: DATE });
    expect([...read().f64('close')]).toEqual([7]);
    rmSync(join(lakeDir, now.cache.file));
    expect(read).toThrow(expect.toSatisfy((error) => isTradingError(error, 'DATA_FILE_BROKEN')));
  });
});

describe.skipIf(!existsSync(flatFiles))(`real flat files of ${flatFiles}`, () => {
  const some: [string, string][] = [
    [BARS, '2014-06-09'],
    [DAYS, '2015-12-24'],
    ['us_options_opra/quotes_v1_1hour_samples', '2014-06-05'],
    ['us_stocks_sip/trades_v1_lean_ticks', '2013-10-07'],
    ['us_indices/minute_aggs_v1', '2023-07-03'],
  ];

  it.each(some)(
    '%s of %s: DuckDB reads the same rows and sums from the source and from our Parquet',
    async (feed, day) => {
      const date = marketDate(day);
      const source = join(flatFiles, feed, day.slice(0, 4), day.slice(5, 7), `${day}.csv.gz`);
      const { manifest } = await ingestDay({ lakeDir, feed, date, source });
      const table = new Lake(lakeDir).read({ feed, date });
      const names = table.columnNames.filter((name) => table.typeOf(name) !== 'text');
      const sums = names.map((name) => `sum(${name}::DOUBLE), count(${name})`).join();
      const select = `SELECT count(*)::INTEGER, count(DISTINCT ticker)::INTEGER, ${sums} FROM`;
      const [ofSource] = await rowsOf(`${select} read_csv('${source}', all_varchar = true)`);
      const [ofParquet] = await rowsOf(`${select} '${join(lakeDir, manifest.parquet?.file ?? '')}'`);
      const own = names.flatMap((name) => {
        const type = table.typeOf(name);
        const all =
          type === 'f64'
            ? [...table.f64(name)]
            : type === 'i32'
              ? [...table.i32(name)]
              : [...table.i64(name)].map(Number);
        const known = all.filter((value) => !Number.isNaN(value) && value !== -2_147_483_648 && value !== -(2 ** 63));
        return [known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0), known.length];
      });
      const close = (row: unknown[] | undefined): unknown[] =>
        (row ?? []).map((value) => (value === null ? null : Number(value).toPrecision(10)));
      expect(close(ofParquet)).toEqual(close(ofSource));
      expect(close([table.rows, table.tickers.length, ...own])).toEqual(close(ofSource));
      expect(manifest.quarantined).toBe(0);
    },
  );

  it('AAPL minute bars of 2014-06-09 roll up to the day bars of 1,138 of 1,138 contracts', async () => {
    for (const feed of [BARS, DAYS]) {
      await ingestDay({
        lakeDir,
        feed,
        date: DATE,
        source: join(flatFiles, feed, '2014/06', `${DATE}.csv.gz`),
        parquet: false,
      });
    }
    const lake = new Lake(lakeDir);
    const minutes = lake.read({ feed: BARS, date: DATE, underlyings: ['AAPL'] });
    const rolled = new Map<string, number[]>();
    for (const [run, ticker] of minutes.runTicker.entries()) {
      const [from, to] = [minutes.runStart[run] ?? 0, minutes.runStart[run + 1] ?? 0];
      const part = (name: string): Float64Array => minutes.f64(name).subarray(from, to);
      rolled.set(minutes.tickers[ticker] ?? '', [
        part('open')[0] ?? Number.NaN,
        Math.max(...part('high')),
        Math.min(...part('low')),
        part('close').at(-1) ?? Number.NaN,
        part('volume').reduce((sum, volume) => sum + volume, 0),
      ]);
    }
    const table = lake.read({ feed: DAYS, date: DATE, underlyings: ['AAPL'] });
    const daily = new Map(
      [...table.rowTickers()].map((ticker, row) => [
        table.tickers[ticker] ?? '',
        ['open', 'high', 'low', 'close', 'volume'].map((name) => table.f64(name)[row] ?? Number.NaN),
      ]),
    );
    expect(daily.size).toBe(1_138);
    expect(rolled).toEqual(daily);
    const call = table.tickers.find((ticker) => parseOptionSymbol(ticker).right === 'call');
    expect(lake.read({ feed: DAYS, date: DATE, right: 'call' }).tickers).toContain(call);
  });
});
