import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { loadSettings } from '@trading-agent/config';
import { marketDate } from '@trading-agent/core';
import { bannerRows } from './banner.ts';
import { runAgentCommand } from './testing/agent-process.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'agent-config-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

const KEYS = { POLYGON_API_KEY: 'p', ALPACA_API_KEY: 'a', ALPACA_SECRET_KEY: 's' };

it('`agent config check` says what live trading overrules', async () => {
  const check = (mode: string) =>
    runAgentCommand(['config', 'check', '--json'], { dataDir, env: { ...KEYS, TRADING_MODE: mode } });
  const [paper, live] = await Promise.all([check('paper'), check('live')]);
  expect([paper.code, live.code]).toEqual([0, 0]);
  expect(JSON.parse(paper.stdout)).toEqual({ ok: true, notes: [] });
  expect(JSON.parse(live.stdout)).toEqual({ ok: true, notes: [expect.stringContaining('live trading uses 0')] });
});

it('a session says so when it starts', () => {
  const rows = (mode: string) =>
    bannerRows({
      plan: {
        settings: loadSettings({ env: { ...KEYS, TRADING_MODE: mode }, cwd: dataDir }),
        date: marketDate('2026-03-02'),
        symbols: ['SPY'],
        balance: 25_000,
      },
      tier: 'small',
      account: 'PA1',
      market: 'sim',
      dashboard: null,
    });
  expect(rows('paper').at(-1)).toEqual(['Dashboard', 'off']);
  expect(rows('live').at(-1)).toEqual(['Note', expect.stringContaining('live trading uses 0')]);
});
