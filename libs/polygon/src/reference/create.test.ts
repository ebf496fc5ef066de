import { ManualClock, marketDate, micros, microsFromRfc3339 } from '@trading-agent/core';
import { optionSymbol } from '@trading-agent/instruments';
import { type RequestPriority, openRequestBudget } from '@trading-agent/market-data';
import { LocalServer, type Reply, pagesOf } from '@trading-agent/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { codeOf } from '../testing/answers.ts';
import { type PolygonReference, type PolygonReferenceOptions, createPolygonReference } from './create.ts';

const NOW = microsFromRfc3339('2026-11-24T15:00:00Z');
const DAY = marketDate('2026-11-20');
const OPTION = optionSymbol('SPY261218C00650000');
const KEY = 'k3y-of-the-test';

let server: LocalServer;
let clock: ManualClock;
let open: PolygonReference[];
let warnings: object[];
beforeEach(async () => {
  server = await LocalServer.start();
  clock = new ManualClock(NOW);
  open = [];
  warnings = [];
});
afterEach(async () => {
  for (const reference of open) await reference.close();
  await server.close();
});

function start(options: Partial<PolygonReferenceOptions> = {}): PolygonReference {
  const reference = createPolygonReference({
    restUrl: server.httpUrl,
    apiKey: KEY,
    clock,
    timeoutMs: 20_000,
    sleep: () => Promise.resolve(),
    logger: { debug: () => {}, info: () => {}, warn: (facts) => warnings.push(facts) },
    ...options,
  });
  open.push(reference);
  return reference;
}
const ok = (results: unknown, more: object = {}): Reply => ({
  body: { status: 'OK', request_id: 'r', results, ...more },
});

const TRADE = {
  price: 1.5,
  size: 2,
  exchange: 302,
  conditions: [209],
  sip_timestamp: 1718731527714665700,
  sequence_number: 7,
};
const SNAPSHOT = {
  details: { ticker: `O:${OPTION}`, contract_type: 'call', exercise_style: 'american', strike_price: 650 },
  day: { open: 1, high: 2, low: 1, close: 2, volume: 5, last_updated: '1795237200000000000' },
  greeks: { delta: 0.5, gamma: 0.01, theta: -0.1, vega: 0.2 },
  implied_volatility: 0.2,
  open_interest: 10,
  last_quote: {
    bid: 1,
    bid_size: 2,
    ask: 1.1,
    ask_size: 3,
    last_updated: '1795532400000000001',
    timeframe: 'REAL-TIME',
  },
  underlying_asset: { ticker: 'SPY', price: 651 },
};

