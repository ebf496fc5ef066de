import { accessSync, constants, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { TradingError } from '@trading-agent/core';

/** A lock between processes of one machine; the kernel drops it when its holder dies, however it dies. */
export interface FileLock {
  release(): void;
}

/** Keeps locks whose holder lost sight of them: a collected database object would close and drop its lock. */
const held = new Set<DatabaseSync>();
const SQLITE_BUSY = 5;
const POLL_MS = 25;

/**
 * Takes the lock on `path` if nobody holds it, else returns `undefined`.
 *
 * Node has no flock(2). SQLite's exclusive transaction is one: POSIX record locks (or LockFileEx), released by the kernel on kill -9, and kept
 * apart within one process by SQLite itself. The file stays empty; it is never deleted, so no two processes can lock different files of one name.
 * @throws {TradingError} `STORE_START_FAILED` when the file can't be locked at all.
 */
export function tryFileLock(path: string): FileLock | undefined {
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true });
    database = new DatabaseSync(path, { timeout: 0 });
    // On a file it may only read, SQLite would quietly take a shared lock. (Asked by name: opening and closing it here would drop the lock.)
    accessSync(path, constants.W_OK);
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    if (isBusy(error)) return undefined;
    throw new TradingError('STORE_START_FAILED', `Can't lock ${path}`, {
      hint: 'The data folder must be on a file system that supports file locks and belong to the user that runs the agent.',
      cause: error,
    });
  }
  const locked = database;
  held.add(locked);
  return {
    release: () => {
      if (held.delete(locked)) locked.close();
    },
  };
}

/** @throws {TradingError} `STORE_START_FAILED` when the lock is still held by another process after `timeoutMs`. */
export async function fileLock(path: string, timeoutMs: number): Promise<FileLock> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const lock = tryFileLock(path);
    if (lock) return lock;
    if (performance.now() > deadline) {
      throw new TradingError('STORE_START_FAILED', `Another process has held ${path} for more than ${timeoutMs} ms`, {
        hint: 'Another process is starting or stopping the embedded database. Wait for it or end it, then try again.',
        details: { path, timeoutMs },
      });
    }
    await delay(POLL_MS);
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}
