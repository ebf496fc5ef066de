import { restClient } from '@polygon.io/client-js';
import { microsFromNanosText } from '@trading-agent/core';
import { LocalServer } from '@trading-agent/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseExactJson } from './http/json.ts';

// The measured reasons of docs/decisions/0002: what @polygon.io/client-js 8.2.0 does. When a later version makes one of these fail, the
// decision is due for another look.

const KEY = 'k3y-of-the-test';
const CHAIN = `{"status":"OK","results":[{"details":{"ticker":"O:AAPL230616C00150000"},"last_quote":{"last_updated":1651254260800059647}}]}`;

let server: LocalServer;
beforeEach(async () => {
  server = await LocalServer.start();
});
afterEach(() => server.close());

describe('@polygon.io/client-js 8.2.0', () => {
  it('writes the key into the URL, where logs and error objects show it', async () => {
    server.onRequest = () => ({ body: CHAIN });
    await restClient(KEY, server.httpUrl).getOptionsChain('AAPL');
    expect(server.requests[0]?.target).toContain(`apiKey=${KEY}`);
    expect(server.requests[0]?.headers.authorization).toBeUndefined();
  });

  it('does not try again after a passing failure', async () => {
    server.onRequest = () => ({ status: 503 });
    const error = await restClient(KEY, server.httpUrl)
      .getOptionsChain('AAPL')
      .then(
        () => 'answered',
        () => 'failed',
      );
    expect([error, server.requests.length]).toEqual(['failed', 1]);
  });

  it('rounds nanoseconds, so that two different instants may become one', async () => {
    server.onRequest = () => ({ body: CHAIN });
    const chain = await restClient(KEY, server.httpUrl).getOptionsChain('AAPL');
    const rounded = BigInt(chain.results?.[0]?.last_quote?.last_updated ?? 0);
    expect(rounded).not.toBe(1651254260800059647n);
    expect(rounded - 1651254260800059647n).toBe(1n);
    expect(parseExactJson(CHAIN)).toMatchObject({ results: [{ last_quote: { last_updated: '1651254260800059647' } }] });
    expect(microsFromNanosText('1651254260800059647')).toBe(1651254260800059);
  });

  it('follows pages in an order of its own: the last page comes first', async () => {
    const page = (ticker: string, next?: string) => ({
      status: 'OK',
      results: [{ details: { ticker } }],
      next_url: next,
    });
    server.onRequest = ({ query }) => ({
      body: query.has('cursor') ? page('O:B') : page('O:A', `${server.httpUrl}/v3/snapshot/options/AAPL?cursor=two`),
    });
    const chain = await restClient(KEY, server.httpUrl, { pagination: true }).getOptionsChain('AAPL');
    expect(chain.results?.map(({ details }) => details?.ticker)).toEqual(['O:B', 'O:A']);
  });

  it('takes the key to whatever host a page names', async () => {
    const foreign = await LocalServer.start();
    foreign.onRequest = () => ({ body: { status: 'OK', results: [] } });
    server.onRequest = () => ({ body: { status: 'OK', results: [], next_url: `${foreign.httpUrl}/v3?cursor=two` } });
    await restClient(KEY, server.httpUrl, { pagination: true }).getOptionsChain('AAPL');
    expect(foreign.requests[0]?.target).toContain(`apiKey=${KEY}`);
    await foreign.close();
  });
});
