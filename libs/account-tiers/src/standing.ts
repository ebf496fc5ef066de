import type { TierTable } from '@trading-agent/config';
import { formatUsd, subtractUsd, type Usd, usd, usdFromMicros } from '@trading-agent/core';

/** The tier an account stands in, and how far it is on its way to a higher one. Plain data: it is kept from session to session. */
export interface TierStanding {
  readonly tier: string;
  /** Sessions in a row that began with enough for a higher tier. */
  readonly waited: number;
}

/** One move between tiers, with the numbers that led to it. */
export interface TierChange {
  readonly kind: 'demotion' | 'promotion';
  readonly from: string;
  readonly to: string;
  readonly balance: Usd;
  /** The boundary that was crossed. */
  readonly boundary: Usd;
  readonly text: string;
}

export interface StandingChange {
  readonly standing: TierStanding;
  readonly change: TierChange | null;
}

/** The tier of a new account: that of its balance, without waiting. */
export function firstStanding(balance: Usd, table: TierTable): TierStanding {
  return { tier: nameAt(table, indexOfBalance(balance, table)), waited: 0 };
}

/**
 * Where the account stands when a session begins with `balance`. The rule against flapping: below its tier's `fromBalance` an account is
 * demoted at once, to the tier of its balance. It is promoted only when `change.promoteAfter` sessions in a row, this one included, began
 * at least `change.promoteAbove` above the next `fromBalance`; then it takes the tier of that much balance. While it waits, its
 * limits in dollars are those at the top of its tier (`heldBalance`).
 */
export function standingAtOpen(before: TierStanding, balance: Usd, table: TierTable): StandingChange {
  const fallen = standingDuring(before, balance, table);
  if (fallen.change !== null) return fallen;
  const index = indexOfName(before.tier, table);
  const reached = indexOfBalance(usd(balance / 1e6 / (1 + table.change.promoteAbove)), table);
  if (reached <= index) return { standing: { tier: before.tier, waited: 0 }, change: null };
  const waited = before.waited + 1;
  if (waited < table.change.promoteAfter) return { standing: { tier: before.tier, waited }, change: null };
  const to = nameAt(table, reached);
  const boundary = usd(table.table[reached]?.fromBalance ?? 0);
  const text =
    `Tier ${before.tier} -> ${to}: ${waited} sessions in a row began at least ${table.change.promoteAbove * 100}% above ` +
    `${formatUsd(boundary)}, this one with ${formatUsd(balance)}`;
  return {
    standing: { tier: to, waited: 0 },
    change: { kind: 'promotion', from: before.tier, to, balance, boundary, text },
  };
}

/** Within a session an account only falls: below its tier's `fromBalance` the lower tier's limits hold at once. */
export function standingDuring(before: TierStanding, balance: Usd, table: TierTable): StandingChange {
  const index = indexOfName(before.tier, table);
  const reached = indexOfBalance(balance, table);
  if (reached >= index) return { standing: before, change: null };
  const to = nameAt(table, reached);
  const boundary = usd(table.table[index]?.fromBalance ?? 0);
  const text =
    `Tier ${before.tier} -> ${to}: the balance of ${formatUsd(balance)} is below the ${formatUsd(boundary)} from which ` +
    `${before.tier} begins`;
  return {
    standing: { tier: to, waited: 0 },
    change: { kind: 'demotion', from: before.tier, to, balance, boundary, text },
  };
}

/** The balance whose tier and limits hold for an account that stands in `tier`: its own, or the most that tier reaches. */
export function heldBalance(standing: TierStanding, balance: Usd, table: TierTable): Usd {
  const next = table.table[indexOfName(standing.tier, table) + 1];
  if (next === undefined) return balance;
  const top = subtractUsd(usd(next.fromBalance), usdFromMicros(1));
  return balance > top ? top : balance;
}

function indexOfBalance(balance: Usd, { table }: TierTable): number {
  const dollars = balance / 1e6;
  return Math.max(
    0,
    table.findLastIndex(({ fromBalance }) => fromBalance <= dollars),
  );
}

/** A tier that the table no longer has counts as the lowest: doubt means less. */
function indexOfName(name: string, { table }: TierTable): number {
  return Math.max(
    0,
    table.findIndex((tier) => tier.name === name),
  );
}

function nameAt({ table }: TierTable, index: number): string {
  return table[index]?.name ?? '';
}
