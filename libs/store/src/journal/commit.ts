import { type Json, TradingError } from '@trading-agent/core';
import { and, eq, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import type { Db } from '../database.ts';
import type {
  AlertEntry,
  DecisionRow,
  EquityRow,
  EventRow,
  ExecutionRow,
  OrderRow,
  OutboxEntry,
  PositionRow,
} from '../rows.ts';
import * as tables from '../schema/tables.ts';
import type { SegmentPosition } from './segments.ts';

/** Everything that one step of the engine leaves behind; it becomes true in one transaction or not at all. */
export interface CommitBatch {
  /** Entries with consequences, under numbers from `nextSeq`. */
  readonly events?: readonly EventRow[];
  readonly decisions?: readonly DecisionRow[];
  /** To be sent to the broker, in this order, after the commit. */
  readonly outbox?: readonly OutboxEntry[];
  /** New orders and new states of known ones. */
  readonly orders?: readonly OrderRow[];
  /** A fill that is there already is left as it is. */
  readonly executions?: readonly ExecutionRow[];
  /** All positions; replaces what was there. Left out: unchanged. */
  readonly positions?: readonly PositionRow[];
  /** One point of the equity curve; a second one of the same instant replaces the first. */
  readonly equity?: EquityRow;
  readonly alerts?: readonly AlertEntry[];
  /** What the next session of the account must know; replaces what was there. Left out: unchanged. */
  readonly record?: Json;
}

/** The channel on which commits are announced. */
export const COMMIT_CHANNEL = 'trading_agent';

/** PostgreSQL takes 65,534 parameters per statement. */
const ROWS_PER_INSERT = 1_000;

/**
 * Writes the batch in one transaction and announces it. The session's row is the fence: it must still be where this writer left it, so a
 * repeated batch or a second writer changes nothing.
 * @throws {TradingError} `STORE_CONFLICT` when the session has moved on.
 */
export async function writeBatch(
  db: Db,
  sessionId: string,
  batch: CommitBatch,
  from: number,
  to: number,
  position: SegmentPosition,
): Promise<void> {
  await db.transaction(async (tx) => {
    const moved = tx
      .update(tables.sessions)
      .set({ committedSeq: to, segment: position.segment, segmentBytes: position.bytes })
      .where(and(eq(tables.sessions.id, sessionId), eq(tables.sessions.committedSeq, from)))
      .returning({ id: tables.sessions.id });
    const statements: PromiseLike<unknown>[] = [];
    const insert = <T extends PgTable>(table: T, rows: readonly T['$inferInsert'][] | undefined): void => {
      for (const part of chunks(rows ?? [])) statements.push(tx.insert(table).values(part));
    };
    insert(tables.events, own(sessionId, batch.events));
    insert(tables.decisions, own(sessionId, batch.decisions));
    insert(
      tables.outbox,
      own(sessionId, batch.outbox)?.map((row, index) => ({ ...row, index })),
    );
    for (const part of chunks(own(sessionId, batch.orders) ?? [])) {
      statements.push(
        tx
          .insert(tables.orders)
          .values(part)
          .onConflictDoUpdate({
            target: [tables.orders.sessionId, tables.orders.clientOrderId],
            set: {
              brokerOrderId: sql`coalesce(excluded.broker_order_id, ${tables.orders.brokerOrderId})`,
              status: sql`excluded.status`,
              filledQuantity: sql`excluded.filled_quantity`,
              reason: sql`coalesce(excluded.reason, ${tables.orders.reason})`,
              updatedAt: sql`excluded.updated_at`,
            },
          }),
      );
    }
    for (const part of chunks(own(sessionId, batch.executions) ?? [])) {
      statements.push(tx.insert(tables.executions).values(part).onConflictDoNothing());
    }
    if (batch.positions) {
      const rows = own(sessionId, batch.positions) ?? [];
      const cleared = tx.delete(tables.positions).where(eq(tables.positions.sessionId, sessionId));
      statements.push(
        cleared.then(() => Promise.all(chunks(rows).map((part) => tx.insert(tables.positions).values(part)))),
      );
    }
    if (batch.equity) {
      const { at, ...amounts } = batch.equity;
      statements.push(
        tx
          .insert(tables.equity)
          .values({ sessionId, at, ...amounts })
          .onConflictDoUpdate({ target: [tables.equity.sessionId, tables.equity.at], set: amounts }),
      );
    }
    insert(tables.alerts, own(sessionId, batch.alerts));
    if (batch.record !== undefined) {
      const { record } = batch;
      statements.push(
        tx
          .insert(tables.sessionRecords)
          .values({ sessionId, record })
          .onConflictDoUpdate({ target: tables.sessionRecords.sessionId, set: { record } }),
      );
    }
    statements.push(tx.execute(sql`select pg_notify(${COMMIT_CHANNEL}, ${announcement(sessionId, batch, to)})`));

    // All on one connection in this order, without waiting for each answer.
    const [rows] = await Promise.all([moved, ...statements]);
    if (rows.length !== 1) {
      throw new TradingError(
        'STORE_CONFLICT',
        `The journal of session ${sessionId} is no longer at sequence number ${from}: this batch or another was committed since`,
        {
          hint: 'Another process writes this session, or a commit whose answer was lost did succeed. Stop and start again with --resume.',
          details: { sessionId, from, to },
        },
      );
    }
  });
}

/** What listeners are told; well below the 8,000 bytes PostgreSQL allows. */
function announcement(sessionId: string, batch: CommitBatch, seq: number): string {
  return JSON.stringify({
    kind: 'commit',
    sessionId,
    seq,
    decisions: batch.decisions?.length ?? 0,
    orders: batch.orders?.length ?? 0,
    executions: batch.executions?.length ?? 0,
    positions: batch.positions !== undefined,
    equity: batch.equity !== undefined,
    alerts: batch.alerts?.length ?? 0,
  });
}

function own<T extends object>(
  sessionId: string,
  rows: readonly T[] | undefined,
): (T & { sessionId: string })[] | undefined {
  return rows?.map((row) => ({ ...row, sessionId }));
}

function chunks<T>(rows: readonly T[]): T[][] {
  const parts: T[][] = [];
  for (let start = 0; start < rows.length; start += ROWS_PER_INSERT)
    parts.push(rows.slice(start, start + ROWS_PER_INSERT));
  return parts;
}
