import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';

export interface StoredObject {
  readonly key: string;
  readonly size: number;
  /** MD5 of the content, without quotes. */
  readonly etag: string;
  readonly modified: Date;
}

/** The files below a folder as objects: `<root>/us_options_opra/…` is the key `us_options_opra/…`. Files may change while it is served. */
export class ObjectStore {
  readonly #root: string;
  readonly #etags = new Map<string, { readonly stamp: string; readonly etag: string }>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Keys that begin with `prefix`, in the order of S3 (by bytes). */
  keys(prefix: string): string[] {
    return readdirSync(this.#root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) =>
        join(entry.parentPath, entry.name)
          .slice(this.#root.length + 1)
          .replaceAll(sep, '/'),
      )
      .filter((key) => key.startsWith(prefix))
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  }

  object(key: string): StoredObject | undefined {
    const file = this.file(key);
    if (file === undefined || !existsSync(file) || !statSync(file).isFile()) return undefined;
    const { size, mtime, mtimeMs, ino } = statSync(file);
    const stamp = `${size} ${mtimeMs} ${ino}`;
    let known = this.#etags.get(key);
    if (known?.stamp !== stamp) {
      known = { stamp, etag: createHash('md5').update(readFileSync(file)).digest('hex') };
      this.#etags.set(key, known);
    }
    return { key, size, etag: known.etag, modified: mtime };
  }

  /** The file behind `key`; `undefined` for a key that would lead out of the folder. */
  file(key: string): string | undefined {
    return key.split('/').some((part) => part === '' || part === '.' || part === '..')
      ? undefined
      : join(this.#root, key);
  }
}
