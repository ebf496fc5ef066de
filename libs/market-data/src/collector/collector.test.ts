import { existsSync } from 'node:fs';
import { nyDate, nyInstant } from '@trading-agent/calendar';
import { ManualClock, MICROS_PER_SECOND, isTradingError, marketDate, micros, systemClock } from '@trading-agent/core';
import { type Trade, optionSymbol } from '@trading-agent/instruments';
import { describe, expect, it } from 'vitest';
import { type ArchiveFeed, type ArchiveRow, type DataArchive, openFlatFileArchive } from '../coverage/archive.ts';
import { readCsv } from '../csv-rows.ts';
import { Quarantine } from '../quarantine.ts';
import type { TechnicalAnalysis } from '../reference/indicators.ts';
import { contractAfterSplits, splitFactor } from './adjustments.ts';
import { barsFromTrades, coarser } from './aggregation.ts';
import { createMarketDataCollector } from './collector.ts';
import { readCorporateActions } from '../known-reference/corporate-actions-file.ts';
import { knownReference } from '../known-reference/known-reference.ts';
import { readTreasuryYields } from '../known-reference/treasury-file.ts';

const SHARED = `${process.env['TRADING_AGENT_SHARED'] ?? '../shared'}/data`;
const day = marketDate('2014-06-09');
const splits = [{ id: null, symbol: 'AAPL', date: day, from: 1, to: 7 }];

describe('aggregation', () => {
  const open = nyInstant(day, '09:30');
  const trades: readonly Trade[] = [
    [0.2, 10, 1],
    [0.9, 12, 2],
    [1.5, 9, 3],
    [61, 11, 4],
  ].map(([second = 0, price = 0, size = 0]) => ({
    symbol: 'A',
    at: micros(open + second * MICROS_PER_SECOND),
    price,
    size,
  }));

  it('makes the same day of trades, of seconds and of minutes', () => {
    const seconds = barsFromTrades(trades, { seconds: 1 });
    const minutes = coarser(seconds, { seconds: 60 });
    expect(seconds).toHaveLength(3);
    expect(minutes).toEqual(barsFromTrades(trades, { seconds: 60 }));
    expect(minutes).toMatchObject([
      { open: 10, high: 12, low: 9, close: 9, volume: 6 },
      { open: 11, high: 11, low: 11, close: 11, volume: 4 },
    ]);
    expect(coarser(minutes, 'day')).toEqual(barsFromTrades(trades, 'day'));
    expect(coarser(minutes, 'day')).toMatchObject([{ open: 10, high: 12, low: 9, close: 11, volume: 10 }]);
    expect(() => coarser(minutes, { seconds: 7 })).toThrow(/divide a day/);
  });
});

describe('splits', () => {
  it('are applied as of the date, never before', () => {
    const before = marketDate('2014-06-06');
    expect(splitFactor(splits, 'AAPL', before, before)).toBe(1);
    expect(splitFactor(splits, 'AAPL', before, day)).toBe(7);
    expect(splitFactor(splits, 'AAPL', day, day)).toBe(1);
    // As the recorded chains show: 645 became 92.14, one contract became seven.
    const held = optionSymbol('AAPL140621C00645000');
    expect(contractAfterSplits(held, -2, splits, before, day)).toEqual({
      symbol: 'AAPL140621C00092140',
      quantity: -14,
    });
    expect(
      contractAfterSplits(
        held,
        1,
        [{ ...splits[0], id: null, symbol: 'AAPL', date: day, from: 2, to: 3 }],
        before,
        day,
      ),
    ).toBeNull();
  });
});

