import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { marketDate } from '@trading-agent/core';
import { createMarketDataCollector, ingest, Lake, marketDateOf, recordFeed } from '@trading-agent/market-data';
import { AN_INSTANT } from '@trading-agent/testkit';
import { expect, it } from 'vitest';
import { createPolygonReference } from './reference/create.ts';
import { Provider } from './testing/provider.ts';
import { KEY, startTestFeed } from './testing/test-feed.ts';

it('a recording on the day of a split has the session before as it was traded, and strikes near the new price', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'record-split-'));
  const { server, feed, clock, close } = await startTestFeed();
  const vendor = createPolygonReference({ restUrl: server.httpUrl, apiKey: KEY, clock });
  try {
    const provider = new Provider();
    server.onSocket = (socket, path) => provider.serve(socket, path);
    const date = marketDateOf(AN_INSTANT);
    const before = marketDate('2015-12-23');
    server.onRequest = ({ path, query }) => {
      const price = query.get('adjusted') === 'true' ? 100 : 700;
      const bar = { o: price, h: price, l: price, c: price, v: 7, t: Date.parse(`${before}T20:59:00Z`) };
      if (path.startsWith('/v2/aggs/'))
        return { body: { status: 'OK', results: path.includes(`/${before}/`) ? [bar] : [] } };
      if (path === '/v3/reference/splits')
        return { body: { results: [{ ticker: 'AAPL', execution_date: date, split_from: 1, split_to: 7, id: 's' }] } };
      const tickers = ['O:AAPL160115C00100000', 'O:AAPL160115C00700000'];
      return { body: { results: tickers.map((ticker) => ({ ticker, underlying_ticker: 'AAPL' })) } };
    };
    const market = createMarketDataCollector({ clock, feed, vendor });
    const request = { market, dir, date, underlyings: ['AAPL'], clock, maxContracts: 1, expiryDays: 45 };
    const recording = await recordFeed(request);
    expect(recording.contracts.map(({ symbol }) => symbol)).toEqual(['AAPL160115C00100000']);
    await recording.finish();
    const lakeDir = join(dir, 'lake');
    await ingest({ fromDir: dir, lakeDir, parquet: false });
    const bars = new Lake(lakeDir).read({ feed: 'us_stocks_sip/minute_aggs_v1', date: before });
    expect([...bars.f64('close')]).toEqual([700]);
  } finally {
    await vendor.close();
    await close();
    rmSync(dir, { recursive: true, force: true });
  }
});
