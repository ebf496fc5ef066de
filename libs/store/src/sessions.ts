import { type Json, type MarketDate, TradingError } from '@trading-agent/core';
import { and, desc, eq, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import type { SessionRow } from './rows.ts';
import { NOW_MICROS } from './schema/columns.ts';
import { sessions } from './schema/tables.ts';

const COLUMNS = {
  id: sessions.id,
  account: sessions.account,
  date: sessions.date,
  run: sessions.run,
  mode: sessions.mode,
  status: sessions.status,
  settings: sessions.settings,
  result: sessions.result,
  startedAt: sessions.startedAt,
  finishedAt: sessions.finishedAt,
  committedSeq: sessions.committedSeq,
};

/** Trading sessions: one run of one account on one market day. */
export interface Sessions {
  /** Begins a further run of that account and day. */
  start(session: {
    readonly account: string;
    readonly date: MarketDate;
    readonly mode: string;
    readonly settings: Json;
  }): Promise<{ readonly id: string; readonly run: number }>;
  /** The run that was begun last. */
  latest(account: string, date: MarketDate): Promise<SessionRow | undefined>;
  get(id: string): Promise<SessionRow | undefined>;
  /** The runs of a market day, of all accounts, by falling start time. */
  onDate(date: MarketDate, limit: number): Promise<readonly SessionRow[]>;
  /** The sessions of one account in one mode, by falling start time. */
  ofAccount(account: string, mode: string, limit: number): Promise<readonly SessionRow[]>;
  /** Sessions by falling start time. */
  list(limit: number): Promise<readonly SessionRow[]>;
  /**
   * Marks the session finished with its result.
   * @throws {TradingError} `STORE_CONFLICT` when it is not running.
   */
  finish(id: string, result: Json): Promise<void>;
}

export function sessionRepository(database: Database): Sessions {
  return {
    start: async ({ account, date, mode, settings }) => {
      const row = await database.run('start a session', (db) =>
        db.transaction(async (tx) => {
          // Two processes that start at once get different runs. (Trading twice at once is what the account lock forbids.)
          await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`trading-agent:run:${account}`}, 0))`);
          const [created] = await tx
            .insert(sessions)
            .values({
              account,
              date,
              mode,
              settings,
              run: sql`(select coalesce(max(run), 0) + 1 from ${sessions} where account = ${account} and date = ${date})`,
            })
            .returning({ id: sessions.id, run: sessions.run });
          return created;
        }),
      );
      if (!row) throw new TradingError('INTERNAL', 'A session was inserted without a row coming back');
      return row;
    },
    latest: async (account, date) => {
      const [row] = await database.run('find the latest session', (db) =>
        db
          .select(COLUMNS)
          .from(sessions)
          .where(and(eq(sessions.account, account), eq(sessions.date, date)))
          .orderBy(desc(sessions.run))
          .limit(1),
      );
      return row;
    },
    get: async (id) => {
      const [row] = await database.run('read a session', (db) =>
        db.select(COLUMNS).from(sessions).where(eq(sessions.id, id)),
      );
      return row;
    },
    onDate: (date, limit) =>
      database.run('find the sessions of a day', (db) =>
        db.select(COLUMNS).from(sessions).where(eq(sessions.date, date)).orderBy(desc(sessions.startedAt)).limit(limit),
      ),
    ofAccount: (account, mode, limit) =>
      database.run('find the sessions of an account', (db) =>
        db
          .select(COLUMNS)
          .from(sessions)
          .where(and(eq(sessions.account, account), eq(sessions.mode, mode)))
          .orderBy(desc(sessions.startedAt))
          .limit(limit),
      ),
    list: (limit) =>
      database.run('list sessions', (db) =>
        db.select(COLUMNS).from(sessions).orderBy(desc(sessions.startedAt)).limit(limit),
      ),
    finish: async (id, result) => {
      const rows = await database.run('finish a session', (db) =>
        db
          .update(sessions)
          .set({ status: 'finished', result, finishedAt: sql.raw(NOW_MICROS) })
          .where(and(eq(sessions.id, id), eq(sessions.status, 'running')))
          .returning({ id: sessions.id }),
      );
      if (rows.length !== 1) {
        throw new TradingError('STORE_CONFLICT', `There is no running session ${id} to finish`, {
          details: { sessionId: id },
        });
      }
    },
  };
}
