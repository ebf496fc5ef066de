import type { QuarantinedAnswer } from '@trading-agent/market-data';
import type { Log } from '@trading-agent/transport';

const MOST_KEPT = 200;
const MOST_TEXT = 2_000;
/** One line in the log for the first, the tenth, the hundredth, ...: a stream that is all wrong must not fill it. */
const isPowerOfTen = (count: number): boolean => /^10*$/.test(String(count));

/** Events that could not be read, with their text: the last two hundred, and how many there were in all. */
export class StreamQuarantine {
  readonly #log: Log;
  readonly #rows: QuarantinedAnswer[] = [];
  #total = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  /** `path` is the cluster's: `/options`. */
  add(path: string, reason: string, text: string): void {
    this.#rows.push({ path, index: this.#total, reason, text: text.slice(0, MOST_TEXT) });
    if (this.#rows.length > MOST_KEPT) this.#rows.shift();
    this.#total += 1;
    if (isPowerOfTen(this.#total))
      this.#log.warn({ path, reason, total: this.#total }, 'an event of the stream could not be read: quarantined');
  }

  rows(): { readonly rows: readonly QuarantinedAnswer[]; readonly total: number } {
    return { rows: [...this.#rows], total: this.#total };
  }
}
