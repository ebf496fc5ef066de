import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Test support: a data folder in the flat-file layout that is made for one test and removed with it. */
export class FlatFileFixture {
  readonly dir = mkdtempSync(join(tmpdir(), 'flat-files-'));

  /** Writes the day's file of `feed` and gives its path. */
  write(feed: string, date: string, rows: readonly string[], form: 'csv' | 'csv.gz' = 'csv'): string {
    const text = `${rows.join('\n')}\n`;
    return this.writeBytes(feed, date, form === 'csv' ? Buffer.from(text) : gzipSync(text), form);
  }

  writeBytes(feed: string, date: string, bytes: Buffer, form: 'csv' | 'csv.gz'): string {
    const file = join(this.dir, feed, date.slice(0, 4), date.slice(5, 7), `${date}.${form}`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
    return file;
  }

  [Symbol.dispose](): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export const QUOTE_HEADER =
  'ticker,ask_exchange,ask_price,ask_size,bid_exchange,bid_price,bid_size,sequence_number,sip_timestamp';
export const BAR_HEADER = 'ticker,volume,open,close,high,low,window_start,transactions';
