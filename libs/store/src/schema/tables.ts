import { sql } from 'drizzle-orm';
import {
  bigserial,
  date,
  doublePrecision,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { exactJson, instant, int64, money, NOW_MICROS } from './columns.ts';

/** One trading session of one account on one market day; a further run of the same day gets the next `run`. */
export const sessions = pgTable(
  'sessions',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    account: text('account').notNull(),
    date: date('date', { mode: 'string' }).notNull(),
    run: integer('run').notNull(),
    mode: text('mode').notNull(),
    status: text('status', { enum: ['running', 'finished'] })
      .notNull()
      .default('running'),
    settings: exactJson('settings').notNull(),
    result: exactJson('result'),
    startedAt: instant('started_at').notNull().default(sql.raw(NOW_MICROS)),
    finishedAt: instant('finished_at'),
    /** Highest sequence number whose consequences are in the database. */
    committedSeq: int64('committed_seq').notNull().default(0),
    /** How far the segment files were on disk (fsynced) at that point. */
    segment: integer('segment').notNull().default(0),
    segmentBytes: int64('segment_bytes').notNull().default(0),
  },
  (table) => [unique('sessions_account_date_run').on(table.account, table.date, table.run)],
);

const sessionId = () =>
  uuid('session_id')
    .notNull()
    .references(() => sessions.id);

/** The journal's entries with consequences; market frames lie in segment files under the same sequence numbers. */
export const events = pgTable(
  'events',
  {
    sessionId: sessionId(),
    seq: int64('seq').notNull(),
    at: instant('at').notNull(),
    type: text('type').notNull(),
    payload: exactJson('payload').notNull(),
  },
  (table) => [primaryKey({ columns: [table.sessionId, table.seq] })],
);

/** What the engine decided on the event `seq`, in order. */
export const decisions = pgTable(
  'decisions',
  {
    sessionId: sessionId(),
    seq: int64('seq').notNull(),
    index: integer('index').notNull(),
    at: instant('at').notNull(),
    type: text('type').notNull(),
    payload: exactJson('payload').notNull(),
  },
  (table) => [primaryKey({ columns: [table.sessionId, table.seq, table.index] })],
);

/** What is to be sent to the broker; written in the transaction of the decision, sent afterwards. */
export const outbox = pgTable(
  'outbox',
  {
    sessionId: sessionId(),
    id: text('id').notNull(),
    seq: int64('seq').notNull(),
    index: integer('index').notNull(),
    kind: text('kind', { enum: ['submit', 'cancel'] }).notNull(),
    payload: exactJson('payload').notNull(),
    status: text('status', { enum: ['pending', 'sending', 'sent', 'rejected', 'abandoned'] })
      .notNull()
      .default('pending'),
    brokerOrderId: text('broker_order_id'),
    reason: text('reason'),
    attempts: integer('attempts').notNull().default(0),
    changedAt: instant('changed_at').notNull().default(sql.raw(NOW_MICROS)),
  },
  (table) => [
    primaryKey({ columns: [table.sessionId, table.id] }),
    unique('outbox_order').on(table.sessionId, table.seq, table.index),
    index('outbox_open')
      .on(table.sessionId, table.status)
      .where(sql`status in ('pending', 'sending')`),
  ],
);

/** Projection: our orders as the engine knows them. */
export const orders = pgTable(
  'orders',
  {
    sessionId: sessionId(),
    clientOrderId: text('client_order_id').notNull(),
    brokerOrderId: text('broker_order_id'),
    underlying: text('underlying').notNull(),
    status: text('status').notNull(),
    type: text('type').notNull(),
    /** Signed net price, dollars per share; null for market orders. */
    limit: doublePrecision('limit_price'),
    quantity: integer('quantity').notNull(),
    filledQuantity: integer('filled_quantity').notNull(),
    legs: exactJson('legs').notNull(),
    strategy: text('strategy'),
    reason: text('reason'),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.sessionId, table.clientOrderId] }),
    index('orders_recent').on(table.sessionId, table.createdAt),
  ],
);

/** Projection: fills, whole packages. */
export const executions = pgTable(
  'executions',
  {
    sessionId: sessionId(),
    executionId: text('execution_id').notNull(),
    clientOrderId: text('client_order_id').notNull(),
    at: instant('at').notNull(),
    quantity: integer('quantity').notNull(),
    legs: exactJson('legs').notNull(),
    /** Micro-dollars. */
    fees: money('fees').notNull(),
    realized: money('realized').notNull(),
    cashChange: money('cash_change').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.sessionId, table.executionId] }),
    index('executions_recent').on(table.sessionId, table.at),
  ],
);

