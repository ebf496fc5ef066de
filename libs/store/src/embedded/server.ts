import { spawn } from 'node:child_process';
import { closeSync, openSync, statSync, truncateSync } from 'node:fs';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { isTradingError, TradingError } from '@trading-agent/core';
import { bounded, closeConnections, connect } from '../database.ts';
import { fileLock } from '../file-lock.ts';
import type { StoreLogger } from '../logger.ts';
import { type PostgresBinaries, postgresBinaries } from './binaries.ts';
import { clusterExists, clusterPaths, clusterUrl, createCluster } from './cluster.ts';
import { runCommand } from './command.ts';
import { readPostmaster } from './postmaster.ts';
import { type ServerUser, serverUser } from './server-user.ts';

const LOCK_TIMEOUT_MS = 120_000;
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;
const PORT_ATTEMPTS = 3;
const LOG_LIMIT_BYTES = 5_000_000;

/** Settings given at every start, so that an old cluster follows a new version of this program. fsync stays on, its default. */
const SERVER_SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'shared_buffers=32MB',
  'max_connections=100',
  'timezone=UTC',
  'log_timezone=UTC',
  'password_encryption=scram-sha-256',
];

/**
 * Finds the running server of `folder` or starts one (making the cluster first when there is none), and calls `connect` with its address.
 * The server lock is held until `connect` has returned, so a process that closes meanwhile sees the new connection and leaves the
 * server running. The server is detached: it survives this process, however it ends, and is found again.
 * @throws {TradingError} `STORE_START_FAILED` with a hint and the end of the server's log.
 */
export async function useEmbeddedServer<T>(
  folder: string,
  logger: StoreLogger,
  connect: (url: string) => Promise<T>,
): Promise<T> {
  const paths = clusterPaths(folder);
  try {
    await mkdir(folder, { recursive: true });
    const lock = await fileLock(paths.lock, LOCK_TIMEOUT_MS);
    try {
      const binaries = postgresBinaries();
      const exists = await clusterExists(folder);
      const user = serverUser(binaries, [paths.data], exists ? await ownerOf(paths.data) : undefined);
      if (!exists) {
        logger.info({ folder }, 'Creating the embedded database (once)');
        await createCluster(folder, binaries, user);
      }
      const port = (await runningPort(folder)) ?? (await startServer(folder, binaries, user));
      return await connect(await clusterUrl(folder, port));
    } finally {
      lock.release();
    }
  } catch (error) {
    if (isTradingError(error)) throw error;
    throw new TradingError('STORE_START_FAILED', `Can't start the embedded database in ${folder}: ${String(error)}`, {
      hint: 'The folder must be writable by the user that runs the agent and belong to it. Or set DATABASE_URL.',
      details: { folder, log: await logTail(folder) },
      cause: error,
    });
  }
}

/**
 * Stops the server of `folder` unless somebody else is connected to it; connections of the application `name` are the caller's own, which it
 * has closed. Never throws: a server left running is found again at the next start.
 */
export async function releaseEmbeddedServer(
  folder: string,
  logger: StoreLogger,
  url: string,
  name: string,
): Promise<void> {
  try {
    const lock = await fileLock(clusterPaths(folder).lock, STOP_TIMEOUT_MS);
    try {
      const { state } = await readPostmaster(clusterPaths(folder).data);
      if (state === 'ready' && !(await othersConnected(url, name))) await stopServer(folder);
    } finally {
      lock.release();
    }
  } catch (error) {
    logger.warn({ folder, reason: String(error) }, 'The embedded database was left running');
  }
}

async function othersConnected(url: string, name: string): Promise<boolean> {
  const sql = connect(url, { max: 1, name });
  try {
    const [row] = await bounded(
      'look for other users of the database',
      10_000,
      () => sql<{ others: number }[]>`
        select count(*)::int as others from pg_stat_activity
        where backend_type = 'client backend' and application_name <> ${name}`,
    );
    return row === undefined || row.others > 0;
  } finally {
    await closeConnections(sql);
  }
}

async function stopServer(folder: string): Promise<void> {
  const { data } = clusterPaths(folder);
  const binaries = postgresBinaries();
  const user = serverUser(binaries, [data], await ownerOf(data));
  const { program, args, ...ids } = user.command(binaries.pgCtl, [
    'stop',
    `--pgdata=${data}`,
    '--mode=fast',
    '--wait',
    `--timeout=${STOP_TIMEOUT_MS / 1000}`,
  ]);
  const result = await runCommand(program, args, { timeoutMs: STOP_TIMEOUT_MS + 5_000, cwd: folder, ...ids });
  if (result.exitCode !== 0) throw new TradingError('STORE_UNAVAILABLE', `pg_ctl stop failed: ${result.output}`);
}

