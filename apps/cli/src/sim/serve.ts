import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';

/** The market runs as a program of its own, as it does under `agent start`. */
const MARKET_SIM = fileURLToPath(new URL('../../../market-sim/src/main.ts', import.meta.url));

/** `agent sim serve [flags]`: everything after it is the simulator's own; its output and its exit code are this command's. */
export function simServeCommand(): Command {
  return new Command('serve')
    .description('Run the market simulator by itself and say how to point any client at it (--help: its flags).')
    .helpOption(false)
    .allowUnknownOption()
    .argument('[flags...]')
    .action(async (flags: readonly string[]) => {
      const code = await serve(flags);
      // The simulator has said why, and in its own code.
      if (code !== 0) process.exit(code);
    });
}

/** Runs until the simulator ends. Ctrl-C in a terminal reaches it by itself; a signal to this process alone is handed on. */
function serve(flags: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [MARKET_SIM, ...flags], { stdio: 'inherit' });
  const handOn = (): void => void child.kill('SIGTERM');
  const wait = (): void => undefined;
  process.on('SIGTERM', handOn);
  process.on('SIGINT', wait);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      process.off('SIGTERM', handOn);
      process.off('SIGINT', wait);
      resolve(code ?? 1);
    });
  });
}
