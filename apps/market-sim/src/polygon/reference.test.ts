import { GetSnapshotsTypeEnum, GetStocksSMATimespanEnum, restClient as massiveClient } from '@massive.com/client-js';
import { restClient as polygonClient } from '@polygon.io/client-js';
import { ManualClock, marketDate, nanosText, systemClock } from '@trading-agent/core';
import { technicalAnalysis } from '@trading-agent/features';
import { optionSymbol } from '@trading-agent/instruments';
import { createMarketDataCollector } from '@trading-agent/market-data';
import { createPolygonReference } from '@trading-agent/polygon';
import { pagesOf } from '@trading-agent/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { DEFAULT_KEYS } from '../options.ts';
import type { MarketSim } from '../server.ts';
import { Lockstep, page, polygonGet } from '../testing/sessions.ts';
import { CALL_740, DATE, FAR_CALL, atMinute, startTinySim } from '../testing/tiny-market.ts';
import type { MarketPlan } from './market-plan.ts';

const OPTION = optionSymbol(CALL_740);
const BEFORE = marketDate('2016-01-04');
const ROWS: MarketPlan['rows'] = {
  dividends: [
    { ticker: 'GOOG', cash_amount: 0.5, ex_dividend_date: '2015-12-01', dividend_type: 'CD', frequency: 4 },
    {
      ticker: 'GOOG',
      cash_amount: 0.6,
      ex_dividend_date: '2016-03-01',
      declaration_date: '2016-01-04',
      dividend_type: 'CD',
    },
    {
      ticker: 'GOOG',
      cash_amount: 0.7,
      ex_dividend_date: '2016-06-01',
      declaration_date: '2016-02-04',
      dividend_type: 'CD',
    },
  ],
  splits: [{ id: 's', ticker: 'GOOG', execution_date: '2014-04-03', split_from: 1, split_to: 2 }],
  treasury: [
    { date: '2016-01-04', yield_3_month: 0.22, yield_10_year: 2.24 },
    { date: '2016-01-06', yield_3_month: 0.21 },
  ],
  news: [
    {
      id: 'n1',
      title: 'Before',
      published_utc: '2016-01-05T12:00:00Z',
      tickers: ['GOOG'],
      publisher: { name: 'P' },
      insights: [{ ticker: 'GOOG', sentiment: 'positive', sentiment_reasoning: 'r' }],
    },
    { id: 'n2', title: 'After', published_utc: '2016-01-05T20:00:00Z', tickers: ['GOOG'] },
  ],
};

let sim: MarketSim;
const start = async (plan: Partial<MarketPlan> = { rows: ROWS }): Promise<MarketSim> => {
  sim = await startTinySim({ polygonPlan: plan });
  const client = await Lockstep.attach(sim);
  await client.runTo(2);
  return sim;
};
afterEach(() => sim.close());

const reference = (market: MarketSim) =>
  createPolygonReference({ restUrl: market.url, apiKey: DEFAULT_KEYS.polygonKey, clock: systemClock });

