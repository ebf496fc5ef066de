import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { isTradingError, marketDate } from '@trading-agent/core';
import {
  LakeLock,
  loadRecordedDay,
  openArchive,
  readCorporateActions,
  verifyArchive,
} from '@trading-agent/market-data';
import { afterAll, describe, expect, it } from 'vitest';
import { generateCorporateActions } from '../corporate-actions.ts';
import { generateMarketDay } from '../synthetic-market.ts';
import type { FilesRequest } from './files-plan.ts';
import { type GenerateReport, generateFiles } from './generate-files.ts';

const work = mkdtempSync(join(tmpdir(), 'generated-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));
const MONDAY = marketDate('2026-01-05');
const TUESDAY = marketDate('2026-01-06');
const WEDNESDAY = marketDate('2026-01-07');

const request = (name: string, change: Partial<FilesRequest> = {}): FilesRequest => ({
  seed: 7,
  symbols: ['KO'],
  from: MONDAY,
  to: WEDNESDAY,
  toDir: join(work, name),
  sampling: { expiryDays: 14 },
  ...change,
});

/** Hash of every file below a folder, by name. */
function contents(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    names
      .filter((name) => statSync(join(folder, name)).isFile())
      .map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex'),
      ]),
  );
}

const rowsOf = (folder: string, file: string): string[][] =>
  gunzipSync(readFileSync(join(folder, file)))
    .toString()
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));

const hashes = (report: GenerateReport): string[] =>
  report.days.flatMap(({ files }) => files.map(({ file, sha256 }) => `${file} ${sha256.slice(0, 16)}`));