/** Projection: what is held now. */
export const positions = pgTable(
  'positions',
  {
    sessionId: sessionId(),
    symbol: text('symbol').notNull(),
    /** Contracts or shares, negative when short. */
    quantity: integer('quantity').notNull(),
    /** Dollars per share. */
    averagePrice: doublePrecision('average_price').notNull(),
    multiplier: integer('multiplier').notNull(),
    /** Dollars per share; null when nothing can be said about it. */
    mark: doublePrecision('mark'),
    /** Micro-dollars. */
    unrealized: money('unrealized'),
    updatedAt: instant('updated_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.sessionId, table.symbol] })],
);

/** Projection: the equity curve, micro-dollars. */
export const equity = pgTable(
  'equity',
  {
    sessionId: sessionId(),
    at: instant('at').notNull(),
    equity: money('equity').notNull(),
    cash: money('cash').notNull(),
    realized: money('realized').notNull(),
    unrealized: money('unrealized').notNull(),
    fees: money('fees').notNull(),
  },
  (table) => [primaryKey({ columns: [table.sessionId, table.at] })],
);

/** What each session leaves to the next one of its account: structures with their entry facts, shares, trades. */
export const sessionRecords = pgTable('session_records', {
  sessionId: sessionId().primaryKey(),
  record: exactJson('record').notNull(),
});

export const alerts = pgTable(
  'alerts',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    sessionId: uuid('session_id').references(() => sessions.id),
    at: instant('at').notNull(),
    kind: text('kind', { enum: ['trading', 'system', 'performance', 'risk', 'market'] }).notNull(),
    severity: text('severity').notNull(),
    message: text('message').notNull(),
    facts: exactJson('facts').notNull(),
  },
  (table) => [index('alerts_session').on(table.sessionId, table.id)],
);

/** Who did what; each row's hash covers the row before it, so that a changed or missing row shows. */
export const audit = pgTable('audit', {
  id: int64('id').primaryKey(),
  at: instant('at').notNull(),
  actor: text('actor').notNull(),
  action: text('action').notNull(),
  facts: exactJson('facts').notNull(),
  previousHash: text('previous_hash').notNull(),
  hash: text('hash').notNull(),
});

/** Trained models; at most one champion per scope. */
export const models = pgTable(
  'models',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    createdAt: instant('created_at').notNull(),
    /** What the model is for, for instance a tier or an underlying. */
    scope: text('scope').notNull(),
    kind: text('kind').notNull(),
    status: text('status', { enum: ['candidate', 'champion', 'retired'] })
      .notNull()
      .default('candidate'),
    metrics: exactJson('metrics').notNull(),
    parameters: exactJson('parameters').notNull(),
    /** Where the model file lies, relative to the data folder, and its SHA-256. */
    artifact: text('artifact').notNull(),
    artifactHash: text('artifact_hash').notNull(),
  },
  (table) => [
    index('models_recent').on(table.scope, table.createdAt),
    uniqueIndex('models_one_champion')
      .on(table.scope)
      .where(sql`status = 'champion'`),
  ],
);

/** A training, a backtest, a sweep: something that ran and what came of it. */
export const runs = pgTable(
  'runs',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    kind: text('kind').notNull(),
    status: text('status', { enum: ['running', 'finished', 'failed'] })
      .notNull()
      .default('running'),
    parameters: exactJson('parameters').notNull(),
    result: exactJson('result'),
    startedAt: instant('started_at').notNull(),
    finishedAt: instant('finished_at'),
  },
  (table) => [index('runs_recent').on(table.kind, table.startedAt)],
);

/** One point of a run's search. */
export const trials = pgTable(
  'trials',
  {
    runId: uuid('run_id')
      .notNull()
      .references(() => runs.id),
    index: integer('index').notNull(),
    parameters: exactJson('parameters').notNull(),
    metrics: exactJson('metrics').notNull(),
  },
  (table) => [primaryKey({ columns: [table.runId, table.index] })],
);

/** Who holds an account's advisory lock: for the error message of those who don't get it. The lock itself is PostgreSQL's. */
export const locks = pgTable('locks', {
  account: text('account').primaryKey(),
  holder: text('holder').notNull(),
  pid: integer('pid').notNull(),
  host: text('host').notNull(),
  backendPid: integer('backend_pid').notNull(),
  since: instant('since').notNull().default(sql.raw(NOW_MICROS)),
});

/** What operators want of trading, durably: a row per account, and one of `*` for all of them. */
export const killSwitches = pgTable('kill_switches', {
  scope: text('scope').primaryKey(),
  state: text('state', { enum: ['run', 'halt', 'flatten'] }).notNull(),
  by: text('set_by').notNull(),
  reason: text('reason').notNull(),
  changedAt: instant('changed_at').notNull().default(sql.raw(NOW_MICROS)),
});