describe('our own client reads everything that the simulator serves', () => {
  it('contracts and snapshots', async () => {
    const client = reference(await start());
    const contracts = await client.contracts({ underlying: 'GOOG', asOf: DATE });
    expect(contracts.map(({ contract }) => contract.symbol)).toContain(FAR_CALL);
    expect(await client.contract(OPTION, DATE)).toMatchObject({ contract: { strike: 740 }, cfi: 'OCASPS' });
    const chain = await client.chain({ underlying: 'GOOG' });
    expect(chain.find(({ contract }) => contract.symbol === OPTION)).toMatchObject({
      quote: { bid: 12.2, ask: 12.6, at: atMinute(3) },
      dayDate: DATE,
      lastTrade: { price: 12.2 },
      underlyingPrice: 747,
    });
    expect(await client.optionSnapshot('GOOG', OPTION)).toMatchObject({
      openInterest: null,
      greeks: { delta: expect.closeTo(0.659, 3) },
    });
    expect(await client.snapshots(['GOOG', OPTION, 'NOPE', 'I:VIX'])).toMatchObject({
      rows: [
        { symbol: 'GOOG', kind: 'stocks', price: 747, session: { previousClose: 743, change: 4 } },
        { symbol: OPTION, kind: 'options', option: { contract: { strike: 740 } } },
      ],
      notFound: ['NOPE', 'I:VIX'],
    });
    expect(await client.indices(['I:VIX'])).toMatchObject({ rows: [], notFound: ['I:VIX'] });
    expect(await client.stockSnapshot('GOOG')).toMatchObject({ day: { close: 747 }, previousDay: { close: 743 } });
    expect(client.quarantine().total).toBe(0);
    await client.close();
  });

  it('bars, ticks and indicators', async () => {
    const client = reference(await start());
    const bars = await client.bars({ symbol: 'GOOG', timespan: 'month', from: BEFORE, to: DATE });
    expect(bars).toMatchObject([{ open: 740.5, close: 747, volume: 600 }]);
    expect(await client.previousBar('GOOG')).toMatchObject({ close: 743 });
    expect(await client.groupedBars(BEFORE)).toMatchObject([{ symbol: 'GOOG', close: 743 }]);
    expect(await client.daySummary('GOOG', BEFORE)).toMatchObject({ date: BEFORE, close: 743, preMarket: null });
    await expect(client.daySummary('GOOG', marketDate('2016-01-03'))).rejects.toMatchObject({ code: 'FEED_NOT_FOUND' });
    const nanos = BigInt(nanosText(atMinute(2)));
    expect(await pagesOf(client.trades({ symbol: OPTION, during: DATE, pageSize: 1 }))).toMatchObject([
      { nanos, price: 12.2, size: 3, exchange: 302 },
    ]);
    const quotes = await pagesOf(client.quotes({ symbol: OPTION, during: DATE, pageSize: 1 }));
    expect(quotes.map(({ bid }) => bid)).toEqual([12, 12.1, 12.2]);
    const later = { from: nanos, to: nanos + 1n };
    expect(await pagesOf(client.quotes({ symbol: OPTION, during: later }))).toMatchObject([{ bid: 12.1, nanos }]);
    expect(await client.lastTrade(OPTION)).toMatchObject({ price: 12.2, nanos });
    await expect(client.lastQuote('GOOG')).rejects.toMatchObject({ code: 'FEED_NOT_FOUND' });
    const minutes = { symbol: 'GOOG', timespan: 'minute' } as const;
    // Closes: 741, 742, 743 yesterday, 745, 746, 747 today.
    expect((await client.sma({ ...minutes, window: 3 })).map(({ value }) => value)).toEqual([
      742,
      2230 / 3,
      2234 / 3,
      746,
    ]);
    expect((await client.sma({ ...minutes, window: 3, from: DATE, limit: 1 })).map(({ value }) => value)).toEqual([
      746,
    ]);
    const ema = (await client.ema({ ...minutes, window: 3 })).map(({ value }) => value);
    expect(ema).toEqual([742, 743.5, 744.75, 745.875]);
    expect((await client.rsi({ ...minutes, window: 3 })).map(({ value }) => value)).toEqual([100, 100, 100]);
    const macd = await client.macd({ ...minutes, shortWindow: 2, longWindow: 3, signalWindow: 2 });
    expect(macd).toHaveLength(3);
    for (const { value, signal, histogram } of macd) expect(histogram).toBeCloseTo(value - signal, 12);
    expect(await client.sma({ ...minutes, symbol: 'NOPE' })).toEqual([]);
    // Our own indicators over the same bars say what the vendor's say.
    const sources = { clock: new ManualClock(atMinute(3)), vendor: client };
    const own = createMarketDataCollector({ ...sources, technical: technicalAnalysis }).technical;
    const theirs = createMarketDataCollector(sources).technical;
    const asked = { ...minutes, window: 3, from: DATE, to: DATE, adjusted: false };
    for (const name of ['sma', 'ema', 'rsi'] as const) {
      const [ours, vendors] = [await own[name](asked), await theirs[name](asked)];
      expect(ours.map(({ at }) => at)).toEqual(vendors.map(({ at }) => at));
      for (const [index, { value }] of ours.entries())
        expect(value).toBeCloseTo(vendors[index]?.value ?? Number.NaN, 9);
      expect(ours.length).toBeGreaterThan(1);
    }
    expect(client.quarantine().total).toBe(0);
    await client.close();
  });

  it('listings, corporate actions, yields and news, as of the simulated day', async () => {
    const client = reference(await start());
    expect(await client.marketStatus()).toMatchObject({ state: 'open', at: atMinute(3) });
    expect(await client.holidays()).toHaveLength(20);
    expect(await client.exchanges('options')).toMatchObject([{ id: 302, mic: 'XCBO' }]);
    expect(await client.conditions('options')).toMatchObject([{ id: 209, appliesTo: ['trade'] }]);
    expect(await client.tickers({ market: 'stocks' })).toMatchObject([{ symbol: 'GOOG', market: 'stocks' }]);
    expect(await client.ticker('GOOG')).toMatchObject({ symbol: 'GOOG', marketCap: null });
    expect((await client.dividends({ symbol: 'GOOG' })).map(({ amount }) => amount)).toEqual([0.5, 0.6]);
    expect(await client.splits({ symbol: 'GOOG' })).toMatchObject([{ from: 1, to: 2, date: '2014-04-03' }]);
    expect(await client.treasuryYields(marketDate('2016-01-01'), marketDate('2016-01-31'))).toEqual([
      { date: '2016-01-04', yields: { '3m': 0.0022, '10y': expect.closeTo(0.0224, 12) } },
    ]);
    expect(await client.news({ symbol: 'GOOG' })).toMatchObject([{ id: 'n1', insights: [{ sentiment: 'positive' }] }]);
    expect(client.quarantine().total).toBe(0);
    await client.close();
  });

  it('what the plan lacks: 403 once, and rows that are not entitled', async () => {
    const client = reference(await start({ lacks: ['quotes', 'indices'] }));
    const quotes = () => pagesOf(client.quotes({ symbol: OPTION, during: DATE }));
    await expect(quotes()).rejects.toMatchObject({ code: 'FEED_NOT_ENTITLED', details: { status: 403 } });
    await expect(quotes()).rejects.toMatchObject({ code: 'FEED_NOT_ENTITLED', details: { known: true } });
    expect(await pagesOf(client.trades({ symbol: OPTION, during: DATE }))).toHaveLength(1);
    expect(await client.snapshots(['I:VIX', 'GOOG'])).toMatchObject({
      notEntitled: ['I:VIX'],
      rows: [{ symbol: 'GOOG' }],
    });
    await client.close();
  });
});

