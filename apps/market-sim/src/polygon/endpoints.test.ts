import { existsSync, readFileSync } from 'node:fs';
import { channel } from 'node:diagnostics_channel';
import { join } from 'node:path';
import { isTradingError, marketDate, systemClock } from '@trading-agent/core';
import { optionSymbol } from '@trading-agent/instruments';
import type { ReferenceData } from '@trading-agent/market-data';
import { createPolygonReference } from '@trading-agent/polygon';
import { pagesOf } from '@trading-agent/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULT_KEYS } from '../options.ts';
import type { MarketSim } from '../server.ts';
import { Lockstep } from '../testing/sessions.ts';
import { CALL_740, DATE, startTinySim } from '../testing/tiny-market.ts';

const PROVIDERS = join(process.env['TRADING_AGENT_SHARED'] ?? '../shared', 'PROVIDERS.md');
const OPTION = optionSymbol(CALL_740);
const BEFORE = marketDate('2016-01-04');
const minutes = { symbol: 'GOOG', timespan: 'minute', window: 2 } as const;

interface Row {
  /** As the protocol sheet writes it. */
  readonly path: string;
  readonly ask: (client: ReferenceData) => Promise<unknown>;
  /** What this small market answers; something unless given. */
  readonly answer?: 'FEED_NOT_FOUND';
}

/** Every question of the port and the endpoint that answers it: a question that is added has to be added here. */
const ENDPOINTS: Readonly<Record<Exclude<keyof ReferenceData, 'quarantine' | 'close'>, Row>> = {
  contracts: { path: '/v3/reference/options/contracts', ask: (c) => c.contracts({ underlying: 'GOOG', asOf: DATE }) },
  contract: { path: '/v3/reference/options/contracts/{ticker}', ask: (c) => c.contract(OPTION, DATE) },
  chain: { path: '/v3/snapshot/options/{underlying}', ask: (c) => c.chain({ underlying: 'GOOG' }) },
  optionSnapshot: {
    path: '/v3/snapshot/options/{underlying}/{contract}',
    ask: (c) => c.optionSnapshot('GOOG', OPTION),
  },
  snapshots: { path: '/v3/snapshot', ask: async (c) => (await c.snapshots(['GOOG'])).rows },
  indices: { path: '/v3/snapshot/indices', ask: async (c) => (await c.indices(['I:VIX'])).notFound },
  stockSnapshot: { path: '/v2/snapshot/locale/us/markets/stocks/tickers/{t}', ask: (c) => c.stockSnapshot('GOOG') },
  bars: {
    path: '/v2/aggs/ticker/{ticker}/range/{multiplier}/{timespan}/{from}/{to}',
    ask: (c) => c.bars({ symbol: 'GOOG', timespan: 'minute', from: BEFORE, to: DATE }),
  },
  previousBar: { path: '/v2/aggs/ticker/{t}/prev', ask: (c) => c.previousBar('GOOG') },
  groupedBars: { path: '/v2/aggs/grouped/locale/us/market/stocks/{date}', ask: (c) => c.groupedBars(BEFORE) },
  daySummary: { path: '/v1/open-close/{t}/{date}', ask: (c) => c.daySummary('GOOG', BEFORE) },
  trades: { path: '/v3/trades/{t}', ask: (c) => pagesOf(c.trades({ symbol: OPTION, during: DATE })) },
  quotes: { path: '/v3/quotes/{t}', ask: (c) => pagesOf(c.quotes({ symbol: OPTION, during: DATE })) },
  lastTrade: { path: '/v2/last/trade/{t}', ask: (c) => c.lastTrade(OPTION) },
  // The market has no quotes of its stock.
  lastQuote: { path: '/v2/last/nbbo/{stock}', ask: (c) => c.lastQuote('GOOG'), answer: 'FEED_NOT_FOUND' },
  sma: { path: '/v1/indicators/{sma|ema|rsi|macd}/{ticker}', ask: (c) => c.sma(minutes) },
  ema: { path: '/v1/indicators/{sma|ema|rsi|macd}/{ticker}', ask: (c) => c.ema(minutes) },
  rsi: { path: '/v1/indicators/{sma|ema|rsi|macd}/{ticker}', ask: (c) => c.rsi(minutes) },
  macd: {
    path: '/v1/indicators/{sma|ema|rsi|macd}/{ticker}',
    ask: (c) => c.macd({ ...minutes, shortWindow: 2, longWindow: 3, signalWindow: 2 }),
  },
  marketStatus: { path: '/v1/marketstatus/now', ask: (c) => c.marketStatus() },
  holidays: { path: '/v1/marketstatus/upcoming', ask: (c) => c.holidays() },
  exchanges: { path: '/v3/reference/exchanges', ask: (c) => c.exchanges('options') },
  conditions: { path: '/v3/reference/conditions', ask: (c) => c.conditions('options') },
  tickers: { path: '/v3/reference/tickers', ask: (c) => c.tickers({ market: 'stocks' }) },
  ticker: { path: '/v3/reference/tickers/{t}', ask: (c) => c.ticker('GOOG') },
  dividends: { path: '/v3/reference/dividends', ask: (c) => c.dividends({ symbol: 'GOOG' }) },
  splits: { path: '/v3/reference/splits', ask: (c) => c.splits({ symbol: 'GOOG' }) },
  treasuryYields: { path: '/fed/v1/treasury-yields', ask: (c) => c.treasuryYields(BEFORE, DATE) },
  news: { path: '/v2/reference/news', ask: (c) => c.news({ symbol: 'GOOG' }) },
};

