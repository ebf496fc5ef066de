import type { Json, Micros, Usd } from '@trading-agent/core';
import { and, asc, desc, eq, gt, inArray, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import type { DecisionRow, EquityRow, ExecutionRow, OrderRow, PositionRow, SessionRow } from './rows.ts';
import { decisions, equity, executions, orders, outbox, positions, sessionRecords } from './schema/tables.ts';
import type { Sessions } from './sessions.ts';

/** Where things stand: the session that was begun last, and its latest numbers. */
export interface StoreStatus {
  readonly session: SessionRow;
  readonly equity: EquityRow | null;
  readonly positions: number;
  readonly orders: number;
  readonly executions: number;
  /** Outbox entries that are not settled yet. */
  readonly unsent: number;
}

/** What performance statistics are computed from. */
export interface StatisticsInput {
  readonly equity: readonly EquityRow[];
  /** Realised profit per execution, in order, after fees: realised minus fees. */
  readonly realized: readonly { readonly at: Micros; readonly realized: Usd; readonly fees: Usd }[];
}

/** Read-only questions about a session, for the status API and the page. Every list is bounded. */
export interface Views {
  /** `undefined` when no session was ever begun. */
  status(): Promise<StoreStatus | undefined>;
  /** Sorted by symbol. */
  positions(sessionId: string): Promise<readonly PositionRow[]>;
  /** Newest first. */
  orders(sessionId: string, limit?: number): Promise<readonly OrderRow[]>;
  /** Newest first. */
  executions(sessionId: string, limit?: number): Promise<readonly ExecutionRow[]>;
  /** By rising time; the last `limit` points. */
  equity(sessionId: string, limit?: number): Promise<readonly EquityRow[]>;
  /** Newest first. */
  decisions(sessionId: string, limit?: number): Promise<readonly DecisionRow[]>;
  /** In the order in which they were made, beginning after event `afterSeq`, of one `type` when given; for replays. */
  decisionsAfter(sessionId: string, afterSeq: number, limit?: number, type?: string): Promise<readonly DecisionRow[]>;
  statistics(sessionId: string): Promise<StatisticsInput>;
  /** What these sessions left to their successors, by session id; those that committed none are missing. */
  records(sessionIds: readonly string[]): Promise<ReadonlyMap<string, Json>>;
}

const FEW = 200;
const MANY = 100_000;

const ORDER = {
  clientOrderId: orders.clientOrderId,
  brokerOrderId: orders.brokerOrderId,
  underlying: orders.underlying,
  status: orders.status,
  type: orders.type,
  limit: orders.limit,
  quantity: orders.quantity,
  filledQuantity: orders.filledQuantity,
  legs: orders.legs,
  strategy: orders.strategy,
  reason: orders.reason,
  createdAt: orders.createdAt,
  updatedAt: orders.updatedAt,
};
const EXECUTION = {
  executionId: executions.executionId,
  clientOrderId: executions.clientOrderId,
  at: executions.at,
  quantity: executions.quantity,
  legs: executions.legs,
  fees: executions.fees,
  realized: executions.realized,
  cashChange: executions.cashChange,
};
const POSITION = {
  symbol: positions.symbol,
  quantity: positions.quantity,
  averagePrice: positions.averagePrice,
  multiplier: positions.multiplier,
  mark: positions.mark,
  unrealized: positions.unrealized,
  updatedAt: positions.updatedAt,
};
const EQUITY = {
  at: equity.at,
  equity: equity.equity,
  cash: equity.cash,
  realized: equity.realized,
  unrealized: equity.unrealized,
  fees: equity.fees,
};
const DECISION = {
  seq: decisions.seq,
  index: decisions.index,
  at: decisions.at,
  type: decisions.type,
  payload: decisions.payload,
};

export function viewRepository(database: Database, sessions: Sessions): Views {
  const equityOf = async (sessionId: string, limit: number): Promise<EquityRow[]> => {
    const rows = await database.run('read the equity curve', (db) =>
      db.select(EQUITY).from(equity).where(eq(equity.sessionId, sessionId)).orderBy(desc(equity.at)).limit(limit),
    );
    return rows.toReversed();
  };
  return {
    status: async () => {
      const [session] = await sessions.list(1);
      if (!session) return undefined;
      const [counts] = await database.run('read the status', (db) =>
        db
          .select({
            positions: sql<number>`(select count(*)::int from ${positions} where session_id = ${session.id})`,
            orders: sql<number>`(select count(*)::int from ${orders} where session_id = ${session.id})`,
            executions: sql<number>`(select count(*)::int from ${executions} where session_id = ${session.id})`,
            unsent: sql<number>`(select count(*)::int from ${outbox} where session_id = ${session.id} and status in ('pending', 'sending'))`,
          })
          .from(sql`(select 1) as one`),
      );
      const [last] = await equityOf(session.id, 1);
      return {
        session,
        equity: last ?? null,
        positions: counts?.positions ?? 0,
        orders: counts?.orders ?? 0,
        executions: counts?.executions ?? 0,
        unsent: counts?.unsent ?? 0,
      };
    },
    positions: (sessionId) =>
      database.run('read positions', (db) =>
        db.select(POSITION).from(positions).where(eq(positions.sessionId, sessionId)).orderBy(asc(positions.symbol)),
      ),
    orders: (sessionId, limit = FEW) =>
      database.run('read orders', (db) =>
        db
          .select(ORDER)
          .from(orders)
          .where(eq(orders.sessionId, sessionId))
          .orderBy(desc(orders.createdAt), desc(orders.clientOrderId))
          .limit(limit),
      ),
    executions: (sessionId, limit = FEW) =>
      database.run('read executions', (db) =>
        db
          .select(EXECUTION)
          .from(executions)
          .where(eq(executions.sessionId, sessionId))
          .orderBy(desc(executions.at), desc(executions.executionId))
          .limit(limit),
      ),
    equity: (sessionId, limit = MANY) => equityOf(sessionId, limit),
    decisions: (sessionId, limit = FEW) =>
      database.run('read decisions', (db) =>
        db
          .select(DECISION)
          .from(decisions)
          .where(eq(decisions.sessionId, sessionId))
          .orderBy(desc(decisions.seq), desc(decisions.index))
          .limit(limit),
      ),
    decisionsAfter: (sessionId, afterSeq, limit = MANY, type) =>
      database.run('read decisions', (db) =>
        db
          .select(DECISION)
          .from(decisions)
          .where(
            and(
              eq(decisions.sessionId, sessionId),
              gt(decisions.seq, afterSeq),
              type === undefined ? undefined : eq(decisions.type, type),
            ),
          )
          .orderBy(asc(decisions.seq), asc(decisions.index))
          .limit(limit),
      ),
    statistics: async (sessionId) => {
      const realized = await database.run('read realised profits', (db) =>
        db
          .select({ at: executions.at, realized: executions.realized, fees: executions.fees })
          .from(executions)
          .where(eq(executions.sessionId, sessionId))
          .orderBy(asc(executions.at), asc(executions.executionId))
          .limit(MANY),
      );
      return { equity: await equityOf(sessionId, MANY), realized };
    },
    records: async (sessionIds) => {
      if (sessionIds.length === 0) return new Map();
      const rows = await database.run('read what sessions left', (db) =>
        db
          .select({ id: sessionRecords.sessionId, record: sessionRecords.record })
          .from(sessionRecords)
          .where(inArray(sessionRecords.sessionId, [...sessionIds])),
      );
      return new Map(rows.map(({ id, record }) => [id, record]));
    },
  };
}
