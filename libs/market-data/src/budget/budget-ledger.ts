import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { nyDate, nyInstant } from '@trading-agent/calendar';
import { MICROS_PER_MINUTE, type Micros, TradingError, addDays } from '@trading-agent/core';
import { type BudgetLimits, PRIORITIES, type RequestPriority, allowance } from './budget-limits.ts';

/** A waiter that has not been heard of this long after it wanted to ask again is dead: its process was killed. */
const LEASE_SLACK = 2_000_000;
/** How soon those ask again who could go but let others go first. */
const YIELD_WAIT = 250_000;
/** Longest time between two questions of a waiter, microseconds. */
export const LONGEST_POLL = 5_000_000;

const SCHEMA = `
  create table if not exists grants (at integer not null);
  create table if not exists days (day text primary key, used integer not null) without rowid;
  create table if not exists waiters (ticket integer primary key autoincrement, rank integer not null, until integer not null);
`;

export type Decision =
  | { readonly kind: 'granted' }
  /** Ask again after `micros`, with this ticket. */
  | { readonly kind: 'wait'; readonly micros: number; readonly ticket: number }
  | { readonly kind: 'spent'; readonly used: number; readonly again: Micros };

export interface BudgetUse {
  readonly thisMinute: number;
  readonly today: number;
}

/**
 * The requests of an account in an SQLite file that all its processes share. Every decision is one transaction: a process that is killed in the
 * middle of one leaves nothing behind, one that is killed after it has used up its token, as it should be, for the request may have been sent.
 *
 * A token that was taken comes back a minute later, so that no 60 seconds, wherever they begin, see more than `perMinute` requests (a bucket that
 * refills evenly would let through twice as many). A day is a New York calendar day.
 */
export class BudgetLedger {
  readonly #database: DatabaseSync;
  readonly #limits: BudgetLimits;
  readonly #sql: Readonly<Record<keyof typeof STATEMENTS, StatementSync>>;

