import { runCommandLine } from '../program.ts';
import { terminal } from '../terminal.ts';
import type { Finished } from './agent-process.ts';

/**
 * Runs a command in this process, for those that read neither environment nor signals: a process of its own costs most of a second to start.
 * One at a time.
 */
export async function runInProcess(args: readonly string[]): Promise<Finished> {
  const { out, error, isInteractive } = terminal;
  let stdout = '';
  let stderr = '';
  terminal.out = (text) => void (stdout += text);
  terminal.error = (text) => void (stderr += text);
  terminal.isInteractive = () => false;
  try {
    const code = await runCommandLine(args);
    return { code, stdout, stderr };
  } finally {
    Object.assign(terminal, { out, error, isInteractive });
  }
}
