import { nyInstant } from '@trading-agent/calendar';
import { ManualClock, marketDate, micros, nanosText } from '@trading-agent/core';
import { optionSymbol } from '@trading-agent/instruments';
import { createPolygonReference } from '@trading-agent/polygon';
import { optionPrice } from '@trading-agent/pricing';
import { afterEach, describe, expect, it } from 'vitest';
import { DEFAULT_KEYS } from '../options.ts';
import type { MarketSim } from '../server.ts';
import { page, polygonGet, row, step } from '../testing/sessions.ts';
import { CALL_740, DATE, FAR_CALL, atMinute, startTinySim, tinyDay } from '../testing/tiny-market.ts';
import type { MarketPlan } from './market-plan.ts';

let sim: MarketSim;
afterEach(() => sim.close());

async function start(polygonPlan: Partial<MarketPlan> = {}): Promise<MarketSim> {
  sim = await startTinySim({ polygonPlan });
  await step(sim, 2);
  return sim;
}

function client(): ReturnType<typeof createPolygonReference> {
  return createPolygonReference({
    restUrl: sim.url,
    apiKey: DEFAULT_KEYS.polygonKey,
    clock: new ManualClock(atMinute(2)),
  });
}

async function collect<T>(pages: AsyncIterable<readonly T[]>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const rows of pages) all.push(...rows);
  return all;
}

describe('next_url that names another host', () => {
  const twoPages = '/v3/reference/options/contracts?underlying_ticker=GOOG&limit=2';
  const quotes = (): Promise<readonly unknown[]> =>
    collect(client().quotes({ symbol: optionSymbol(CALL_740), during: DATE, pageSize: 1 }));

  it('the vendor’s old one: our client stays with the address it was given', async () => {
    await start({ nextUrlOrigin: 'https://api.polygon.io' });
    const { next_url } = page(await polygonGet(sim, twoPages));
    expect(next_url).toMatch(/^https:\/\/api\.polygon\.io\/v3\/reference\/options\/contracts\?cursor=[\w-]+$/);
    // Nothing but this server knows the second page.
    expect(await quotes()).toHaveLength(2);
  });

  it('a foreign one: our client refuses it', async () => {
    await start({ nextUrlOrigin: 'https://example.com' });
    await expect(quotes()).rejects.toMatchObject({
      code: 'FEED_BAD_MESSAGE',
      message: expect.stringContaining('foreign host example.com'),
    });
  });
});

describe('chain rows', () => {
  const chain = async (): Promise<readonly Readonly<Record<string, unknown>>[]> =>
    page(await polygonGet(sim, '/v3/snapshot/options/GOOG?limit=250')).results;
  const of = (rows: readonly Readonly<Record<string, unknown>>[], symbol: string): Readonly<Record<string, unknown>> =>
    row(rows.find((candidate) => row(candidate['details'])['ticker'] === `O:${symbol}`));

  it('have greeks and a volatility where a price has them, and none where nobody quotes', async () => {
    await start();
    const rows = await chain();
    const call = of(rows, CALL_740);
    const volatility = Number(call['implied_volatility']);
    // 10 days, 6 hours and 28 minutes to the expiry; the middle is 12.30, the stock stands at 746.
    const years = (10 * 24 + 6 + 28 / 60) / 24 / 365;
    const value = (spot: number, sigma = volatility): number =>
      optionPrice({ spot, strike: 740, years, rate: 0.04, yield: 0, right: 'call', volatility: sigma });
    expect(value(746)).toBeCloseTo(12.3, 6);
    // The greeks are the slopes of that value: delta a dollar of the stock, vega a point of volatility.
    expect(call['greeks']).toMatchObject({
      delta: expect.closeTo((value(746.01) - value(745.99)) / 0.02, 5),
      vega: expect.closeTo((value(746, volatility + 1e-4) - value(746, volatility - 1e-4)) / 0.02, 5),
    });
    const far = of(rows, FAR_CALL);
    expect(far['greeks']).toEqual({});
    expect(Object.keys(far)).not.toContain('implied_volatility');
    expect(Object.keys(far)).not.toContain('last_quote');
    expect(far['day']).toEqual({});
  });

  it('of a smaller plan lack what it lacks; our client reads them all the same', async () => {
    const lacks = ['greeks', 'implied_volatility', 'last_quote', 'last_trade', 'underlying_asset', 'day'] as const;
    await start({ chain: { lacks, staleDay: false, every: 2 } });
    const rows = await chain();
    const whole = rows.filter((candidate) => 'underlying_asset' in candidate);
    expect([rows.length, whole.length]).toEqual([5, 2]);
    expect(of(rows, CALL_740)).toMatchObject({ greeks: {}, day: {} });
    expect(Object.keys(of(rows, CALL_740)).sort()).toEqual(['break_even_price', 'day', 'details', 'greeks']);
    const read = await client().chain({ underlying: 'GOOG' });
    expect(read.map(({ quote, greeks, impliedVolatility }) => [quote, greeks, impliedVolatility])).toContainEqual([
      null,
      null,
      null,
    ]);
  });

  it('with the day of the session before say whose it is', async () => {
    await start({ chain: { lacks: [], staleDay: true, every: 1 } });
    const day = row(of(await chain(), CALL_740)['day']);
    expect(day).toMatchObject({ close: 12.2 });
    const { text } = await polygonGet(sim, '/v3/snapshot/options/GOOG?limit=250');
    expect(text).toContain(`"last_updated":${nanosText(nyInstant(marketDate('2016-01-04'), '00:00'))}`);
  });
});

describe('numbers and lists', () => {
  it('nanoseconds are written as they are, and read as they were written', async () => {
    // Beyond 2^53, and no multiple of 256: a double could not hold it.
    const odd = micros(atMinute(2) - 1_234_567);
    const day = tinyDay();
    const steps = day.steps.map((each, index) =>
      index === 1 ? { ...each, trades: [{ symbol: CALL_740, at: odd, price: 12.2, size: 3 }] } : each,
    );
    sim = await startTinySim({ day: { ...day, steps } });
    await step(sim, 2);
    const exact = `${odd}000`;
    expect((await polygonGet(sim, `/v3/trades/O%3A${CALL_740}`)).text).toContain(`"sip_timestamp":${exact},`);
    const trades = await collect(client().trades({ symbol: optionSymbol(CALL_740), during: DATE }));
    expect(trades).toMatchObject([{ at: odd }]);
  });

  it.each([
    ['absent', undefined],
    ['list', []],
  ] as const)('bars of nothing: %s', async (emptyResults, results) => {
    await start({ emptyResults });
    const answer = await polygonGet(sim, '/v2/aggs/ticker/NOPE/range/1/minute/2016-01-05/2016-01-05');
    expect(row(answer.json)['results']).toEqual(results);
  });
});

it('a plan with so many requests a minute: 429 beyond them, for each key by itself', async () => {
  sim = await startTinySim({ polygonKeys: ['second-key'], polygonPlan: { requestsPerMinute: 5 } });
  const ask = (key: string): Promise<Response> => fetch(`${sim.url}/v1/marketstatus/now?apiKey=${key}`);
  const statuses: number[] = [];
  // A real minute may end in between: then the count begins anew, and the next eleven bring it all the same.
  for (let asked = 0; asked < 11; asked += 1) statuses.push((await ask(DEFAULT_KEYS.polygonKey)).status);
  expect(statuses.slice(0, 5)).toEqual([200, 200, 200, 200, 200]);
  expect(statuses).toContain(429);
  expect((await ask('second-key')).status).toBe(200);
});
