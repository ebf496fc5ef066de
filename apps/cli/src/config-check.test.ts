import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { runAgentCommand } from './testing/agent-process.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'agent-config-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

it('`agent config check` says what live trading overrules', async () => {
  const keys = { POLYGON_API_KEY: 'p', ALPACA_API_KEY: 'a', ALPACA_SECRET_KEY: 's' };
  const check = (mode: string) =>
    runAgentCommand(['config', 'check', '--json'], { dataDir, env: { ...keys, TRADING_MODE: mode } });
  const [paper, live] = await Promise.all([check('paper'), check('live')]);
  expect([paper.code, live.code]).toEqual([0, 0]);
  expect(JSON.parse(paper.stdout)).toEqual({ ok: true, notes: [] });
  expect(JSON.parse(live.stdout)).toEqual({ ok: true, notes: [expect.stringContaining('live trading uses 0')] });
});
