import { type Json, type MarketDate, TradingError, type Usd, usdFromMicros } from '@trading-agent/core';
import { previousSession } from '@trading-agent/calendar';
import { type AccountPast, TRADE_SESSIONS, tradesOf } from '@trading-agent/engine';
import type { DecisionRow, EquityRow, SessionRow, Store } from '@trading-agent/store';
import { z } from 'zod';
import type { EarlierSession } from './earlier-sessions.ts';
import { orderSchema } from './journal-codec.ts';

const MOST_ROWS = 100_000;

const submitSchema = z.object({
  purpose: z.enum(['open', 'close']),
  approved: z.object({ order: orderSchema }),
});
const settingsSchema = z.object({ startEquity: z.number() });

/** What an earlier run of the day left in the store. */
export interface StoredRun {
  readonly row: Pick<SessionRow, 'settings'>;
  /** Its `submit` decisions, in their order. */
  readonly submits: readonly DecisionRow[];
  /** By rising time. */
  readonly equity: readonly EquityRow[];
}

/**
 * What earlier sessions of the account leave to the one that begins on `date`, read from what they committed, however they ended: limits of a day
 * hold for the day, not for a process. Nothing for an account without any.
 * @param sessions oldest first
 * @throws {TradingError} `STORE_*`, `JOURNAL_CORRUPT`: nobody trades who does not know what was lost already.
 */
export async function accountPast(
  store: Store,
  sessions: readonly EarlierSession[],
  date: MarketDate,
): Promise<AccountPast | undefined> {
  if (sessions.length === 0) return undefined;
  let from = date;
  for (let index = 0; index < TRADE_SESSIONS; index++) from = previousSession(from);
  const runs: StoredRun[] = [];
  for (const { row } of sessions) {
    if (row.date !== date) continue;
    const submits = await store.decisionsAfter(row.id, 0, MOST_ROWS, 'submit');
    runs.push({ row, submits, equity: await store.equity(row.id, MOST_ROWS) });
  }
  const recent = sessions.flatMap(({ row, record }) => (record !== null && row.date >= from ? [record] : []));
  return { closedTrades: tradesOf(recent), openings: openingsOf(runs), today: equityToday(runs) };
}

/** Opening orders of the day's earlier runs. */
export function openingsOf(runs: readonly StoredRun[]): AccountPast['openings'] {
  return runs.flatMap(({ submits }) =>
    submits.flatMap(({ at, payload }) => {
      const { purpose, approved } = submitOf(payload);
      const { order } = approved;
      return purpose === 'open' ? [{ at, order }] : [];
    }),
  );
}

/** Where the day's equity stood in its earlier runs; `null` without any. */
export function equityToday(runs: readonly StoredRun[]): AccountPast['today'] {
  let today: { start: Usd; highest: Usd; lowest: Usd; drawdown: number } | null = null;
  for (const { row, equity } of runs) {
    const settings = settingsSchema.safeParse(row.settings);
    const began = settings.success ? [usdFromMicros(settings.data.startEquity)] : [];
    for (const value of [...began, ...equity.map((point) => point.equity)]) {
      today ??= { start: value, highest: value, lowest: value, drawdown: 0 };
      if (value > today.highest) today.highest = value;
      if (value < today.lowest) today.lowest = value;
      if (today.highest > 0) today.drawdown = Math.max(today.drawdown, 1 - value / today.highest);
    }
  }
  return today;
}

function submitOf(payload: Json): z.infer<typeof submitSchema> {
  const parsed = submitSchema.safeParse(payload);
  if (parsed.success) return parsed.data;
  throw new TradingError('JOURNAL_CORRUPT', 'A stored decision to send an order does not hold one', {
    cause: parsed.error,
  });
}
