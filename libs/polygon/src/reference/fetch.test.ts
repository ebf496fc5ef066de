import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock, type MarketDate, marketDate, micros, microsFromRfc3339 } from '@trading-agent/core';
import {
  type FetchRequest,
  fetchIntoLake,
  fetchState,
  ingest,
  Lake,
  openKnownReference,
  openRequestBudget,
  planRequests,
  type RequestBudget,
} from '@trading-agent/market-data';
import { LocalServer, type ReceivedRequest, type Reply } from '@trading-agent/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPolygonReference } from './create.ts';

const NOW = microsFromRfc3339('2026-11-24T22:00:00Z');
const TODAY = marketDate('2026-11-24');
const DATES = ['2026-11-20', '2026-11-23', '2026-11-24'].map(marketDate);
const CONTRACTS = ['O:XYZ261218C00100000', 'O:XYZ261218P00100000', 'O:XYZ261120C00100000'];

let lakeDir: string;
let server: LocalServer;
let clock: ManualClock;
beforeEach(async () => {
  lakeDir = mkdtempSync(join(tmpdir(), 'fetch-'));
  server = await LocalServer.start();
  server.onRequest = vendor;
  clock = new ManualClock(NOW);
});
afterEach(async () => {
  await server.close();
  rmSync(lakeDir, { recursive: true, force: true });
});

/** A small vendor: three contracts, two bars a session of everything, one trade a day, two pages of it. */
function vendor({ path, query }: ReceivedRequest): Reply {
  const ok = (results: unknown, more: object = {}): Reply => ({ body: { status: 'OK', results, ...more } });
  const ticker = decodeURIComponent(path.split('/')[4] ?? '');
  if (path.startsWith('/v2/aggs/ticker/')) {
    const [timespan, from = '', to = ''] = path.split('/').slice(-3);
    const days = DATES.filter(
      (date) => date >= from && date <= to && !(ticker.includes('261120') && date > '2026-11-20'),
    );
    const starts = days.flatMap((date) =>
      timespan === 'day' ? [`${date}T05:00:00Z`] : [`${date}T14:30:00Z`, `${date}T14:31:00Z`],
    );
    return ok(starts.map((at, n) => ({ o: 1, h: 2, l: 1, c: 1.5, v: 10 + n, n: 3, t: Date.parse(at) })));
  }
  if (path === '/v3/reference/options/contracts')
    return ok(CONTRACTS.map((one) => ({ ticker: one, underlying_ticker: 'XYZ', exercise_style: 'american' })));
  if (path.startsWith('/v3/snapshot/options/'))
    return ok([
      {
        details: { ticker: CONTRACTS[0] },
        last_quote: { bid: 1, bid_size: 2, ask: 1.2, ask_size: 3, last_updated: '1795550400000000001' },
        open_interest: 12,
        implied_volatility: 0.25,
        underlying_asset: { ticker: 'XYZ', price: 100 },
      },
    ]);
  if (path.startsWith('/v3/trades/')) {
    const day = query.get('timestamp') ?? query.get('cursor') ?? '';
    const at = BigInt(Date.parse(`${day}T15:00:00Z`)) * 1_000_000n + 7n;
    const page = query.has('cursor') ? 2 : 1;
    const body = `{"status":"OK","results":[{"price":10.5,"size":${page},"sip_timestamp":${at},"conditions":[1,2],"sequence_number":${page}}]`;
    return { body: page === 1 ? `${body},"next_url":"${server.httpUrl}${path}?cursor=${day}"}` : `${body}}` };
  }
  if (path === '/v3/reference/dividends')
    return ok([
      {
        id: 'd',
        ticker: 'XYZ',
        cash_amount: 0.7,
        ex_dividend_date: '2026-12-01',
        declaration_date: '2026-11-10',
        currency: 'USD',
        dividend_type: 'CD',
        frequency: 4,
      },
    ]);
  if (path === '/v3/reference/splits') return ok([]);
  if (path === '/fed/v1/treasury-yields') return ok([{ date: '2026-11-23', yield_3_month: 3.9, yield_10_year: 4.05 }]);
  if (path === '/v2/reference/news')
    return ok([{ id: 'n1', title: 'A, "quoted" title', published_utc: '2026-11-23T10:00:00Z', tickers: ['XYZ'] }]);
  return { status: 404, body: {} };
}

