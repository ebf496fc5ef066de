import type { TierStanding } from '@trading-agent/account-tiers';
import type { MarketDate } from '@trading-agent/core';
import type { SessionRow, Store } from '@trading-agent/store';
import { z } from 'zod';
import { isRealAccount } from './earlier-sessions.ts';

const standingSchema = z.object({
  standing: z.object({ tier: z.string(), waited: z.int().min(0) }),
});

const SESSIONS_LOOKED_AT = 1_000;

/**
 * Where the account stood among the tiers when its session before ended, or, when that one never ended, when it began. A further run of the
 * same day is no further session that the account has waited; on a simulated market it starts from the same as the first.
 */
export async function lastStanding(
  store: Store,
  account: string,
  mode: string,
  date: MarketDate,
): Promise<TierStanding | undefined> {
  const rows = await store.sessions.ofAccount(account, mode, SESSIONS_LOOKED_AT);
  const isBefore = (row: SessionRow): boolean => (isRealAccount(mode) ? row.date <= date : row.date < date);
  return standingAfter(rows.filter(isBefore), date);
}

/** @param rows of one account, the latest first */
export function standingAfter(rows: readonly SessionRow[], date: MarketDate): TierStanding | undefined {
  for (const row of rows) {
    const ended = standingSchema.safeParse(row.result);
    const kept = ended.success ? ended : standingSchema.safeParse(row.settings);
    if (!kept.success) continue;
    const { tier, waited } = kept.data.standing;
    return { tier, waited: row.date === date ? Math.max(0, waited - 1) : waited };
  }
  return undefined;
}
