import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock, microsFromRfc3339 } from '@trading-agent/core';
import { type TemporaryStore, temporaryStore } from '@trading-agent/store';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createStatusApp } from './app.ts';
import { controlToken } from './control-token.ts';
import { EventHub } from './event-hub.ts';
import { FakeSource } from './fake-source.ts';
import { statusMetrics } from './metrics.ts';

const TOKEN = 'the-token-of-the-test';
const clock = new ManualClock(microsFromRfc3339('2026-11-24T03:01:05Z'));
const code = z.object({ error: z.object({ code: z.string() }) });

let temporary: TemporaryStore;
beforeAll(async () => {
  temporary = await temporaryStore();
});
afterAll(() => temporary.remove());

function app(withControls = true) {
  const source = new FakeSource();
  const hub = new EventHub({ clock, run: 'test', maxClients: 2 });
  return createStatusApp({
    source,
    clock,
    hub,
    metrics: statusMetrics(source, clock, () => hub.clients),
    page: new Map(),
    host: '127.0.0.1',
    logger: { info: () => {}, warn: () => {}, error: () => {} },
    ...(withControls ? { controls: { killSwitch: temporary.store.killSwitch, token: TOKEN } } : {}),
  });
}

function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  return app().request(path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { host: 'localhost', 'content-type': 'application/json', authorization: `Bearer ${TOKEN}`, ...headers },
  });
}
const standing = async () => (await app().request('/control', { headers: { host: 'localhost' } })).json();

afterEach(() => post('/control/resume', { reason: 'next test' }));

describe('controls', () => {
  it('halt, flatten and lift all accounts or one, and say what stands', async () => {
    expect(await standing()).toEqual([]);
    const halted = await post('/control/halt', { reason: 'news' });
    expect([halted.status, await halted.json()]).toEqual([
      200,
      [{ account: null, state: 'halt', by: 'api', reason: 'news', changedAt: '2026-11-24T03:01:05.000000Z' }],
    ]);
    await post('/control/flatten', { reason: 'leave', by: 'ann', account: 'PA1' });
    expect(await standing()).toMatchObject([{ account: null }, { account: 'PA1', state: 'flatten', by: 'ann' }]);
    expect(await (await post('/control/resume', { reason: 'over' })).json()).toEqual([]);
    expect(await temporary.store.killSwitch.inForce('PA1')).toBeNull();
  });

  it.each([
    ['no token', { authorization: '' }],
    ['a wrong token', { authorization: 'Bearer the-token-of-the-tesT' }],
    ['a page of another site, which can not send the header', { authorization: '', 'content-type': 'text/plain' }],
  ])('change nothing with %s', async (_, headers) => {
    const response = await post('/control/flatten', { reason: 'x' }, headers);
    expect([response.status, code.parse(await response.json()).error.code]).toEqual([401, 'UNAUTHORIZED']);
    expect(await standing()).toEqual([]);
  });

  it.each([
    ['no reason', {}],
    ['an empty reason', { reason: ' ' }],
    ['a member that means nothing', { reason: 'x', acount: 'PA1' }],
  ])('refuse %s', async (_, body) => {
    const response = await post('/control/halt', body);
    expect([response.status, code.parse(await response.json()).error.code]).toEqual([400, 'INVALID_VALUE']);
    expect(await standing()).toEqual([]);
  });

  it('refuse a body that is not JSON', async () => {
    const response = await app().request('/control/halt', {
      method: 'POST',
      body: '{"reason":',
      headers: { host: 'localhost', 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
    });
    expect([response.status, code.parse(await response.json()).error.code]).toEqual([400, 'INVALID_VALUE']);
  });

  it('are answered under a localhost name only, and are not there unless handed in', async () => {
    expect((await post('/control/halt', { reason: 'x' }, { host: 'evil.example' })).status).toBe(421);
    const without = await app(false).request('/control/halt', { method: 'POST', headers: { host: 'localhost' } });
    expect(without.status).toBe(405);
  });
});

describe('control token', () => {
  const folders: string[] = [];
  const folder = (): string => {
    const path = mkdtempSync(join(tmpdir(), 'trading-agent-token-'));
    folders.push(path);
    return path;
  };
  afterEach(() => {
    for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true });
  });

  it('is made once, however many start together, and only its owner reads it', async () => {
    const dataDir = join(folder(), 'data');
    const tokens = await Promise.all(Array.from({ length: 8 }, () => controlToken(dataDir)));
    expect(new Set(tokens).size).toBe(1);
    expect(tokens[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(statSync(join(dataDir, 'control-token')).mode & 0o777).toBe(0o600);
    expect(readdirSync(dataDir)).toEqual(['control-token']);
  });

  it('that was emptied is refused: nobody gets in by nothing', async () => {
    const dataDir = folder();
    writeFileSync(join(dataDir, 'control-token'), '\n');
    await expect(controlToken(dataDir)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});
