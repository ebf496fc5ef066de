import { createHash } from 'node:crypto';
import { canonicalJson, type Json, type Micros } from '@trading-agent/core';
import { asc, desc, gt, sql } from 'drizzle-orm';
import type { Database, Db } from './database.ts';
import { audit } from './schema/tables.ts';

export interface AuditEntry {
  readonly at: Micros;
  /** Who: a user, a process. */
  readonly actor: string;
  /** What, as a stable word: `order-submitted`, `kill-switch`. */
  readonly action: string;
  readonly facts: Json;
}

export interface AuditRow extends AuditEntry {
  readonly id: number;
  readonly previousHash: string;
  readonly hash: string;
}

/** Rows checked and, when the chain is broken, the first row that does not fit. */
export type AuditVerdict =
  | { readonly intact: true; readonly rows: number; readonly head: string }
  | { readonly intact: false; readonly rows: number; readonly brokenAt: number; readonly why: string };

/**
 * A log in which every row's hash covers the row before it: SHA-256 over the previous hash and the row's canonical JSON. A changed, inserted or
 * removed row shows. Whoever can rewrite the whole table can forge it; keep `head` elsewhere against that.
 */
export interface Audit {
  append(entry: AuditEntry): Promise<AuditRow>;
  /** Checks the whole chain. */
  verify(): Promise<AuditVerdict>;
}

/** What the first row follows. */
export const GENESIS_HASH = '0'.repeat(64);
const ROWS_PER_PAGE = 5_000;

export function auditHash(previousHash: string, id: number, entry: AuditEntry): string {
  const { at, actor, action, facts } = entry;
  return createHash('sha256')
    .update(previousHash)
    .update(canonicalJson({ id, at, actor, action, facts }))
    .digest('hex');
}

/** Appends within a transaction that does more: the row is there exactly when the rest is. */
export async function appendAudit(tx: Pick<Db, 'execute' | 'select' | 'insert'>, entry: AuditEntry): Promise<AuditRow> {
  // One writer at a time, or two rows would follow the same one.
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('trading-agent:audit', 0))`);
  const [last] = await tx.select({ id: audit.id, hash: audit.hash }).from(audit).orderBy(desc(audit.id)).limit(1);
  const id = (last?.id ?? 0) + 1;
  const previousHash = last?.hash ?? GENESIS_HASH;
  const { at, actor, action, facts } = entry;
  const row = { id, at, actor, action, facts, previousHash, hash: auditHash(previousHash, id, entry) };
  await tx.insert(audit).values(row);
  return row;
}

export function auditRepository(database: Database): Audit {
  return {
    append: (entry) => database.run('append to the audit log', (db) => db.transaction((tx) => appendAudit(tx, entry))),
    verify: async () => {
      let rows = 0;
      let head = GENESIS_HASH;
      for (;;) {
        const page = await database.run('verify the audit log', (db) =>
          db.select().from(audit).where(gt(audit.id, rows)).orderBy(asc(audit.id)).limit(ROWS_PER_PAGE),
        );
        for (const row of page) {
          if (row.id !== rows + 1)
            return { intact: false, rows, brokenAt: rows + 1, why: `row ${rows + 1} is missing` };
          if (row.previousHash !== head)
            return { intact: false, rows, brokenAt: row.id, why: 'it does not follow the row before it' };
          if (row.hash !== auditHash(head, row.id, row))
            return { intact: false, rows, brokenAt: row.id, why: 'its content was changed' };
          rows = row.id;
          head = row.hash;
        }
        if (page.length < ROWS_PER_PAGE) return { intact: true, rows, head };
      }
    },
  };
}
