import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kill, pid } from 'node:process';
import { micros } from '@trading-agent/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeConnections, connect } from '../database.ts';
import { processAlive } from '../process-alive.ts';
import { openStore } from '../store.ts';
import { StoreChild } from '../testing/child.ts';
import { clusterUrl } from './cluster.ts';
import { readPostmaster } from './postmaster.ts';

/** One cluster for all of these tests: they run in this order, each leaves it stopped. */
describe('embedded server', { shuffle: false }, () => {
  let dataDir: string;
  let folder: string;
  beforeAll(async () => {
    // mkdtemp makes a folder of mode 700: as root this is the case that needs setpriv.
    dataDir = join(await mkdtemp(join(tmpdir(), 'trading-agent-embedded-')), 'data');
    folder = join(dataDir, 'pg');
  });
  afterAll(() => rm(join(dataDir, '..'), { recursive: true, force: true }));

  const running = () => readPostmaster(join(folder, 'cluster'));
  const serverPid = async () => {
    const postmaster = await running();
    return postmaster.state === 'ready' ? postmaster.pid : undefined;
  };

  it('is made and started once by processes that race for it, and stopped by the last that closes', async () => {
    const children = [1, 2, 3].map(() => new StoreChild('open', { dataDir }));
    for (const child of children) await child.said('open');
    const first = await serverPid();
    expect(first).toBeGreaterThan(0);
    await children[0]?.finish();
    await children[1]?.finish();
    expect(await serverPid()).toBe(first);
    await children[2]?.finish();
    expect(await running()).toEqual({ state: 'absent' });
  });

  it('is made by the next process when the first was killed while making it', async () => {
    const elsewhere = join(dataDir, '..', 'interrupted');
    const child = new StoreChild('open', { dataDir: elsewhere });
    await child.said('log');
    await child.kill();
    const store = await openStore({ dataDir: elsewhere });
    expect(await store.status()).toBeUndefined();
    await store.close();
  });

  it('listens on the loopback address only, keeps its secret, and is set up to be safe', async () => {
    const store = await openStore({ dataDir });
    const postmaster = await running();
    const url = await clusterUrl(folder, postmaster.state === 'ready' ? postmaster.port : 0);
    const sql = connect(url, { max: 1, name: 'test' });
    const [row] = await sql`
      select current_setting('listen_addresses') as address, current_setting('unix_socket_directories') as sockets,
        current_setting('fsync') as fsync, current_setting('TimeZone') as zone, current_setting('data_checksums') as checksums,
        pg_encoding_to_char(encoding) as encoding, datcollate as collation, ssl from pg_database
        left join lateral (select current_setting('ssl') as ssl) s on true where datname = current_database()`;
    expect(row).toEqual({
      address: '127.0.0.1',
      sockets: '',
      fsync: 'on',
      zone: 'UTC',
      checksums: 'on',
      encoding: 'UTF8',
      collation: 'C',
      ssl: 'off',
    });
    await closeConnections(sql);
    expect(statSync(join(folder, 'password')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, 'cluster', 'pg_hba.conf'), 'utf8')).not.toMatch(/^[^#\n]*\btrust\b/m);
    const wrong = url.replace(/:[^:@]+@/, ':wrong@');
    await expect(openStore({ databaseUrl: wrong, dataDir })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.not.stringContaining('wrong'),
    });
    await store.close();
    await store.close();
  });

  it('survives the kill of its last process and is found again', async () => {
    const child = new StoreChild('open', { dataDir });
    await child.said('open');
    const server = await serverPid();
    await child.kill();
    expect(await serverPid()).toBe(server);
    const store = await openStore({ dataDir });
    expect(await serverPid()).toBe(server);
    await store.close();
    expect(await running()).toEqual({ state: 'absent' });
  });

  it('starts again after it was killed itself, and after its pid went to somebody else', async () => {
    const before = await openStore({ dataDir });
    const run = await before.runs.start({ kind: 'kept', parameters: {}, at: micros(1) });
    const server = await serverPid();
    if (server !== undefined) kill(server, 'SIGKILL');
    // The server's children outlive it for a moment; then it is gone for good.
    const untilItFails = async (): Promise<never> => {
      for (;;) await before.status();
    };
    await expect(untilItFails()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await before.close();
    // The left-over file now names a process that lives and is no PostgreSQL: this one.
    const file = join(folder, 'cluster', 'postmaster.pid');
    const lines = readFileSync(file, 'utf8').split('\n');
    expect(lines[0]).toBe(String(server));
    writeFileSync(file, [pid, ...lines.slice(1)].join('\n'));
    const after = await openStore({ dataDir });
    expect(await after.runs.list('kept', 5)).toMatchObject([{ id: run.id }]);
    await after.close();
  });

  it('takes another port when the remembered one is taken', async () => {
    const remembered = Number(readFileSync(join(folder, 'port'), 'utf8'));
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(remembered, '127.0.0.1', resolve));
    const store = await openStore({ dataDir });
    expect(await running()).toMatchObject({ state: 'ready', port: expect.not.closeTo(remembered, 0) });
    await store.close();
    await new Promise((resolve) => squatter.close(resolve));
  });

  it('says why when it does not start, with the end of its log', async () => {
    const version = join(folder, 'cluster', 'PG_VERSION');
    writeFileSync(version, '9.6\n');
    await expect(openStore({ dataDir })).rejects.toMatchObject({
      code: 'STORE_START_FAILED',
      exitCode: 2,
      hint: expect.stringContaining('DATABASE_URL'),
      details: { log: expect.stringContaining('incompatible') },
    });
  });

  it('says why when its folder can not be written', async () => {
    const file = join(dataDir, 'a-file');
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(file, '');
    chmodSync(file, 0o600);
    await expect(openStore({ dataDir: file })).rejects.toMatchObject({ code: 'STORE_START_FAILED' });
    expect(processAlive(pid)).toBe(true);
  });
});
