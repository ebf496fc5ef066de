import { closeSync, existsSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { TradingError } from '@trading-agent/core';

const NAME = '.ingest.lock';

/**
 * One writer per lake (or folder of flat files): a file that names the process. The lock of a process that is gone (killed, power cut) is taken over; a process
 * that got the number of a dead one is told apart by its start time where the system gives it (Linux).
 */
export class LakeLock {
  readonly #file: string;

  private constructor(file: string) {
    this.#file = file;
  }

  /** @throws {TradingError} `LAKE_LOCKED` while another process has it. */
  static take(lakeDir: string): LakeLock {
    const file = join(lakeDir, NAME);
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        const descriptor = openSync(file, 'wx');
        writeSync(descriptor, identity(process.pid));
        closeSync(descriptor);
        return new LakeLock(file);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      }
      const holder = existsSync(file) ? readFileSync(file, 'utf8') : '';
      const pid = Number(holder.split(' ')[0]);
      if (Number.isSafeInteger(pid) && pid > 0 && isAlive(pid) && identity(pid) === holder) {
        throw new TradingError('LAKE_LOCKED', `Process ${pid} is writing into ${lakeDir}`, {
          hint: 'Wait until it has finished.',
          details: { lakeDir, pid },
        });
      }
      rmSync(file, { force: true });
    }
    throw new TradingError('LAKE_LOCKED', `The lock of ${lakeDir} can't be had`, { details: { lakeDir } });
  }

  [Symbol.dispose](): void {
    rmSync(this.#file, { force: true });
  }
}

function identity(pid: number): string {
  const stat = `/proc/${pid}/stat`;
  if (!existsSync(stat)) return `${pid} -`;
  const fields = readFileSync(stat, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return `${pid} ${fields[19] ?? '-'}`;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
