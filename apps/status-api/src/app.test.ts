import { ManualClock, ZERO_USD, micros, microsFromRfc3339, usd } from '@trading-agent/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createStatusApp } from './app.ts';
import { EventHub } from './event-hub.ts';
import { FakeSource, SESSION } from './fake-source.ts';
import { statusMetrics } from './metrics.ts';
import type { PageFile } from './page-files.ts';

const errorBody = z.object({ error: z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() }) });
const NOW = microsFromRfc3339('2026-11-24T03:01:05Z');
const PAGE: ReadonlyMap<string, PageFile> = new Map([
  [
    '/',
    {
      body: new TextEncoder().encode('<p>page'),
      type: 'text/html; charset=utf-8',
      etag: '"abc"',
      cacheControl: 'no-cache',
    },
  ],
]);

let source: FakeSource;
let logged: string[];
let clock: ManualClock;

function app(options: { page?: ReadonlyMap<string, PageFile>; host?: string } = {}) {
  const hub = new EventHub({ clock, run: 'test', maxClients: 2 });
  return createStatusApp({
    source,
    clock,
    hub,
    metrics: statusMetrics(source, clock, () => hub.clients),
    page: options.page ?? PAGE,
    host: options.host ?? '127.0.0.1',
    logger: { info: () => {}, warn: () => {}, error: (_, message) => logged.push(message) },
  });
}

function get(path: string, headers: Record<string, string> = {}, options: Parameters<typeof app>[0] = {}) {
  return app(options).request(path, { headers: { host: 'localhost:8080', ...headers } });
}

beforeEach(() => {
  source = new FakeSource();
  logged = [];
  clock = new ManualClock(NOW);
});

describe('GET /status', () => {
  it('shows the session, its phase in market time and the day in dollars', async () => {
    const response = await get('/status');
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({
      session: {
        id: SESSION.sessionId,
        date: '2015-12-24',
        state: 'running',
        startedAt: '2026-11-24T03:00:00.000000Z',
        endedAt: null,
      },
      account: 'PA3SIM0001',
      tier: 'medium',
      mode: 'paper',
      market: 'replay',
      phase: 'open',
      halfDay: true,
      equity: 25123.45,
      cash: 21000.000001,
      startEquity: 25000,
      dayProfit: 123.45,
      dayReturn: 0.004938,
      lastStepAt: '2015-12-24T15:30:00.000000Z',
      halted: null,
    });
  });

  it('knows the phases around a half day: open from 9:30, post from 13:00, closed on a holiday', async () => {
    const phases = [];
    for (const at of ['2015-12-24T14:29:59Z', '2015-12-24T14:30:00Z', '2015-12-24T18:00:00Z', '2015-12-25T15:00:00Z']) {
      source.sessionNow = { ...SESSION, lastStepAt: microsFromRfc3339(at) };
      phases.push(z.object({ phase: z.string() }).parse(await (await get('/status')).json()).phase);
    }
    expect(phases).toEqual(['pre', 'open', 'post', 'closed']);
  });

  it('is all null before the first session', async () => {
    source.sessionNow = null;
    const body = z.record(z.string(), z.unknown()).parse(await (await get('/status')).json());
    expect(new Set(Object.values(body))).toEqual(new Set([null]));
  });
});

describe('GET /health', () => {
  it('is well while the running session moves', async () => {
    const response = await get('/health');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      status: 'ok',
      store: 'reachable',
      session: 'running',
      lastStepAgeSeconds: 5,
      problems: [],
    });
  });

  it('fails when a running session has made no step for two minutes, not before', async () => {
    const seen = SESSION.lastStepSeenAt ?? micros(0);
    clock = new ManualClock(micros(seen + 120_000_000));
    expect((await get('/health')).status).toBe(200);
    clock = new ManualClock(micros(seen + 120_500_000));
    const response = await get('/health');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      status: 'failing',
      store: 'reachable',
      problems: [expect.stringContaining('No market step for 121 s')],
    });
  });

  it('measures a session without any step from its start', async () => {
    source.sessionNow = { ...SESSION, lastStepSeenAt: null, startedAt: micros(NOW - 121_000_000) };
    expect((await get('/health')).status).toBe(503);
  });

  it('expects no steps of a session that has ended', async () => {
    source.sessionNow = { ...SESSION, state: 'ended', endedAt: NOW, lastStepSeenAt: micros(0) };
    expect((await get('/health')).status).toBe(200);
  });

  it('says that the store is gone', async () => {
    source.down = true;
    const response = await get('/health');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      store: 'unreachable',
      problems: ["The store doesn't answer: The database is gone"],
    });
  });
});

