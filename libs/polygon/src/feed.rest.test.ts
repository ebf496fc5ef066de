import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ErrorCode, TradingError, marketDate } from '@trading-agent/core';
import type { ContractQuery } from '@trading-agent/market-data';
import type { Reply } from '@trading-agent/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPolygonFeed } from './feed.ts';
import { PROTOCOLS } from './testing/shared-data.ts';
import { KEY, type TestFeed, startTestFeed } from './testing/test-feed.ts';

const QUERY: ContractQuery = {
  underlying: 'GOOG',
  asOf: marketDate('2015-12-24'),
  expiryFrom: marketDate('2016-01-01'),
  expiryTo: marketDate('2016-02-28'),
};
const contract = (strike: number) => ({
  ticker: `O:GOOG160115C${String(strike * 1000).padStart(8, '0')}`,
  underlying_ticker: 'GOOG',
  strike_price: strike,
});
const ok = (results: unknown, next_url?: string): Reply => ({
  body: { status: 'OK', request_id: 'r', results, next_url },
});

let bench: TestFeed;
beforeEach(async () => {
  bench = await startTestFeed();
});
afterEach(() => bench.close());

async function refusal(call: Promise<unknown>): Promise<TradingError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof TradingError)) throw new Error(`Expected a TradingError, was ${String(error)}`);
  return error;
}

describe('requests', () => {
  it('carry the key in a header and never in the URL, and ask for JSON', async () => {
    bench.server.onRequest = () => ok([contract(750)]);
    await bench.feed.contracts(QUERY);
    const [request] = bench.server.requests;
    expect(request?.headers).toMatchObject({ authorization: `Bearer ${KEY}`, accept: 'application/json' });
    expect(request?.target).not.toContain(KEY);
    expect(request?.path).toBe('/v3/reference/options/contracts');
    expect(Object.fromEntries(request?.query ?? [])).toEqual({
      underlying_ticker: 'GOOG',
      as_of: '2015-12-24',
      'expiration_date.gte': '2016-01-01',
      'expiration_date.lte': '2016-02-28',
      order: 'asc',
      sort: 'ticker',
      limit: '1000',
    });
  });

  it('name options with their prefix, encoded', async () => {
    bench.server.onRequest = () => ok([{ o: 1, h: 2, l: 1, c: 2, v: 5, t: 1450969260000 }]);
    const [bar] = await bench.feed.minuteBars('GOOG160115C00750000', QUERY.asOf, QUERY.asOf);
    expect(bench.server.requests[0]?.path).toBe(
      '/v2/aggs/ticker/O:GOOG160115C00750000/range/1/minute/2015-12-24/2015-12-24',
    );
    expect(bar?.symbol).toBe('GOOG160115C00750000');
  });

  it('give bars oldest first, each window once, and none when nothing traded', async () => {
    const at = (minute: number) => ({ o: 1, h: 1, l: 1, c: 1, v: minute, t: 1450969260000 + minute * 60_000 });
    bench.server.onRequest = ({ query }) =>
      query.get('cursor') ? ok([at(1), at(2)]) : ok([at(1), at(0)], 'https://api.polygon.io/v2/aggs/x?cursor=2');
    const bars = await bench.feed.minuteBars('GOOG', QUERY.asOf, QUERY.asOf);
    expect(bars.map((bar) => bar.volume)).toEqual([0, 1, 2]);
    bench.server.onRequest = () => ({ body: { status: 'OK', resultsCount: 0, queryCount: 0, adjusted: true } });
    expect(await bench.feed.minuteBars('GOOG', QUERY.asOf, QUERY.asOf)).toEqual([]);
  });

  it('leave out rows that can not be read, and count them', async () => {
    bench.server.onRequest = () => ok([contract(750), { ticker: 'nonsense' }, null, contract(755)]);
    expect((await bench.feed.contracts(QUERY)).map(({ strike }) => strike)).toEqual([750, 755]);
    expect(bench.feed.counters().malformedRows).toBe(2);
  });
});

describe('pages', () => {
  it('are followed to the end, through an empty one, on the configured origin whatever provider host they name', async () => {
    bench.server.onRequest = ({ query }) => {
      switch (query.get('cursor')) {
        case null:
          return ok([contract(750)], 'https://api.polygon.io/v3/reference/options/contracts?cursor=two');
        case 'two':
          return ok([], `${bench.server.httpUrl}/v3/reference/options/contracts?cursor=three&apiKey=leaked`);
        default:
          return ok([contract(755)]);
      }
    };
    expect((await bench.feed.contracts(QUERY)).map(({ strike }) => strike)).toEqual([750, 755]);
    expect(bench.server.requests.map(({ headers }) => headers.authorization)).toEqual(Array(3).fill(`Bearer ${KEY}`));
    expect(bench.server.requests[2]?.query.has('apiKey')).toBe(false);
  });

  it('are not followed to a foreign host: the key stays here', async () => {
    bench.server.onRequest = () => ok([contract(750)], 'https://evil.example/v3?cursor=two');
    expect(await refusal(bench.feed.contracts(QUERY))).toMatchObject({ code: 'FEED_BAD_MESSAGE' });
    expect(bench.server.requests).toHaveLength(1);
  });

  it('that repeat are an error, not an endless loop', async () => {
    bench.server.onRequest = () =>
      ok([contract(750)], 'https://api.massive.com/v3/reference/options/contracts?cursor=same');
    expect((await refusal(bench.feed.contracts(QUERY))).message).toContain('same page twice');
    expect(bench.server.requests).toHaveLength(2);
  });

  it('without end are an error as well', async () => {
    bench.server.onRequest = ({ query }) =>
      ok([], `https://api.massive.com/v3/reference/options/contracts?cursor=${Number(query.get('cursor') ?? '0') + 1}`);
    expect((await refusal(bench.feed.contracts(QUERY))).message).toContain('more than 400 pages');
    expect(bench.server.requests).toHaveLength(400);
  });
});

