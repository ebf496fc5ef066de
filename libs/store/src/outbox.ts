import { TradingError } from '@trading-agent/core';
import { and, asc, eq, inArray, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import type { OutboxRow, OutboxStatus } from './rows.ts';
import { NOW_MICROS } from './schema/columns.ts';
import { outbox } from './schema/tables.ts';

/**
 * What is to be sent to the broker. An entry moves pending -> sending -> sent | rejected, or pending | sending -> abandoned, and never back.
 * `markSending` comes before the call to the broker: an entry found `sending` after a restart may have been sent, so it is looked up at the
 * broker by its client order id before anything else is done about it.
 */
export interface Outbox {
  /** Entries in the order in which they were decided. */
  list(sessionId: string, statuses: readonly OutboxStatus[]): Promise<readonly OutboxRow[]>;
  /** @throws {TradingError} `STORE_CONFLICT` when the entry is not pending: it must not be sent then. */
  markSending(sessionId: string, id: string): Promise<void>;
  /** The broker has it. Saying so twice with the same broker order id is fine. `null` for a cancel. */
  markSent(sessionId: string, id: string, brokerOrderId: string | null): Promise<void>;
  markRejected(sessionId: string, id: string, reason: string): Promise<void>;
  /** It was never sent and never will be. */
  markAbandoned(sessionId: string, id: string, reason: string): Promise<void>;
}

interface Move {
  readonly from: readonly OutboxStatus[];
  readonly to: OutboxStatus;
  readonly brokerOrderId?: string | null;
  readonly reason?: string;
}

export function outboxRepository(database: Database): Outbox {
  const find = async (sessionId: string, id: string) => {
    const [row] = await database.run('read the outbox', (db) =>
      db
        .select({ status: outbox.status, brokerOrderId: outbox.brokerOrderId })
        .from(outbox)
        .where(and(eq(outbox.sessionId, sessionId), eq(outbox.id, id))),
    );
    return row;
  };

  const move = async (sessionId: string, id: string, step: Move): Promise<void> => {
    const moved = await database.run('update the outbox', (db) =>
      db
        .update(outbox)
        .set({
          status: step.to,
          changedAt: sql.raw(NOW_MICROS),
          ...(step.to === 'sending' ? { attempts: sql`${outbox.attempts} + 1` } : {}),
          ...(step.brokerOrderId === undefined ? {} : { brokerOrderId: step.brokerOrderId }),
          ...(step.reason === undefined ? {} : { reason: step.reason }),
        })
        .where(and(eq(outbox.sessionId, sessionId), eq(outbox.id, id), inArray(outbox.status, [...step.from])))
        .returning({ id: outbox.id }),
    );
    if (moved.length === 1) return;
    const found = await find(sessionId, id);
    // The answer to the first try was lost, or a stream and a reply told the same.
    const already =
      found?.status === step.to &&
      step.to !== 'sending' &&
      (step.brokerOrderId === undefined || found.brokerOrderId === step.brokerOrderId);
    if (already) return;
    throw new TradingError(
      'STORE_CONFLICT',
      `Outbox entry ${id} can't become ${step.to}: expected ${step.from.join(' or ')}, was ${found?.status ?? 'missing'}`,
      { details: { sessionId, id, to: step.to, was: found?.status ?? null } },
    );
  };

  return {
    list: (sessionId, statuses) =>
      database.run('list the outbox', (db) =>
        db
          .select({
            id: outbox.id,
            seq: outbox.seq,
            kind: outbox.kind,
            payload: outbox.payload,
            status: outbox.status,
            brokerOrderId: outbox.brokerOrderId,
            reason: outbox.reason,
          })
          .from(outbox)
          .where(and(eq(outbox.sessionId, sessionId), inArray(outbox.status, [...statuses])))
          .orderBy(asc(outbox.seq), asc(outbox.index)),
      ),
    markSending: (sessionId, id) => move(sessionId, id, { from: ['pending'], to: 'sending' }),
    markSent: (sessionId, id, brokerOrderId) => move(sessionId, id, { from: ['sending'], to: 'sent', brokerOrderId }),
    markRejected: (sessionId, id, reason) => move(sessionId, id, { from: ['sending'], to: 'rejected', reason }),
    markAbandoned: (sessionId, id, reason) =>
      move(sessionId, id, { from: ['pending', 'sending'], to: 'abandoned', reason }),
  };
}
