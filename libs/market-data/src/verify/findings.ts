import type { MarketDate } from '@trading-agent/core';

/** `error`: the rows contradict themselves. `warning`: two sources disagree or something is missing. `info`: worth knowing. */
export type Severity = 'error' | 'warning' | 'info';

export const CHECKS = {
  'unreadable-row': 'error',
  'broken-file': 'error',
  'negative-price': 'error',
  'crossed-quote': 'error',
  'bar-range': 'error',
  'negative-volume': 'error',
  'duplicate-row': 'warning',
  'conflicting-row': 'error',
  'stale-quote': 'info',
  'bars-without-quotes': 'warning',
  'roll-up': 'warning',
  'open-interest': 'error',
  'open-interest-jump': 'warning',
  parity: 'warning',
  convexity: 'warning',
  'strike-order': 'warning',
  'vendor-volatility': 'warning',
  'split-strikes': 'warning',
  'split-interest': 'warning',
  'strikes-before-split': 'warning',
  'split-price': 'warning',
  'ticker-reuse': 'warning',
  'series-hole': 'warning',
  'closed-day': 'warning',
} as const satisfies Record<string, Severity>;
export type Check = keyof typeof CHECKS;

/** Where something was looked at: a feed or file of one day (`null`: the whole series) and the underlying. */
export interface Place {
  readonly source: string;
  readonly date: MarketDate | null;
  readonly underlying: string;
}

export interface Finding extends Place {
  readonly check: Check;
  readonly severity: Severity;
  /** How many items failed here. */
  readonly count: number;
  /** The first few, in words. */
  readonly examples: readonly string[];
}

export interface CheckResult {
  readonly check: Check;
  /** Items looked at: rows, contracts, pairs, series. 0: there was nothing to check. */
  readonly checked: number;
  readonly failed: number;
}

const EXAMPLES = 3;

/** Counts what was checked and gathers what failed, one finding per check and place however many rows it has. */
export class Findings {
  readonly #checked = new Map<Check, number>();
  readonly #found = new Map<string, { place: Place; check: Check; count: number; examples: string[] }>();

  checked(check: Check, items = 1): void {
    this.#checked.set(check, (this.#checked.get(check) ?? 0) + items);
  }

  /** `words` is asked only for the examples that are kept. */
  found(check: Check, place: Place, words: () => string, count = 1): void {
    const key = `${check}|${place.source}|${place.date ?? ''}|${place.underlying}`;
    let finding = this.#found.get(key);
    if (!finding) this.#found.set(key, (finding = { place, check, count: 0, examples: [] }));
    finding.count += count;
    if (finding.examples.length < EXAMPLES) finding.examples.push(words());
  }

  list(): readonly Finding[] {
    return [...this.#found.values()].map(({ place, check, count, examples }) => ({
      check,
      severity: CHECKS[check],
      ...place,
      count,
      examples,
    }));
  }

  results(): readonly CheckResult[] {
    const failed = new Map<Check, number>();
    for (const { check, count } of this.#found.values()) failed.set(check, (failed.get(check) ?? 0) + count);
    return (Object.keys(CHECKS) as Check[]).map((check) => ({
      check,
      checked: this.#checked.get(check) ?? 0,
      failed: failed.get(check) ?? 0,
    }));
  }
}
