import { randomBytes } from 'node:crypto';
import { chown, mkdir, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TradingError } from '@trading-agent/core';
import type { PostgresBinaries } from './binaries.ts';
import { runCommand } from './command.ts';
import type { ServerUser } from './server-user.ts';

/** The superuser of the embedded cluster; its password lies in the `password` file. */
export const SUPERUSER = 'agent';

/** What lies where below the embedded server's folder (`<dataDir>/pg`). */
export function clusterPaths(folder: string): {
  data: string;
  password: string;
  port: string;
  log: string;
  lock: string;
} {
  return {
    /** PostgreSQL's own data folder, owned by the user the server runs as. */
    data: join(folder, 'cluster'),
    password: join(folder, 'password'),
    port: join(folder, 'port'),
    log: join(folder, 'server.log'),
    lock: join(folder, 'server.lock'),
  };
}

const INITDB_TIMEOUT_MS = 60_000;

/** Whether there is a cluster; a half-made one never carries the final name. A folder that can't be looked at is an error, not a no. */
export async function clusterExists(folder: string): Promise<boolean> {
  try {
    await stat(clusterPaths(folder).data);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

/**
 * Makes a new cluster: UTF-8, C locale, checksums, SCRAM passwords, random superuser password in a file of mode 0600. Made under a
 * temporary name and renamed at the end, so that a kill leaves either no cluster or a whole one. The caller holds the server lock.
 * @throws {TradingError} `STORE_START_FAILED` with initdb's words.
 */
export async function createCluster(folder: string, binaries: PostgresBinaries, user: ServerUser): Promise<void> {
  const paths = clusterPaths(folder);
  await removeLeftovers(folder);
  const password = randomBytes(24).toString('base64url');
  await writeSecret(paths.password, password);

  const fresh = join(folder, `new-${randomBytes(6).toString('hex')}`);
  const passwordForInitdb = `${fresh}.password`;
  await mkdir(fresh, { mode: 0o700 });
  await writeSecret(passwordForInitdb, password);
  if (user.ids) {
    await chown(fresh, user.ids.uid, user.ids.gid);
    await chown(passwordForInitdb, user.ids.uid, user.ids.gid);
  }
  try {
    const { program, args, ...ids } = user.command(binaries.initdb, [
      `--pgdata=${fresh}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${passwordForInitdb}`,
      '--auth=scram-sha-256',
      '--locale=C',
      '--encoding=UTF8',
      '--no-instructions',
    ]);
    const result = await runCommand(program, args, { timeoutMs: INITDB_TIMEOUT_MS, cwd: folder, ...ids });
    if (result.exitCode !== 0) {
      throw new TradingError('STORE_START_FAILED', `Can't create the embedded database in ${folder}`, {
        hint: result.output.includes('user does not exist')
          ? 'PostgreSQL needs the user that runs it to be in /etc/passwd: run as a user that is, or set DATABASE_URL.'
          : 'See the output of initdb in the details. Free some disk space, or set DATABASE_URL.',
        details: { folder, output: result.output, timedOut: result.timedOut },
      });
    }
    await rename(fresh, paths.data);
  } finally {
    await rm(passwordForInitdb, { force: true });
  }
}

/** The address of the embedded server listening on `port`. Holds the password: never logged. */
export async function clusterUrl(folder: string, port: number): Promise<string> {
  const password = await readFile(clusterPaths(folder).password, 'utf8');
  return `postgres://${SUPERUSER}:${encodeURIComponent(password.trim())}@127.0.0.1:${port}/postgres`;
}

async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    // An initdb orphaned by a kill may still write here; then the rest of its folder stays until the next time.
    if (name.startsWith('new-')) await rm(join(folder, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

async function writeSecret(path: string, text: string): Promise<void> {
  await rm(path, { force: true });
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
