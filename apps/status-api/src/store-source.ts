import {
  type Clock,
  type Json,
  type Micros,
  addUsd,
  marketDate,
  micros,
  subtractUsd,
  systemClock,
} from '@trading-agent/core';
import { COMMIT_CHANNEL, type AlertRow, type SessionRow, type Store, type Views } from '@trading-agent/store';
import { z } from 'zod';
import { decisionReading } from './decision-reading.ts';
import {
  TOPICS,
  type Change,
  type OrderReading,
  type SessionReading,
  type StatusSource,
  type Topic,
} from './source.ts';

const legSchema = z.object({ symbol: z.string(), ratio: z.number(), intent: z.string() });
const fillSchema = z.object({ symbol: z.string(), intent: z.string(), quantity: z.number(), price: z.number() });
const factsSchema = z.object({ tier: z.string().optional(), market: z.string().optional() });
const ruleSchema = z.object({ rule: z.string() });
/** A commit as the journal announces it; anything else on the channel means that something may have changed. */
const commitSchema = z.object({
  kind: z.literal('commit'),
  decisions: z.number(),
  orders: z.number(),
  executions: z.number(),
  positions: z.boolean(),
  equity: z.boolean(),
  alerts: z.number(),
});

/** Alerts by which operators switch new risk off, and on again. */
const HALTING = new Set(['operator-halt', 'operator-flatten']);
const RESUMING = 'operator-resume';
/** No resume lifts the day's loss limit. */
const UNTIL_TOMORROW = 'daily-loss';
const ALERTS_LOOKED_AT = 1000;

/** The part of a store that is read here. */
export type ReadableStore = Views & { readonly alerts: Pick<Store['alerts'], 'list'> } & Pick<Store, 'listen'>;

/**
 * Reads the session that was begun last from the store. The store keeps market time only; how long ago the session moved on is
 * measured here, from when this source first saw its journal position.
 */
export function storeStatusSource(store: ReadableStore, clock: Clock = systemClock): StatusSource {
  let seen: { readonly session: string; readonly committed: number; readonly at: Micros } | undefined;

  function lastMoved(session: SessionRow): Micros | null {
    if (seen?.session !== session.id || seen.committed !== session.committedSeq) {
      seen = { session: session.id, committed: session.committedSeq, at: clock.now() };
    }
    return session.committedSeq === 0 ? null : seen.at;
  }

  async function ofSession<T>(read: (sessionId: string) => Promise<readonly T[]>): Promise<readonly T[]> {
    const status = await store.status();
    return status ? read(status.session.id) : [];
  }

  return {
    session: async (): Promise<SessionReading | null> => {
      const status = await store.status();
      if (!status) return null;
      const { session, equity } = status;
      const facts = { ...factsOf(session.settings), ...factsOf(session.result) };
      return {
        sessionId: session.id,
        account: session.account,
        mode: session.mode,
        market: facts.market ?? null,
        date: marketDate(session.date),
        tier: facts.tier ?? null,
        state: session.status === 'running' ? 'running' : 'ended',
        startedAt: micros(session.startedAt),
        endedAt: session.finishedAt === null ? null : micros(session.finishedAt),
        halted: haltedBy(await store.alerts.list(ALERTS_LOOKED_AT), session.id),
        lastStepAt: equity?.at ?? null,
        lastStepSeenAt: lastMoved(session),
        // The books balance: equity = start + realised + unrealised - fees.
        startEquity:
          equity && subtractUsd(addUsd(equity.equity, equity.fees), addUsd(equity.realized, equity.unrealized)),
        equity: equity?.equity ?? null,
        cash: equity?.cash ?? null,
      };
    },
    positions: () => ofSession((id) => store.positions(id)),
    orders: async (limit): Promise<readonly OrderReading[]> =>
      (await ofSession((id) => store.orders(id, limit))).map((row) => ({
        clientOrderId: row.clientOrderId,
        at: row.createdAt,
        underlying: row.underlying,
        strategy: row.strategy,
        legs: z.array(legSchema).parse(row.legs),
        quantity: row.quantity,
        filled: row.filledQuantity,
        type: row.type,
        limit: row.limit,
        status: row.status,
        reason: row.reason,
      })),
    executions: async (limit) =>
      (await ofSession((id) => store.executions(id, limit))).map(({ legs, ...row }) => ({
        ...row,
        legs: z.array(fillSchema).parse(legs),
      })),
    equity: () => ofSession((id) => store.equity(id)),
    decisions: async (limit) => (await ofSession((id) => store.decisions(id, limit))).map(decisionReading),
    alerts: async (limit) =>
      (await store.alerts.list(limit)).map(({ id, at, severity, kind, message }) => ({
        id: String(id),
        at,
        severity,
        kind,
        message,
      })),
    watch: async (listener) => {
      const listening = await store.listen(COMMIT_CHANNEL, (message) => listener(changeOf(message)));
      return () => listening.stop();
    },
  };
}

function factsOf(json: Json | null): z.infer<typeof factsSchema> {
  const parsed = factsSchema.safeParse(json);
  return parsed.success ? parsed.data : {};
}

/** The latest alert that switched new risk off, unless a later one switched it on again; `alerts` come newest first. */
function haltedBy(alerts: readonly AlertRow[], sessionId: string): SessionReading['halted'] {
  let isResumed = false;
  for (const alert of alerts) {
    const rule = ruleSchema.safeParse(alert.facts);
    if (alert.sessionId !== sessionId || !rule.success) continue;
    if (rule.data.rule === RESUMING) isResumed = true;
    // The engine's own halts, a broker that contradicts itself for instance, are its critical alerts about risk.
    const isHalt = HALTING.has(rule.data.rule) || (alert.kind === 'risk' && alert.severity === 'critical');
    if (isHalt && (!isResumed || rule.data.rule === UNTIL_TOMORROW)) return { reason: alert.message, at: alert.at };
  }
  return null;
}

function changeOf(message: Json): Change {
  const parsed = commitSchema.safeParse(message);
  if (!parsed.success) return { topics: TOPICS };
  const { decisions, orders, executions, positions, equity, alerts } = parsed.data;
  const topics: Topic[] = ['status'];
  if (positions) topics.push('positions');
  if (orders > 0) topics.push('orders');
  if (executions > 0) topics.push('executions');
  if (equity) topics.push('equity');
  if (decisions > 0) topics.push('decisions');
  if (alerts > 0) topics.push('alerts');
  return { topics };
}
