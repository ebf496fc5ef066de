import { ManualClock, isTradingError, marketDate, microsFromRfc3339 } from '@trading-agent/core';
import { createMarketDataCollector } from '@trading-agent/market-data';
import { LocalServer } from '@trading-agent/testkit';
import { describe, expect, it } from 'vitest';
import { createPolygonReference } from './create.ts';

const clock = new ManualClock(microsFromRfc3339('2026-11-02T17:00:00Z'));
const friday = marketDate('2014-06-06');
const monday = marketDate('2014-06-09');

describe('the collector of a vendor alone', () => {
  it('applies its splits as of the day asked about, and asks for none after it', async () => {
    const server = await LocalServer.start();
    const vendor = createPolygonReference({ restUrl: server.httpUrl, apiKey: 'k', clock, timeoutMs: 20_000 });
    try {
      server.onRequest = ({ path, query }) => {
        const isSplits = path === '/v3/reference/splits';
        const isKnown = (query.get('execution_date.lte') ?? '') >= monday;
        const split = { ticker: 'AAPL', execution_date: monday, split_from: 1, split_to: 7, id: 'a' };
        const bar = {
          o: 649.9,
          h: 651.26,
          l: 644.47,
          c: 645.57,
          v: 100,
          t: microsFromRfc3339('2014-06-06T04:00:00Z') / 1_000,
        };
        return { body: { status: 'OK', results: isSplits ? (isKnown ? [split] : []) : [bar] } };
      };
      const { stocks, options } = createMarketDataCollector({ clock, vendor });
      const request = { symbol: 'AAPL', timespan: 'day', from: friday, to: friday } as const;
      expect((await stocks.bars(request)).bars).toMatchObject([{ close: 645.57, volume: 100 }]);
      const later = await stocks.bars({ ...request, asOf: monday });
      expect(later.bars[0]?.close).toBeCloseTo(645.57 / 7, 10);
      expect(later.bars[0]?.volume).toBe(700);
      const before = server.requests.length;
      expect((await options.bars({ ...request, symbol: 'AAPL140621C00645000' })).bars[0]?.close).toBe(645.57);
      expect(server.requests.slice(before).map(({ path }) => path)).not.toContain('/v3/reference/splits');
    } finally {
      await vendor.close();
      await server.close();
    }
  });

  it('shows a chain as it stands now, and at an instant only what was recorded by then', async () => {
    const server = await LocalServer.start();
    const vendor = createPolygonReference({ restUrl: server.httpUrl, apiKey: 'k', clock, timeoutMs: 20_000 });
    try {
      const quote = { bid: 1, bid_size: 2, ask: 1.2, ask_size: 3, last_updated: '1793638800500000000' };
      server.onRequest = () => ({
        body: { status: 'OK', results: [{ details: { ticker: 'O:SPY261218C00650000' }, last_quote: quote }] },
      });
      const { options } = createMarketDataCollector({ clock, vendor });
      expect(await options.chain({ underlying: 'SPY' })).toMatchObject([{ quote: { bid: 1, ask: 1.2 } }]);
      // What the vendor shows now may be of after that instant.
      const at = options.chain({ underlying: 'SPY', at: clock.now() });
      await expect(at).rejects.toMatchObject({ code: 'DATA_DAY_MISSING' });
    } finally {
      await vendor.close();
      await server.close();
    }
  });

  it('does not pass bars off as adjusted when nobody knows the splits', async () => {
    const { stocks } = createMarketDataCollector({ clock });
    const request = { symbol: 'AAPL', timespan: 'day', from: friday, to: friday } as const;
    await expect(stocks.bars(request)).rejects.toSatisfy((error) => isTradingError(error, 'FEED_UNAVAILABLE'));
    expect(await stocks.bars({ ...request, asOf: 'raw' })).toEqual({ bars: [], missing: [friday] });
  });
});
