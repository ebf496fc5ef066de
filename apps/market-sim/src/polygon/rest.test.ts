import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nanosText } from '@trading-agent/core';
import type { MarketSim } from '../server.ts';
import { Lockstep, get, page, polygonGet, row } from '../testing/sessions.ts';
import type { Message } from '../testing/test-socket.ts';
import { CALL_740, CALL_760, EXPIRED, FAR_CALL, PUT_740, atMinute, startTinySim } from '../testing/tiny-market.ts';

let sim: MarketSim;
beforeAll(async () => {
  sim = await startTinySim();
  const client = await Lockstep.attach(sim);
  await client.runTo(2);
});
afterAll(() => sim.close());

describe('keys', () => {
  it('takes the key from the query and from a bearer header', async () => {
    expect((await get(`${sim.url}/v1/marketstatus/now?apiKey=sim-key`)).status).toBe(200);
    expect((await polygonGet(sim, '/v1/marketstatus/now')).status).toBe(200);
  });

  it.each([
    ['', 'API Key was not provided'],
    ['?apiKey=other', 'Unknown API Key'],
  ])('refuses %j with the words of the vendor', async (query, error) => {
    const { status, json } = await get(`${sim.url}/v3/reference/options/contracts${query}`);
    expect(status).toBe(401);
    expect(json).toEqual({ status: 'ERROR', request_id: expect.stringMatching(/^[0-9a-f]{32}$/), error });
  });

  it('answers a route that does not exist as plain text', async () => {
    const { status, text, headers } = await polygonGet(sim, '/v3/quotes');
    expect([status, text]).toEqual([404, '404 page not found']);
    expect(headers.get('content-type')).toContain('text/plain');
  });
});

describe('option contracts', () => {
  it('pages by ten unless asked otherwise, over an absolute next_url that holds the cursor only', async () => {
    const path =
      '/v3/reference/options/contracts?underlying_ticker=GOOG&limit=2&order=desc&sort=strike_price&apiKey=sim-key';
    const seen: unknown[] = [];
    const followed: URL[] = [];
    let next: string | undefined = `${sim.url}${path}`;
    while (next !== undefined) {
      const { results, next_url } = page(await get(next, { headers: { authorization: 'Bearer sim-key' } }));
      seen.push(...results.map(({ ticker }) => ticker));
      next = next_url;
      if (next !== undefined) followed.push(new URL(next));
    }
    expect(followed.map(({ origin }) => origin)).toEqual([sim.url, sim.url]);
    expect(followed.flatMap(({ searchParams }) => [...searchParams.keys()])).toEqual(['cursor', 'cursor']);
    const cursors = followed.map(({ searchParams }) => searchParams.get('cursor') ?? '');
    expect(cursors.map((cursor) => Buffer.from(cursor, 'base64url').toString()).join('')).not.toContain('sim-key');
    expect(seen).toEqual([`O:${FAR_CALL}`, `O:${CALL_760}`, 'O:GOOG160115C00750000', `O:${PUT_740}`, `O:${CALL_740}`]);
  });

  it('filters by type, expiry and strike ranges', async () => {
    const { json } = await polygonGet(
      sim,
      '/v3/reference/options/contracts?underlying_ticker=GOOG&contract_type=call&expiration_date.lt=2016-02-01&strike_price.gte=750',
    );
    expect(json).toMatchObject({
      status: 'OK',
      results: [{ ticker: 'O:GOOG160115C00750000' }, { ticker: `O:${CALL_760}` }],
    });
  });

  it('shows expired contracts only when asked, or as of a day on which they lived', async () => {
    const tickers = async (query: string): Promise<string> =>
      (await polygonGet(sim, `/v3/reference/options/contracts?underlying_ticker=GOOG${query}`)).text;
    expect(await tickers('')).not.toContain(EXPIRED);
    expect(await tickers('&expired=true')).toContain(EXPIRED);
    expect(await tickers('&as_of=2015-12-31')).toContain(EXPIRED);
  });

  it('decodes an encoded ticker and tells what the contract is', async () => {
    const { json } = await polygonGet(sim, `/v3/reference/options/contracts/O%3A${CALL_740}`);
    expect(json).toEqual({
      status: 'OK',
      request_id: expect.any(String),
      results: {
        cfi: 'OCASPS',
        contract_type: 'call',
        exercise_style: 'american',
        expiration_date: '2016-01-15',
        shares_per_contract: 100,
        strike_price: 740,
        ticker: `O:${CALL_740}`,
        underlying_ticker: 'GOOG',
      },
    });
    const missing = await polygonGet(sim, '/v3/reference/options/contracts/O:GOOG160115C00999000');
    expect(missing.status).toBe(404);
    expect(missing.json).toMatchObject({ status: 'NOT_FOUND', message: 'Option Ticker not found.' });
  });

  it.each(['limit=1001', 'limit=x', 'expiration_date=2016-13-01', 'contract_type=straddle', 'cursor=zzz', 'sort=size'])(
    'refuses %s with 400',
    async (query) => {
      const { status, json } = await polygonGet(sim, `/v3/reference/options/contracts?${query}`);
      expect(status).toBe(400);
      expect(json).toMatchObject({ status: 'ERROR', error: expect.any(String) });
    },
  );
});

