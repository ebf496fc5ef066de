import { assertPlain } from './journal/plain.ts';
import { desc, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { COMMIT_CHANNEL } from './journal/commit.ts';
import type { AlertEntry, AlertRow } from './rows.ts';
import { alerts } from './schema/tables.ts';

/** Alerts of all processes. Those of the trading session are written by its commits. */
export interface Alerts {
  /** An alert of a process that has no journal; announced on the commit channel. */
  add(alert: AlertEntry & { readonly sessionId?: string }): Promise<void>;
  /** Newest first, over all sessions. */
  list(limit?: number): Promise<readonly AlertRow[]>;
}

const FEW = 200;

export function alertRepository(database: Database): Alerts {
  return {
    add: async ({ sessionId, at, kind, severity, message, facts }) => {
      assertPlain(facts, 'An alert');
      const row = { sessionId: sessionId ?? null, at, kind, severity, message, facts };
      const announcement = JSON.stringify({ kind: 'alert', sessionId: row.sessionId, alert: kind, severity });
      await database.run('add an alert', (db) =>
        db.transaction(async (tx) => {
          await tx.insert(alerts).values(row);
          await tx.execute(sql`select pg_notify(${COMMIT_CHANNEL}, ${announcement})`);
        }),
      );
    },
    list: (limit = FEW) =>
      database.run('read alerts', (db) => db.select().from(alerts).orderBy(desc(alerts.id)).limit(limit)),
  };
}
