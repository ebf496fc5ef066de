import { nyTime } from '@trading-agent/calendar';
import type { Micros } from '@trading-agent/core';
import { type EffectAt, type Facts, type FaultPort, type Point } from './effects.ts';
import { type FaultRule, matches } from './fault-rule.ts';

/** Points whose effects change the account: when a market is wound back, what it has counted there is counted anew. */
const BOOK_POINTS: ReadonlySet<Point> = new Set(['order', 'cancel', 'execution']);

/** How many things each account has asked about at each of the book points. */
type Asked = ReadonlyMap<string, number>;

/** Whether a fault changes what accounts hold or what becomes of their orders. */
export function changesBooks(effects: FaultRule['effects']): boolean {
  return effects.some(({ at }) => BOOK_POINTS.has(at));
}

/** A rule and how far it has got. */
interface Entry {
  readonly id: number;
  readonly rule: FaultRule;
  readonly counts: Map<string, Count>;
  /** What had been asked when the rule was added, and when it was taken back: what happened before and after is not its business. */
  readonly since: Asked;
  until: Asked | null;
}

/** Things that matched while the fault was on, and those of them that it struck. */
interface Count {
  matched: number;
  struck: number;
}

/** A rule as the admin API shows it. */
export interface FaultStanding {
  readonly id: number;
  readonly rule: FaultRule['given'];
  readonly matched: number;
  readonly struck: number;
}

/**
 * Decides which faults strike: by simulated time, by count and by what the thing is, so that the same market with the same requests has the
 * same faults. Rules added while the market runs hold from then on.
 */
export class FaultDesk implements FaultPort {
  readonly #now: () => Micros;
  readonly #entries = new Map<number, Entry>();
  readonly #listeners = new Set<() => void>();
  /** What has been asked at the book points since the accounts' morning, by `askedKey`. */
  readonly #asked = new Map<string, number>();
  #points = new Map<Point, Entry[]>();
  #nextId = 1;

  /** `now` is simulated time. */
  constructor(now: () => Micros) {
    this.#now = now;
  }

  add(rule: FaultRule): number {
    const id = this.#nextId++;
    this.#entries.set(id, { id, rule, counts: new Map(), since: new Map(this.#asked), until: null });
    this.#arrange();
    return id;
  }

  /** False when there is no such fault (any more). */
  remove(id: number): boolean {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.until !== null) return false;
    // An account that is wound back meets it again.
    if (changesBooks(entry.rule.effects)) entry.until = new Map(this.#asked);
    else this.#entries.delete(id);
    this.#arrange();
    return true;
  }

  list(): readonly FaultStanding[] {
    const present = [...this.#entries.values()].filter(({ until }) => until === null);
    return present.map(({ id, rule, counts }) => {
      const sum = (of: keyof Count): number => [...counts.values()].reduce((total, count) => total + count[of], 0);
      return { id, rule: rule.given, matched: sum('matched'), struck: sum('struck') };
    });
  }

  /** Told when a fault was added or removed. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  rewind(key: string): void {
    for (const { rule, counts } of this.#entries.values()) if (changesBooks(rule.effects)) counts.delete(key);
    for (const at of BOOK_POINTS) this.#asked.delete(askedKey(at, key));
  }

  isQuiet(at: Point): boolean {
    return !this.#points.has(at);
  }

  strike<P extends Point>(at: P, facts: Facts): readonly EffectAt<P>[] {
    const isOfBooks = BOOK_POINTS.has(at);
    // What changes an account is counted for each by itself, so that one can be wound back without the others.
    const of = isOfBooks ? (facts.key ?? '') : '';
    const asking = askedKey(at, of);
    const number = this.#asked.get(asking) ?? 0;
    if (isOfBooks) this.#asked.set(asking, number + 1);
    return this.#effects(at, facts, (entry) => {
      const { after, every, times } = entry.rule;
      if (number < (entry.since.get(asking) ?? 0)) return false;
      if (entry.until !== null && number >= (entry.until.get(asking) ?? 0)) return false;
      const count = entry.counts.get(of) ?? { matched: 0, struck: 0 };
      entry.counts.set(of, count);
      if (times !== null && count.struck >= times) return false;
      count.matched += 1;
      const beyond = count.matched - after;
      if (beyond <= 0 || (beyond - 1) % every !== 0) return false;
      count.struck += 1;
      return true;
    });
  }

  standing<P extends Point>(at: P, facts: Facts): readonly EffectAt<P>[] {
    return this.#effects(at, facts, () => true);
  }

  #effects<P extends Point>(at: P, facts: Facts, counts: (entry: Entry) => boolean): readonly EffectAt<P>[] {
    const entries = this.#points.get(at);
    if (entries === undefined) return [];
    const now = facts.at ?? this.#now();
    const found: EffectAt<P>[] = [];
    for (const entry of entries) {
      if (!isOn(entry.rule, now)) continue;
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

/** Whether the time of day is one of the rule's, on whatever day. */
function isOn({ from, until }: FaultRule, now: Micros): boolean {
  if (from === undefined && until === undefined) return true;
  const time = nyTime(now);
  return (from === undefined || time >= padded(from)) && (until === undefined || time < padded(until));
}

function askedKey(at: Point, key: string): string {
  return `${at} ${key}`;
}

function padded(time: string): string {
  return time.length === 5 ? `${time}:00` : time;
}

function isAt<P extends Point>(effect: { readonly at: Point }, at: P): effect is EffectAt<P> {
  return effect.at === at;
}