describe('lists', () => {
  it('gives positions with the contract spelled out', async () => {
    expect(await (await get('/positions')).json()).toEqual([
      {
        symbol: 'GOOG151224C00750000',
        contract: { root: 'GOOG', expiry: '2015-12-24', right: 'call', strike: 750 },
        quantity: -2,
        averagePrice: 1.1,
        mark: 0.35,
        multiplier: 100,
        marketValue: -70,
        unrealized: 150,
      },
    ]);
  });

  it('gives a position that is no option and has no mark', async () => {
    source.held = [{ symbol: 'GOOG', quantity: 100, averagePrice: 745, multiplier: 1, mark: null, unrealized: null }];
    expect(await (await get('/positions')).json()).toMatchObject([
      { contract: null, marketValue: null, unrealized: null },
    ]);
  });

  it('limits orders, newest first', async () => {
    expect(await (await get('/orders?limit=1')).json()).toMatchObject([{ clientOrderId: 'order-2', limit: -0.85 }]);
    expect(await (await get('/orders')).json()).toHaveLength(2);
  });

  it('gives fills, decisions and alerts', async () => {
    expect(await (await get('/executions?limit=1')).json()).toMatchObject([
      { executionId: 'x3', at: '2015-12-24T15:00:01.000002Z', fees: 1.3, realized: 40 },
    ]);
    expect(await (await get('/decisions')).json()).toMatchObject([
      { kind: 'refuse', reasons: [{ rule: 'risk-per-trade', passed: false, actual: 910, limit: 750, unit: 'usd' }] },
    ]);
    expect(await (await get('/alerts')).json()).toMatchObject([{ id: '7', severity: 'warning', kind: 'risk' }]);
  });

  it.each(['0', '1001', '-1', '1.5', 'many'])('refuses limit=%s and says which parameter', async (limit) => {
    const response = await get(`/orders?limit=${limit}`);
    expect(response.status).toBe(400);
    const { error } = errorBody.parse(await response.json());
    expect(error).toMatchObject({ code: 'INVALID_VALUE', hint: expect.any(String) });
    expect(error.message).toMatch(/^limit: /);
  });
});

describe('GET /stats', () => {
  it('counts trades that closed something, less their fees', async () => {
    // Closing fills: 40 - 1.30 = 38.70 won, -20 - 1.30 = -21.30 lost. Minutes: 25000, 24750, 24750, 25123.45.
    expect(await (await get('/stats')).json()).toEqual({
      totalReturn: expect.closeTo(123.45 / 25000, 12),
      sharpe: null,
      maxDrawdown: expect.closeTo(-0.01, 12),
      winRate: 0.5,
      profitFactor: expect.closeTo(38.7 / 21.3, 12),
      calmar: null,
      closedTrades: 2,
      minutes: 4,
      fees: 3.25,
      realized: 20,
    });
  });

  it('annualises once half an hour is known', async () => {
    const start = microsFromRfc3339('2015-12-24T14:30:00Z');
    // 1% up, 0.5% down in turn, 31 minutes: mean and deviation of 30 returns by hand below.
    let level = 25_000;
    source.curve = [{ at: start, equity: SESSION.startEquity ?? ZERO_USD }];
    for (let minute = 1; minute <= 30; minute += 1) {
      level *= minute % 2 ? 1.01 : 0.995;
      source.curve.push({ at: micros(start + minute * 60_000_000), equity: usd(level) });
    }
    const body = z.object({ sharpe: z.number(), calmar: z.number() }).parse(await (await get('/stats')).json());
    const mean = 0.0025;
    const deviation = Math.sqrt((30 * 0.0075 ** 2) / 29);
    expect(body.sharpe).toBeCloseTo((mean / deviation) * Math.sqrt(252 * 390), 3);
    expect(body.calmar).toBeGreaterThan(0);
  });

  it('has no figures without points and fills', async () => {
    source.curve = [];
    source.fills = [];
    expect(await (await get('/stats')).json()).toMatchObject({
      totalReturn: null,
      maxDrawdown: null,
      winRate: null,
      profitFactor: null,
      closedTrades: 0,
      fees: 0,
    });
  });
});

