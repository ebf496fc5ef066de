import { runCommandLine } from './program.ts';

process.exitCode = await runCommandLine(process.argv.slice(2));
// Sockets in their closing handshake must not keep a finished command alive; output has been flushed by then.
setImmediate(() => process.exit());
