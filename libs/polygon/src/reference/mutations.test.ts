import { marketDate, microsFromRfc3339, ManualClock } from '@trading-agent/core';
import { optionSymbol } from '@trading-agent/instruments';
import type { ReferenceData } from '@trading-agent/market-data';
import { LocalServer, mutated, pagesOf } from '@trading-agent/testkit';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { codeOf } from '../testing/answers.ts';
import { type PolygonReference, createPolygonReference } from './create.ts';

const DAY = marketDate('2026-11-20');
const OPTION = optionSymbol('SPY261218C00650000');
const NANOS = '1795532400000000001';
const TRADE = { price: 1.5, size: 2, exchange: 302, conditions: [209], sip_timestamp: NANOS, sequence_number: 7 };
const BAR = { o: 1, h: 2, l: 1, c: 2, v: 10, vw: 1.5, n: 3, t: 1795532400000 };
const VALUE = { timestamp: 1795532400000, value: 1 };
const SNAPSHOT = {
  details: { ticker: `O:${OPTION}`, contract_type: 'call', exercise_style: 'american', strike_price: 650 },
  day: { open: 1, high: 2, low: 1, close: 2, volume: 5, last_updated: '1795237200000000000' },
  greeks: { delta: 0.5, gamma: 0.01, theta: -0.1, vega: 0.2 },
  implied_volatility: 0.2,
  open_interest: 10,
  last_quote: { bid: 1, bid_size: 2, ask: 1.1, ask_size: 3, last_updated: NANOS, timeframe: 'REAL-TIME' },
  underlying_asset: { ticker: 'SPY', price: 651 },
};

type Sample = readonly [body: unknown, ask: (reference: PolygonReference) => Promise<unknown>];
/** A whole answer to every question: a question that is added to the port has to be added here. */
const SAMPLES: Readonly<Record<Exclude<keyof ReferenceData, 'quarantine' | 'close'>, Sample>> = {
  contracts: [
    {
      results: [
        {
          ticker: `O:${OPTION}`,
          underlying_ticker: 'SPY',
          contract_type: 'call',
          exercise_style: 'american',
          expiration_date: '2026-12-18',
          strike_price: 650,
          shares_per_contract: 100,
          primary_exchange: 'BATO',
          cfi: 'OCASPS',
          additional_underlyings: [{ type: 'equity', underlying: 'VMW', amount: 44 }],
        },
      ],
    },
    (r) => r.contracts({ underlying: 'SPY' }),
  ],
  chain: [{ results: [SNAPSHOT] }, (r) => r.chain({ underlying: 'SPY' })],
  optionSnapshot: [{ results: SNAPSHOT }, (r) => r.optionSnapshot('SPY', OPTION)],
  snapshots: [
    { results: [{ ...SNAPSHOT, ticker: `O:${OPTION}`, type: 'options', session: SNAPSHOT.day }] },
    (r) => r.snapshots([OPTION]),
  ],
  indices: [
    {
      results: [
        { ticker: 'I:SPX', type: 'indices', value: 5_000, session: { high: 2, low: 1 }, market_status: 'open' },
      ],
    },
    (r) => r.indices(['I:SPX']),
  ],
  stockSnapshot: [
    {
      ticker: {
        ticker: 'SPY',
        updated: '1795532400000000001',
        day: { o: 1, c: 2 },
        lastTrade: { p: 1, s: 2, t: '1795532400000000001' },
      },
    },
    (r) => r.stockSnapshot('SPY'),
  ],
  bars: [
    { results: [{ o: 1, h: 2, l: 1, c: 2, v: 10, vw: 1.5, n: 3, t: 1795532400000 }] },
    (r) => r.bars({ symbol: 'SPY', timespan: 'minute', from: DAY, to: marketDate('2026-11-24') }),
  ],
  trades: [{ results: [TRADE] }, (r) => pagesOf(r.trades({ symbol: OPTION, during: DAY }))],
  quotes: [
    { results: [{ bid_price: 1, bid_size: 2, ask_price: 3, ask_size: 4, sip_timestamp: '1795532400000000001' }] },
    (r) => pagesOf(r.quotes({ symbol: OPTION, during: DAY })),
  ],
  macd: [
    { results: { values: [{ timestamp: 1795532400000, value: 1, signal: 2, histogram: 3 }] } },
    (r) => r.macd({ symbol: 'SPY' }),
  ],
  marketStatus: [
    { market: 'open', serverTime: '2026-11-24T10:00:00-05:00', exchanges: { nyse: 'open' } },
    (r) => r.marketStatus(),
  ],
  holidays: [[{ date: '2026-12-25', exchange: 'NYSE', name: 'Christmas', status: 'closed' }], (r) => r.holidays()],
  dividends: [
    {
      results: [
        {
          ticker: 'SPY',
          cash_amount: 1.7,
          ex_dividend_date: '2026-09-18',
          dividend_type: 'CD',
          pay_date: '2026-10-30',
        },
      ],
    },
    (r) => r.dividends({}),
  ],
  splits: [
    { results: [{ ticker: 'AAPL', execution_date: '2014-06-09', split_from: 1, split_to: 7 }] },
    (r) => r.splits({}),
  ],
  treasuryYields: [
    { results: [{ date: '2026-11-20', yield_1_month: 4, yield_30_year: 4.5 }] },
    (r) => r.treasuryYields(DAY, DAY),
  ],
  news: [
    {
      results: [
        {
          id: 'n',
          title: 't',
          published_utc: '2026-11-24T10:00:00Z',
          publisher: { name: 'p' },
          insights: [{ ticker: 'SPY', sentiment: 'neutral' }],
        },
      ],
    },
    (r) => r.news({}),
  ],
  ticker: [
    { results: { ticker: 'SPY', name: 'S', market: 'stocks', list_date: '1993-01-22' } },
    (r) => r.ticker('SPY'),
  ],
  contract: [
    { results: { ticker: `O:${OPTION}`, exercise_style: 'american', shares_per_contract: 100, cfi: 'OCASPS' } },
    (r) => r.contract(OPTION, DAY),
  ],
  previousBar: [{ results: [{ T: 'SPY', ...BAR }] }, (r) => r.previousBar('SPY')],
  groupedBars: [{ results: [{ T: 'SPY', ...BAR }] }, (r) => r.groupedBars(DAY)],
  daySummary: [
    { from: DAY, symbol: 'SPY', open: 1, high: 2, low: 1, close: 2, volume: 10, preMarket: 1, afterHours: 2 },
    (r) => r.daySummary('SPY', DAY),
  ],
  lastTrade: [
    { results: { T: 'SPY', p: 1, s: 2, t: NANOS, y: NANOS, x: 4, c: [12], q: 7, i: '9', z: 3 } },
    (r) => r.lastTrade('SPY'),
  ],
  lastQuote: [
    { results: { T: 'SPY', p: 1, s: 2, x: 4, P: 1.1, S: 3, X: 5, t: NANOS, y: NANOS, q: 7, z: 3 } },
    (r) => r.lastQuote('SPY'),
  ],
  sma: [{ results: { values: [VALUE] } }, (r) => r.sma({ symbol: 'SPY' })],
  ema: [{ results: { values: [VALUE] } }, (r) => r.ema({ symbol: 'SPY' })],
  rsi: [{ results: { values: [VALUE] } }, (r) => r.rsi({ symbol: 'SPY' })],
  exchanges: [
    { results: [{ id: 302, type: 'exchange', asset_class: 'options', locale: 'us', name: 'C', mic: 'XCBO' }] },
    (r) => r.exchanges('options'),
  ],
  conditions: [
    {
      results: [
        {
          id: 209,
          type: 'sale_condition',
          name: 'A',
          asset_class: 'options',
          data_types: ['trade'],
          sip_mapping: { OPRA: 'I' },
          update_rules: { consolidated: { updates_high_low: true } },
        },
      ],
    },
    (r) => r.conditions('options'),
  ],
  tickers: [
    { results: [{ ticker: 'SPY', name: 'S', market: 'stocks', type: 'ETF', active: true, cik: '1' }] },
    (r) => r.tickers({ market: 'stocks' }),
  ],
};

