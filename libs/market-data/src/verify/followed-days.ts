import { sessionsBetween } from '@trading-agent/calendar';
import type { MarketDate } from '@trading-agent/core';
import type { Findings } from './findings.ts';

/** So many sessions in a row on both sides make a source one that follows its underlying day by day. */
const FOLLOWED = 20;
/** A longer hole is the end of one collection and the beginning of another, which `coverage` tells. */
const LONGEST_HOLE = 10;

/** Which sessions a source has of an underlying, to find those that it lacks in between. */
export class FollowedDays {
  readonly #days = new Map<string, { readonly source: string; readonly underlying: string; dates: Set<MarketDate> }>();

  add(source: string, underlying: string, date: MarketDate): void {
    const key = `${source}|${underlying}`;
    let known = this.#days.get(key);
    if (!known) this.#days.set(key, (known = { source, underlying, dates: new Set() }));
    known.dates.add(date);
  }

  check(findings: Findings): void {
    for (const { source, underlying, dates } of this.#days.values()) {
      const sorted = [...dates].sort();
      const [first, last] = [sorted.at(0), sorted.at(-1)];
      if (dates.size < 2 * FOLLOWED || first === undefined || last === undefined) continue;
      findings.checked('series-hole');
      for (const hole of holes(sessionsBetween(first, last), dates))
        for (const date of hole)
          findings.found('series-hole', { source, date: null, underlying }, () => `no row of ${date}`);
    }
  }
}

/** Runs of absent sessions between two runs of present ones that are long enough to count. */
function holes(sessions: readonly MarketDate[], dates: ReadonlySet<MarketDate>): readonly (readonly MarketDate[])[] {
  const found: MarketDate[][] = [];
  let present = 0;
  let absent: MarketDate[] = [];
  let presentBefore = 0;
  for (const date of sessions) {
    if (dates.has(date)) {
      present += 1;
      if (present === FOLLOWED && absent.length > 0) {
        if (absent.length <= LONGEST_HOLE && presentBefore >= FOLLOWED) found.push(absent);
        absent = [];
      }
      continue;
    }
    if (present > 0) {
      // Another hole before the last one counted: neither side of that one is followed.
      if (absent.length > 0) absent = [];
      presentBefore = present;
    }
    present = 0;
    absent.push(date);
  }
  return found;
}
