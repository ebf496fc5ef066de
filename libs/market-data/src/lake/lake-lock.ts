import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { TradingError } from '@trading-agent/core';

const NAME = '.writer.lock';

/**
 * One writer per lake (or folder of flat files, or of recordings). The lock is the operating system's, had through SQLite: it ends with its process,
 * however that ends, so that none is ever left behind and none has to be taken over (two processes that take over the same stale lock both
 * get it). The empty file that it lies on stays: a lock on a file that is taken away keeps nobody out.
 */
export class LakeLock {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** @throws {TradingError} `LAKE_LOCKED` while another process, or somebody else in this one, has it. */
  static take(dir: string): LakeLock {
    const database = new DatabaseSync(join(dir, NAME), { timeout: 0 });
    try {
      // Nothing is ever written; without this SQLite lays a journal beside it all the same.
      database.exec('pragma journal_mode = memory; begin exclusive');
      return new LakeLock(database);
    } catch (cause) {
      database.close();
      if (cause instanceof Error && 'errcode' in cause && cause.errcode === SQLITE_BUSY) throw locked(dir, cause);
      throw cause;
    }
  }

  [Symbol.dispose](): void {
    if (this.#database.isOpen) this.#database.close();
  }
}

const SQLITE_BUSY = 5;

function locked(dir: string, cause: unknown): TradingError {
  return new TradingError('LAKE_LOCKED', `Another process is writing into ${dir}`, {
    hint: 'Wait until it has finished.',
    details: { dir },
    cause,
  });
}
