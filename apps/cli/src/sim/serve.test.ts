import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

it('agent sim serve runs the simulator, and ends it in order when it is ended', async () => {
  const args = ['--no-warnings', MAIN, 'sim', 'serve', '--port', '0', '--speed', 'max', '--symbols', 'SPY'];
  const child: ChildProcessByStdio<null, Readable, null> = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line]: unknown[] = await once(createInterface({ input: child.stdout }), 'line');
  const ready: { ready: boolean; url: string } = JSON.parse(String(line));
  expect(ready.ready).toBe(true);
  expect((await fetch(`${ready.url}/admin/clock`)).status).toBe(200);
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
  await expect(fetch(ready.url)).rejects.toThrow('fetch failed');
});

it('agent sim serve hands on the simulator’s words and exit code', async () => {
  const run = promisify(execFile)(process.execPath, ['--no-warnings', MAIN, 'sim', 'serve', '--speed', 'fast']);
  await expect(run).rejects.toMatchObject({ code: 2, stdout: expect.stringContaining('"code":"USAGE"') });
});