describe('the official clients read it as well', () => {
  it('@massive.com/client-js', async () => {
    const rest = massiveClient(DEFAULT_KEYS.polygonKey, (await start()).url);
    const optionsTicker = `O:${CALL_740}`;
    const trades = await rest.getOptionsTrades({ optionsTicker });
    expect(trades.results).toMatchObject([{ price: 12.2, size: 3 }]);
    const quotes = await rest.getOptionsQuotes({ optionsTicker, limit: 2 });
    expect(quotes.results?.map(({ bid_price }) => bid_price)).toEqual([12.2, 12.1]);
    const sma = await rest.getStocksSMA({ stockTicker: 'GOOG', timespan: GetStocksSMATimespanEnum.Minute, window: 3 });
    expect(sma.results?.values?.map(({ value }) => value)).toEqual([746, 2234 / 3, 2230 / 3, 742]);
    const stocks = await rest.getSnapshots({ type: GetSnapshotsTypeEnum.Stocks });
    expect(stocks.results).toMatchObject([{ ticker: 'GOOG', session: { close: 747 } }]);
    const previous = await rest.getPreviousStocksAggregates({ stocksTicker: 'GOOG' });
    expect(previous.results).toMatchObject([{ T: 'GOOG', c: 743 }]);
    expect((await rest.getGroupedStocksAggregates({ date: BEFORE })).results).toMatchObject([{ T: 'GOOG', c: 743 }]);
    expect(await rest.getStocksOpenClose({ stocksTicker: 'GOOG', date: BEFORE })).toMatchObject({ close: 743 });
    expect((await rest.listExchanges({})).results).toHaveLength(2);
    expect((await rest.listDividends({ ticker: 'GOOG' })).results).toHaveLength(2);
    expect((await rest.listStockSplits({ ticker: 'GOOG' })).results).toHaveLength(1);
    expect((await rest.listNews({ ticker: 'GOOG' })).results).toMatchObject([{ id: 'n1' }]);
    expect((await rest.listTickers({})).results).toMatchObject([{ ticker: 'GOOG' }]);
    expect((await rest.getStocksSnapshotTicker({ stocksTicker: 'GOOG' })).ticker).toMatchObject({ day: { c: 747 } });
    expect((await rest.getIndicesSnapshot({ tickerAnyOf: 'I:VIX' })).results).toMatchObject([{ error: 'NOT_FOUND' }]);
  });

  it('@polygon.io/client-js', async () => {
    const rest = polygonClient(DEFAULT_KEYS.polygonKey, (await start()).url);
    const trades = await rest.getOptionsTrades(`O:${CALL_740}`);
    expect(trades.results).toMatchObject([{ price: 12.2 }]);
    expect((await rest.getPreviousStocksAggregates('GOOG')).results).toMatchObject([{ c: 743 }]);
    expect((await rest.getLastOptionsTrade(`O:${CALL_740}`)).results).toMatchObject({ p: 12.2, s: 3 });
    expect((await rest.listConditions()).results).toHaveLength(2);
    expect(await rest.getMarketHolidays()).toHaveLength(20);
  });
});

describe('requests that do not fit', () => {
  it.each([
    '/v3/trades/GOOG?timestamp=yesterday',
    '/v3/quotes/GOOG?limit=50001',
    '/v1/indicators/sma/GOOG?window=0',
    '/v1/indicators/sma/GOOG?timespan=second',
    '/v1/open-close/GOOG/today',
    '/v3/snapshot?type=bonds',
    '/v3/reference/dividends?ex_dividend_date.gte=soon',
    `/v3/snapshot?ticker.any_of=${'A,'.repeat(250)}A`,
  ])('%s is refused with 400', async (path) => {
    expect((await polygonGet(await start(), path)).status).toBe(400);
  });

  it('pages have the documented lengths', async () => {
    const answer = await polygonGet(await start(), '/v3/snapshot');
    expect(page(answer).results).toHaveLength(7);
    expect((await polygonGet(sim, '/v3/snapshot?limit=251')).status).toBe(400);
    const one = page(await polygonGet(sim, '/v3/snapshot?limit=5'));
    expect(one.results).toHaveLength(5);
    expect(one.next_url).toContain('/v3/snapshot?cursor=');
  });
});
