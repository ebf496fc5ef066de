import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runAgentCommand } from '../testing/agent-process.ts';
import { runInProcess } from '../testing/in-process.ts';
import { Progress } from './progress.ts';

const SHARED = resolve(`${process.env['TRADING_AGENT_SHARED'] ?? '../shared'}/data`);
const config = resolve('config');

function folder(): { readonly dir: string; [Symbol.dispose](): void } {
  const dir = mkdtempSync(join(tmpdir(), 'agent-data-'));
  return { dir, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) };
}

describe('agent data', () => {
  it('plans without fetching, refuses what it does not know', async () => {
    using home = folder();
    const run = (...args: string[]) =>
      runAgentCommand(['data', 'plan', '--config', config, ...args], { dataDir: home.dir });
    const plan = await run('--symbols', 'SPY', '--days', '90', '--what', 'chain,aggs', '--json');
    expect(plan.code).toBe(0);
    expect(JSON.parse(plan.stdout)).toMatchObject({
      symbols: ['SPY'],
      days: 90,
      items: [{ what: 'chain' }, { what: 'aggs' }],
    });
    const wrong = await run('--symbols', 'SPY', '--what', 'moon');
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain('option-aggs');
    const nowhere = await runInProcess(['data', 'verify', '--data', '/nowhere', '--json']);
    expect(nowhere.code).toBe(2);
    expect(JSON.parse(nowhere.stdout)).toMatchObject({ error: { code: 'DATA_FOLDER_MISSING' } });
  });

  it('tells rate and time left', () => {
    let now = 0;
    const progress = new Progress('files', { now: () => now });
    now = 2_000;
    expect(progress.line(10, 40, 'x')).toBe(' 25% 10/40 files 5.0 files/s ETA 0:06 x');
    expect(progress.line(2_000, 0, 'y')).toBe('2,000 files 1,000 files/s y');
  });
});

interface Verdict {
  readonly rollUps: readonly { readonly asset: string; readonly equal: number; readonly tickers: number }[];
}
interface Covered {
  readonly feeds: readonly { readonly feed: string; readonly rows: number }[];
}

describe.skipIf(!existsSync(SHARED))(`agent data on ${SHARED}`, () => {
  it('ingests, tells the coverage of the lake, and verifies it', async () => {
    using home = folder();
    const lake = join(home.dir, 'lake');
    const run = (...args: string[]) => runInProcess(['data', ...args, '--json']);
    const from = join(SHARED, 'flatfiles');
    const days = ['--since', '2014-06-09', '--until', '2014-06-09'];
    const ingested = await run('ingest', '--from', from, '--to', lake, ...days);
    expect(ingested.code, ingested.stderr).toBe(0);
    expect(JSON.parse(ingested.stdout)).toMatchObject({ failed: 0, quarantined: 0 });
    const again = await run('ingest', '--from', from, '--to', lake, ...days);
    expect(JSON.parse(again.stdout)).toMatchObject({ ingested: 0, failed: 0 });
    const covered: Covered = JSON.parse((await run('coverage', '--data', lake)).stdout);
    expect(covered.feeds.find(({ feed }) => feed === 'us_options_opra/day_aggs_v1')).toMatchObject({ rows: 1_138 });
    const verified = await run('verify', '--data', lake);
    expect(verified.code).toBe(0);
    const { rollUps }: Verdict = JSON.parse(verified.stdout);
    expect(rollUps.find(({ asset }) => asset === 'options')).toMatchObject({ equal: 1_138, tickers: 1_138 });
    expect(await run('verify', '--data', lake, '--strict')).toMatchObject({ code: 1 });
  });
});
