import { type Micros, TradingError } from '@trading-agent/core';
import { inArray, sql } from 'drizzle-orm';
import { appendAudit } from './audit.ts';
import type { Database } from './database.ts';
import { killSwitches } from './schema/tables.ts';
import { removeStopFiles, STOP_FILES, type StopFileState, stopFileState } from './stop-files.ts';

/** `run`: trade; `halt`: no new risk; `flatten`: no new risk, and out of what is held. */
export type SwitchState = 'run' | 'halt' | 'flatten';

/** Stands for every account. */
export const ALL_ACCOUNTS = '*';

/** Announces that a switch was set; the message says nothing more, read the state. */
export const KILL_SWITCH_CHANNEL = 'trading_agent_kill_switch';

/** What somebody wants of an account, or of all. */
export interface SwitchOrder {
  /** An account number, or `ALL_ACCOUNTS`. */
  readonly scope: string;
  readonly state: SwitchState;
  /** Who: a person, a program. */
  readonly by: string;
  readonly reason: string;
}

export interface SwitchSetting extends SwitchOrder {
  /** `null` for a stop file. */
  readonly changedAt: Micros | null;
}

/**
 * The kill switch. It lies in the database, or as a stop file in the data folder, so it outlives every process; whoever trades asks it before the
 * first decision, and from then on listens to `KILL_SWITCH_CHANNEL` and looks for the file.
 */
export interface KillSwitch {
  /**
   * Sets the switch of an account or of all, and writes it to the audit log in the same transaction. `run` for all accounts lifts every account's
   * own switch and takes stop files away as well. Setting what is set already changes nothing but who, why and when.
   * @throws {TradingError} `INVALID_VALUE` for an empty scope, name or reason.
   */
  set(order: SwitchOrder & { readonly at: Micros }): Promise<void>;
  /** The gravest of the account's own switch, that of all accounts and a stop file; `null` while nothing stops it. */
  inForce(account: string): Promise<SwitchSetting | null>;
  /** Looks for a stop file only: cheap and without the database, for every step. */
  byFile(): SwitchSetting | null;
  /** Everything that stops something: stop file first, then by scope. */
  list(): Promise<readonly SwitchSetting[]>;
}

const GRAVITY: Readonly<Record<SwitchState, number>> = { run: 0, halt: 1, flatten: 2 };
const LONGEST_TEXT = 1_000;

export function killSwitchRepository(database: Database, dataDir: string): KillSwitch {
  const byFile = (): SwitchSetting | null => {
    const state = stopFileState(dataDir);
    return state === null ? null : settingOfFile(state);
  };
  const stopping = (rows: readonly SwitchSetting[]): SwitchSetting[] =>
    [byFile(), ...rows].flatMap((row) => (row === null || row.state === 'run' ? [] : [row]));
  return {
    byFile,
    set: async ({ at, scope, state, by, reason }) => {
      for (const [name, text] of Object.entries({ scope, by, reason })) {
        if (text.trim() === '' || text.length > LONGEST_TEXT)
          throw new TradingError(
            'INVALID_VALUE',
            `A kill switch needs a ${name} of 1 to ${LONGEST_TEXT} characters, had ${text.length}`,
          );
      }
      const row = { state, by, reason, changedAt: at };
      await database.run('set the kill switch', (db) =>
        db.transaction(async (tx) => {
          await tx
            .insert(killSwitches)
            .values({ scope, ...row })
            .onConflictDoUpdate({ target: killSwitches.scope, set: row });
          if (scope === ALL_ACCOUNTS && state === 'run') await tx.update(killSwitches).set(row);
          await appendAudit(tx, { at, actor: by, action: `kill-switch-${state}`, facts: { scope, reason } });
          await tx.execute(sql`select pg_notify(${KILL_SWITCH_CHANNEL}, ${JSON.stringify({ scope, state })})`);
        }),
      );
      if (scope === ALL_ACCOUNTS && state === 'run') removeStopFiles(dataDir);
    },
    inForce: async (account) => {
      const rows = await database.run('read the kill switch', (db) =>
        db
          .select()
          .from(killSwitches)
          .where(inArray(killSwitches.scope, [account, ALL_ACCOUNTS])),
      );
      const [gravest] = stopping(rows).sort((a, b) => GRAVITY[b.state] - GRAVITY[a.state]);
      return gravest ?? null;
    },
    list: async () =>
      stopping(
        await database.run('read the kill switches', (db) =>
          db.select().from(killSwitches).orderBy(killSwitches.scope).limit(10_000),
        ),
      ),
  };
}

function settingOfFile(state: StopFileState): SwitchSetting {
  const name = STOP_FILES[state];
  return { scope: ALL_ACCOUNTS, state, by: 'file', reason: `${name} lies in the data folder`, changedAt: null };
}
