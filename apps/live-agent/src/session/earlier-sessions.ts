import type { MarketDate } from '@trading-agent/core';
import type { SessionRecord } from '@trading-agent/engine';
import type { SessionRow, Store } from '@trading-agent/store';
import { decodeRecord } from './record-codec.ts';

const SESSIONS_LOOKED_AT = 1_000;

/** A session that committed something, and what it left. */
export interface EarlierSession {
  readonly row: SessionRow;
  /** `null` for one that left nothing. */
  readonly record: SessionRecord | null;
}

/** True for an account whose money is kept by somebody else: whatever an earlier process did with it still counts. */
export function isRealAccount(mode: string): boolean {
  return mode === 'paper' || mode === 'live';
}

/**
 * The sessions of an account that came before the one on `date`, oldest first. On a simulated market a day that is begun again starts from the
 * same: there only earlier days of the account count, on a real one earlier runs of the day as well.
 * @throws {TradingError} `STORE_*`, `JOURNAL_CORRUPT`: nobody trades who does not know what is held.
 */
export async function earlierSessions(
  store: Store,
  account: string,
  mode: string,
  date: MarketDate,
): Promise<readonly EarlierSession[]> {
  const rows = (await store.sessions.ofAccount(account, mode, SESSIONS_LOOKED_AT)).filter(
    (row) => row.committedSeq > 0 && (isRealAccount(mode) ? row.date <= date : row.date < date),
  );
  const records = await store.records(rows.map(({ id }) => id));
  return latestRuns(rows, mode).map((row) => {
    const record = records.get(row.id);
    return { row, record: record === undefined ? null : decodeRecord(record) };
  });
}

/** A simulated day that was begun again has forgotten what its earlier runs did. */
function latestRuns(newestFirst: readonly SessionRow[], mode: string): readonly SessionRow[] {
  if (isRealAccount(mode)) return newestFirst.toReversed();
  const days = new Map<string, SessionRow>();
  for (const row of newestFirst) if (!days.has(row.date)) days.set(row.date, row);
  return [...days.values()].sort((a, b) => (a.date < b.date ? -1 : 1));
}

/** What each day left in the end, oldest first. */
export function recordsByDay(sessions: readonly EarlierSession[], before: MarketDate): readonly SessionRecord[] {
  const days = new Map<string, SessionRecord>();
  for (const { row, record } of sessions) if (record !== null && row.date < before) days.set(row.date, record);
  return [...days.values()];
}
