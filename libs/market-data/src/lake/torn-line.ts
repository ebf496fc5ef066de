import { closeSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs';

const TAIL = 64 * 1024;

/** Cuts off what follows the last line end of a file: a process that died while it appended leaves half a line. */
export function truncateTornLine(file: string): void {
  const descriptor = openSync(file, 'r+');
  try {
    const { size } = fstatSync(descriptor);
    const tail = Buffer.alloc(Math.min(size, TAIL));
    readSync(descriptor, tail, 0, tail.length, size - tail.length);
    const end = tail.lastIndexOf(0x0a);
    if (end + 1 < tail.length) ftruncateSync(descriptor, size - tail.length + end + 1);
  } finally {
    closeSync(descriptor);
  }
}
