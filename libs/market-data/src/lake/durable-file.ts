import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { type Hash, createHash } from 'node:crypto';
import { dirname } from 'node:path';

/**
 * A file that appears whole under its name or not at all: written beside it, synced, renamed, and the folder synced. A process that dies
 * on any line leaves at most a `.tmp` file.
 */
export class DurableFile {
  readonly #descriptor: number;
  readonly #hash: Hash = createHash('sha256');
  readonly temporary: string;
  bytes = 0;

  constructor(temporary: string) {
    mkdirSync(dirname(temporary), { recursive: true });
    this.temporary = temporary;
    this.#descriptor = openSync(temporary, 'w');
  }

  write(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) at += writeSync(this.#descriptor, bytes, at, bytes.length - at);
    this.#hash.update(bytes);
    this.bytes += bytes.length;
  }

  /** Syncs and closes; gives the content's SHA-256. The file still has its temporary name. */
  finish(): string {
    fsyncSync(this.#descriptor);
    closeSync(this.#descriptor);
    return this.#hash.digest('hex');
  }

  abandon(): void {
    closeSync(this.#descriptor);
  }
}

/** Gives `temporary` its name so that it outlives a power cut. */
export function settle(temporary: string, file: string): void {
  renameSync(temporary, file);
  syncFolder(dirname(file));
}

export function syncFile(file: string): void {
  const descriptor = openSync(file, 'r+');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Writes a small file whole or not at all. */
export function writeDurably(file: string, content: string | Uint8Array): void {
  const out = new DurableFile(`${file}.tmp`);
  try {
    out.write(typeof content === 'string' ? Buffer.from(content) : content);
  } catch (error) {
    out.abandon();
    throw error;
  }
  out.finish();
  settle(out.temporary, file);
}
