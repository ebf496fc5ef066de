import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import { bounded, closeConnections, connect } from './database.ts';

const FOLDER = fileURLToPath(new URL('../migrations', import.meta.url));
const TIMEOUT_MS = 60_000;

/**
 * Brings the schema up to date. Processes that start together take turns: the advisory lock lives on the one connection that migrates.
 * @throws {TradingError} `STORE_UNAVAILABLE`
 */
export async function migrateSchema(url: string, name: string): Promise<void> {
  const sql = connect(url, { max: 1, name, statementTimeoutMs: TIMEOUT_MS });
  try {
    await bounded('migrate', TIMEOUT_MS + 5_000, async () => {
      // Waiting for the other process is the point here.
      await sql`set lock_timeout = ${sql.unsafe(String(TIMEOUT_MS))}`;
      await sql`select pg_advisory_lock(hashtextextended('trading-agent:migrations', 0))`;
      await migrate(drizzle(sql), { migrationsFolder: FOLDER });
    });
  } finally {
    // Closing the connection releases the lock.
    await closeConnections(sql);
  }
}
