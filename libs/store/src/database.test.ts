import { inspect } from 'node:util';
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bounded, closeConnections, connect } from './database.ts';
import * as tables from './schema/tables.ts';
import { openStore } from './store.ts';
import { type TemporaryStore, temporaryStore } from './temporary-store.ts';

const PASSWORD = 'Rk7fX2sVb9dRt4w';

describe('database', () => {
  let temporary: TemporaryStore;
  beforeAll(async () => {
    temporary = await temporaryStore();
  });
  afterAll(() => temporary.remove());

  it('that nobody serves is unavailable, without its password in the error', async () => {
    const url = `postgres://agent:${PASSWORD}@127.0.0.1:1/x`;
    const error: unknown = await openStore({ databaseUrl: url, dataDir: temporary.dataDir }).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true, haltsTrading: true });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(PASSWORD);
  });

  it.each([`postgres://agent:${PASSWORD}@host:port/x`, `mysql://agent:${PASSWORD}@host/x`, PASSWORD])(
    'with a malformed address is a mistake of configuration, without its password in the error',
    async (url) => {
      const error: unknown = await openStore({ databaseUrl: url, dataDir: temporary.dataDir }).catch(
        (thrown) => thrown,
      );
      expect(error).toMatchObject({ code: 'CONFIG_INVALID', exitCode: 2 });
      expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(PASSWORD);
    },
  );

  it('that does not answer in time is unavailable', async () => {
    const sql = connect(temporary.databaseUrl, { max: 1, name: 'test', statementTimeoutMs: 50 });
    await expect(bounded('sleep', 5_000, () => sql`select pg_sleep(10)`)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      details: { code: '57014' },
    });
    // Also when the server itself never says anything.
    await expect(bounded('wait', 20, () => new Promise(() => undefined))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('20 ms'),
    });
    await closeConnections(sql);
  });

  it('refuses calls after the store was closed', async () => {
    const store = await openStore({ databaseUrl: temporary.databaseUrl, dataDir: temporary.dataDir });
    await store.close();
    await expect(store.status()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  it('has by its migrations exactly the columns of the schema', async () => {
    const sql = connect(temporary.databaseUrl, { max: 1, name: 'test' });
    const rows = await sql<{ name: string }[]>`
      select table_name || '.' || column_name || ' ' || data_type || case is_nullable when 'NO' then ' not null' else '' end as name
      from information_schema.columns where table_schema = 'public'`;
    await closeConnections(sql);
    const declared = Object.values(tables)
      .filter((table) => table instanceof PgTable)
      .flatMap((table) => {
        const { name, columns } = getTableConfig(table);
        return columns.map((column) => {
          const type = column.getSQLType() === 'bigserial' ? 'bigint' : column.getSQLType();
          return `${name}.${column.name} ${type}${column.notNull ? ' not null' : ''}`;
        });
      });
    expect(rows.map((row) => row.name).toSorted()).toEqual(declared.toSorted());
    expect(declared.length).toBeGreaterThan(90);
  });
});
