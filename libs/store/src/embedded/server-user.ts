import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { geteuid } from 'node:process';
import { TradingError } from '@trading-agent/core';
import type { PostgresBinaries } from './binaries.ts';

/** Who runs the PostgreSQL programs and how they are started. */
export interface ServerUser {
  /** `undefined` when the programs run as whoever runs this process. */
  readonly ids: { readonly uid: number; readonly gid: number } | undefined;
  /** The program and arguments that start `program` as that user. */
  command(program: string, args: readonly string[]): { program: string; args: string[]; uid?: number; gid?: number };
}

const SETPRIV = ['/usr/bin/setpriv', '/bin/setpriv', '/usr/sbin/setpriv'];

/**
 * PostgreSQL refuses to run as root. As root its programs therefore run as the existing unprivileged user `postgres`, else `nobody`; no user is
 * created. Where that user can't reach the programs or the data folder (a checkout below a folder of mode 700), setpriv of util-linux
 * starts them as that user with the one capability to pass folder permissions.
 * @param folders the folders the server works in; they need not exist yet.
 * @param owner who owns an existing cluster: PostgreSQL accepts no other user for it.
 * @throws {TradingError} `STORE_START_FAILED` when running as root and there is no way to run as somebody else.
 */
export function serverUser(
  binaries: PostgresBinaries,
  folders: readonly string[],
  owner?: { readonly uid: number; readonly gid: number },
  passwdFile = '/etc/passwd',
): ServerUser {
  if (geteuid === undefined || geteuid() !== 0) {
    return { ids: undefined, command: (program, args) => ({ program, args: [...args] }) };
  }
  const ids = owner ?? unprivilegedUser(passwdFile);
  if (!ids) throw refused(`there is no user "postgres" or "nobody" in ${passwdFile}`);
  if ([binaries.postgres, ...folders].every((path) => reachable(path, ids.uid, ids.gid))) {
    return { ids, command: (program, args) => ({ program, args: [...args], ...ids }) };
  }
  const setpriv = SETPRIV.find((path) => existsSync(path));
  if (!setpriv) throw refused(`user ${ids.uid} can't reach ${folders.join(', ')} and setpriv is not installed`);
  // no_setuid_fixup: initdb asks access(2) whether it may run postgres, and for a non-root user access(2) ignores capabilities without it.
  const prefix = [`--reuid=${ids.uid}`, `--regid=${ids.gid}`, '--clear-groups', '--securebits=+no_setuid_fixup'];
  const capability = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
  return {
    ids,
    command: (program, args) => ({ program: setpriv, args: [...prefix, ...capability, '--', program, ...args] }),
  };
}

function refused(why: string): TradingError {
  return new TradingError('STORE_START_FAILED', `PostgreSQL can't run as root, and ${why}`, {
    hint: 'Run the agent as a normal user, or set DATABASE_URL to a PostgreSQL that is already running.',
  });
}

function unprivilegedUser(passwdFile: string): { uid: number; gid: number } | undefined {
  const lines = existsSync(passwdFile) ? readFileSync(passwdFile, 'utf8').split('\n') : [];
  for (const name of ['postgres', 'nobody']) {
    const fields = lines.find((line) => line.startsWith(`${name}:`))?.split(':');
    const uid = Number(fields?.[2]);
    const gid = Number(fields?.[3]);
    if (Number.isInteger(uid) && Number.isInteger(gid) && uid > 0) return { uid, gid };
  }
  return undefined;
}

/** Whether every existing folder above `path` may be passed by the user (mode bits only; a wrong yes ends as an error with a log tail). */
function reachable(path: string, uid: number, gid: number): boolean {
  for (let at = dirname(path); ; at = dirname(at)) {
    const stats = statSync(at, { throwIfNoEntry: false });
    if (stats) {
      const shift = stats.uid === uid ? 6 : stats.gid === gid ? 3 : 0;
      if (((stats.mode >> shift) & 1) === 0) return false;
    }
    if (at === dirname(at)) return true;
  }
}