  /** @throws {TradingError} `STORE_UNAVAILABLE` when the file can't be used. */
  constructor(file: string, limits: BudgetLimits) {
    this.#limits = limits;
    try {
      if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true });
      // Processes that open it for the first time together take turns for up to five seconds.
      this.#database = new DatabaseSync(file, { timeout: 5_000 });
      this.#database.exec('pragma journal_mode = wal; pragma synchronous = normal;');
      this.#database.exec(`begin immediate; ${SCHEMA} commit;`);
      this.#database.exec('pragma busy_timeout = 50');
    } catch (cause) {
      throw new TradingError('STORE_UNAVAILABLE', `Can't use the request budget in ${file}`, {
        hint: 'The data folder must be on a local file system and belong to the user that runs the agent.',
        details: { file },
        cause,
      });
    }
    this.#sql = {
      rewind: this.#database.prepare(STATEMENTS.rewind),
      forget: this.#database.prepare(STATEMENTS.forget),
      grants: this.#database.prepare(STATEMENTS.grants),
      used: this.#database.prepare(STATEMENTS.used),
      bury: this.#database.prepare(STATEMENTS.bury),
      before: this.#database.prepare(STATEMENTS.before),
      grant: this.#database.prepare(STATEMENTS.grant),
      count: this.#database.prepare(STATEMENTS.count),
      enter: this.#database.prepare(STATEMENTS.enter),
      renew: this.#database.prepare(STATEMENTS.renew),
      leave: this.#database.prepare(STATEMENTS.leave),
    };
  }

  /** One question for one request; `null` when another process is writing at this very moment: ask again. */
  ask(priority: RequestPriority, now: Micros, ticket: number | null): Decision | null {
    return this.#exclusively(() => this.#decide(priority, now, ticket));
  }

  /** A waiter gives up. Said too late or never it costs the others its lease, no more. */
  leave(ticket: number): void {
    this.#exclusively(() => this.#sql.leave.run(ticket));
  }

  use(now: Micros): BudgetUse {
    const horizon = now - MICROS_PER_MINUTE;
    const thisMinute = this.#sql.grants.all().filter(({ at }) => typeof at === 'number' && at > horizon).length;
    return { thisMinute, today: this.#usedOn(nyDate(now)) };
  }

  close(): void {
    this.#database.close();
  }

  #decide(priority: RequestPriority, now: Micros, ticket: number | null): Decision {
    const day = nyDate(now);
    const may = allowance(this.#limits, priority);
    const rank = PRIORITIES.indexOf(priority);
    const used = this.#usedOn(day);
    if (used >= may.perDay) {
      if (ticket !== null) this.#sql.leave.run(ticket);
      return { kind: 'spent', used, again: nyInstant(addDays(day, 1), '00:00') };
    }
    // A clock that was set back must not lock the minute until it has caught up.
    this.#sql.rewind.run(now, now);
    this.#sql.forget.run(now - MICROS_PER_MINUTE);
    this.#sql.bury.run(now, now + 2 * MICROS_PER_MINUTE);
    const taken = this.#sql.grants.all().flatMap(({ at }) => (typeof at === 'number' ? [at] : []));
    const free = taken.length < may.perMinute;
    const first = this.#sql.before.get(rank, rank, ticket ?? Number.MAX_SAFE_INTEGER) === undefined;
    if (free && first) {
      this.#sql.grant.run(now);
      this.#sql.count.run(day);
      if (ticket !== null) this.#sql.leave.run(ticket);
      return { kind: 'granted' };
    }
    const blocking = taken[taken.length - may.perMinute] ?? now;
    const wait = free ? YIELD_WAIT : Math.max(1_000, blocking + MICROS_PER_MINUTE - now);
    // Nobody waits longer than LONGEST_POLL before it asks again.
    const until = now + Math.min(wait, LONGEST_POLL) + LEASE_SLACK;
    if (ticket !== null && this.#sql.renew.run(until, ticket).changes === 1)
      return { kind: 'wait', micros: wait, ticket };
    const entered = this.#sql.enter.run(rank, until).lastInsertRowid;
    return { kind: 'wait', micros: wait, ticket: Number(entered) };
  }

  #usedOn(day: string): number {
    const used = this.#sql.used.get(day)?.['used'];
    return typeof used === 'number' ? used : 0;
  }

  #exclusively<T>(work: () => T): T | null {
    try {
      this.#database.exec('begin immediate');
    } catch (error) {
      if (isBusy(error)) return null;
      throw error;
    }
    try {
      const result = work();
      this.#database.exec('commit');
      return result;
    } catch (error) {
      this.#database.exec('rollback');
      throw error;
    }
  }
}

const STATEMENTS = {
  rewind: 'update grants set at = ? where at > ?',
  forget: 'delete from grants where at <= ?',
  grants: 'select at from grants order by at',
  used: 'select used from days where day = ?',
  bury: 'delete from waiters where until < ? or until > ?',
  before: 'select 1 from waiters where rank < ? or (rank = ? and ticket < ?) limit 1',
  grant: 'insert into grants (at) values (?)',
  count: 'insert into days (day, used) values (?, 1) on conflict (day) do update set used = used + 1',
  enter: 'insert into waiters (rank, until) values (?, ?)',
  renew: 'update waiters set until = ? where ticket = ?',
  leave: 'delete from waiters where ticket = ?',
} as const;

const SQLITE_BUSY = 5;

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}

/** Where an account's budget lies in the data folder. */
export function budgetFile(dataDir: string, account: string): string {
  return `${dataDir}/budget/${encodeURIComponent(account)}.sqlite`;
}

/**
 * What an account has used, read without a limit and without making anything: zero for an account of which nothing is kept.
 * @throws {TradingError} `STORE_UNAVAILABLE` when the file is there and can't be read.
 */
export function readBudgetUse(dataDir: string, account: string, now: Micros): BudgetUse {
  const file = budgetFile(dataDir, account);
  if (!existsSync(file)) return { thisMinute: 0, today: 0 };
  const ledger = new BudgetLedger(file, { perMinute: 1, perDay: 1 });
  try {
    return ledger.use(now);
  } finally {
    ledger.close();
  }
}