describe('refusals', () => {
  const words = { status: 'ERROR', request_id: 'r-1', error: 'words of the provider' };
  const final: [number, unknown, ErrorCode][] = [
    [400, words, 'FEED_BAD_REQUEST'],
    [401, words, 'FEED_AUTH'],
    [403, { status: 'NOT_AUTHORIZED', request_id: 'r-1', message: 'words of the provider' }, 'FEED_NOT_ENTITLED'],
    [404, words, 'FEED_NOT_FOUND'],
    [302, words, 'FEED_BAD_REQUEST'],
  ];
  it.each(final)('%i is final', async (status, body, code) => {
    bench.server.onRequest = () => ({ status, body });
    const error = await refusal(bench.feed.contracts(QUERY));
    expect(error).toMatchObject({ code, details: { status, requestId: 'r-1' } });
    expect(error.message).toContain('words of the provider');
    expect(bench.server.requests).toHaveLength(1);
  });

  const passing: [number, ErrorCode][] = [
    [408, 'TIMEOUT'],
    [413, 'FEED_UNAVAILABLE'],
    [429, 'FEED_RATE_LIMITED'],
    [500, 'FEED_UNAVAILABLE'],
    [503, 'FEED_UNAVAILABLE'],
  ];
  it.each(passing)('%i is tried four times with growing waits, then told', async (status, code) => {
    bench.server.onRequest = () => ({ status, body: '' });
    expect(await refusal(bench.feed.contracts(QUERY))).toMatchObject({ code });
    expect(bench.server.requests).toHaveLength(4);
    expect(bench.waits).toHaveLength(3);
    for (const [attempt, wait] of bench.waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(500 * 2 ** attempt);
      expect(wait).toBeLessThanOrEqual(1_000 * 2 ** attempt);
    }
    expect(bench.feed.counters().retries).toBe(3);
  });

  it('that pass are forgotten', async () => {
    let failures = 2;
    bench.server.onRequest = () => (failures-- > 0 ? 'cut' : ok([contract(750)]));
    expect(await bench.feed.contracts(QUERY)).toHaveLength(1);
    expect(bench.feed.counters().retries).toBe(2);
  });

  it('honour Retry-After in seconds and as a date, up to a minute', async () => {
    const headers = ['17', 'Thu, 24 Dec 2015 15:00:31 GMT', '86400'];
    bench.server.onRequest = () => {
      const [retryAfter] = headers.splice(0, 1);
      return retryAfter === undefined ? ok([]) : { status: 429, body: '', headers: { 'retry-after': retryAfter } };
    };
    await bench.feed.contracts(QUERY);
    expect(bench.waits).toEqual([17_000, 31_000, 60_000]);
  });

  it('never carry the key, even when the provider repeats it', async () => {
    bench.server.onRequest = () => ({ status: 401, body: { error: `Unknown API Key ${KEY}` } });
    const error = await refusal(bench.feed.contracts(QUERY));
    expect(JSON.stringify(error) + String(error.stack)).not.toContain(KEY);
  });
});

it('gives up on silence after its time-out', async () => {
  const hasty = await startTestFeed({ timeoutMs: 30 });
  hasty.server.onRequest = () => 'silence';
  expect(await refusal(hasty.feed.contracts(QUERY))).toMatchObject({ code: 'TIMEOUT' });
  // The server need not have seen all four: a busy machine may give up on one before it is read.
  expect(hasty.waits).toHaveLength(3);
  await hasty.close();
});

it('calls an answer that is no JSON by its name, and does not ask again', async () => {
  bench.server.onRequest = () => ({ body: '<html>maintenance</html>' });
  expect(await refusal(bench.feed.contracts(QUERY))).toMatchObject({ code: 'FEED_BAD_MESSAGE' });
  expect(bench.server.requests).toHaveLength(1);
});

it('ends a request that is under way when it is closed', async () => {
  bench.server.onRequest = () => {
    void bench.feed.close();
    return 'silence';
  };
  expect(await refusal(bench.feed.contracts(QUERY))).toMatchObject({ code: 'CANCELLED' });
});

it('refuses to be made without a key or with a URL that would send it in clear over a network', () => {
  const options = {
    restUrl: 'https://api.massive.com',
    socketUrl: 'wss://socket.massive.com',
    apiKey: KEY,
    clock: bench.clock,
  };
  expect(() => createPolygonFeed({ ...options, apiKey: '' })).toThrow(
    expect.objectContaining({ code: 'CREDENTIALS_MISSING' }),
  );
  for (const restUrl of ['http://api.massive.com', 'ftp://api.massive.com', 'nonsense'])
    expect(() => createPolygonFeed({ ...options, restUrl })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
});

const ERRORS = join(PROTOCOLS, 'docs-wire', 'rest_errors.json');
describe.skipIf(!existsSync(ERRORS))(`recorded refusals in ${ERRORS}`, () => {
  it('each becomes the code of its status', async () => {
    const recorded: unknown = JSON.parse(readFileSync(ERRORS, 'utf8'));
    const codes: Record<string, ErrorCode> = {
      401: 'FEED_AUTH',
      403: 'FEED_NOT_ENTITLED',
      404: 'FEED_NOT_FOUND',
      429: 'FEED_RATE_LIMITED',
    };
    for (const { http, body } of Array.isArray(recorded) ? recorded : []) {
      bench.server.onRequest = () => ({ status: http, body });
      expect(await refusal(bench.feed.chainSnapshot(QUERY))).toMatchObject({ code: codes[http] });
    }
    expect.assertions(8);
  });
});
