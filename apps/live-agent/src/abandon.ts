import type { Store } from '@trading-agent/store';

const SESSIONS_LOOKED_AT = 1_000;

/**
 * Ends the unfinished sessions of a simulated account whose market is about to begin anew: its orders and fills will be gone, so they must never
 * be resumed. The account's lock must be held.
 */
export async function abandonSessions(store: Store, account: string): Promise<void> {
  for (const row of await store.sessions.list(SESSIONS_LOOKED_AT)) {
    if (row.account === account && row.status === 'running') await store.sessions.finish(row.id, { abandoned: true });
  }
}
