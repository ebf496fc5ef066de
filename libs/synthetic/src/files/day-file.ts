import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type Gzip, createGzip } from 'node:zlib';
import { DurableFile, settle } from '@trading-agent/market-data';

/** The level at which rows per second and bytes per row are both good: 6 takes three times as long for a tenth less. */
const LEVEL = 3;

export interface WrittenFile {
  /** Below the data folder. */
  readonly file: string;
  readonly rows: number;
  readonly bytes: number;
  /** Of the text before compression: the same on every machine, which compressed bytes are on one version of zlib only. */
  readonly sha256: string;
}

/** One `.csv.gz` that appears whole under its name or not at all. */
export class DayFile {
  readonly #name: string;
  readonly #path: string;
  readonly #out: DurableFile;
  readonly #gzip: Gzip;
  readonly #text = createHash('sha256');
  #failed: unknown;
  #rows = 0;

  constructor(folder: string, name: string, header: string) {
    this.#name = name;
    this.#path = `${folder}/${name}`;
    this.#out = new DurableFile(`${this.#path}.tmp`);
    this.#gzip = createGzip({ level: LEVEL, chunkSize: 256 * 1024 });
    this.#gzip.on('data', (chunk: Buffer) => {
      try {
        this.#out.write(chunk);
      } catch (error) {
        this.#failed ??= error;
      }
    });
    const first = Buffer.from(header);
    this.#text.update(first);
    this.#gzip.write(first);
  }

  async write(bytes: Uint8Array, rows: number): Promise<void> {
    if (this.#failed !== undefined) throw this.#failed;
    this.#rows += rows;
    if (bytes.length === 0) return;
    this.#text.update(bytes);
    if (!this.#gzip.write(bytes)) await once(this.#gzip, 'drain');
  }

  /** Everything is on disk, still under the temporary name. */
  async finish(): Promise<WrittenFile> {
    this.#gzip.end();
    await once(this.#gzip, 'end');
    if (this.#failed !== undefined) throw this.#failed;
    this.#out.finish();
    return { file: this.#name, rows: this.#rows, bytes: this.#out.bytes, sha256: this.#text.digest('hex') };
  }

  settle(): void {
    settle(`${this.#path}.tmp`, this.#path);
  }

  abandon(): void {
    this.#gzip.destroy();
    this.#out.abandon();
  }
}
