import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import { TradingError } from '@trading-agent/core';
import { type AccountLock, lockAccount } from './account-lock.ts';
import { type Alerts, alertRepository } from './alerts.ts';
import { type Audit, auditRepository } from './audit.ts';
import { bounded, closeConnections, connect, Database } from './database.ts';
import { releaseEmbeddedServer, useEmbeddedServer } from './embedded/server.ts';
import { type Journal, type JournalOptions, type JournalReader, openJournal, readJournal } from './journal/journal.ts';
import { type KillSwitch, killSwitchRepository } from './kill-switch.ts';
import { silentLogger, type StoreLogger } from './logger.ts';
import { migrateSchema } from './migrations.ts';
import { type Listening, listen, type NotificationCallback } from './notifications.ts';
import { type Outbox, outboxRepository } from './outbox.ts';
import { type Models, modelRepository, type Runs, runRepository, type Trials, trialRepository } from './research.ts';
import { type Sessions, sessionRepository } from './sessions.ts';
import { viewRepository, type Views } from './views.ts';

export interface StoreOptions {
  /** A PostgreSQL 15 or later. Left out: an embedded one runs under `<dataDir>/pg` and is shared by all processes of that folder. */
  readonly databaseUrl?: string;
  /** Holds `pg` (embedded database) and `journal` (segment files). */
  readonly dataDir: string;
  readonly logger?: StoreLogger;
}

/** The state of the agent: everything that must survive. Every call is bounded in time; see the README for the errors. */
export interface Store extends Views {
  /** The right to trade `account`; `holder` says who holds it, for the error of the next one. @throws {TradingError} `ACCOUNT_LOCKED` */
  lockAccount(account: string, holder: string): Promise<AccountLock>;
  readonly sessions: Sessions;
  /** Opens the session's journal for writing; one writer at a time. */
  openJournal(sessionId: string, options?: JournalOptions): Promise<Journal>;
  /** Reads the session's journal, which may be written elsewhere at the same time. */
  readJournal(sessionId: string): Promise<JournalReader>;
  readonly outbox: Outbox;
  readonly alerts: Alerts;
  readonly audit: Audit;
  readonly killSwitch: KillSwitch;
  readonly models: Models;
  readonly runs: Runs;
  readonly trials: Trials;
  listen(channel: string, callback: NotificationCallback): Promise<Listening>;
  /** Closes journals and locks, and stops the embedded database when nobody else uses it. May be called twice. */
  close(): Promise<void>;
}

const POOL_SIZE = 5;

/**
 * Opens the store: finds or starts the database, brings the schema up to date.
 * @throws {TradingError} `CONFIG_INVALID` for a malformed URL, `STORE_START_FAILED` when the embedded database can't run here,
 * `STORE_UNAVAILABLE` when the database does not answer.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const logger = options.logger ?? silentLogger;
  const dataDir = resolve(options.dataDir);
  // Tells this store's connections from everybody else's when it closes.
  const name = `trading-agent ${randomUUID()}`;
  if (options.databaseUrl !== undefined) {
    const url = checkedUrl(options.databaseUrl);
    return assemble({ url, name, dataDir, logger, sql: await openPool(url, name), afterClose: undefined });
  }
  const folder = join(dataDir, 'pg');
  return useEmbeddedServer(folder, logger, async (url) => {
    const sql = await openPool(url, name);
    return assemble({ url, name, dataDir, logger, sql, afterClose: folder });
  });
}

/** The driver's own complaint would carry the address, and with it the password. */
function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'postgres:' || url?.protocol === 'postgresql:') return text;
  throw new TradingError('CONFIG_INVALID', 'The database URL is malformed', {
    hint: 'Expected DATABASE_URL as postgres://user:password@host:5432/database; special characters of the password are percent-encoded.',
  });
}

type Pool = Awaited<ReturnType<typeof openPool>>;

async function openPool(url: string, name: string) {
  await migrateSchema(url, name);
  const sql = connect(url, { max: POOL_SIZE, name });
  try {
    // The first connection, which stays: it tells other processes that the embedded server is in use.
    await bounded('connect', 15_000, () => sql`select 1`);
  } catch (error) {
    await closeConnections(sql);
    throw error;
  }
  return sql;
}

interface Parts {
  readonly url: string;
  readonly name: string;
  readonly dataDir: string;
  readonly logger: StoreLogger;
  readonly sql: Pool;
  /** Folder of the embedded server to release. */
  readonly afterClose: string | undefined;
}

function assemble(parts: Parts): Store {
  const { url, name, logger, sql } = parts;
  const database = new Database(sql);
  const journals = join(parts.dataDir, 'journal');
  const sessions = sessionRepository(database);
  const openJournals = new Set<Journal>();
  const locks = new Set<AccountLock>();
  let closing: Promise<void> | undefined;

  const close = async (): Promise<void> => {
    for (const journal of openJournals) await journal.close();
    for (const lock of locks) {
      await lock.release().catch((error: unknown) => {
        logger.warn(
          { account: lock.account, reason: String(error) },
          'The account lock was released by closing its connection',
        );
      });
    }
    await closeConnections(sql);
    if (parts.afterClose !== undefined) await releaseEmbeddedServer(parts.afterClose, logger, url, name);
  };

  return {
    lockAccount: async (account, holder) => {
      const lock = await lockAccount(url, name, account, holder);
      locks.add(lock);
      return lock;
    },
    sessions,
    openJournal: async (sessionId, options) => {
      const journal = await openJournal(database, journals, sessionId, logger, options);
      openJournals.add(journal);
      return journal;
    },
    readJournal: (sessionId) => readJournal(database, journals, sessionId),
    outbox: outboxRepository(database),
    alerts: alertRepository(database),
    audit: auditRepository(database),
    killSwitch: killSwitchRepository(database, parts.dataDir),
    models: modelRepository(database),
    runs: runRepository(database),
    trials: trialRepository(database),
    ...viewRepository(database, sessions),
    listen: (channel, callback) => listen(database, channel, callback, logger),
    close: () => (closing ??= close()),
  };
}
