import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { syntheticKnowledge } from '@trading-agent/backtest';
import { loadSettings } from '@trading-agent/config';
import { marketDate } from '@trading-agent/core';
import { chainViews } from '@trading-agent/strategies';
import { generateMarketDay } from '@trading-agent/synthetic';
import { afterAll, describe, expect, it } from 'vitest';
import { type AccountPlan, accountPlan } from './plan/account-plan.ts';
import { runAgentCommand } from './testing/agent-process.ts';
import { FLAT_FILES, hasFlatFiles } from './testing/recorded-data.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const dataDir = mkdtempSync(join(tmpdir(), 'agent-plan-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

async function json<T>(args: readonly string[], cwd = dataDir): Promise<T> {
  const { code, stdout, stderr } = await runAgentCommand([...args, '--json'], { dataDir, cwd });
  expect(code, stderr).toBe(0);
  const parsed: T = JSON.parse(stdout);
  return parsed;
}

const plan = (balance: number, ...flags: readonly string[]): Promise<AccountPlan> =>
  json(['plan', '--balance', String(balance), ...flags]);

interface Tiers {
  readonly tiers: readonly {
    readonly name: string;
    readonly fromBalance: number;
    readonly toBalance: number | null;
    readonly symbols: readonly string[];
    readonly maxPositions: number;
    readonly riskPerTrade: number;
    readonly apiBudget: { readonly perMinute: number; readonly perDay: number };
  }[];
}

it("agent tiers tells the design document's table", async () => {
  const { tiers } = await json<Tiers>(['tiers']);
  const told = tiers.map((tier) => [
    tier.name,
    tier.fromBalance,
    tier.toBalance,
    tier.maxPositions,
    tier.riskPerTrade,
    tier.apiBudget.perMinute,
    tier.apiBudget.perDay,
  ]);
  expect(told).toEqual([
    ['micro', 0, 1_000, 2, 0.02, 5, 1_000],
    ['small', 1_000, 10_000, 3, 0.025, 7, 1_500],
    ['medium', 10_000, 50_000, 5, 0.03, 10, 2_000],
    ['large', 50_000, 250_000, 8, 0.035, 15, 3_000],
    ['institutional', 250_000, null, 12, 0.04, 25, 5_000],
  ]);
  const lists = tiers.map(({ symbols }) => symbols);
  expect(lists[0]).toEqual(['SPY', 'QQQ', 'IWM']);
  expect(lists[1]).toEqual([...(lists[0] ?? []), 'AAPL', 'MSFT', 'TSLA']);
  expect(lists[2]).toEqual([...(lists[1] ?? []), 'NVDA', 'AMZN', 'GOOGL', 'META']);
  expect(lists[3]).toEqual(expect.arrayContaining([...(lists[2] ?? []), 'NFLX', 'ADBE', 'CRM', 'PYPL']));
  expect(lists[4]).toEqual(expect.arrayContaining([...(lists[3] ?? []), 'JPM', 'JNJ', 'PG', 'UNH']));
});

describe('agent plan', () => {
  const flags = ['--market', 'sim', '--seed', '7', '--date', '2026-03-02'];

  it('tells a micro account that nothing fits, and why, as text and as JSON', async () => {
    const found = await plan(500, ...flags);
    expect(found).toMatchObject({ tier: 'micro', balance: 500, fitting: 0, limits: { riskPerTrade: 10 } });
    expect(found.symbols.map(({ symbol }) => symbol)).toEqual(['IWM', 'QQQ', 'SPY']);
    // Only the last minutes are made; what they tell is what all of them would.
    const day = generateMarketDay({
      date: marketDate('2026-03-02'),
      underlyings: ['IWM', 'QQQ', 'SPY'],
      seed: 7,
      minutes: 60,
    });
    const settings = loadSettings({ env: {}, cwd: dataDir });
    const knowledge = await syntheticKnowledge({ seed: 7, kind: 'synthetic' }, settings.strategies)(
      day.underlyings,
      day.date,
    );
    const whole = accountPlan(settings, 500, day.underlyings, chainViews(day, undefined, knowledge));
    expect(found).toMatchObject(JSON.parse(JSON.stringify(whole)));
    const text = await runAgentCommand(['plan', '--balance', '500', ...flags, '--symbols', 'IWM'], { dataDir });
    expect(text.stdout).toMatch(/Nothing fits today\. The next thing would fit from \$1,\d{3}\.\d\d on\.\n$/);
    expect(text.stdout).toMatch(/risk-per-trade: \$\d+\.\d\d against a limit of \$10\.00, from \$[\d,.]+ on/);
  });

  it.skipIf(!hasFlatFiles)(`reads recorded days (${FLAT_FILES})`, async () => {
    const found = await plan(25_000, '--data', FLAT_FILES, '--date', '2015-12-24', '--symbols', 'GOOG');
    expect(found.tier).toBe('medium');
    expect(found.fitting).toBeGreaterThan(5);
  });
});

describe('agent strategy new', () => {
  it('writes a strategy whose test passes, and never writes over one', async () => {
    const cwd = mkdtempSync(join(dataDir, 'own-'));
    symlinkSync(join(ROOT, 'node_modules'), join(cwd, 'node_modules'));
    writeFileSync(join(cwd, 'package.json'), '{ "type": "module" }');
    const made = await json<{ readonly written: readonly string[] }>(['strategy', 'new', 'broken-wing'], cwd);
    expect(made.written).toEqual(['yaml', 'ts', 'test.ts'].map((kind) => `strategies/broken-wing.${kind}`));
    const { status, stdout } = spawnSync(
      process.execPath,
      [
        join(ROOT, 'node_modules/vitest/vitest.mjs'),
        'run',
        '--root',
        cwd,
        '--testTimeout=120000',
        'strategies/broken-wing',
      ],
      { cwd, encoding: 'utf8', env: { PATH: process.env['PATH'], NO_COLOR: '1' }, timeout: 240_000 },
    );
    expect(status, stdout).toBe(0);
    expect(stdout).toContain('1 passed');

    const again = await runAgentCommand(['strategy', 'new', 'broken-wing', '--json'], { dataDir, cwd });
    expect([again.code, JSON.parse(again.stdout)]).toMatchObject([2, { error: { code: 'USAGE' } }]);
    // It is planned like the built-in ones; a function that can't be loaded is told.
    const flags = ['--symbols', 'SPY', '--seed', '7', '--date', '2026-03-02'];
    const { symbols } = await json<AccountPlan>(['plan', '--balance', '25000', ...flags], cwd);
    expect(symbols[0]?.structures.some(({ strategy }) => strategy === 'broken-wing')).toBe(true);
    const path = join(cwd, 'strategies/broken-wing.ts');
    writeFileSync(path, readFileSync(path, 'utf8').replace('export const accept', 'export const other'));
    const broken = await runAgentCommand(['strategy', 'list', '--json'], { dataDir, cwd });
    expect([broken.code, JSON.parse(broken.stdout)]).toMatchObject([2, { error: { code: 'STRATEGY_BROKEN' } }]);
  });
});
