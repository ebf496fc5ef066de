import { closeSync, openSync, readSync } from 'node:fs';
import { TradingError } from '@trading-agent/core';

/** How a Git LFS pointer begins (git-lfs, docs/spec.md). */
const BEGINNING = Buffer.from('version https://git-lfs.github.com/spec/');

/**
 * A pointer stands where a large file should be; its own text says nothing of the data.
 * @throws {TradingError} `DATA_FILE_BROKEN` when `file` is one. A file that can't be opened is left to whoever reads it.
 */
export function refusePointer(file: string): void {
  const start = Buffer.alloc(BEGINNING.length);
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return;
  }
  try {
    readSync(descriptor, start, 0, start.length, 0);
  } catch {
    return;
  } finally {
    closeSync(descriptor);
  }
  if (start.equals(BEGINNING))
    throw new TradingError('DATA_FILE_BROKEN', `${file} is a Git LFS pointer, not the file itself`, {
      hint: 'Fetch the content (git lfs pull), or leave the file out.',
      details: { file },
    });
}
