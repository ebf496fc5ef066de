import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { platform } from 'node:process';
import { processAlive } from '../process-alive.ts';

/** What `postmaster.pid` of a cluster tells about its server. */
export type Postmaster =
  | { readonly state: 'absent' }
  /** The file names a pid that is no living PostgreSQL: a zombie, or a left-over whose pid was given to somebody else. */
  | { readonly state: 'foreign-pid' }
  | { readonly state: 'starting' }
  | { readonly state: 'ready'; readonly pid: number; readonly port: number };

/** Reads who serves the cluster at `data`; a file left by a dead server counts as absent (PostgreSQL removes it itself). */
export async function readPostmaster(data: string): Promise<Postmaster> {
  let text: string;
  try {
    text = await readFile(join(data, 'postmaster.pid'), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { state: 'absent' };
    throw error;
  }
  // Lines: pid, data folder, start time, port, socket folder, address, shared memory, status (PostgreSQL manual 18, "postmaster.pid").
  const lines = text.split('\n').map((line) => line.trim());
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  if (!Number.isInteger(pid) || pid <= 0 || !processAlive(pid)) return { state: 'absent' };
  if (!(await serves(pid, data))) return { state: 'foreign-pid' };
  if (lines[7] !== 'ready' || !Number.isInteger(port) || port <= 0) return { state: 'starting' };
  return { state: 'ready', pid, port };
}

/** Whether the process can be the server of this cluster; anything that can't be found out counts as yes. */
async function serves(pid: number, data: string): Promise<boolean> {
  if (platform !== 'linux') return true;
  const read = (name: string): Promise<string> => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
  // A dead server whose parent never collected it (a container's first process) still has its pid.
  if (/^\d+ \(.*\) Z/.test(await read('stat'))) return false;
  const commandLine = await read('cmdline');
  if (commandLine !== '' && !commandLine.includes('postgres')) return false;
  // A server works in its data folder; another cluster's works elsewhere. Compared as a place, not by name: there may be links.
  const [workingFolder, own] = await Promise.all([stat(`/proc/${pid}/cwd`).catch(() => undefined), stat(data)]);
  return workingFolder === undefined || (workingFolder.dev === own.dev && workingFolder.ino === own.ino);
}
