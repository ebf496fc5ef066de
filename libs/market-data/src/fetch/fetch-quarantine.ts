import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ReferenceData } from '../reference/reference-data.ts';
import type { FetchJob } from './wanted.ts';

/** Rows of answers that could not be read, with their text, in `fetched/quarantine.jsonl`: their job counts as done and is not asked again. */
export class FetchQuarantine {
  readonly #file: string;
  readonly #vendor: Pick<ReferenceData, 'quarantine'>;
  #total: number;

  constructor(lakeDir: string, vendor: Pick<ReferenceData, 'quarantine'>) {
    this.#file = join(lakeDir, 'fetched', 'quarantine.jsonl');
    this.#vendor = vendor;
    this.#total = vendor.quarantine().total;
  }

  /** Writes down what has come to the vendor's quarantine since the last time: of a job with very many, the latest that are kept there. */
  keep({ step, symbol, dates }: FetchJob): void {
    const { rows, total } = this.#vendor.quarantine();
    const fresh = total - this.#total;
    this.#total = total;
    if (fresh === 0) return;
    mkdirSync(dirname(this.#file), { recursive: true });
    const lines = rows.slice(-fresh).map((row) => JSON.stringify({ step, symbol, date: dates[0], of: fresh, ...row }));
    appendFileSync(this.#file, `${lines.join('\n')}\n`, { flush: true });
  }
}
