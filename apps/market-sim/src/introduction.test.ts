import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { parseCommandLine } from './command-line.ts';
import { HELP, introduction } from './introduction.ts';
import { startTinySim, DATE } from './testing/tiny-market.ts';
import { usd } from '@trading-agent/core';

const run = promisify(execFile);

it('what the introduction says to paste works', async () => {
  const folder = mkdtempSync(`${tmpdir()}/introduction-`);
  const sim = await startTinySim({ flatFiles: { root: folder } });
  try {
    const text = introduction(sim, {
      market: 'replay',
      date: DATE,
      symbols: ['GOOG'],
      balance: usd(25_000),
      seed: 7,
      speed: 'max',
      port: 0,
      flatFiles: { root: folder },
    });
    const commands = text.split('\n').flatMap((line) => /^\s+(curl -.*)$/.exec(line)?.[1] ?? []);
    expect(commands).toHaveLength(4);
    const answers: string[] = [];
    for (const command of commands) answers.push((await run('sh', ['-c', `${command} -s`])).stdout);
    const [chain, account, clock, fault] = answers.map((answer): unknown => JSON.parse(answer));
    expect(chain).toMatchObject({ status: 'OK' });
    expect(account).toMatchObject({ account_number: sim.accountNumber });
    expect(clock).toMatchObject({ step: 4 });
    expect(fault).toEqual({ id: 1 });
    for (const word of [
      sim.url,
      `${sim.wsUrl}/v1beta1/opra`,
      '/admin/halts',
      String(sim.s3Url),
      'RESTClient(',
      'TradingStream(',
      'aws --endpoint-url',
    ])
      expect(text).toContain(word);
  } finally {
    await sim.close();
    rmSync(folder, { recursive: true });
  }
});

it('the help names every flag, and its examples are command lines', async () => {
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const { stdout } = await run(process.execPath, ['--no-warnings', main, '--help']);
  expect(stdout).toBe(`${HELP}\n`);
  let known = '';
  try {
    parseCommandLine(['--nonsense']);
  } catch (error) {
    known = String(Reflect.get(Object(error), 'hint'));
  }
  const flags = known.match(/--[\w-]+/g) ?? [];
  expect(flags.length).toBeGreaterThan(15);
  for (const flag of flags) expect(HELP).toContain(flag);
});
