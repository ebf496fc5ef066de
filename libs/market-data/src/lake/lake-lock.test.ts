import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isTradingError } from '@trading-agent/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LakeLock } from './lake-lock.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lake-lock-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const MODULE = JSON.stringify(new URL('./lake-lock.ts', import.meta.url).href);
const run = (body: string) =>
  spawn(process.execPath, ['--input-type=module', '--eval', `import { LakeLock } from ${MODULE};\n${body}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
const isLocked = (error: unknown): boolean => isTradingError(error, 'LAKE_LOCKED');

describe('LakeLock', () => {
  it('is had by one at a time and can be had again', () => {
    {
      using _lock = LakeLock.take(dir);
      expect(() => LakeLock.take(dir)).toThrow(expect.toSatisfy(isLocked));
    }
    LakeLock.take(dir)[Symbol.dispose]();
  });

  it('ends with the process that was killed', async () => {
    const child = run(`
      const lock = LakeLock.take(${JSON.stringify(dir)});
      process.stdout.write('locked');
      setInterval(() => lock, 1_000);
    `);
    await once(child.stdout, 'data');
    expect(() => LakeLock.take(dir)).toThrow(expect.toSatisfy(isLocked));
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(readdirSync(dir)).toEqual(['.writer.lock']);
    LakeLock.take(dir)[Symbol.dispose]();
  });

  it('lets processes that contend for it in one by one', async () => {
    const counter = join(dir, 'counter');
    writeFileSync(counter, '0');
    // Each adds to the number in the file, which loses counts wherever two are in at once.
    const children = Array.from({ length: 3 }, () =>
      run(`
        import { readFileSync, writeFileSync } from 'node:fs';
        for (let done = 0; done < 100;) {
          let lock;
          try { lock = LakeLock.take(${JSON.stringify(dir)}); } catch (error) {
            if (error.code !== 'LAKE_LOCKED') throw error;
            continue;
          }
          writeFileSync(${JSON.stringify(counter)}, String(Number(readFileSync(${JSON.stringify(counter)}, 'utf8')) + 1));
          lock[Symbol.dispose]();
          done += 1;
        }
      `),
    );
    const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]));
    expect(codes).toEqual([0, 0, 0]);
    expect(readFileSync(counter, 'utf8')).toBe('300');
  });
});
