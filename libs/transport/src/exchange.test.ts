import { LocalServer } from '@trading-agent/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { endpoint } from './address.ts';
import { exchange, failureOf } from './exchange.ts';

let server: LocalServer;
beforeEach(async () => {
  server = await LocalServer.start();
});
afterEach(() => server.close());

const ask = (more: { readonly timeoutMs?: number; readonly signal?: AbortSignal; readonly body?: string } = {}) =>
  exchange({
    method: more.body === undefined ? 'GET' : 'POST',
    url: endpoint(server.httpUrl, '/a', { q: '1' }),
    headers: { 'x-key': 'k' },
    timeoutMs: 20_000,
    ...more,
  });
const failure = async (call: Promise<unknown>) =>
  failureOf(
    await call.then(
      () => undefined,
      (cause: unknown) => cause,
    ),
  );

it('gives status, headers and text of any answer, and follows no redirect', async () => {
  server.onRequest = () => ({ status: 307, headers: { location: '/elsewhere', 'x-id': '7' }, body: 'gone' });
  const answer = await ask({ body: '{}' });
  expect([answer.status, answer.header('X-ID'), answer.header('none'), answer.text]).toEqual([307, '7', null, 'gone']);
  expect(server.requests).toMatchObject([{ method: 'POST', target: '/a?q=1', body: '{}', headers: { 'x-key': 'k' } }]);
});

it('tells time-outs, cancelled exchanges and lost connections apart', async () => {
  server.onRequest = () => 'silence';
  expect(await failure(ask({ timeoutMs: 20 }))).toMatchObject({ kind: 'timeout', neverSent: false });
  expect(await failure(ask({ signal: AbortSignal.abort() }))).toMatchObject({ kind: 'cancelled', neverSent: false });
  server.onRequest = () => 'cut';
  expect(await failure(ask())).toMatchObject({ kind: 'connection', neverSent: false });
});

it('knows when not a byte has left', async () => {
  const url = endpoint(server.httpUrl, '/a');
  await server.close();
  const closed = exchange({ method: 'GET', url, headers: {}, timeoutMs: 20_000 });
  expect(await failure(closed)).toEqual({ kind: 'connection', reason: 'ECONNREFUSED', neverSent: true });
  server = await LocalServer.start();
});
