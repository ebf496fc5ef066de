import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { createGunzip } from 'node:zlib';

/** Of the file and of the inflated bytes. Below a quarter of a megabyte the changes of thread cost more than they save memory. */
const CHUNK = 256 * 1024;

/**
 * Hands the bytes of a `.gz` file, inflated, or of any other file as they are to `take`, piece by piece; gives size and SHA-256 of the file as it
 * stands on disk. The file goes through one block of memory and one write of zlib at a time: read ahead, it would wait in new memory.
 * A piece is valid during the call only.
 * @throws {Error} What zlib, the file system or `take` threw.
 */
export async function streamBytes(
  source: string,
  take: (bytes: Uint8Array) => void,
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  const block = Buffer.allocUnsafeSlow(CHUNK);
  const inflated = source.endsWith('.gz') ? new Inflated(take) : undefined;
  const descriptor = openSync(source, 'r');
  let bytes = 0;
  try {
    for (;;) {
      const count = readSync(descriptor, block, 0, CHUNK, null);
      if (count === 0) break;
      const part = block.subarray(0, count);
      bytes += count;
      hash.update(part);
      if (inflated === undefined) take(part);
      else await inflated.write(part);
    }
    await inflated?.end();
  } finally {
    closeSync(descriptor);
    inflated?.close();
  }
  return { bytes, sha256: hash.digest('hex') };
}

class Inflated {
  readonly #gunzip = createGunzip({ chunkSize: CHUNK });
  readonly #ended: Promise<void>;
  /** The first error; zlib's own and what `take` throws. */
  #error: Error | undefined;
  #fail: (error: Error) => void = () => undefined;

  constructor(take: (bytes: Uint8Array) => void) {
    this.#gunzip.on('error', (error) => this.#broken(error));
    // Trailing zeros let it end before it is told to.
    this.#ended = new Promise((resolve) => this.#gunzip.on('end', resolve));
    this.#gunzip.on('data', (chunk: Uint8Array) => {
      if (this.#error !== undefined) return;
      try {
        take(chunk);
        giveBack(chunk);
      } catch (error) {
        this.#broken(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  /** Resolves when all that these bytes inflate to has been taken. */
  async write(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#fail = reject;
      if (this.#error !== undefined) reject(this.#error);
      else this.#gunzip.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  async end(): Promise<void> {
    const failed = new Promise<never>((_resolve, reject) => {
      this.#fail = reject;
      if (this.#error !== undefined) reject(this.#error);
    });
    this.#gunzip.end();
    await Promise.race([this.#ended, failed]);
  }

  close(): void {
    this.#gunzip.destroy();
  }

  #broken(error: Error): void {
    this.#error ??= error;
    this.#fail(this.#error);
  }
}

/**
 * Frees the memory of a chunk that has been read, when it is a whole buffer of its own (the end of it has been handed out, so zlib writes no more
 * into it): left to the garbage collector, a hundred megabytes of them gather first.
 */
function giveBack({ buffer, byteOffset, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === CHUNK && byteOffset + byteLength === CHUNK)
    buffer.transfer(0);
}
