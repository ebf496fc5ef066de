import type { QuarantinedRow } from './market-day.ts';

/** How many unreadable rows are kept as examples; all are counted. */
export const MAX_QUARANTINED = 1_000;
const MAX_TEXT = 200;

/** Collects rows that can't be used: the first thousand with their text, the rest as a count, so that a bad file can't fill the memory. */
export class Quarantine {
  readonly #rows: QuarantinedRow[] = [];
  #total = 0;

  add(file: string, line: number, reason: string, text: string): void {
    this.#total += 1;
    if (this.#rows.length >= MAX_QUARANTINED) return;
    // A copy: a slice would keep the whole chunk it was read from alive.
    this.#rows.push({ file, line, reason, text: Buffer.from(text.slice(0, MAX_TEXT)).toString() });
  }

  get rows(): readonly QuarantinedRow[] {
    return this.#rows;
  }

  get total(): number {
    return this.#total;
  }
}