describe('answers', () => {
  it('keep nanoseconds to the last digit', async () => {
    server.onRequest = () => ({
      body: '{"results":[{"price":1.5,"size":2,"sip_timestamp":1718731527714665701,"participant_timestamp":1718731527714665703}]}',
    });
    const [trade] = await pagesOf(start().trades({ symbol: OPTION, during: DAY }));
    expect(trade).toMatchObject({
      symbol: OPTION,
      nanos: 1718731527714665701n,
      participantNanos: 1718731527714665703n,
      at: 1718731527714665,
    });
  });

  it('tell a day that is not today by the date it belongs to', async () => {
    server.onRequest = () => ok([SNAPSHOT]);
    const [row] = await start().chain({ underlying: 'SPY', strikeFrom: 600, right: 'call' });
    expect(row).toMatchObject({
      dayDate: '2026-11-21',
      timeliness: 'real-time',
      underlyingPrice: 651,
      openInterest: 10,
    });
    const query = Object.fromEntries(server.requests[0]?.query ?? []);
    expect(query).toEqual({
      'strike_price.gte': '600',
      contract_type: 'call',
      sort: 'ticker',
      order: 'asc',
      limit: '250',
    });
  });

  it('of universal snapshots split those that were refused from those with data', async () => {
    server.onRequest = () =>
      ok([
        { ticker: 'SPY', type: 'stocks', session: { close: 650, price: 651 } },
        { ticker: 'ZZZZ', error: 'NOT_FOUND', message: 'Ticker not found.' },
        { ticker: 'O:SPY261218C00650000', error: 'NOT_ENTITLED', message: 'Not entitled to this ticker.' },
        { ticker: 'I:VIX', error: 'SOMETHING_NEW' },
      ]);
    const answer = await start().snapshots(['SPY', 'ZZZZ', OPTION, 'I:VIX', 'SPY']);
    expect(answer).toMatchObject({
      rows: [{ symbol: 'SPY', kind: 'stocks', price: 651 }],
      notFound: ['ZZZZ'],
      notEntitled: [OPTION],
      refused: [{ symbol: 'I:VIX', reason: 'SOMETHING_NEW' }],
    });
    expect(server.requests[0]?.query.get('ticker.any_of')).toBe(`SPY,ZZZZ,O:${OPTION},I:VIX`);
  });

  it('of more than 250 instruments are asked for in parts', async () => {
    server.onRequest = () => ok([]);
    await start().snapshots(Array.from({ length: 600 }, (_, index) => `S${index}`));
    expect(server.requests.map(({ query }) => query.get('ticker.any_of')?.split(',').length)).toEqual([250, 250, 100]);
  });

  it('that name conditions, exchanges and news are read', async () => {
    const reference = start();
    server.onRequest = () =>
      ok([
        {
          id: 209,
          type: 'sale_condition',
          name: 'Automatic Execution',
          asset_class: 'options',
          data_types: ['trade'],
          sip_mapping: { OPRA: 'I' },
          update_rules: {
            consolidated: { updates_high_low: true, updates_open_close: true, updates_volume: true },
            market_center: { updates_high_low: true, updates_open_close: false, updates_volume: true },
          },
        },
      ]);
    expect(await reference.conditions('options')).toEqual([
      {
        id: 209,
        kind: 'sale_condition',
        name: 'Automatic Execution',
        assetClass: 'options',
        appliesTo: ['trade'],
        codes: { OPRA: 'I' },
        consolidated: { highLow: true, openClose: true, volume: true },
        marketCenter: { highLow: true, openClose: false, volume: true },
        legacy: false,
      },
    ]);
    const insight = { ticker: 'SPY', sentiment: 'euphoric', sentiment_reasoning: 'because' };
    server.onRequest = () =>
      ok([{ id: 'n1', title: 'T', published_utc: '2026-11-24T10:00:00Z', tickers: ['SPY'], insights: [insight] }]);
    expect(await reference.news({ symbol: 'SPY', from: micros(NOW - 1_000_000), limit: 5 })).toMatchObject([
      { id: 'n1', symbols: ['SPY'], insights: [{ symbol: 'SPY', sentiment: 'other', reasoning: 'because' }] },
    ]);
    expect(server.requests[1]?.query.get('published_utc.gte')).toBe('2026-11-24T14:59:59.000000Z');
  });

  it('give yields as decimals, and leave out days without any', async () => {
    server.onRequest = () => ok([{ date: '2026-11-20', yield_3_month: 3.9 }, { date: '2026-11-19' }]);
    expect(await start().treasuryYields(DAY, DAY)).toEqual([{ date: '2026-11-20', yields: { '3m': 0.039 } }]);
  });

  it('that can not be read are kept with their text as it came, and counted', async () => {
    const broken = '{ "ex_dividend_date" : "soon", "ticker":"SPY", "cash_amount":1.70, "x":"a]\\"},{" }';
    server.onRequest = () => ({
      body: `{"results": [ {"ticker":"SPY","cash_amount":1,"ex_dividend_date":"2026-09-18"}, ${broken} ],"status":"OK"}`,
    });
    const reference = start();
    expect(await reference.dividends({ symbol: 'SPY' })).toHaveLength(1);
    expect(reference.quarantine()).toEqual({
      total: 1,
      rows: [{ path: '/v3/reference/dividends', index: 1, reason: expect.stringContaining('soon'), text: broken }],
    });
    expect(reference.counters().malformedRows).toBe(1);
  });

  it('whose parts can not be read are kept without them, which is told', async () => {
    server.onRequest = () => ok([{ ...SNAPSHOT, greeks: { delta: 'high' }, last_quote: { bid: 'low' } }]);
    const reference = start();
    expect(await reference.chain({ underlying: 'SPY' })).toMatchObject([
      { greeks: null, quote: null, openInterest: 10 },
    ]);
    expect(reference.quarantine().rows.map(({ reason }) => reason)).toEqual([
      'last_quote left out: broken or without a time',
      expect.stringContaining('greeks left out'),
    ]);
    expect(reference.counters().malformedRows).toBe(0);
  });
});

describe('a plan that does not cover something', () => {
  it('is asked once, warned of once, and remembered; the rest goes on', async () => {
    server.onRequest = ({ path }) => (path.startsWith('/v3/quotes') ? { status: 403, body: {} } : ok([]));
    const reference = start();
    const quotes = (from: bigint) => pagesOf(reference.quotes({ symbol: OPTION, during: { from, to: from + 1n } }));
    expect(await codeOf(quotes(1n))).toBe('FEED_NOT_ENTITLED');
    expect(await codeOf(quotes(2n))).toBe('FEED_NOT_ENTITLED');
    expect(server.requests).toHaveLength(1);
    expect(warnings).toHaveLength(1);
    expect(await pagesOf(reference.trades({ symbol: OPTION, during: DAY }))).toEqual([]);
    expect(await codeOf(pagesOf(reference.quotes({ symbol: 'SPY', during: DAY })))).toBe('FEED_NOT_ENTITLED');
    expect(reference.entitlements()).toEqual({ 'options quotes': 'all', 'stocks quotes': DAY });
  });

  it('for its age is still asked for younger days', async () => {
    server.onRequest = ({ path }) => (path.includes('/2019-') ? { status: 403, body: {} } : ok([]));
    const reference = start();
    const bars = (day: string) =>
      codeOf(reference.bars({ symbol: 'SPY', timespan: 'day', from: marketDate(day), to: marketDate(day) }));
    expect(await bars('2019-06-03')).toBe('FEED_NOT_ENTITLED');
    expect(await bars('2019-06-03')).toBe('FEED_NOT_ENTITLED');
    expect(await bars('2018-06-04')).toBe('FEED_NOT_ENTITLED');
    expect(await bars('2026-11-20')).toBe('none');
    expect(server.requests).toHaveLength(2);
  });
});