describe('chain snapshot', () => {
  it('shows quotes as of the simulated now, leaves out sides nobody quotes and quotes that are not there', async () => {
    const answer = await polygonGet(sim, '/v3/snapshot/options/GOOG?limit=250');
    const { results } = page(answer);
    const snapshot = (symbol: string): Message =>
      row(results.find(({ details }) => row(details)['ticker'] === `O:${symbol}`));
    expect(results).toHaveLength(5);
    expect(snapshot(CALL_740)).toMatchObject({
      break_even_price: 752.4,
      day: { open: 11.7, high: 13.2, low: 11.2, close: 12.2, volume: 100 },
      last_quote: { bid: 12.2, bid_size: 10, ask: 12.6, ask_size: 10, midpoint: 12.4, timeframe: 'REAL-TIME' },
      last_trade: { price: 12.2, size: 3 },
      underlying_asset: { ticker: 'GOOG', price: 747, change_to_break_even: 5.4 },
    });
    expect(snapshot(CALL_760)).toMatchObject({ last_quote: { ask: 3.8 } });
    expect(snapshot(CALL_760)['last_quote']).not.toHaveProperty('bid');
    expect(snapshot(FAR_CALL)).not.toHaveProperty('last_quote');
    // Nanoseconds as they are, not as a double would round them.
    expect(answer.text).toContain(`"last_updated":${nanosText(atMinute(3))}`);
  });

  it('answers one contract, and 404 for one of another underlying', async () => {
    const one = await polygonGet(sim, `/v3/snapshot/options/GOOG/O%3A${PUT_740}`);
    expect(one.json).toMatchObject({ results: { last_quote: { bid: 6.2 } } });
    expect((await polygonGet(sim, `/v3/snapshot/options/SPY/O:${PUT_740}`)).status).toBe(404);
  });

  it('takes no more than 250 rows a page', async () => {
    expect((await polygonGet(sim, '/v3/snapshot/options/GOOG?limit=251')).status).toBe(400);
  });
});

describe('aggregates', () => {
  const path = '/v2/aggs/ticker/GOOG/range/1/minute/2016-01-04/2016-01-05';

  it('knows the session before and of today nothing that has not happened', async () => {
    const answer = await polygonGet(sim, path);
    expect(answer.json).toMatchObject({ ticker: 'GOOG', adjusted: true, queryCount: 6, resultsCount: 6, status: 'OK' });
    const { results } = page(answer);
    expect(results.map(({ c }) => c)).toEqual([741, 742, 743, 745, 746, 747]);
    expect(results.at(-1)?.['t']).toBe(atMinute(2) / 1_000);
  });

  it('goes on where the limit cut, with the time in the path', async () => {
    const first = page(await polygonGet(sim, `${path}?limit=4`));
    expect(first.results).toHaveLength(4);
    const next = new URL(first.next_url ?? '');
    expect(next.pathname).toBe(`/v2/aggs/ticker/GOOG/range/1/minute/${atMinute(1) / 1_000}/2016-01-05`);
    expect([next.origin, ...next.searchParams.keys()]).toEqual([sim.url, 'cursor']);
    const second = page(await get(`${first.next_url}&apiKey=sim-key`));
    expect(second.results).toHaveLength(2);
    expect(second.next_url).toBeUndefined();
  });

  it('merges minutes into longer windows, newest first on request', async () => {
    const { json } = await polygonGet(sim, '/v2/aggs/ticker/GOOG/range/1/day/2016-01-04/2016-01-05?sort=desc');
    expect(json).toMatchObject({
      results: [
        { o: 744.5, h: 748, l: 744, c: 747, v: 300 },
        { o: 740.5, h: 744, l: 740, c: 743, v: 300 },
      ],
    });
  });

  it('leaves results out when nothing traded', async () => {
    const { json } = await polygonGet(sim, `/v2/aggs/ticker/O:${FAR_CALL}/range/1/minute/2016-01-05/2016-01-05`);
    expect(json).toMatchObject({ status: 'OK', resultsCount: 0 });
    expect(json).not.toHaveProperty('results');
  });

  it.each([
    '1/minute/2016-01-05/2016-01-04',
    '1/fortnight/2016-01-05/2016-01-05',
    '0/minute/2016-01-05/2016-01-05',
    '1/minute/today/2016-01-05',
  ])('refuses %s with 400', async (range) => {
    expect((await polygonGet(sim, `/v2/aggs/ticker/GOOG/range/${range}`)).status).toBe(400);
  });
});

describe('market status', () => {
  it('tells the simulated time and state', async () => {
    const { json } = await polygonGet(sim, '/v1/marketstatus/now');
    expect(json).toMatchObject({
      market: 'open',
      earlyHours: false,
      afterHours: false,
      serverTime: '2016-01-05T09:33:00-05:00',
      exchanges: { nyse: 'open' },
    });
  });

  it('announces holidays and half days as a bare array', async () => {
    const { json } = await polygonGet(sim, '/v1/marketstatus/upcoming');
    expect(json).toEqual(
      expect.arrayContaining([
        { date: '2016-01-18', exchange: 'NYSE', name: 'Martin Luther King, Jr. Day', status: 'closed' },
        {
          date: '2016-11-25',
          exchange: 'NASDAQ',
          name: 'Thanksgiving',
          status: 'early-close',
          open: '2016-11-25T14:30:00.000Z',
          close: '2016-11-25T18:00:00.000Z',
        },
      ]),
    );
    expect(json).toHaveLength(20);
  });
});
