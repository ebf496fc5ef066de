import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { constants, gunzipSync, gzipSync } from 'node:zlib';
import type { FaultPort } from '../faults/effects.ts';
import type { ObjectStore, StoredObject } from './object-store.ts';

/** An object as it is served at one moment. */
export interface ObjectVersion extends StoredObject {
  /** Its bytes from the first to the last of these positions. */
  read(from: number, to: number): Readable;
  /** Bytes of the body after which the connection of this download ends. */
  readonly cutAfter?: number;
}

/**
 * The stored files with what faults make of them. Every look at an object (`GET`, `HEAD`, `LIST`) is counted; a file that was once truncated or
 * replaced stays so, in each answer about it.
 */
export class ObjectVersions {
  readonly #store: ObjectStore;
  readonly #faults: FaultPort;
  readonly #made = new Map<string, Buffer>();

  constructor(store: ObjectStore, faults: FaultPort) {
    this.#store = store;
    this.#faults = faults;
  }

  look(key: string, method: 'GET' | 'HEAD' | 'LIST'): ObjectVersion | undefined {
    const stored = this.#store.object(key);
    const file = this.#store.file(key);
    if (stored === undefined || file === undefined) return undefined;
    let cutAfter: number | undefined;
    for (const effect of this.#faults.strike('object', { room: 's3', path: key, method })) {
      if (effect.do === 'cut') cutAfter = effect.bytes;
      else if (!this.#made.has(key))
        this.#made.set(
          key,
          effect.do === 'truncate' ? readFileSync(file).subarray(0, effect.bytes) : replacement(file, effect.file),
        );
    }
    const cut = cutAfter === undefined ? {} : { cutAfter };
    const made = this.#made.get(key);
    if (made === undefined)
      return { ...stored, ...cut, read: (from, to) => createReadStream(file, { start: from, end: to }) };
    return {
      key,
      size: made.length,
      etag: createHash('md5').update(made).digest('hex'),
      // Later than the file it stands in for.
      modified: new Date(stored.modified.getTime() + 1_000),
      read: (from, to) => Readable.from([made.subarray(from, to + 1)]),
      ...cut,
    };
  }
}

/** The bytes of `by`, or the same rows in other bytes. */
function replacement(file: string, by: string | null): Buffer {
  if (by !== null) return readFileSync(by);
  const bytes = readFileSync(file);
  const rows = gunzipSync(bytes);
  const again = gzipSync(rows, { level: constants.Z_BEST_SPEED });
  return again.equals(bytes) ? gzipSync(rows, { level: constants.Z_NO_COMPRESSION }) : again;
}
