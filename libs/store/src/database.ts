import { isTradingError, TradingError } from '@trading-agent/core';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';

export type Db = PostgresJsDatabase;

const CONNECT_TIMEOUT_S = 10;
const STATEMENT_TIMEOUT_MS = 15_000;
const LOCK_TIMEOUT_MS = 10_000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 30_000;
/** Beyond the server's own limits: the server itself may hang or the network swallow everything. */
const CALL_TIMEOUT_MS = 20_000;
const CLOSE_TIMEOUT_S = 2;

export interface ConnectionOptions {
  /** At most this many connections at once. */
  readonly max: number;
  /** Shown in pg_stat_activity; tells the store's own connections from those of others. */
  readonly name: string;
  readonly statementTimeoutMs?: number;
  readonly onClose?: () => void;
}

/** A connection pool to `url` whose connections are opened on first use and then kept until closed. */
export function connect(url: string, options: ConnectionOptions): postgres.Sql {
  return postgres(url, {
    max: options.max,
    connect_timeout: CONNECT_TIMEOUT_S,
    max_lifetime: null,
    onnotice: () => undefined,
    ...(options.onClose ? { onclose: options.onClose } : {}),
    connection: {
      application_name: options.name,
      TimeZone: 'UTC',
      statement_timeout: options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS,
      lock_timeout: LOCK_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    },
  });
}

export async function closeConnections(sql: postgres.Sql): Promise<void> {
  await sql.end({ timeout: CLOSE_TIMEOUT_S });
}

/** The store's pool, with every call bounded in time and every error translated. */
export class Database {
  readonly sql: postgres.Sql;
  readonly #db: Db;

  constructor(sql: postgres.Sql) {
    this.sql = sql;
    this.#db = drizzle(sql);
  }

  /**
   * Runs `work` against the database.
   * @throws {TradingError} `STORE_UNAVAILABLE` when the database can't be reached or does not answer in time (whatever was sent may have
   * happened), `STORE_CONFLICT` when the data contradicts what is there, `INTERNAL` for anything else.
   */
  run<T>(what: string, work: (db: Db) => Promise<T>): Promise<T> {
    return bounded(what, CALL_TIMEOUT_MS, () => work(this.#db));
  }
}

/** `work` with a time limit and translated errors. */
export async function bounded<T>(what: string, timeoutMs: number, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(unavailable(what, `no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([work(), timeout]);
  } catch (error) {
    throw translate(what, error);
  } finally {
    clearTimeout(timer);
  }
}

/** postgres.js's own codes and system codes for a database that is not there. */
const UNREACHABLE = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
]);

/** SQLSTATE classes (PostgreSQL manual, appendix A): connection, resources, operator intervention, system error; lock and statement time-outs. */
const UNAVAILABLE_STATE = /^(08...|53...|57...|58...|55P03|40001|40P01)$/;
const AUTH_STATE = /^(28...|3D000)$/;
/** Integrity constraint violations. */
const CONFLICT_STATE = /^23...$/;

function translate(what: string, error: unknown): TradingError {
  if (isTradingError(error)) return error;
  const root = rootCause(error);
  const code = root instanceof Error && 'code' in root && typeof root.code === 'string' ? root.code : '';
  const message = root instanceof Error ? root.message : String(root);
  if (AUTH_STATE.test(code)) {
    return new TradingError('STORE_UNAVAILABLE', `The database refused the connection (${what}): ${message}`, {
      hint: 'Check user, password and database name of DATABASE_URL; for the embedded database, its password file.',
      details: { code },
      cause: root,
    });
  }
  if (UNREACHABLE.has(code) || UNAVAILABLE_STATE.test(code)) return unavailable(what, message, code, root);
  if (CONFLICT_STATE.test(code)) {
    return new TradingError('STORE_CONFLICT', `${what} contradicts what is stored: ${message}`, {
      details: { code },
      cause: root,
    });
  }
  return new TradingError('INTERNAL', `${what} failed: ${message}`, { details: { code }, cause: root });
}

function unavailable(what: string, why: string, code = '', cause?: unknown): TradingError {
  return new TradingError('STORE_UNAVAILABLE', `The database is not available (${what}): ${why}`, {
    hint: 'Check that PostgreSQL runs and can be reached; for the embedded database see pg/server.log in the data folder.',
    details: { code },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** drizzle wraps the driver's error; the innermost one has the code. */
function rootCause(error: unknown): unknown {
  let at = error;
  for (let depth = 0; depth < 10 && at instanceof Error && at.cause instanceof Error; depth += 1) at = at.cause;
  return at;
}
