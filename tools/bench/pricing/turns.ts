import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A timed slice of work: CPU nanoseconds per row. */
export type Slice = () => number | Promise<number>;

export interface Turns {
  /** Median nanoseconds per row of each side, and the best slice of each, which other work on the machine disturbs least. */
  readonly ours: { readonly median: number; readonly best: number };
  readonly theirs: { readonly median: number; readonly best: number };
  /** Their time over ours: median and quartiles of the ratios of neighbouring slices. */
  readonly ratio: { readonly median: number; readonly quartiles: readonly [number, number] };
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.round(share * (values.length - 1))] ?? Number.NaN;
}

/**
 * Both sides by turns, ours before and after each of theirs: a slow minute of the machine hits both, and each of their slices is compared
 * with the two of ours about it. The first rounds only warm up.
 */
export async function takeTurns(rounds: number, warmUp: number, ours: Slice, theirs: Slice): Promise<Turns> {
  const own: number[] = [];
  const other: number[] = [];
  const ratios: number[] = [];
  let before = await ours();
  for (let round = -warmUp; round < rounds; round += 1) {
    const between = await theirs();
    const after = await ours();
    if (round >= 0) {
      own.push(after);
      other.push(between);
      ratios.push(between / (0.5 * (before + after)));
    }
    before = after;
  }
  const summary = (values: readonly number[]) => ({ median: quantile(values, 0.5), best: Math.min(...values) });
  return {
    ours: summary(own),
    theirs: summary(other),
    ratio: { median: quantile(ratios, 0.5), quartiles: [quantile(ratios, 0.25), quantile(ratios, 0.75)] },
  };
}

const ANSWER_WITHIN_MS = 120_000;

/** A program that answers each line with a number, kept running between its slices. */
export class ResidentPeer {
  readonly #child;
  readonly #lines: AsyncIterator<string>;

  constructor(program: string, file: string) {
    this.#child = spawn(program, [file], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** One slice of the work of this name. */
  async slice(what: string): Promise<number> {
    const limit = setTimeout(() => this.#child.kill(), ANSWER_WITHIN_MS);
    this.#child.stdin.write(`${what}\n`);
    const { value, done } = await this.#lines.next();
    clearTimeout(limit);
    const nanoseconds = done === true ? Number.NaN : Number(value);
    if (!Number.isFinite(nanoseconds)) throw new Error(`The peer gave no time for ${what}`);
    return nanoseconds;
  }

  close(): void {
    this.#child.stdin.end();
  }
}
