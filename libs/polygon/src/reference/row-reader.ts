import type { QuarantinedAnswer } from '@trading-agent/market-data';
import type { PolygonCounters } from '../counters.ts';
import type { Fetched } from '../http/answer-cache.ts';
import { elementText } from '../http/json-elements.ts';
import type { Log } from '@trading-agent/transport';
import { type Note, reasonOf } from './fields.ts';

const MOST_KEPT = 200;
const MOST_TEXT = 2_000;

export type ParseRow<T> = (row: unknown, note: Note) => T;

/** Reads rows one by one; those that can't be read are kept as they came, counted, and left out. */
export class RowReader {
  readonly #counters: PolygonCounters;
  readonly #log: Log;
  readonly #kept: QuarantinedAnswer[] = [];
  #total = 0;

  constructor(counters: PolygonCounters, log: Log) {
    this.#counters = counters;
    this.#log = log;
  }

  /** `rows` of `fetched`, which lie under `keys` in its text. */
  read<T>(path: string, fetched: Fetched, keys: readonly string[], rows: readonly unknown[], parse: ParseRow<T>): T[] {
    const read: T[] = [];
    const before = this.#total;
    for (const [index, row] of rows.entries()) {
      const keep = (reason: string): void => this.#keep(path, fetched, keys, index, reason);
      try {
        read.push(parse(row, keep));
      } catch (error) {
        this.#counters.malformedRows++;
        keep(reasonOf(error));
      }
    }
    const odd = this.#total - before;
    if (odd > 0)
      this.#log.warn({ path, odd, read: read.length }, 'rows or parts of rows could not be read: quarantined');
    return read;
  }

  /** A single thing that could not be read wholly. */
  keep(path: string, text: string, reasons: readonly string[]): void {
    for (const reason of reasons) this.#put({ path, index: 0, reason, text: text.slice(0, MOST_TEXT) });
    this.#log.warn({ path, reasons: [...reasons] }, 'an answer could not be read wholly: quarantined');
  }

  quarantine(): { readonly rows: readonly QuarantinedAnswer[]; readonly total: number } {
    return { rows: [...this.#kept], total: this.#total };
  }

  #keep(path: string, fetched: Fetched, keys: readonly string[], index: number, reason: string): void {
    const text = elementText(fetched.text, keys, index) ?? fetched.text;
    this.#put({ path, index, reason, text: text.slice(0, MOST_TEXT) });
  }

  #put(row: QuarantinedAnswer): void {
    this.#total++;
    this.#kept.push(row);
    if (this.#kept.length > MOST_KEPT) this.#kept.shift();
  }
}