/** The port of a server that runs on this cluster, waiting while it recovers; `undefined` when there is none. */
async function runningPort(folder: string): Promise<number | undefined> {
  const { data } = clusterPaths(folder);
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const postmaster = await readPostmaster(data);
    if (postmaster.state === 'absent') return undefined;
    if (postmaster.state === 'foreign-pid') {
      // After a crash and a restart of the machine or container another program may have the old server's pid; PostgreSQL alone would refuse.
      await rm(`${data}/postmaster.pid`, { force: true });
      return undefined;
    }
    if (postmaster.state === 'ready') return postmaster.port;
    if (performance.now() > deadline) throw await startFailed(folder, 'a server is there but does not get ready');
    await delay(25);
  }
}

async function startServer(folder: string, binaries: PostgresBinaries, user: ServerUser): Promise<number> {
  const { log, port: remembered } = clusterPaths(folder);
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (let attempt = 1; ; attempt += 1) {
    if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) > LOG_LIMIT_BYTES) truncateSync(log);
    const said = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
    const outcome = await launch(folder, await choosePort(folder, attempt), binaries, user);
    if (typeof outcome === 'number') {
      await writeFile(remembered, String(outcome));
      return outcome;
    }
    const words = (await readFile(log)).toString('utf8', said);
    // Somebody took the port between our look and the server's: try another one.
    const portTaken = attempt < PORT_ATTEMPTS && /could not bind|Address already in use/.test(words);
    // The former server was killed and its children have yet to notice.
    const stillDying = performance.now() < deadline && words.includes('pre-existing shared memory block');
    if (!portTaken && !stillDying) throw await startFailed(folder, outcome);
    if (stillDying) await delay(100);
  }
}

/** The port the server listens on once it is ready, or why it is not. */
async function launch(
  folder: string,
  port: number,
  binaries: PostgresBinaries,
  user: ServerUser,
): Promise<number | string> {
  const { data, log } = clusterPaths(folder);
  const { program, args, ...ids } = user.command(binaries.postgres, [
    '-D',
    data,
    '-p',
    String(port),
    ...SERVER_SETTINGS.flatMap((setting) => ['-c', setting]),
  ]);
  const logFile = openSync(log, 'a', 0o600);
  let ended: string | undefined;
  try {
    const server = spawn(program, args, {
      cwd: folder,
      detached: true,
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', logFile, logFile],
      ...ids,
    });
    server.on('error', (error) => (ended = error.message));
    server.on('exit', (code, signal) => (ended = `the server ended with ${signal ?? `exit code ${code}`}`));
    server.unref();
  } finally {
    closeSync(logFile);
  }
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const postmaster = await readPostmaster(data);
    if (postmaster.state === 'ready') return postmaster.port;
    if (ended !== undefined) return ended;
    if (performance.now() > deadline) return `not ready after ${START_TIMEOUT_MS} ms`;
    await delay(10);
  }
}

/** The port of last time, so that an address written down stays good; another one when it is taken. */
async function choosePort(folder: string, attempt: number): Promise<number> {
  const remembered = Number(await readFile(clusterPaths(folder).port, 'utf8').catch(() => ''));
  if (attempt === 1 && Number.isInteger(remembered) && remembered > 0 && (await listenOnce(remembered)) !== undefined) {
    return remembered;
  }
  const free = await listenOnce(0);
  if (free === undefined) throw new TradingError('STORE_START_FAILED', 'No free port on 127.0.0.1');
  return free;
}

function listenOnce(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : undefined;
      server.close(() => resolve(bound));
    });
  });
}

async function ownerOf(path: string): Promise<{ uid: number; gid: number } | undefined> {
  const { uid, gid } = await stat(path);
  return uid === 0 ? undefined : { uid, gid };
}

async function startFailed(folder: string, why: string): Promise<TradingError> {
  return new TradingError('STORE_START_FAILED', `The embedded database in ${folder} did not start: ${why}`, {
    hint: 'See the end of its log in the details. If the folder was made by another PostgreSQL version or user, move it away; or set DATABASE_URL.',
    details: { folder, log: await logTail(folder) },
  });
}

async function logTail(folder: string): Promise<string> {
  const text = await readFile(clusterPaths(folder).log, 'utf8').catch(() => '');
  return text.slice(-2_000);
}