/** On the sheet, and asked for by the vendor's newer names nowhere here. */
const NOT_ASKED = ['/stocks/v1/dividends', '/stocks/v1/splits'];

let sim: MarketSim;
let client: ReferenceData;
const requests: string[] = [];
const requested = channel('undici:request:create');
const note = (message: unknown): void => {
  const request: unknown =
    typeof message === 'object' && message !== null ? Reflect.get(message, 'request') : undefined;
  const path: unknown = typeof request === 'object' && request !== null ? Reflect.get(request, 'path') : undefined;
  if (typeof path === 'string') requests.push(decodeURIComponent(path.replace(/\?.*/, '')));
};

beforeAll(async () => {
  sim = await startTinySim({
    polygonPlan: {
      rows: {
        dividends: [{ ticker: 'GOOG', cash_amount: 0.5, ex_dividend_date: '2015-12-01', dividend_type: 'CD' }],
        splits: [{ id: 's', ticker: 'GOOG', execution_date: '2014-04-03', split_from: 1, split_to: 2 }],
        treasury: [{ date: '2016-01-04', yield_3_month: 0.22 }],
        news: [{ id: 'n1', title: 'T', published_utc: '2016-01-05T12:00:00Z', tickers: ['GOOG'] }],
      },
    },
  });
  await (await Lockstep.attach(sim)).runTo(2);
  client = createPolygonReference({ restUrl: sim.url, apiKey: DEFAULT_KEYS.polygonKey, clock: systemClock });
  requested.subscribe(note);
});
afterAll(async () => {
  requested.unsubscribe(note);
  await client.close();
  await sim.close();
});

/** Whether there was anything in an answer, or the code of the error. */
async function outcome(answer: Promise<unknown>): Promise<string> {
  try {
    const value = await answer;
    if (Array.isArray(value)) return value.length > 0 ? 'something' : 'nothing';
    return typeof value === 'object' && value !== null ? 'something' : 'nothing';
  } catch (error) {
    return isTradingError(error) ? error.code : String(error);
  }
}

it.each(Object.entries(ENDPOINTS))('%s is answered by its endpoint, and read without a doubt', async (_name, row) => {
  requests.length = 0;
  expect(await outcome(row.ask(client))).toBe(row.answer ?? 'something');
  expect(client.quarantine().total).toBe(0);
  const form = new RegExp(`^${row.path.replaceAll('.', '\\.').replace(/\{[^}]*\}/g, '[^/]+')}$`);
  expect(requests.filter((path) => form.test(path)).length).toBeGreaterThan(0);
  expect(requests.filter((path) => !form.test(path))).toEqual([]);
});

it.skipIf(!existsSync(PROVIDERS))('no endpoint of the protocol sheet is missing from the table', () => {
  const sheet = readFileSync(PROVIDERS, 'utf8');
  const part = sheet.slice(sheet.indexOf('## A3.'), sheet.indexOf('## A9.'));
  const named = [...part.matchAll(/`(?:GET )?(\/(?:v\d|vX|fed|stocks)[^`\s?]*)/g)].map(([, path = '']) => path);
  const paths = new Set(named.filter((path) => !path.includes('…')).map((path) => path.replace(/\{[^}]*\}/g, '{}')));
  const known = new Set([
    ...Object.values(ENDPOINTS).map(({ path }) => path.replace(/\{[^}]*\}/g, '{}')),
    ...NOT_ASKED,
  ]);
  expect(paths.size).toBeGreaterThan(20);
  expect([...paths].filter((path) => !known.has(path))).toEqual([]);
});