function session(what: FetchRequest['what'], dates: readonly MarketDate[] = DATES, perDay = 5_000) {
  const budget = openRequestBudget({ account: 'A', limits: { perMinute: 5_000, perDay }, clock });
  let calls = 0;
  const counted: Pick<RequestBudget, 'take'> = {
    async take(priority, signal) {
      expect(priority).toBe('download');
      await budget.take(priority, signal);
      calls += 1;
    },
  };
  const reference = createPolygonReference({
    restUrl: server.httpUrl,
    apiKey: 'k',
    clock,
    timeoutMs: 20_000,
    sleep: () => Promise.resolve(),
    budget: counted,
    priority: 'download',
  });
  const request = { symbols: ['XYZ'], dates, today: TODAY, what };
  const assume = { contractsPerUnderlying: 3, newContractsPerDay: 0, tradesPerDay: 100_000 };
  return {
    calls: () => calls,
    plan: () =>
      planRequests({
        ...request,
        budget: { perMinute: 25, perDay: 5_000 },
        state: fetchState(lakeDir, request),
        assume,
      }),
    run: () => fetchIntoLake({ ...request, lakeDir, vendor: reference, calls: () => calls, parquet: false, assume }),
  };
}

const EVERYTHING = [
  'contracts',
  'chain',
  'aggs',
  'option-aggs',
  'daily',
  'trades',
  'dividends',
  'splits',
  'treasury',
  'news',
] as const;