describe('the same question', () => {
  it('asked while it is under way is one request', async () => {
    server.onRequest = () => ok([SNAPSHOT]);
    const reference = start();
    const [one, two] = await Promise.all([
      reference.chain({ underlying: 'SPY' }),
      reference.chain({ underlying: 'SPY' }),
    ]);
    expect(server.requests).toHaveLength(1);
    expect(two).toEqual(one);
    await reference.chain({ underlying: 'SPY' });
    expect(server.requests).toHaveLength(2);
  });

  it('about what does not change is not asked again until its answer is old, then by its ETag', async () => {
    server.onRequest = ({ headers }) =>
      headers['if-none-match'] === '"v1"'
        ? { status: 304, body: '' }
        : { ...(ok([{ id: 1, type: 'exchange', name: 'X' }]) as object), headers: { etag: '"v1"' } };
    const reference = start();
    const first = await reference.exchanges('options');
    await reference.exchanges('options');
    expect(server.requests).toHaveLength(1);
    clock.advanceTo(micros(NOW + 25 * 3_600_000_000));
    expect(await reference.exchanges('options')).toEqual(first);
    expect(await reference.exchanges('options')).toEqual(first);
    expect(server.requests.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, '"v1"']);
  });
});

describe('the budget', () => {
  it('is asked for every page and every repeat, and ends what it no longer allows', async () => {
    const taken: RequestPriority[] = [];
    const budget = openRequestBudget({ account: 'A', limits: { perMinute: 100, perDay: 5 }, clock });
    const counting = {
      take: (priority: RequestPriority, signal?: AbortSignal) => {
        taken.push(priority);
        return budget.take(priority, signal);
      },
    };
    let failures = 1;
    server.onRequest = ({ query }) => {
      if (failures-- > 0) return { status: 503 };
      return query.has('cursor') ? ok([TRADE]) : ok([TRADE], { next_url: `${server.httpUrl}/v3/trades/x?cursor=2` });
    };
    const reference = start({ budget: counting, priority: 'positions' });
    await pagesOf(reference.trades({ symbol: 'SPY', during: DAY }));
    expect(taken).toEqual(['positions', 'positions', 'positions']);
    await reference.lastTrade('SPY').catch(() => undefined);
    await reference.lastTrade('QQQ').catch(() => undefined);
    expect(await codeOf(reference.lastTrade('IWM'))).toBe('FEED_BUDGET_SPENT');
    expect(server.requests).toHaveLength(5);
    budget.close();
  });
});

it('the key stays in the header, in errors too', async () => {
  server.onRequest = () => ({ status: 401, body: { error: `Unknown API Key ${KEY}` } });
  const error: unknown = await start()
    .marketStatus()
    .catch((reason: unknown) => reason);
  expect(server.requests[0]).toMatchObject({ headers: { authorization: `Bearer ${KEY}` } });
  expect(server.requests[0]?.target).not.toContain(KEY);
  expect(JSON.stringify(error) + String(error)).not.toContain(KEY);
  expect(() => start({ apiKey: '' })).toThrow(expect.objectContaining({ code: 'CREDENTIALS_MISSING' }));
});

it.each([
  ['exercise_style', 'canary', 'quarantined: a contract of unknown terms is not traded'],
  ['contract_type', 'other', 'quarantined as well'],
])('a contract whose %s is %s is %s', async (field, value) => {
  server.onRequest = () => ok([{ ticker: `O:${OPTION}`, [field]: value }]);
  const reference = start();
  expect(await reference.contracts({})).toEqual([]);
  expect(reference.quarantine().total).toBe(1);
});

it('unknown words elsewhere are `other`', async () => {
  const reference = start();
  server.onRequest = () => ({
    body: { market: 'half-open', serverTime: '2026-11-24T10:00:00-05:00', exchanges: { nyse: 'x' } },
  });
  expect(await reference.marketStatus()).toMatchObject({ state: 'other', exchanges: { nyse: 'other' } });
  server.onRequest = () => ok([{ ticker: 'SPY', cash_amount: 1, ex_dividend_date: '2026-09-18', dividend_type: 'XX' }]);
  expect(await reference.dividends({})).toMatchObject([{ kind: 'other' }]);
  server.onRequest = () => ok([{ ticker: 'F:X', type: 'futures' }]);
  expect(await reference.snapshots(['F:X'])).toMatchObject({ rows: [{ kind: 'other' }] });
});
