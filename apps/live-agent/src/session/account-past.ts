import {
  addUsd,
  type Json,
  type MarketDate,
  type Micros,
  TradingError,
  type Usd,
  usdFromMicros,
  ZERO_USD,
} from '@trading-agent/core';
import { previousSession } from '@trading-agent/calendar';
import type { AccountPast } from '@trading-agent/engine';
import { optionSymbol } from '@trading-agent/instruments';
import type { DecisionRow, EquityRow, ExecutionRow, SessionRow, Store } from '@trading-agent/store';
import { z } from 'zod';
import { orderSchema } from './journal-codec.ts';

/** FINRA Rule 4210(f)(8)(B) counts day trades over five business days; today's is one of them. */
const SESSIONS_BEFORE = 4;
const SESSIONS_LOOKED_AT = 1_000;
const MOST_ROWS = 100_000;

const submitSchema = z.object({
  /** `S3/open/1`. */
  intent: z.string(),
  purpose: z.enum(['open', 'close']),
  approved: z.object({ order: orderSchema }),
  reason: z.object({ rule: z.string() }),
});
type Submit = z.infer<typeof submitSchema>;
const settingsSchema = z.object({ startEquity: z.number() });

/** What one session left in the store. */
export interface StoredSession {
  readonly row: Pick<SessionRow, 'date' | 'settings'>;
  /** Its `submit` decisions, in their order. */
  readonly submits: readonly DecisionRow[];
  /** Oldest first. */
  readonly executions: readonly ExecutionRow[];
  /** By rising time. */
  readonly equity: readonly EquityRow[];
}

/**
 * What earlier sessions of the account leave to the one that begins on `date`, read from what they committed, however they ended: limits of a day
 * hold for the day, not for a process. Nothing for a simulated market: the same day starts from the same there.
 * @throws {TradingError} `STORE_*`, `JOURNAL_CORRUPT`: nobody trades who does not know what was lost already.
 */
export async function accountPast(
  store: Store,
  account: string,
  mode: string,
  date: MarketDate,
): Promise<AccountPast | undefined> {
  if (mode !== 'paper' && mode !== 'live') return undefined;
  let from = date;
  for (let index = 0; index < SESSIONS_BEFORE; index++) from = previousSession(from);
  const rows = (await store.sessions.list(SESSIONS_LOOKED_AT)).filter(
    (row) =>
      row.account === account && row.mode === mode && row.committedSeq > 0 && row.date >= from && row.date <= date,
  );
  const sessions: StoredSession[] = [];
  for (const row of rows.toReversed()) {
    sessions.push({
      row,
      submits: await store.decisionsAfter(row.id, 0, MOST_ROWS, 'submit'),
      executions: (await store.executions(row.id, MOST_ROWS)).toReversed(),
      equity: await store.equity(row.id, MOST_ROWS),
    });
  }
  return pastOf(sessions, date);
}

/** @param sessions of one account, oldest first */
export function pastOf(sessions: readonly StoredSession[], date: MarketDate): AccountPast {
  const today = sessions.filter(({ row }) => row.date === date);
  return {
    closedTrades: sessions.flatMap(closedTradesOf),
    openings: today.flatMap(({ submits }) =>
      submits.flatMap(({ at, payload }) => {
        const { purpose, approved } = submitOf(payload);
        const { order } = approved;
        const legs = order.legs.map((leg) => ({ ...leg, symbol: optionSymbol(leg.symbol) }));
        return purpose === 'open' ? [{ at, order: { ...order, legs } }] : [];
      }),
    ),
    today: equityToday(today),
  };
}

/** Structures that were emptied by a close, with what their executions brought before fees. */
function closedTradesOf({ submits, executions }: StoredSession): AccountPast['closedTrades'] {
  const orders = new Map<string, Submit>();
  for (const { payload } of submits) {
    const submit = submitOf(payload);
    orders.set(submit.approved.order.clientOrderId, submit);
  }
  const structures = new Map<string, { units: number; profit: Usd }>();
  const closed: { underlying: string; closedAt: Micros; profit: Usd; stopped: boolean }[] = [];
  for (const { clientOrderId, at, quantity, cashChange, fees } of executions) {
    const submit = orders.get(clientOrderId);
    const [id] = submit?.intent.split('/') ?? [];
    if (submit === undefined || id === undefined) continue;
    const structure = structures.get(id) ?? { units: 0, profit: ZERO_USD };
    structures.set(id, structure);
    structure.units += submit.purpose === 'open' ? quantity : -quantity;
    structure.profit = addUsd(structure.profit, addUsd(cashChange, fees));
    if (submit.purpose === 'open' || structure.units > 0) continue;
    const { underlying } = submit.approved.order;
    closed.push({ underlying, closedAt: at, profit: structure.profit, stopped: submit.reason.rule === 'stop-loss' });
    structures.delete(id);
  }
  return closed;
}

function equityToday(runs: readonly StoredSession[]): AccountPast['today'] {
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

function submitOf(payload: Json): Submit {
  const parsed = submitSchema.safeParse(payload);
  if (parsed.success) return parsed.data;
  throw new TradingError('JOURNAL_CORRUPT', 'A stored decision to send an order does not hold one', {
    cause: parsed.error,
  });
}
