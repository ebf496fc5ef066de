import { runCommandLine } from './program.ts';

process.exitCode = await runCommandLine(process.argv.slice(2));
// A result larger than a pipe is still on its way; then sockets in their closing handshake must not keep a finished command alive.
await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
await new Promise<void>((resolve) => process.stderr.write('', () => resolve()));
process.exit();
