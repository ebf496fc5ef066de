import { nyInstant } from '@trading-agent/calendar';
import type { MarketDate, Micros } from '@trading-agent/core';
import { type EffectAt, type Facts, type FaultPort, type Point } from './effects.ts';
import { type FaultRule, matches } from './fault-rule.ts';

/** Points whose effects change the account: when a market is wound back, what it has counted there is counted anew. */
const BOOK_POINTS: ReadonlySet<Point> = new Set(['order', 'cancel']);

/** A rule and how far it has got. */
interface Entry {
  readonly id: number;
  readonly rule: FaultRule;
  readonly from: Micros | null;
  readonly until: Micros | null;
  matched: number;
  struck: number;
}

/** A rule as the admin API shows it. */
export interface FaultStanding {
  readonly id: number;
  readonly rule: FaultRule['given'];
  /** Things that matched while the fault was on, and those of them that it struck. */
  readonly matched: number;
  readonly struck: number;
  readonly isOver: boolean;
}

/**
 * Decides which faults strike: by simulated time, by count and by what the thing is, so that the same market with the same requests has the
 * same faults. Rules added while the market runs hold from then on.
 */
export class FaultDesk implements FaultPort {
  readonly #date: MarketDate;
  readonly #now: () => Micros;
  readonly #entries = new Map<number, Entry>();
  readonly #listeners = new Set<() => void>();
  #points = new Map<Point, Entry[]>();
  #nextId = 1;

  /** `now` is simulated time. */
  constructor(date: MarketDate, now: () => Micros) {
    this.#date = date;
    this.#now = now;
  }

  add(rule: FaultRule): number {
    const id = this.#nextId++;
    const instant = (time: string | undefined): Micros | null =>
      time === undefined ? null : nyInstant(this.#date, time.length === 5 ? `${time}:00` : time);
    this.#entries.set(id, { id, rule, from: instant(rule.from), until: instant(rule.until), matched: 0, struck: 0 });
    this.#arrange();
    return id;
  }

  /** False when there is no such fault (any more). */
  remove(id: number): boolean {
    const removed = this.#entries.delete(id);
    if (removed) this.#arrange();
    return removed;
  }

  list(): readonly FaultStanding[] {
    return [...this.#entries.values()].map(({ id, rule, matched, struck }) => ({
      id,
      rule: rule.given,
      matched,
      struck,
      isOver: rule.times !== null && struck >= rule.times,
    }));
  }

  /** Told when a fault was added or removed. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Counts what happens to orders anew: the market is wound back and lives through it again. */
  rewind(): void {
    for (const entry of this.#entries.values()) {
      if (!entry.rule.effects.some(({ at }) => BOOK_POINTS.has(at))) continue;
      entry.matched = 0;
      entry.struck = 0;
    }
  }

  isQuiet(at: Point): boolean {
    return !this.#points.has(at);
  }

  strike<P extends Point>(at: P, facts: Facts): readonly EffectAt<P>[] {
    return this.#effects(at, facts, (entry) => {
      const { after, every, times } = entry.rule;
      if (times !== null && entry.struck >= times) return false;
      entry.matched += 1;
      const beyond = entry.matched - after;
      if (beyond <= 0 || (beyond - 1) % every !== 0) return false;
      entry.struck += 1;
      return true;
    });
  }

  standing<P extends Point>(at: P, facts: Facts): readonly EffectAt<P>[] {
    return this.#effects(at, facts, () => true);
  }

  #effects<P extends Point>(at: P, facts: Facts, counts: (entry: Entry) => boolean): readonly EffectAt<P>[] {
    const entries = this.#points.get(at);
    if (entries === undefined) return [];
    const now = this.#now();
    const found: EffectAt<P>[] = [];
    for (const entry of entries) {
      if ((entry.from !== null && now < entry.from) || (entry.until !== null && now >= entry.until)) continue;
      if (!matches(entry.rule, facts) || !counts(entry)) continue;
      for (const effect of entry.rule.effects) if (isAt(effect, at)) found.push(effect);
    }
    return found;
  }

  #arrange(): void {
    this.#points = new Map();
    for (const entry of this.#entries.values()) {
      for (const at of new Set(entry.rule.effects.map((effect) => effect.at))) {
        const there = this.#points.get(at);
        if (there) there.push(entry);
        else this.#points.set(at, [entry]);
      }
    }
    for (const listener of this.#listeners) listener();
  }
}

function isAt<P extends Point>(effect: { readonly at: Point }, at: P): effect is EffectAt<P> {
  return effect.at === at;
}
