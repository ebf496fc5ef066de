import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgentProcess, runAgentCommand } from './testing/agent-process.ts';
import { runInProcess } from './testing/in-process.ts';
import { FLAT_FILES, hasFlatFiles } from './testing/recorded-data.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'agent-input-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

const BATCH = ['--exit-at-close', '--speed', 'max', '--port', '0', '--json'];
const replay = (data: string, date: string, symbols: string): string[] => [
  '--market',
  'replay',
  '--data',
  data,
  '--date',
  date,
  '--symbols',
  symbols,
];

/** Runs it and expects a refusal: exit code 2, one JSON error on standard output, message and hint for people on standard error. */
async function refusal(
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<{ code: string; message: string; hint?: string }> {
  const { code, stdout, stderr } = await runAgentCommand(args, { dataDir, ...options });
  expect(code, stderr).toBe(2);
  const { error }: { error: { code: string; message: string; hint?: string } } = JSON.parse(stdout);
  expect(stderr).toContain(error.message);
  expect(stderr).toContain(error.hint ?? error.code);
  return error;
}

describe('wrong flags', () => {
  it('the last session of several lies before the first', async () => {
    const { code, message } = await refusal(['backtest', '--json', '--date', '2026-03-05', '--to', '2026-03-02']);
    expect([code, message]).toEqual([
      'OUT_OF_RANGE',
      'The last session, 2026-03-02, lies before the first, 2026-03-05',
    ]);
  });

  it.each([
    [['start', '--market', 'replay', '--json'], 'USAGE', /--market replay needs a folder/],
    [['backtest', '--market', 'replay', '--data', '.', '--json'], 'USAGE', /needs a day/],
    [['backtest', '--date', '2026-02-30', '--json'], 'INVALID_DATE', /2026-02-30/],
    [['backtest', '--date', '2026-07-04', '--json'], 'NOT_A_SESSION', /closed on 2026-07-04/],
    [['backtest', '--symbols', 'O:SPY', '--json'], 'USAGE', /O:SPY/],
    [['start', '--market', 'vendor', '--json'], 'CREDENTIALS_MISSING', /POLYGON_API_KEY is not set/],
    [['start', '--resume', '--new-session', '--json'], 'USAGE', /exclude each other/],
  ])('%j', async (args, code, message) => {
    const error = await refusal(args);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.hint).toBeTruthy();
  });

  it.each([
    [['start', '--balance', 'lots']],
    [['start', '--seed', '-1']],
    [['start', '--sessions', '0']],
    [['backtest', '--market', 'nowhere']],
    [['fly']],
  ])('%j', async (args) => {
    const { code, stderr } = await runInProcess(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(/error: /);
  });

  it.each([[[]], [['start']], [['backtest']], [['train']], [['config']]])(
    '--help of %j shows examples',
    async (command) => {
      const { code, stdout } = await runInProcess([...command, '--help']);
      expect(code).toBe(0);
      expect(stdout).toContain('Usage: agent');
      expect(stdout).toContain('Examples:');
    },
  );
});

describe('configuration', () => {
  it('names every wrong key, its value and what is allowed, at once', async () => {
    const error = await refusal(['config', 'check', '--json'], {
      env: { RISK_TOLERANCE: 'wild', ACCOUNT_BALANCE: '-5' },
    });
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toMatch(/RISK_TOLERANCE|riskTolerance/);
    expect(error.message).toContain('wild');
    expect(error.message).toMatch(/low.*medium.*high/s);
    expect(error.message).toMatch(/-5/);
  });

  it('broken YAML names file and line', async () => {
    const cwd = join(dataDir, 'broken');
    mkdirSync(join(cwd, 'config'), { recursive: true });
    writeFileSync(join(cwd, 'config/config.yaml'), 'account:\n  balance: 25000\n   riskTolerance: [low\n');
    const error = await refusal(['start', '--json'], { cwd });
    expect(error.code).toBe('CONFIG_FILE_BROKEN');
    expect(error.message).toMatch(/config\.yaml/);
    expect(error.message).toMatch(/line \d|:\d/);
  });

  it('shows where each value comes from and never a secret', async () => {
    const { code, stdout, stderr } = await runAgentCommand(['config', 'show'], {
      dataDir,
      env: { POLYGON_API_KEY: 'very-secret-key-123' },
    });
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/polygon\.apiKey .*POLYGON_API_KEY/);
    expect(stdout + stderr).not.toContain('very-secret-key-123');
  });
});