let server: LocalServer;
let open: PolygonReference[];
beforeEach(async () => {
  server = await LocalServer.start();
  open = [];
});
afterEach(async () => {
  for (const reference of open) await reference.close();
  await server.close();
});

function start(): PolygonReference {
  const reference = createPolygonReference({
    restUrl: server.httpUrl,
    apiKey: 'k',
    clock: new ManualClock(microsFromRfc3339('2026-11-24T15:00:00Z')),
    timeoutMs: 20_000,
    sleep: () => Promise.resolve(),
  });
  open.push(reference);
  return reference;
}

describe.each(Object.entries(SAMPLES))('whatever the vendor does to %s', (_name, [body, ask]) => {
  it('fields removed, nulled, added or of another kind break nothing: rows are left out, or the answer is called broken', async () => {
    await fc.assert(
      fc.asyncProperty(mutated(body), async (odd) => {
        server.onRequest = ({ query }) => ({ body: query.has('cursor') ? {} : JSON.stringify(odd) });
        const reference = start();
        expect(['none', 'FEED_BAD_MESSAGE']).toContain(await codeOf(ask(reference)));
      }),
      { numRuns: 25 },
    );
  });

  it('unknown fields change nothing', async () => {
    server.onRequest = () => ({ body });
    const before = start();
    const plain = await ask(before);
    expect(before.quarantine().total).toBe(0);
    server.onRequest = () => ({ body: extended(body) });
    const reference = start();
    expect(await ask(reference)).toEqual(plain);
    expect(reference.quarantine().total).toBe(0);
  });
});

const NAME_MAPS = new Set(['exchanges', 'sip_mapping']);

/** With a new field in every object but those whose keys are names. */
function extended(value: unknown, key = ''): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((member) => extended(member));
  const members = Object.entries(value).map(([name, member]) => [name, extended(member, name)]);
  return { ...Object.fromEntries(members), ...(!NAME_MAPS.has(key) && { brand_new: { of: ['things', 1] } }) };
}