describe('collector of data alone', () => {
  const clock = new ManualClock(nyInstant(marketDate('2026-11-10'), '12:00'));
  const archive = (name: string, kind: ArchiveFeed['kind'], rows: readonly ArchiveRow[]): DataArchive => ({
    feeds: () => [{ name, asset: name.startsWith('us_options') ? 'options' : 'stocks', kind }],
    days: () => [],
    read(_feed, date, take) {
      for (const row of rows) if (nyDate(row.at) === date) take(row);
      return Promise.resolve({ rows: rows.length, quarantined: [], quarantinedTotal: 0, broken: null });
    },
  });

  it('computes nothing over a hole', async () => {
    const bar = (date: string): ArchiveRow => ({
      kind: 'day-bars',
      ticker: 'SPY',
      at: nyInstant(marketDate(date), '00:00'),
      open: 1,
      high: 1,
      low: 1,
      close: 1,
      volume: 1,
    });
    const seen: number[] = [];
    const collector = (...dates: readonly string[]) =>
      createMarketDataCollector({
        clock,
        archive: archive('us_stocks_sip/day_aggs_v1', 'day-bars', dates.map(bar)),
        technical: (bars) => {
          const sma: TechnicalAnalysis['sma'] = async ({ symbol, from = day, to = day }) => {
            seen.push((await bars({ symbol, timespan: 'day', adjusted: false, from, to })).length);
            return [];
          };
          return { sma, ema: sma, rsi: sma, macd: () => Promise.resolve([]) };
        },
      });
    const query = { symbol: 'SPY', from: marketDate('2026-10-01'), to: marketDate('2026-11-05') };
    // That the data begin later is no hole.
    await collector('2026-11-03', '2026-11-04', '2026-11-05').technical.sma(query);
    expect(seen).toEqual([3]);
    const holed = collector('2026-11-02', '2026-11-04', '2026-11-05').technical.sma(query);
    await expect(holed).rejects.toMatchObject({ code: 'DATA_DAY_MISSING', details: { date: '2026-11-03' } });
  });

  it('takes samples of the day before a chain that was looked at once', async () => {
    const at = (time: string) => nyInstant(marketDate('2026-11-09'), time);
    const quote = (time: string, bid: number): ArchiveRow => ({
      kind: 'quotes',
      ticker: 'O:SPY261218C00650000',
      at: at(time),
      bid,
      ask: 9,
      bidSize: 1,
      askSize: 1,
    });
    const [looked, samples] = [
      archive('us_options_opra/quotes_v1_snapshots', 'quotes', [quote('15:59', 3)]),
      archive('us_options_opra/quotes_v1_1hour_samples', 'quotes', [quote('10:00', 1), quote('11:00', 2)]),
    ];
    const { options } = createMarketDataCollector({
      clock,
      archive: {
        feeds: () => [...looked.feeds(), ...samples.feeds()],
        days: () => [],
        read: (feed, ...rest) => (feed.name.endsWith('snapshots') ? looked : samples).read(feed, ...rest),
      },
    });
    expect(await options.chain({ underlying: 'SPY', at: at('11:30') })).toMatchObject([{ quote: { bid: 2 } }]);
  });
});

