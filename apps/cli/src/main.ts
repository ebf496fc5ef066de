import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Types are taken out of a source once, not at every start. Where the folder can't be written, as before.
enableCompileCache(fileURLToPath(new URL('../../../node_modules/.cache/agent', import.meta.url)));
const { runCommandLine } = await import('./program.ts');
const { lostOutput, watchOutput } = await import('./output-errors.ts');
const { printError } = await import('./terminal.ts');

watchOutput();
process.exitCode = await runCommandLine(process.argv.slice(2));
// A result larger than a pipe is still on its way; then sockets in their closing handshake must not keep a finished command alive.
await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
await new Promise<void>((resolve) => process.stderr.write('', () => resolve()));
const lost = lostOutput();
// Not as JSON on standard output: that is what failed.
if (lost !== undefined) process.exitCode = printError(lost, false);
process.exit();
