import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { requireSession } from '@trading-agent/calendar';
import { marketDate, usd } from '@trading-agent/core';
import { loadRecordedDay } from '@trading-agent/market-data';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type MarketSim, startMarketSim } from './server.ts';
import { Lockstep, broker, dataOf, listening, page, polygonGet, rows, subscribed } from './testing/sessions.ts';

const DATA = join(process.env['TRADING_AGENT_SHARED'] ?? '../shared', 'data/flatfiles');
const DATE = marketDate('2015-12-24');
const CLOSE = requireSession(DATE).close;
const boundarySchema = z.object({
  step: z.number(),
  at: z.number(),
  counts: z.object({ options: z.number(), stocks: z.number(), trades: z.number() }),
});

/** One market whose day goes on from test to test. */
describe.skipIf(!existsSync(DATA))(`GOOG on 2015-12-24, a half day (${DATA})`, { shuffle: false }, () => {
  let sim: MarketSim;
  beforeAll(async () => {
    const request = { date: DATE, symbols: ['GOOG'], balance: usd(25_000), seed: 7, speed: 'max', port: 0 } as const;
    sim = await startMarketSim({ ...request, market: 'replay', dataDir: DATA });
  });
  afterAll(() => sim.close());

  it('lists the whole chain over pages', async () => {
    let path: string | undefined = '/v3/reference/options/contracts?underlying_ticker=GOOG&limit=1000';
    const sizes: number[] = [];
    while (path !== undefined) {
      const { results, next_url } = page(await polygonGet(sim, path));
      sizes.push(results.length);
      path = next_url?.slice(sim.url.length);
    }
    expect(sizes).toEqual([1_000, 1_000, 192]);
  });

  it('has the minute bars of the session before and of days the folder does not hold none', async () => {
    const bars = async (range: string): Promise<unknown> =>
      (await polygonGet(sim, `/v2/aggs/ticker/GOOG/range/1/minute/${range}`)).json;
    expect(await bars('2015-12-23/2015-12-24')).toMatchObject({ resultsCount: 432 });
    expect(await bars('2013-01-02/2013-01-04')).toMatchObject({ resultsCount: 0 });
  });

  it('sends 1,000 contracts all day as recorded, fills a package at its quotes and nothing after 13:00', async () => {
    const day = await loadRecordedDay({ dataDir: DATA, date: DATE, underlyings: ['GOOG'] });
    const symbols = day.contracts.slice(0, 1_000).map(({ symbol }) => symbol);
    const wanted = new Set<string>(symbols);
    const client = await Lockstep.attach(sim);
    await subscribed(sim, 'options', symbols.map((symbol) => `Q.O:${symbol}`).join(','));
    await subscribed(sim, 'stocks', 'AM.GOOG');
    const trades = await listening(sim);

    const late: number[] = [];
    let expected = 0;
    let boundary = boundarySchema.parse(await client.ready());
    for (;;) {
      expected += day.steps[boundary.step]?.quotes.filter(({ symbol }) => wanted.has(symbol)).length ?? 0;
      expect(boundary.counts).toMatchObject({ options: expected, stocks: boundary.step + 1 });
      if (boundary.step === 60) await open();
      if (boundary.at < CLOSE && boundary.step % 50 === 49) await hopeful(boundary.step);
      if (boundary.at >= CLOSE) late.push((await order('late', 1)).status);
      const next = await client.ack(boundary.step);
      if (next?.['type'] === 'end') break;
      boundary = boundarySchema.parse(next);
    }
    const updates = (await trades.take(boundary.counts.trades)).map(dataOf);
    expect(updates.slice(0, 3).map(({ event }) => event)).toEqual(['new', 'new', 'fill']);
    const fills = updates.filter(({ event }) => event === 'fill' || event === 'partial_fill');
    expect(fills.map(({ timestamp }) => String(timestamp) < '2015-12-24T18:00:00')).toEqual(fills.map(() => true));
    const expired = updates.filter(({ event }) => event === 'expired');
    expect(expired.map(({ timestamp }) => timestamp)).toEqual(expired.map(() => '2015-12-24T18:00:00.000000000Z'));
    expect(expired.length).toBeGreaterThan(0);
    expect(rows(await broker(sim, 'GET', '/v2/orders'))).toEqual([]);
    expect(new Set(late)).toEqual(new Set([422]));
  });

  const LONG = 'GOOG160115C00750000';
  const SHORT = 'GOOG160115C00755000';

  async function open(): Promise<void> {
    const spread = {
      order_class: 'mleg',
      qty: 1,
      type: 'market',
      time_in_force: 'day',
      client_order_id: 'spread',
      legs: [
        { symbol: LONG, ratio_qty: 1, position_intent: 'buy_to_open' },
        { symbol: SHORT, ratio_qty: 1, position_intent: 'sell_to_open' },
      ],
    };
    const quotes = await Promise.all(
      [LONG, SHORT].map(async (symbol) => {
        const { json } = await polygonGet(sim, `/v3/snapshot/options/GOOG/O:${symbol}`);
        return z
          .object({ results: z.object({ last_quote: z.object({ bid: z.number(), ask: z.number() }) }) })
          .parse(json);
      }),
    );
    expect((await broker(sim, 'POST', '/v2/orders', spread)).status).toBe(200);
    const filled = (await broker(sim, 'GET', '/v2/orders:by_client_order_id?client_order_id=spread')).json;
    const [bought, sold] = quotes.map(({ results }) => results.last_quote);
    expect(filled).toMatchObject({
      status: 'filled',
      legs: [{ filled_avg_price: String(bought?.ask) }, { filled_avg_price: String(sold?.bid) }],
    });
  }

  function order(id: string, limit: number): ReturnType<typeof broker> {
    const body = { symbol: LONG, qty: 1, side: 'buy', type: 'limit', limit_price: limit, time_in_force: 'day' };
    return broker(sim, 'POST', '/v2/orders', { ...body, client_order_id: id });
  }

  /** An order that never fills and has to expire. */
  async function hopeful(step: number): Promise<void> {
    expect((await order(`hopeful ${step}`, 0.01)).status).toBe(200);
  }
});