describe('errors', () => {
  it('answers 503 with code, message and hint when the store is gone', async () => {
    source.down = true;
    const response = await get('/status');
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      error: { code: 'STORE_UNAVAILABLE', message: 'The database is gone', hint: 'Start it.' },
    });
    expect(logged).toEqual(['a request failed']);
  });

  it('keeps what an unexpected error says to the log', async () => {
    source.session = () => Promise.reject(new Error('password=hunter2'));
    const response = await get('/status');
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('hunter2');
  });

  it('knows no other paths', async () => {
    const response = await get('/etc/passwd');
    expect(response.status).toBe(404);
    expect(errorBody.parse(await response.json()).error.code).toBe('NOT_FOUND');
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('refuses %s: read-only', async (method) => {
    const response = await app().request('/status', { method, headers: { host: 'localhost' } });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
  });
});

describe('guards', () => {
  it.each(['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example:8080', '', '192.168.1.5'])(
    'on loopback refuses to answer as "%s"',
    async (host) => {
      const response = await get('/status', { host });
      expect(response.status).toBe(421);
      expect(errorBody.parse(await response.json()).error.code).toBe('HOST_NOT_ALLOWED');
    },
  );

  it.each(['localhost', 'LOCALHOST:3000', '127.0.0.1:3000', '[::1]:3000'])(
    'on loopback answers as %s',
    async (host) => {
      expect((await get('/status', { host })).status).toBe(200);
    },
  );

  it('answers to any name when it was told to listen on the network', async () => {
    expect((await get('/status', { host: 'agent.lan' }, { host: '0.0.0.0' })).status).toBe(200);
  });

  it('sends strict headers on everything, errors included', async () => {
    for (const path of ['/', '/status', '/nowhere']) {
      const { headers } = await get(path);
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      );
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });
});

describe('page', () => {
  it('is served with an ETag and answers 304 to who has it', async () => {
    const first = await get('/');
    expect(await first.text()).toBe('<p>page');
    expect(first.headers.get('etag')).toBe('"abc"');
    expect(first.headers.get('cache-control')).toBe('no-cache');
    const again = await get('/', { 'if-none-match': '"x", W/"abc"' });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
  });

  it('says how to build it when it is missing', async () => {
    const response = await get('/', {}, { page: new Map() });
    expect(response.status).toBe(404);
    expect(errorBody.parse(await response.json()).error.code).toBe('PAGE_NOT_BUILT');
  });
});

describe('GET /events', () => {
  it('opens a stream and refuses the one too many', async () => {
    const one = app();
    const open = () => one.request('/events', { headers: { host: 'localhost' } });
    const first = await open();
    expect(first.headers.get('content-type')).toBe('text/event-stream');
    const second = await open();
    expect((await open()).status).toBe(503);
    await first.body?.cancel();
    const third = await open();
    expect(third.status).toBe(200);
    await second.body?.cancel();
    await third.body?.cancel();
  });
});

describe('GET /metrics', () => {
  it('exposes the trading figures and the routes by pattern', async () => {
    const one = app();
    await one.request('/orders?limit=1', { headers: { host: 'localhost' } });
    const text = await (await one.request('/metrics', { headers: { host: 'localhost' } })).text();
    expect(text).toContain('trading_agent_store_up 1\n');
    expect(text).toContain('trading_agent_equity_dollars 25123.45\n');
    expect(text).toContain('trading_agent_last_step_age_seconds 5\n');
    expect(text).toContain('trading_agent_orders{status="filled"} 1\n');
    expect(text).toContain('trading_agent_http_request_seconds_count{route="/orders",status="200"} 1\n');
  });

  it('leaves stale figures out when the store is gone', async () => {
    const one = app();
    await one.request('/metrics', { headers: { host: 'localhost' } });
    source.down = true;
    const text = await (await one.request('/metrics', { headers: { host: 'localhost' } })).text();
    expect(text).toContain('trading_agent_store_up 0\n');
    expect(text).not.toMatch(/^trading_agent_equity_dollars /m);
    expect(text).not.toMatch(/^trading_agent_orders\{/m);
  });
});

describe('GET /openapi.json', () => {
  it('names every JSON route, with its answer', async () => {
    const doc = z
      .object({
        openapi: z.string(),
        paths: z.record(z.string(), z.unknown()),
        components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
      })
      .parse(await (await get('/openapi.json')).json());
    expect(Object.keys(doc.paths).sort()).toEqual([
      '/alerts',
      '/decisions',
      '/equity',
      '/executions',
      '/health',
      '/orders',
      '/positions',
      '/stats',
      '/status',
    ]);
    expect(Object.keys(doc.components.schemas)).toContain('Position');
  });
});

describe('every JSON answer', () => {
  it('has times as RFC 3339 with microseconds', async () => {
    expect(await (await get('/equity')).json()).toMatchObject([
      { at: '2015-12-24T14:31:00.000000Z', equity: 25000 },
      {},
      {},
      {},
    ]);
  });
});