describe('a generated folder', () => {
  it('holds the day that the generator gives in memory, when every minute is sampled', async () => {
    const symbols = ['KO', 'SPX', 'VIX'];
    const sampling = { expiryDays: 9, every: 1 };
    const parts = ['stocks', 'indices', 'quotes'] as const;
    await generateFiles(request('memory', { symbols, to: TUESDAY, sampling, parts, kind: 'placebo' }));
    const made = generateMarketDay({ date: TUESDAY, underlyings: symbols, seed: 7, kind: 'placebo', expiryDays: 9 });
    const read = await loadRecordedDay({ dataDir: join(work, 'memory'), date: TUESDAY, underlyings: symbols });
    expect(read.quarantinedTotal).toBe(0);
    expect(read).toEqual(made);
  });

  it('is the same text on every machine', async () => {
    const report = await generateFiles(
      request('pinned', {
        symbols: ['KO', 'SPX', 'VIX'],
        to: MONDAY,
        parts: ['stocks', 'indices', 'quotes', 'option-bars', 'trades', 'open-interest'],
      }),
    );
    expect(hashes(report)).toEqual([
      'us_stocks_sip/minute_aggs_v1/2026/01/2026-01-05.csv.gz ddf55eafb7eaa6f5',
      'us_stocks_sip/day_aggs_v1/2026/01/2026-01-05.csv.gz c0450b829a217b9a',
      'us_indices/minute_aggs_v1/2026/01/2026-01-05.csv.gz 9be200c54ff68291',
      'us_options_opra/quotes_v1_1min_samples/2026/01/2026-01-05.csv.gz 67d1350d839a5c31',
      'us_options_opra/trades_v1/2026/01/2026-01-05.csv.gz ac57be29e6b4d0f8',
      'us_options_opra/minute_aggs_v1/2026/01/2026-01-05.csv.gz d5a037c74e9c7738',
      'us_options_opra/day_aggs_v1/2026/01/2026-01-05.csv.gz a2390a9e0876d066',
      'reference/open_interest/2026/01/2026-01-05.csv.gz 4d9ec92cec3bf6f2',
    ]);
  });

  it('comes out the same after a stop, from one thread or two, and is not made twice', async () => {
    const whole = await generateFiles({ ...request('whole'), threads: 1 });
    const stop = new AbortController();
    const interrupted = generateFiles({
      ...request('stopped'),
      threads: 2,
      signal: stop.signal,
      onDay: () => stop.abort(),
    });
    await expect(interrupted).rejects.toSatisfy((error) => isTradingError(error, 'CANCELLED'));
    const resumed = await generateFiles({ ...request('stopped'), threads: 2 });
    expect(resumed.made).toBeLessThan(3);
    expect(contents(join(work, 'stopped'))).toEqual(contents(join(work, 'whole')));
    expect((await generateFiles(request('whole'))).made).toBe(0);
    expect([resumed.days, resumed.rows]).toEqual([whole.days, whole.rows]);
  });

  it('makes a day again whose file has gone or has another size, and more days beside those that are there', async () => {
    const folder = join(work, 'whole');
    const before = contents(folder);
    const file = 'us_stocks_sip/minute_aggs_v1/2026/01/2026-01-06.csv.gz';
    rmSync(join(folder, file));
    expect((await generateFiles(request('whole'))).made).toBe(1);
    expect(contents(folder)).toEqual(before);
    expect((await generateFiles(request('whole', { from: marketDate('2026-01-02') }))).made).toBe(1);
    expect(contents(folder)).toMatchObject(
      Object.fromEntries(Object.entries(before).filter(([name]) => !name.startsWith('reference/corp'))),
    );
  });

  it('passes the checks that recorded data has to pass', async () => {
    const report = await verifyArchive({ archive: openArchive(join(work, 'whole')) });
    expect(report.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(report.rows).toBeGreaterThan(10_000);
  });

  it('prints inside the quotes that stood, and bars are what was printed', async () => {
    const sampling = { expiryDays: 9, every: 1 };
    await generateFiles(request('prints', { to: MONDAY, sampling, parts: ['quotes', 'trades', 'option-bars'] }));
    const file = (feed: string): string[][] =>
      rowsOf(join(work, 'prints'), `us_options_opra/${feed}/2026/01/2026-01-05.csv.gz`);
    const quotes = Map.groupBy(file('quotes_v1_1min_samples'), ([ticker]) => ticker);
    const trades = file('trades_v1');
    expect(trades.length).toBeGreaterThan(500);
    let improved = 0;
    for (const [ticker, , , , price, at = '', size] of trades) {
      const quote = quotes.get(ticker)?.findLast(([, , , , , , , , stamp = '']) => BigInt(stamp) <= BigInt(at));
      const [bid, ask] = [Number(quote?.[5]), Number(quote?.[2])];
      expect(Number(price)).toBeGreaterThanOrEqual(bid);
      expect(Number(price)).toBeLessThanOrEqual(ask);
      expect(Number(size)).toBeGreaterThanOrEqual(1);
      if (Number(price) > bid && Number(price) < ask) improved += 1;
    }
    expect(improved).toBeGreaterThan(20);
    const sizes = (rows: string[][], column: number): number => rows.reduce((sum, row) => sum + Number(row[column]), 0);
    expect(sizes(file('minute_aggs_v1'), 1)).toBe(sizes(trades, 6));
    expect(sizes(file('day_aggs_v1'), 1)).toBe(sizes(trades, 6));
  });

  it('has dividends and splits as the market has them', async () => {
    const from = marketDate('2020-01-02');
    const to = marketDate('2021-12-31');
    const symbols = ['COIN', 'KO', 'TSLA'];
    // One day of bars is enough; the actions reach from the first to the last day asked for.
    await generateFiles(request('actions', { symbols, from: to, to, parts: ['stocks', 'actions'], seed: 5 }));
    await generateFiles(request('actions', { symbols, from, to: from, parts: ['stocks', 'actions'], seed: 5 }));
    const read = await readCorporateActions(join(work, 'actions/reference/corporate_actions'));
    const made = generateCorporateActions({ symbols, from, to, seed: 5 });
    expect(read.splits).toEqual(made.splits);
    expect(read.dividends.map(({ symbol, exDate, amount }) => [symbol, exDate, amount])).toEqual(
      made.dividends.map(({ symbol, exDate, amount }) => [symbol, exDate, amount]),
    );
    expect(made.dividends.filter(({ symbol }) => symbol === 'KO')).toHaveLength(8);
    expect(made.splits.length).toBeGreaterThan(0);
  });

  it.each([
    ['another market', () => request('whole', { seed: 8 }), 'USAGE'],
    ['an unknown symbol', () => request('new', { symbols: ['NOPE'] }), 'UNKNOWN_SYMBOL'],
    [
      'a range without a session',
      () => request('new', { from: marketDate('2026-01-03'), to: marketDate('2026-01-04') }),
      'OUT_OF_RANGE',
    ],
    ['half a minute', () => request('new', { sampling: { every: 0.5 } }), 'OUT_OF_RANGE'],
    ['no part', () => request('new', { parts: [] }), 'INVALID_VALUE'],
    ['a strength without a signal', () => request('new', { kind: 'placebo', strength: 0.1 }), 'INVALID_VALUE'],
    [
      'more than fits on the disk',
      () =>
        request('new', {
          symbols: ['SPY', 'AAPL', 'TSLA', 'QQQ'],
          from: marketDate('1991-01-02'),
          to: marketDate('2030-06-03'),
          sampling: { every: 1, expiryDays: 9_999 },
          parts: ['quotes', 'trades'],
        }),
      'DISK_SPACE',
    ],
    [
      'a folder with real data',
      () => {
        mkdirSync(join(work, 'real/us_stocks_sip'), { recursive: true });
        return request('real');
      },
      'USAGE',
    ],
  ] as const)('refuses %s and leaves nothing', async (_what, of, code) => {
    await expect(generateFiles(of())).rejects.toSatisfy((error) => isTradingError(error, code));
    expect(existsSync(join(work, 'new'))).toBe(false);
    LakeLock.take(join(work, 'whole'))[Symbol.dispose]();
  });
});