describe('fetchIntoLake', () => {
  it('makes as many calls as the plan says, and the next run none', async () => {
    const { plan, run, calls } = session(EVERYTHING);
    const planned = plan();
    const outcome = await run();
    // Trades: two pages for each of three days; the rest by the jobs' names.
    expect(planned.calls).toBe(1 + 3 + 1 + 3 + 1 + 6 + 1 + 1 + 1 + 1);
    expect([outcome.calls, calls(), server.requests.length]).toEqual([planned.calls, planned.calls, planned.calls]);
    expect(outcome).toMatchObject({ jobs: { notEntitled: 0, failed: 0 }, planned: planned.calls, problems: [] });
    const again = session(EVERYTHING);
    expect(again.plan().calls).toBe(0);
    expect(await again.run()).toMatchObject({ calls: 0, jobs: { done: 0 }, ingested: [] });
  });

  it('puts days into the lake that read back as they were, and reference files that the collector reads', async () => {
    await session(EVERYTHING).run();
    const lake = new Lake(lakeDir);
    expect(lake.feeds()).toEqual([
      'us_options_opra/minute_aggs_v1',
      'us_options_opra/quotes_v1_snapshots',
      'us_stocks_sip/day_aggs_v1',
      'us_stocks_sip/minute_aggs_v1',
      'us_stocks_sip/trades_v1',
    ]);
    const minutes = lake.read({ feed: 'us_options_opra/minute_aggs_v1', date: marketDate('2026-11-20') });
    expect([...minutes.tickers].sort()).toEqual([...CONTRACTS].sort());
    expect(lake.read({ feed: 'us_options_opra/minute_aggs_v1', date: TODAY }).rows).toBe(4);
    const trades = lake.read({ feed: 'us_stocks_sip/trades_v1', date: TODAY });
    expect([...trades.f64('size')]).toEqual([1, 2]);
    expect(trades.i64('sip_timestamp')[0]).toBe(BigInt(Date.parse('2026-11-24T15:00:00Z')) * 1_000_000n + 7n);
    expect(trades.text('conditions').at(0)).toBe('1,2');
    const known = await openKnownReference(lakeDir);
    expect(known.dividends('XYZ', TODAY, marketDate('2027-01-01'), TODAY)).toEqual([
      {
        id: 'd',
        symbol: 'XYZ',
        amount: 0.7,
        currency: 'USD',
        kind: 'regular',
        exDate: '2026-12-01',
        declared: '2026-11-10',
        recorded: null,
        paid: null,
        frequency: 4,
      },
    ]);
    expect(known.splits('XYZ', DATES[0] ?? TODAY, TODAY, TODAY)).toEqual([]);
    expect(known.curves(DATES[0] ?? TODAY, marketDate('2026-11-23'))).toEqual([
      { date: '2026-11-23', yields: { '3m': 0.039, '10y': 0.0405 } },
    ]);
    // The curve of today is published in the evening: nobody knows yet that there is none.
    expect(known.curves(DATES[0] ?? TODAY, TODAY)).toBeUndefined();
    // Of others nothing is known, which is not the same as nothing.
    expect(known.splits('ABC', DATES[0] ?? TODAY, TODAY, TODAY)).toBeUndefined();
    expect(known.dividends('XYZ', marketDate('2020-01-01'), TODAY, TODAY)).toBeUndefined();
    const news = readFileSync(join(lakeDir, 'reference/news/XYZ.jsonl'), 'utf8');
    expect(JSON.parse(news)).toMatchObject({ id: 'n1', title: 'A, "quoted" title', at: '2026-11-23T10:00:00.000000Z' });
    expect(readdirSync(join(lakeDir, 'reference/chains'))).toEqual(['XYZ_2026-11-24.csv']);
  });

  it('goes on without what the plan does not cover, and asks for it once', async () => {
    server.onRequest = (request) =>
      request.path.startsWith('/v3/trades/') ? { status: 403, body: {} } : vendor(request);
    const { run } = session(['trades', 'daily']);
    const outcome = await run();
    expect(outcome.jobs).toEqual({ done: 1, notEntitled: 3, failed: 0 });
    expect(outcome.problems.map(({ error }) => error.code)).toEqual(['FEED_NOT_ENTITLED']);
    // One question a day at the most: history may be sold by its age.
    expect(server.requests.filter(({ path }) => path.startsWith('/v3/trades/')).length).toBeLessThanOrEqual(3);
    expect(new Lake(lakeDir).days('us_stocks_sip/day_aggs_v1')).toHaveLength(3);
  });

  it('ends with the budget of the day, keeps what it has, and goes on the next day', async () => {
    // Eight tenths of ten: a download may make eight calls.
    await expect(session(['trades', 'aggs', 'daily'], DATES, 8).run()).rejects.toMatchObject({
      code: 'FEED_BUDGET_SPENT',
    });
    expect(server.requests).toHaveLength(6);
    expect(new Lake(lakeDir).days('us_stocks_sip/minute_aggs_v1')).toHaveLength(3);
    clock.advanceTo(micros(NOW + 86_400_000_000));
    const before = server.requests.length;
    const next = session(['trades', 'aggs', 'daily']);
    await next.run();
    // Trades of the first two days were there: those of the third have two pages.
    expect(server.requests.length - before).toBe(2);
    expect(next.plan().calls).toBe(0);
  });

  it('neither asks for a day that the lake has whole, nor replaces it', async () => {
    const flat = join(lakeDir, '..', `${lakeDir.split('/').at(-1)}-flat`);
    const folder = join(flat, 'us_stocks_sip/minute_aggs_v1/2026/11');
    mkdirSync(folder, { recursive: true });
    const start = BigInt(Date.parse('2026-11-23T14:30:00Z')) * 1_000_000n;
    const header = 'ticker,volume,open,close,high,low,window_start,transactions';
    writeFileSync(join(folder, '2026-11-23.csv'), `${header}\nABC,5,1,1,1,1,${start},1\nXYZ,5,9,9,9,9,${start},1\n`);
    const whole = () => ingest({ fromDir: flat, lakeDir, parquet: false });
    await whole();
    const { run, plan } = session(['aggs']);
    expect(plan().calls).toBe(1);
    await run();
    const read = (date: string) =>
      new Lake(lakeDir).read({ feed: 'us_stocks_sip/minute_aggs_v1', date: marketDate(date) });
    expect([read('2026-11-20').rows, read('2026-11-23').tickers.length, read('2026-11-24').rows]).toEqual([2, 2, 2]);
    // The vendor's file of a day that was fetched takes its place, and is not replaced again.
    const next = start + 86_400_000_000_000n;
    writeFileSync(join(folder, '2026-11-24.csv'), `${header}\nABC,5,1,1,1,1,${next},1\nXYZ,6,1,1,1,1,${next},1\n`);
    await whole();
    await session(['aggs', 'daily']).run();
    expect(read('2026-11-24').tickers).toEqual(['ABC', 'XYZ']);
    rmSync(flat, { recursive: true, force: true });
    expect(existsSync(join(lakeDir, 'fetched/rows/us_stocks_sip.minute_aggs_v1/2026-11-24.csv'))).toBe(false);
  });

  it('says which days the lake has without the symbol, and fetches the others', async () => {
    const flat = join(lakeDir, 'flat');
    const folder = join(flat, 'us_stocks_sip/quotes_v1/2026/11');
    mkdirSync(folder, { recursive: true });
    const header = 'ticker,bid_price,bid_size,ask_price,ask_size,sip_timestamp';
    const at = BigInt(Date.parse('2026-11-23T14:30:00Z')) * 1_000_000n;
    writeFileSync(join(folder, '2026-11-23.csv'), `${header}\nABC,1,1,2,1,${at}\nXYZ,1,1,2,1,${at}\n`);
    // Ticks are ingested by underlying: the file has XYZ, the lake has not.
    await ingest({ fromDir: flat, lakeDir, underlyings: ['ABC'], parquet: false });
    rmSync(flat, { recursive: true });
    server.onRequest = ({ path, query }) => {
      if (!path.startsWith('/v3/quotes/')) return { status: 404, body: {} };
      const nanos = BigInt(Date.parse(`${query.get('timestamp')}T15:00:00Z`)) * 1_000_000n;
      const quote = `{"bid_price":1,"bid_size":2,"ask_price":1.1,"ask_size":3,"sip_timestamp":${nanos},"sequence_number":1}`;
      return { body: `{"status":"OK","results":[${quote},{"sip_timestamp":"never","bid_price":1}]}` };
    };
    const outcome = await session(['quotes']).run();
    expect(outcome.jobs).toEqual({ done: 2, notEntitled: 0, failed: 1 });
    expect(outcome.problems).toMatchObject([{ error: { code: 'DATA_INCOMPLETE', details: { date: '2026-11-23' } } }]);
    const lake = new Lake(lakeDir);
    const tickers = DATES.map((date) => lake.read({ feed: 'us_stocks_sip/quotes_v1', date }).tickers);
    expect(tickers).toEqual([['XYZ'], ['ABC'], ['XYZ']]);
    // What could not be read is not asked for again, and is not lost.
    const kept = readFileSync(join(lakeDir, 'fetched/quarantine.jsonl'), 'utf8').trimEnd().split('\n');
    expect(kept.map((line): unknown => JSON.parse(line))).toMatchObject(
      ['2026-11-20', '2026-11-24'].map((date) => ({
        step: 'quotes',
        symbol: 'XYZ',
        date,
        text: expect.stringContaining('never'),
      })),
    );
  });

  it('asks for the news of closed days with the session after them', async () => {
    await session(['news'], [marketDate('2026-11-23')]).run();
    const query = server.requests[0]?.query;
    expect(query?.get('published_utc.gte')).toBe('2026-11-21T05:00:00.000000Z');
    expect(query?.get('published_utc.lte')).toBe('2026-11-24T05:00:00.000000Z');
  });
});
