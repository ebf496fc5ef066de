import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { marketDate } from '@trading-agent/core';
import { loadSettings } from '@trading-agent/config';
import { openStore, type TemporaryStore, temporaryStore } from '@trading-agent/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TradingOrchestrator, type TradingOrchestratorOptions } from './orchestrator.ts';
import { silentLog } from './testing/silent-log.ts';

let temporary: TemporaryStore;
beforeAll(async () => {
  temporary = await temporaryStore();
});
afterAll(() => temporary.remove());

/** As in another working folder: whatever is relative, is relative to there. */
function orchestrator(options: Partial<TradingOrchestratorOptions> = {}): TradingOrchestrator {
  const cwd = join(realpathSync(temporary.dataDir), 'elsewhere');
  mkdirSync(cwd, { recursive: true });
  return new TradingOrchestrator({
    accountBalance: 25_000,
    // A half day of one name: short, and it opens and closes structures.
    date: marketDate('2026-11-27'),
    symbols: ['SPY'],
    seed: 11,
    settings: loadSettings({
      env: { DATABASE_URL: temporary.databaseUrl, DATA_DIR: './state' },
      cwd,
      overrides: { 'account.balance': 25_000 },
    }),
    log: silentLog,
    ...options,
  });
}

describe('TradingOrchestrator', () => {
  it('trades a synthetic day and tells how it did', async () => {
    const told: string[] = [];
    const agent = orchestrator({
      onStep: ({ decisions }) => {
        for (const decision of decisions) if (decision.type === 'note') told.push(decision.reason.rule);
      },
    });
    expect(() => agent.getPerformanceStats()).toThrow(expect.objectContaining({ code: 'USAGE' }));
    const { report, complete, sessionId } = await agent.startTrading();
    expect(complete).toBe(true);
    expect(report.orders.length).toBeGreaterThan(0);
    // What the synthetic market has made known of its dividends has reached the engine.
    expect(told).toContain('policy-rate');
    expect(told).not.toContain('dividends-unknown');
    const store = await openStore({ databaseUrl: temporary.databaseUrl, dataDir: temporary.dataDir });
    const { equity } = await store.statistics(sessionId);
    await store.close();
    expect(equity.length).toBeGreaterThan(200);
    const { startEquity, endEquity, fees, executions } = report;
    expect(executions.length).toBeGreaterThan(0);
    const stats = agent.getPerformanceStats();
    expect(stats).toMatchObject({ minutes: 210, fees });
    expect(stats.totalReturn).toBeCloseTo(endEquity / startEquity - 1, 9);
  });

  it('stopped and resumed it ends as the unbroken day', async () => {
    const unbroken = await orchestrator({ seed: 12 }).startTrading();
    let steps = 0;
    const first = orchestrator({
      seed: 12,
      onStep: () => {
        if (++steps === 100) void first.stop();
      },
    });
    const stopped = await first.startTrading();
    expect([stopped.complete, stopped.report.events < unbroken.report.events]).toEqual([false, true]);
    const resumed = await orchestrator({ seed: 12, resume: true }).startTrading();
    expect(resumed.sessionId).toBe(stopped.sessionId);
    expect(resumed.complete).toBe(true);
    expect(resumed.report).toEqual(unbroken.report);
  });

  it('trades one session at a time, and another when that is over', async () => {
    let begun: () => void = () => undefined;
    const hasBegun = new Promise<void>((resolve) => (begun = resolve));
    const agent = orchestrator({ seed: 13, onStep: () => begun() });
    const trading = agent.startTrading();
    await expect(agent.startTrading()).rejects.toMatchObject({ code: 'USAGE' });
    await hasBegun;
    const rival = orchestrator({ seed: 13 });
    await expect(rival.startTrading()).rejects.toMatchObject({ code: 'ACCOUNT_LOCKED' });
    await agent.stop();
    expect((await trading).complete).toBe(false);
    await agent.stop();
  });

  it('needs keys for the vendors', async () => {
    await expect(orchestrator({ market: { kind: 'vendor' } }).startTrading()).rejects.toMatchObject({
      code: 'CREDENTIALS_MISSING',
    });
  });
});
