import { type Json, type Micros, TradingError } from '@trading-agent/core';
import { and, asc, desc, eq } from 'drizzle-orm';
import type { Database } from './database.ts';
import { models, runs, trials } from './schema/tables.ts';

export interface ModelEntry {
  readonly createdAt: Micros;
  /** What the model is for, for instance a tier or an underlying. */
  readonly scope: string;
  readonly kind: string;
  readonly metrics: Json;
  readonly parameters: Json;
  /** Where the model file lies, relative to the data folder. */
  readonly artifact: string;
  /** SHA-256 of the file, hexadecimal. */
  readonly artifactHash: string;
}

export interface ModelRow extends ModelEntry {
  readonly id: string;
  readonly status: 'candidate' | 'champion' | 'retired';
}

export interface Models {
  /** A new candidate. */
  insert(model: ModelEntry): Promise<{ readonly id: string }>;
  /** Models by falling age of creation, newest first. */
  list(scope: string, limit: number): Promise<readonly ModelRow[]>;
  champion(scope: string): Promise<ModelRow | undefined>;
  /** Makes the model its scope's only champion; the former one retires. @throws {TradingError} `STORE_CONFLICT` for an unknown model. */
  promote(id: string): Promise<void>;
}

export interface RunRow {
  readonly id: string;
  /** `training`, `backtest`, `sweep`, ... */
  readonly kind: string;
  readonly status: 'running' | 'finished' | 'failed';
  readonly parameters: Json;
  readonly result: Json | null;
  readonly startedAt: Micros;
  readonly finishedAt: Micros | null;
}

export interface Runs {
  start(run: {
    readonly kind: string;
    readonly parameters: Json;
    readonly at: Micros;
  }): Promise<{ readonly id: string }>;
  /** @throws {TradingError} `STORE_CONFLICT` when it is not running. */
  finish(
    id: string,
    outcome: { readonly status: 'finished' | 'failed'; readonly result: Json; readonly at: Micros },
  ): Promise<void>;
  list(kind: string, limit: number): Promise<readonly RunRow[]>;
}

export interface TrialEntry {
  /** Counts from 0 within the run. */
  readonly index: number;
  readonly parameters: Json;
  readonly metrics: Json;
}

export interface Trials {
  /** A trial that is there already is left as it is: a repeated job changes nothing. */
  insert(runId: string, rows: readonly TrialEntry[]): Promise<void>;
  list(runId: string, limit: number): Promise<readonly TrialEntry[]>;
}

export function modelRepository(database: Database): Models {
  return {
    insert: async (model) => {
      const [row] = await database.run('insert a model', (db) =>
        db.insert(models).values(model).returning({ id: models.id }),
      );
      return inserted(row);
    },
    list: (scope, limit) =>
      database.run('list models', (db) =>
        db.select().from(models).where(eq(models.scope, scope)).orderBy(desc(models.createdAt)).limit(limit),
      ),
    champion: async (scope) => {
      const [row] = await database.run('find the champion', (db) =>
        db
          .select()
          .from(models)
          .where(and(eq(models.scope, scope), eq(models.status, 'champion'))),
      );
      return row;
    },
    promote: (id) =>
      database.run('promote a model', (db) =>
        db.transaction(async (tx) => {
          const [model] = await tx.select({ scope: models.scope }).from(models).where(eq(models.id, id));
          if (!model) throw new TradingError('STORE_CONFLICT', `There is no model ${id}`, { details: { id } });
          await tx
            .update(models)
            .set({ status: 'retired' })
            .where(and(eq(models.scope, model.scope), eq(models.status, 'champion')));
          await tx.update(models).set({ status: 'champion' }).where(eq(models.id, id));
        }),
      ),
  };
}

export function runRepository(database: Database): Runs {
  return {
    start: async ({ kind, parameters, at }) => {
      const [row] = await database.run('start a run', (db) =>
        db.insert(runs).values({ kind, parameters, startedAt: at }).returning({ id: runs.id }),
      );
      return inserted(row);
    },
    finish: async (id, { status, result, at }) => {
      const rows = await database.run('finish a run', (db) =>
        db
          .update(runs)
          .set({ status, result, finishedAt: at })
          .where(and(eq(runs.id, id), eq(runs.status, 'running')))
          .returning({ id: runs.id }),
      );
      if (rows.length !== 1)
        throw new TradingError('STORE_CONFLICT', `There is no running run ${id} to finish`, { details: { id } });
    },
    list: (kind, limit) =>
      database.run('list runs', (db) =>
        db.select().from(runs).where(eq(runs.kind, kind)).orderBy(desc(runs.startedAt)).limit(limit),
      ),
  };
}

export function trialRepository(database: Database): Trials {
  return {
    insert: async (runId, rows) => {
      if (rows.length === 0) return;
      await database.run('insert trials', (db) =>
        db
          .insert(trials)
          .values(rows.map((row) => ({ ...row, runId })))
          .onConflictDoNothing(),
      );
    },
    list: (runId, limit) =>
      database.run('list trials', (db) =>
        db
          .select({ index: trials.index, parameters: trials.parameters, metrics: trials.metrics })
          .from(trials)
          .where(eq(trials.runId, runId))
          .orderBy(asc(trials.index))
          .limit(limit),
      ),
  };
}

function inserted(row: { readonly id: string } | undefined): { readonly id: string } {
  if (!row) throw new TradingError('INTERNAL', 'A row was inserted without coming back');
  return row;
}
