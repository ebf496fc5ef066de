import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath, geteuid } from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileLock, tryFileLock } from './file-lock.ts';

describe('file lock', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trading-agent-lock-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('is had by one at a time, in one process too', async () => {
    const path = join(folder, 'a', 'b.lock');
    const first = tryFileLock(path);
    expect(first).toBeDefined();
    expect(tryFileLock(path)).toBeUndefined();
    await expect(fileLock(path, 0)).rejects.toMatchObject({ code: 'STORE_START_FAILED', details: { path } });
    const waiting = fileLock(path, 10_000);
    first?.release();
    first?.release();
    const second = await waiting;
    expect(tryFileLock(path)).toBeUndefined();
    second.release();
  });

  it('is dropped by the kernel when its holder is killed', async () => {
    const path = join(folder, 'killed.lock');
    const program = `const load = (path) => import(path);
      const { tryFileLock } = await load(process.argv[1]);
      process.stdout.write(tryFileLock(process.argv[2]) ? 'held' : 'busy');
      process.stdin.resume();`;
    const args = ['--input-type=module', '-e', program, new URL('file-lock.ts', import.meta.url).href, path];
    const holder = spawn(execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const [said] = await once(holder.stdout, 'data');
    expect(String(said)).toBe('held');
    expect(tryFileLock(path)).toBeUndefined();
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const lock = tryFileLock(path);
    expect(lock).toBeDefined();
    lock?.release();
  });

  it.skipIf(geteuid?.() === 0)('is refused on a file that can only be read', () => {
    const path = join(folder, 'readonly.lock');
    writeFileSync(path, '');
    chmodSync(path, 0o444);
    expect(() => tryFileLock(path)).toThrow(expect.objectContaining({ code: 'STORE_START_FAILED' }));
  });
});
