import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isTradingError, usd } from '@trading-agent/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseCommandLine } from './command-line.ts';
import { readScenario } from './scenario.ts';
import { get, polygonGet, step } from './testing/sessions.ts';
import { startTinySim } from './testing/tiny-market.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'scenario-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(text: string): string {
  const path = join(folder, 'scenario.yaml');
  writeFileSync(path, text);
  return path;
}

describe('a scenario', () => {
  it('scripts accounts, keys, a plan and faults, and the market has them', async () => {
    const path = file(`
accounts:
  - { keyId: second-id, secret: second-secret, balance: 60000, account: SECOND }
polygonKeys: [second-key]
plan:
  lacks: [news]
  nextUrlOrigin: https://api.polygon.io
faults:
  - fault: rate-limit
    room: polygon
    from: "09:32"
    until: "09:33"
    with: { body: empty }
`);
    const scenario = readScenario(path);
    expect(scenario).toMatchObject({
      accounts: [{ keyId: 'second-id', secretKey: 'second-secret', accountNumber: 'SECOND', cash: usd(60_000) }],
      polygonPlan: { lacks: ['news'], nextUrlOrigin: 'https://api.polygon.io' },
    });
    const sim = await startTinySim(scenario);
    try {
      const statuses: number[] = [];
      for (let minute = 1; minute <= 3; minute += 1) {
        await step(sim);
        statuses.push((await polygonGet(sim, '/v1/marketstatus/now')).status);
      }
      expect(statuses).toEqual([200, 429, 200]);
      expect((await polygonGet(sim, '/v2/reference/news')).status).toBe(403);
      const headers = { 'apca-api-key-id': 'second-id', 'apca-api-secret-key': 'second-secret' };
      expect(await get(`${sim.url}/v2/account`, { headers })).toMatchObject({ json: { cash: '60000' } });
    } finally {
      await sim.close();
    }
  });

  it('is named on the command line', () => {
    const path = file('halts:\n  - { symbol: SPY, from: "10:00", until: "10:05" }\n');
    expect(parseCommandLine(['--scenario', path]).options.halts).toEqual([
      { symbol: 'SPY', from: '10:00', until: '10:05' },
    ]);
  });

  it('may be empty', () => {
    expect(readScenario(file(''))).toMatchObject({ accounts: [], faults: [], halts: [] });
  });

  it.each([
    ['faults: [', 'CONFIG_FILE_BROKEN', 'scenario.yaml:'],
    ['fault: []\n', 'CONFIG_INVALID', 'fault'],
    ['halts:\n  - { symbol: SPY, from: noon, until: "10:05" }\n', 'CONFIG_INVALID', 'halts.0.from'],
    [
      'faults:\n  - fault: latency\n    with: { millis: 5 }\n  - fault: latencie\n',
      'CONFIG_INVALID',
      'scenario.yaml:4',
    ],
    ['plan: { lacks: [everything] }\n', 'CONFIG_INVALID', 'plan.lacks.0'],
    ['accounts:\n  - { keyId: "../x", secret: s, balance: 1 }\n', 'CONFIG_INVALID', 'accounts.0.keyId'],
  ])('%j is refused with a code and the place', (text, code, words) => {
    const error = attempt(() => readScenario(file(text)));
    expect(isTradingError(error) ? [error.code, error.message] : error).toEqual([code, expect.stringContaining(words)]);
  });

  it('that is not there is refused', () => {
    expect(attempt(() => readScenario(join(folder, 'none.yaml')))).toMatchObject({ code: 'CONFIG_FILE_BROKEN' });
  });
});

function attempt(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}
