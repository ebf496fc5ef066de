import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type TemporaryStore, temporaryStore } from '@trading-agent/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

describe('the trainer as a command', () => {
  let temporary: TemporaryStore;
  let cwd: string;
  beforeAll(async () => {
    temporary = await temporaryStore();
    cwd = await mkdtemp(join(tmpdir(), 'trainer-command-'));
  });
  afterAll(async () => {
    await temporary.remove();
    await rm(cwd, { recursive: true });
  });

  function start(...args: readonly string[]): ChildProcess {
    return spawn(process.execPath, [MAIN, ...args], {
      cwd,
      env: {
        // As under `node --watch`, which has every thread speak of the files it loads.
        WATCH_REPORT_DEPENDENCIES: '1',
        PATH: process.env['PATH'],
        NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
        DATABASE_URL: temporary.databaseUrl,
        DATA_DIR: temporary.dataDir,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  async function run(...args: readonly string[]) {
    return ended(start(...args));
  }

  async function ended(child: ChildProcess) {
    const texts = { out: '', err: '' };
    child.stdout?.on('data', (chunk: Buffer) => (texts.out += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (texts.err += chunk.toString()));
    const [code, signal] = await once(child, 'close');
    return { code, signal, ...texts };
  }

  /** Until the child has written `text` to standard error. */
  async function said(child: ChildProcess, text: string): Promise<void> {
    let all = '';
    for (;;) {
      if (all.includes(text)) return;
      const [chunk] = await once(child.stderr ?? child, 'data');
      all += String(chunk);
    }
  }

  const runs = () => temporary.store.runs.list('training', 100);

  it('--force --json prints the report, which the store has too; the same again gives the same model', async () => {
    const args = ['--force', '--json', '--balance', '500', '--symbols', 'spy', '--seed', 'cli'];
    const first = await run(...args);
    expect(first).toMatchObject({ code: 0 });
    const report: unknown = JSON.parse(first.out);
    expect(report).toMatchObject({ symbols: ['SPY'], horizonMinutes: 30, seed: 'cli' });
    const [row] = await temporary.store.models.list('micro-sim-cli', 10);
    expect(row).toMatchObject({ status: 'champion', parameters: { report } });
    const forPeople = await run(...args.filter((arg) => arg !== '--json'));
    expect(forPeople).toMatchObject({ code: 0 });
    expect(forPeople.out).toMatch(/rows of SPY\n(?:.*log loss 0\.\d{4}.*\n){2}champion +(?:logistic|baseline)\n$/);
  });

  it('wrong input ends with code 2 and says what to do', async () => {
    const missing = await run('--force', '--json', '--data', join(cwd, 'none'));
    expect(missing).toMatchObject({ code: 2 });
    expect(JSON.parse(missing.out)).toMatchObject({ error: { code: 'DATA_FOLDER_MISSING' } });
    expect(missing.err).toContain('Give the folder that holds');
    expect(await run('--json')).toMatchObject({ code: 2, err: expect.stringContaining('--json needs --force') });
    expect(await run('--help')).toMatchObject({ code: 0, out: expect.stringContaining('Examples:') });
  });

  it('interrupted in a training it leaves the store whole; killed, the next one clears up', async () => {
    const args = ['--force', '--json', '--balance', '25000', '--seed', 'stopped'];
    const interrupted = start(...args);
    const outcome = ended(interrupted);
    await said(interrupted, 'Training begins');
    // Twice: from the terminal and, forwarded, from the process that watches.
    interrupted.kill('SIGINT');
    interrupted.kill('SIGTERM');
    const { code, out } = await outcome;
    expect([code, JSON.parse(out)]).toEqual([1, { error: expect.objectContaining({ code: 'CANCELLED' }) }]);
    expect((await runs())[0]).toMatchObject({ status: 'failed', result: { code: 'CANCELLED' } });

    const killed = start(...args);
    await said(killed, 'Training begins');
    killed.kill('SIGKILL');
    await once(killed, 'close');
    expect((await runs())[0]).toMatchObject({ status: 'running' });
    expect(await temporary.store.models.list('medium-sim-stopped', 10)).toEqual([]);

    const next = await run('--force', '--json', '--balance', '500', '--symbols', 'SPY', '--seed', 'stopped');
    expect(next.code).toBe(0);
    expect((await runs()).slice(0, 2)).toMatchObject([
      { status: 'finished' },
      { status: 'failed', result: { code: 'CANCELLED', message: 'The process ended during the training' } },
    ]);
  });

  it('without flags it keeps the schedule, says when it trains next, and ends with code 0 when asked to', async () => {
    const child = start('--balance', '500', '--symbols', 'SPY', '--seed', 'daily');
    const outcome = ended(child);
    await said(child, 'next training at ');
    child.kill('SIGTERM');
    const { code, err } = await outcome;
    expect(err).toMatch(/next training at \d{4}-\d\d-\d\dT2[01]:30:00\.000000Z\n/);
    expect(code).toBe(0);
    expect((await runs()).every(({ status }) => status !== 'running')).toBe(true);
  });
});