describe.skipIf(!existsSync(SHARED))(`collector on ${SHARED}`, () => {
  const open = async () =>
    createMarketDataCollector({
      clock: new ManualClock(nyInstant(marketDate('2026-11-02'), '12:00')),
      archive: openFlatFileArchive(`${SHARED}/flatfiles`),
      known: knownReference({ actions: await readCorporateActions(`${SHARED}/reference/corporate_actions`) }),
    });

  it('gives bars in the shares of the day asked about', async () => {
    const { stocks } = await open();
    const request = { symbol: 'AAPL', timespan: 'day', from: marketDate('2014-06-05'), to: day } as const;
    const { bars, missing } = await stocks.bars(request);
    expect(missing).toEqual([]);
    expect(bars.map(({ start }) => nyDate(start))).toEqual(['2014-06-05', '2014-06-06', '2014-06-09']);
    expect(bars[1]?.close).toBeCloseTo(645.57 / 7, 10);
    expect(bars[2]?.close).toBe(93.7);
    const raw = await stocks.bars({ ...request, asOf: 'raw' });
    expect(raw.bars[1]?.close).toBe(645.57);
    const early = await stocks.bars({ ...request, to: marketDate('2014-06-06') });
    expect(early.bars[1]?.close).toBe(645.57);
  });

  it('gives the chain as it stood, with nothing from later on', async () => {
    const { options } = await open();
    const at = nyInstant(marketDate('2015-12-24'), '10:15');
    const chain = await options.chain({ underlying: 'GOOG', at });
    expect(chain.length).toBeGreaterThan(1_000);
    expect(chain.every(({ quote }) => quote.at <= at)).toBe(true);
    const none = await options.chain({ underlying: 'GOOG', at: nyInstant(marketDate('2015-12-24'), '09:00') });
    expect(none).toEqual([]);
    const absent = options.chain({ underlying: 'IBM', at });
    await expect(absent).rejects.toSatisfy((error) => isTradingError(error, 'DATA_DAY_MISSING'));
  });

  it('gives the curve that was known on a day, as another source has it', async () => {
    const yields = await readTreasuryYields(`${SHARED}/reference/us_treasury_par_yields_1990_2021.csv.gz`);
    const { market } = createMarketDataCollector({ clock: systemClock, known: knownReference({ yields }) });
    // The curve of a day is published after its close: that of Wednesday the 23rd is known on the 24th.
    expect(await market.yields(marketDate('2015-12-24'))).toMatchObject({ date: '2015-12-23' });
    await expect(market.yields(marketDate('1990-01-02'))).rejects.toMatchObject({ code: 'FEED_UNAVAILABLE' });
    // Nobody knows: not the file, and there is no vendor.
    await expect(market.yields(marketDate('2026-01-02'))).rejects.toMatchObject({ code: 'FEED_UNAVAILABLE' });
    const byDay = new Map(yields.map((curve) => [curve.date, curve.yields]));
    let compared = 0;
    let equal = 0;
    const columns = { required: ['Time Period', '3month', '1year', '10year'] };
    const other = `${SHARED}/reference/us_treasury_curves_zipline_1990_2017.csv.gz`;
    await readCsv(other, columns, new Quarantine(), ([day = '', ...cells]) => {
      const curve = byDay.get(marketDate(day.slice(0, 10)));
      if (!curve || cells.includes('')) return undefined;
      for (const [index, own] of [curve['3m'], curve['1y'], curve['10y']].entries()) {
        compared += 1;
        if (Math.abs((own ?? Number.NaN) - Number(cells[index])) < 1e-6) equal += 1;
      }
      return undefined;
    });
    expect(compared).toBeGreaterThan(20_000);
    // A yield of zero is one; a maturity that was not published has none.
    expect(byDay.get(marketDate('2015-10-06'))).toMatchObject({ '1m': 0, '3m': 0 });
    expect([...byDay.values()].filter((one) => one['1m'] === 0)).toHaveLength(91);
    expect(byDay.get(marketDate('2001-07-30'))).not.toHaveProperty('1m');
    expect(byDay.get(marketDate('2005-01-05'))).not.toHaveProperty('30y');
    // The sources themselves differ in 22 of them.
    expect(compared - equal).toBeLessThanOrEqual(22);
  });

  it('knows the dividends of a range, and says when a vendor is needed', async () => {
    const collector = await open();
    const { market, technical } = collector;
    const year = { symbol: 'SPY', after: marketDate('2018-12-31'), until: marketDate('2019-12-31') };
    expect(await market.dividends({ ...year, asOf: year.until })).toHaveLength(4);
    // The file does not say when they were declared: none counts before its own day.
    expect(await market.dividends({ ...year, asOf: marketDate('2019-07-01') })).toHaveLength(2);
    expect(() => collector.live()).toThrow(/no live feed/);
    await expect(technical.rsi({ symbol: 'SPY' })).rejects.toMatchObject({ code: 'FEED_UNAVAILABLE' });
  });
});
