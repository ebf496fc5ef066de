import type { Random } from '@trading-agent/core';
import { StormAccount } from './storm/storm-account.ts';

// Random accounts under fire. What comes through is measured again by arithmetic of its own (storm/broken-limits.ts).

export interface StormResult {
  readonly attempts: number;
  readonly approved: number;
  readonly reduced: number;
  /** How often each rule stood in the way. */
  readonly refusals: ReadonlyMap<string, number>;
}

/**
 * Sends `attempts` random opening orders against random accounts, each account until it has seen forty.
 * @throws Error telling the order and the limit as soon as one is approved that breaks one.
 */
export function stormOfOrders(random: Random, attempts: number): StormResult {
  const refusals = new Map<string, number>();
  let approved = 0;
  let reduced = 0;
  let account = new StormAccount(random);
  for (let id = 0; id < attempts; id++) {
    if (id % 40 === 39) account = new StormAccount(random);
    const outcome = account.attempt(id);
    if (outcome.kind === 'refused') {
      for (const rule of outcome.rules) refusals.set(rule, (refusals.get(rule) ?? 0) + 1);
    } else {
      approved++;
      if (outcome.kind === 'reduced') reduced++;
    }
  }
  return { attempts, approved, reduced, refusals };
}
