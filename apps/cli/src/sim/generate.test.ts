import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LakeLock } from '@trading-agent/market-data';
import { afterAll, describe, expect, it } from 'vitest';
import { AgentProcess, runAgentCommand } from '../testing/agent-process.ts';
import { runInProcess } from '../testing/in-process.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'agent-sim-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

const RANGE = ['--symbols', 'SPY', '--from', '2026-03-02', '--until', '2026-03-04', '--seed', '7'];
const generate = (to: string, ...more: string[]): string[] => ['sim', 'generate', ...RANGE, '--to', to, ...more];
const run = (args: readonly string[]): ReturnType<typeof runAgentCommand> => runAgentCommand(args, { dataDir });

/** Hash of every finished file below a folder, by name. */
function contents(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => statSync(join(folder, name)).isFile() && !name.endsWith('.tmp') && !name.endsWith('.lock'),
  );
  return Object.fromEntries(
    names.map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    ]),
  );
}

describe('agent sim generate', () => {
  it('writes days that can be ingested and traded', async () => {
    const to = join(dataDir, 'whole');
    const { code, stdout, stderr } = await run(generate(to, '--json'));
    expect(code, stderr).toBe(0);
    const summary: { days: number; made: number; rows: number; fingerprint: string } = JSON.parse(stdout);
    expect(summary).toMatchObject({ to, from: '2026-03-02', until: '2026-03-04', days: 3, made: 3 });
    expect(summary.fingerprint).toMatch(/^[0-9a-f]{64}$/);

    const ingest = await run(['data', 'ingest', '--from', to, '--to', join(dataDir, 'lake'), '--no-parquet', '--json']);
    expect(ingest.code, ingest.stderr).toBe(0);
    const lake: { files: number; rows: number; quarantined: number } = JSON.parse(ingest.stdout);
    // Open interest is reference data, not a feed.
    expect(lake).toMatchObject({ files: 15, failed: 0, quarantined: 0 });
    expect(lake.rows).toBeGreaterThan(0.9 * summary.rows);

    const day = ['--data', to, '--date', '2026-03-03', '--symbols', 'SPY', '--balance', '25000', '--json'];
    const traded = await run(['backtest', '--market', 'replay', ...day]);
    expect(traded.code, traded.stderr).toBe(0);
    const report: { orders: unknown[]; executions: unknown[] } = JSON.parse(traded.stdout);
    expect(report.orders.length).toBeGreaterThan(0);
    expect(report.executions.length).toBeGreaterThan(0);
  });

  it('killed at any time leaves whole files only, and ends the same when run again', async () => {
    const to = join(dataDir, 'killed');
    const child = new AgentProcess(generate(to, '--threads', '1'), { dataDir });
    // The first day is there: the second is being made.
    await child.says(/2026-03-02/);
    await child.kill();
    const whole = contents(join(dataDir, 'whole'));
    for (const [name, hash] of Object.entries(contents(to))) {
      expect(whole[name], name).toBe(hash);
    }
    expect((await run(generate(to))).code).toBe(0);
    expect(contents(to)).toEqual(whole);
  });

  it('stops at Ctrl-C with what is done, and says so', async () => {
    const to = join(dataDir, 'stopped');
    const child = new AgentProcess(generate(to, '--threads', '1'), { dataDir });
    await child.says(/2026-03-02/);
    child.child.kill('SIGINT');
    const { code, stderr } = await child.finished;
    expect(code).toBe(1);
    expect(stderr).toMatch(/code {2}CANCELLED/);
    LakeLock.take(to)[Symbol.dispose]();
    const names = readdirSync(to, { recursive: true, encoding: 'utf8' });
    expect(names.filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it.each([
    [['--years', '2'], /--years and --from/],
    [['--kind', 'magic'], /Allowed: synthetic, placebo, planted/],
    [['--strength', '0.3'], /goes with the kind planted/],
    [['--what', 'bonds'], /Allowed: stocks/],
    [['--seed', '8', '--to', join(dataDir, 'whole')], /another synthetic market/],
  ])('refuses %j', async (more, message) => {
    const { code, stderr } = await runInProcess(generate(join(dataDir, 'refused'), ...more));
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
    expect(existsSync(join(dataDir, 'refused'))).toBe(false);
  });
});
