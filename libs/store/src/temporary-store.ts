import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { pid } from 'node:process';
import type postgres from 'postgres';
import { closeConnections, connect } from './database.ts';
import { releaseEmbeddedServer, useEmbeddedServer } from './embedded/server.ts';
import { silentLogger } from './logger.ts';
import { openStore, type Store } from './store.ts';
import { processAlive } from './process-alive.ts';

/** A store for tests: a real PostgreSQL, an empty database, an empty data folder. */
export interface TemporaryStore {
  readonly store: Store;
  /** With these two another process, or another `openStore`, opens the same store. */
  readonly databaseUrl: string;
  readonly dataDir: string;
  /** Closes the store and removes its database and folder; stores opened by others on it are cut off. */
  remove(): Promise<void>;
}

/**
 * Opens an empty store. The embedded server behind it is shared by all tests of this user (one cluster below the folder for temporary
 * files, made once), the database is its own; so this takes about 0.2 s, and a test file should make one and use several sessions.
 */
export async function temporaryStore(): Promise<TemporaryStore> {
  const folder = join(tmpdir(), `trading-agent-tests-${userInfo().uid}`);
  const name = `trading-agent tests ${randomUUID()}`;
  const { admin, serverUrl } = await useEmbeddedServer(folder, silentLogger, async (url) => {
    const sql = connect(url, { max: 1, name });
    await sql`select 1`;
    return { admin: sql, serverUrl: url };
  });
  const database = `test_${pid}_${randomBytes(6).toString('hex')}`;
  await dropAbandoned(admin);
  await admin`create database ${admin(database)}`;
  const dataDir = await mkdtemp(join(tmpdir(), 'trading-agent-store-'));
  const databaseUrl = serverUrl.replace(/\/postgres$/, `/${database}`);
  const store = await openStore({ databaseUrl, dataDir });
  return {
    store,
    databaseUrl,
    dataDir,
    remove: async () => {
      await store.close();
      await admin`drop database if exists ${admin(database)} with (force)`;
      await closeConnections(admin);
      await releaseEmbeddedServer(folder, silentLogger, serverUrl, name);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Databases of test processes that were killed. */
async function dropAbandoned(admin: postgres.Sql): Promise<void> {
  const rows = await admin<{ name: string }[]>`select datname as name from pg_database where datname like 'test\\_%'`;
  for (const { name } of rows) {
    const owner = Number(name.split('_')[1]);
    if (!processAlive(owner)) await admin`drop database if exists ${admin(name)} with (force)`;
  }
}
