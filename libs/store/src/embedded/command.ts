import { spawn } from 'node:child_process';

export interface CommandResult {
  /** `null` when the command was killed by a signal or ran out of time. */
  readonly exitCode: number | null;
  /** The last 8,000 characters of standard output and standard error, interleaved. */
  readonly output: string;
  readonly timedOut: boolean;
}

export interface CommandOptions {
  readonly timeoutMs: number;
  readonly cwd: string;
  readonly uid?: number;
  readonly gid?: number;
}

const OUTPUT_LIMIT = 8_000;

/** Runs a program to its end; never rejects: a program that can't be started has exit code 127 and the reason as its output. */
export function runCommand(program: string, args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      // Messages are read by people and by tests: always English, whatever the user's locale.
      env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.uid === undefined ? {} : { uid: options.uid }),
      ...(options.gid === undefined ? {} : { gid: options.gid }),
    });
    let output = '';
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, options.timeoutMs);
    const collect = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-OUTPUT_LIMIT);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve({ exitCode: 127, output: error.message, timedOut: false });
    });
    // 'exit', not 'close': a server started by pg_ctl may keep the pipes open.
    child.on('exit', (exitCode) => {
      clearTimeout(timer);
      setImmediate(() => {
        child.stdout.destroy();
        child.stderr.destroy();
        resolve({ exitCode, output: output.trim(), timedOut });
      });
    });
  });
}
