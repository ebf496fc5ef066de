import type { Micros } from '@trading-agent/core';
import type { Store } from '@trading-agent/store';

const SESSIONS_LOOKED_AT = 1_000;

/**
 * Ends the unfinished sessions of an account before a new one begins: they must never be resumed beside it. The account's lock must be held.
 */
export async function abandonSessions(store: Store, account: string, mode: string, at: Micros): Promise<void> {
  for (const row of await store.sessions.ofAccount(account, mode, SESSIONS_LOOKED_AT)) {
    if (row.status !== 'running') continue;
    await store.audit.append({
      at,
      actor: 'live-agent',
      action: 'session-abandoned',
      facts: { sessionId: row.id, account, date: row.date, run: row.run },
    });
    await store.sessions.finish(row.id, { abandoned: true });
  }
}
