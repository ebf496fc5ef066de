import { hostname } from 'node:os';
import { pid } from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { formatRfc3339, micros, TradingError } from '@trading-agent/core';
import type postgres from 'postgres';
import { bounded, closeConnections, connect } from './database.ts';
import { processAlive } from './process-alive.ts';

/** The right to trade an account, held as long as its database connection lives. */
export interface AccountLock {
  readonly account: string;
  /**
   * Resolves, with the reason, when the lock may belong to somebody else from now on: its connection broke or the database
   * stopped answering. Trading must halt then. Never resolves after `release`, never rejects.
   */
  readonly lost: Promise<TradingError>;
  release(): Promise<void>;
}

const CALL_TIMEOUT_MS = 5_000;
/** How long the lock of a process that is dead is waited for: the database notices a killed client within moments. */
const DEAD_HOLDER_PATIENCE_MS = 5_000;
const HEARTBEAT_MS = 5_000;

/**
 * Takes the account's advisory lock on a connection of its own.
 * @throws {TradingError} `ACCOUNT_LOCKED` when another process trades the account, `STORE_UNAVAILABLE`.
 */
export async function lockAccount(url: string, name: string, account: string, holder: string): Promise<AccountLock> {
  let onLost: (error: TradingError) => void = () => undefined;
  const lost = new Promise<TradingError>((resolve) => (onLost = resolve));
  let state: 'opening' | 'held' | 'over' = 'opening';
  const lose = (why: string): void => {
    if (state !== 'held') return;
    state = 'over';
    clearInterval(heartbeat);
    onLost(
      new TradingError('STORE_UNAVAILABLE', `The lock on account ${account} was lost: ${why}`, {
        hint: 'Another process may trade the account now. Check the database, then start again with --resume.',
        details: { account },
      }),
    );
    void closeConnections(sql).catch(() => undefined);
  };
  const sql = connect(url, { max: 1, name, onClose: () => lose('its database connection was closed') });
  let heartbeat: NodeJS.Timeout | undefined;
  try {
    const backendPid = await acquire(sql, account, holder);
    state = 'held';
    // A connection that vanished without a word, or that the driver replaced by a new one which holds no lock.
    heartbeat = setInterval(() => {
      bounded('account lock', CALL_TIMEOUT_MS, () => sql<{ pid: number }[]>`select pg_backend_pid() as pid`).then(
        ([row]) => (row?.pid === backendPid ? undefined : lose('its database connection was replaced')),
        (error: unknown) => lose(String(error)),
      );
    }, HEARTBEAT_MS);
    heartbeat.unref();
    return {
      account,
      lost,
      release: async () => {
        if (state !== 'held') return;
        state = 'over';
        clearInterval(heartbeat);
        try {
          await bounded('release the account lock', CALL_TIMEOUT_MS, async () => {
            await sql`delete from locks where account = ${account} and backend_pid = ${backendPid}`;
          });
        } finally {
          // Ends the lock, also when the database does not answer.
          await closeConnections(sql);
        }
      },
    };
  } catch (error) {
    await closeConnections(sql);
    throw error;
  }
}

async function acquire(sql: postgres.Sql, account: string, holder: string): Promise<number> {
  const deadline = performance.now() + DEAD_HOLDER_PATIENCE_MS;
  for (;;) {
    const [row] = await bounded(
      'lock the account',
      CALL_TIMEOUT_MS + DEAD_HOLDER_PATIENCE_MS,
      () => sql<{ taken: boolean; pid: number }[]>`
        select pg_try_advisory_lock(hashtextextended(${`trading-agent:account:${account}`}, 0)) as taken,
               pg_backend_pid() as pid`,
    );
    if (row?.taken) {
      await bounded('lock the account', CALL_TIMEOUT_MS, async () => {
        await sql`
          insert into locks (account, holder, pid, host, backend_pid)
          values (${account}, ${holder}, ${pid}, ${hostname()}, ${row.pid})
          on conflict (account) do update set holder = excluded.holder, pid = excluded.pid, host = excluded.host,
            backend_pid = excluded.backend_pid, since = (extract(epoch from clock_timestamp()) * 1000000)::bigint`;
      });
      return row.pid;
    }
    const other = await currentHolder(sql, account);
    const dead = other !== undefined && other.host === hostname() && !processAlive(other.pid);
    if (!dead || performance.now() > deadline) throw locked(account, other);
    await delay(50);
  }
}

interface Holder {
  readonly holder: string;
  readonly pid: number;
  readonly host: string;
  readonly since: string;
}

async function currentHolder(sql: postgres.Sql, account: string): Promise<Holder | undefined> {
  const [row] = await bounded(
    'read the holder of the account lock',
    CALL_TIMEOUT_MS,
    () => sql<Holder[]>`select holder, pid, host, since from locks where account = ${account}`,
  );
  return row;
}

function locked(account: string, other: Holder | undefined): TradingError {
  const who = other
    ? `${other.holder}, process ${other.pid} on ${other.host}, since ${formatRfc3339(micros(Number(other.since)))}`
    : 'another process that is just starting';
  return new TradingError('ACCOUNT_LOCKED', `Account ${account} is already being traded by ${who}`, {
    hint: 'Stop that process first, or use another account. One account has one trading process.',
    details: {
      account,
      holder: other?.holder ?? null,
      pid: other?.pid ?? null,
      host: other?.host ?? null,
      since: other ? Number(other.since) : null,
    },
  });
}