describe('data', () => {
  it('a missing folder', async () => {
    const error = await refusal(['start', ...replay(join(dataDir, 'nowhere'), '2015-12-24', 'GOOG'), ...BATCH]);
    expect(error.code).toBe('DATA_FOLDER_MISSING');
    expect(error.message).toContain('nowhere');
  });

  describe.skipIf(!hasFlatFiles)(`recorded days (${FLAT_FILES})`, () => {
    it.each([
      ['a day without trading', '2015-12-25', 'GOOG', 'NOT_A_SESSION'],
      ['a day that was not recorded', '2015-12-21', 'GOOG', 'DATA_DAY_MISSING'],
      ['an unknown symbol', '2015-12-24', 'NOSUCH', 'UNKNOWN_SYMBOL'],
    ])('%s', async (_what, date, symbol, code) => {
      for (const command of [
        ['start', ...BATCH],
        ['backtest', '--json'],
      ]) {
        const error = await refusal([...command, ...replay(FLAT_FILES, date, symbol)]);
        expect(error.code).toBe(code);
        expect(error.hint).toBeTruthy();
      }
    });

    it('a malformed row is named with file and line and left out; the rest is used', async () => {
      const name = 'us_options_opra/quotes_v1_1min_samples/2014/06/2014-06-05.csv.gz';
      const folder = join(dataDir, 'damaged');
      for (const path of [name, 'us_stocks_sip/minute_aggs_v1/2014/06/2014-06-05.csv.gz']) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        cpSync(join(FLAT_FILES, path), join(folder, path));
      }
      const lines = gunzipSync(readFileSync(join(folder, name)))
        .toString('utf8')
        .split('\n');
      lines[41] = 'O:TWX140621C00065000,,not-a-price,1,,2,3,,1401975060000000000';
      writeFileSync(join(folder, name), gzipSync(lines.join('\n')));
      const same = ['--speed', 'max', '--exit-at-close', '--json', ...replay(folder, '2014-06-05', 'TWX')];
      const { code, stdout, stderr } = await runAgentCommand(['backtest', ...same], { dataDir });
      expect(code, stderr).toBe(0);
      expect(stderr).toContain('2014-06-05.csv.gz:42: ');
      const { orders }: { orders: unknown[] } = JSON.parse(stdout);
      expect(orders.length).toBeGreaterThan(0);
      const overSockets = new AgentProcess(['start', ...same, '--port', '0'], { dataDir });
      await overSockets.says(/2014-06-05\.csv\.gz:42: /);
      await overSockets.says(/Dashboard +http/);
      await overSockets.kill();
    });
  });
});

describe('the machine', () => {
  let server: Server;
  let port: number;
  beforeAll(async () => {
    server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address() as AddressInfo;
    port = address.port;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it('a port in use', async () => {
    const error = await refusal([
      'start',
      '--exit-at-close',
      '--speed',
      'max',
      '--json',
      '--symbols',
      'SPY',
      '--port',
      String(port),
    ]);
    expect(error.code).toBe('PORT_IN_USE');
    expect(error.message).toContain(String(port));
    expect(error.hint).toBeTruthy();
  });

  it('a second process on one account refuses to start, and the first goes on', async () => {
    const flags = ['start', '--symbols', 'SPY', '--date', '2026-03-03', '--speed', '60', '--port', '0', '--json'];
    const first = new AgentProcess(flags, { dataDir });
    await first.says(/Dashboard +http/);
    const error = await refusal(flags);
    expect(error.code).toBe('ACCOUNT_LOCKED');
    expect(error.message).toMatch(/SIM-/);
    first.child.kill('SIGINT');
    const { code, stderr } = await first.finished;
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('--resume');
  });
});
