import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

/** From util-linux: runs a command in a pseudo-terminal. */
const SCRIPT = '/usr/bin/script';
const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const dataDir = mkdtempSync(join(tmpdir(), 'agent-terminal-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

/** Runs `agent start` in a terminal and presses Ctrl-C when `until` has appeared. */
async function inTerminal(
  env: Readonly<Record<string, string>>,
  until: RegExp,
): Promise<{ readonly code: number | null; readonly text: string }> {
  const command = `exec ${process.execPath} ${MAIN} start --symbols SPY --date 2026-03-02 --seed 11 --speed 600 --port 0`;
  const child = spawn(SCRIPT, ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
    cwd: dataDir,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], TERM: 'xterm', DATA_DIR: dataDir, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let text = '';
  let isPressed = false;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (isPressed || !until.test(text)) return;
    isPressed = true;
    child.stdin.write('\u0003');
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, text };
}

describe.skipIf(!existsSync(SCRIPT))(`agent start in a terminal (${SCRIPT})`, () => {
  it('shows a banner with the dashboard, orders as they are sent, progress with an estimate, and stops whole on Ctrl-C', async () => {
    const { code, text } = await inTerminal({}, /close in \d+ (min|s)[\s\S]*open [a-z-]+/);
    expect(code, text).toBe(0);
    expect(text).toMatch(/trading-agent/);
    expect(text).toMatch(/Dashboard\s+\S*http:\/\/127\.0\.0\.1:\d+/);
    expect(text).toMatch(/Market\s+\S*synthetic, seed 11/);
    expect(text).toMatch(/█|░/);
    expect(text).toMatch(/equity \$2\d,\d{3}\.\d\d/);
    expect(text).toContain('\u001b[');
    expect(text).toContain('--resume');
  });

  it('NO_COLOR leaves colours out', async () => {
    const { code, text } = await inTerminal({ NO_COLOR: '1' }, /equity \$/);
    expect(code, text).toBe(0);
    // Rewriting the line is not a colour.
    expect(text.replaceAll('\u001b[2K', '')).not.toContain('\u001b[');
  });
});

it.skipIf(!existsSync(SCRIPT))('a result that goes into a file from a terminal has no colours', async () => {
  const price = `${MAIN} price --right put --spot 100 --strike 95 --days 45 --volatility 0.25`;
  const file = join(dataDir, 'priced.txt');
  const command = `${process.execPath} ${price} > ${file}; exec ${process.execPath} ${price}`;
  const child = spawn(SCRIPT, ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], TERM: 'xterm' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (shown += chunk));
  await new Promise((resolve) => child.once('close', resolve));
  expect(shown).toContain('\u001b[1m');
  const written = readFileSync(file, 'utf8');
  expect(written).toMatch(/^american put, strike 95/);
  expect(written).not.toContain('\u001b');
});
