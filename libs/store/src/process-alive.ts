import { kill } from 'node:process';

/** Whether a process with this id exists on this machine, whoever owns it. */
export function processAlive(pid: number): boolean {
  try {
    return kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
