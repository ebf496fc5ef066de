import { toTradingError } from '@trading-agent/core';
import { parseCommandLine } from './command-line.ts';
import { HELP, introduction } from './introduction.ts';
import { startMarketSim } from './server.ts';

const log = (line: string): void => console.error(`market-sim: ${line}`);

/**
 * The command: one JSON line on standard output when the market can be connected to (or why it can't), everything else on standard error. Returns
 * while the market goes on serving.
 */
export async function runMarketSim(args: readonly string[]): Promise<void> {
  if (args.includes('--help')) {
    console.log(HELP);
    process.exit(0);
  }
  try {
    const { options, exitWithStdin } = parseCommandLine(args);
    if (exitWithStdin) {
      process.stdin.on('end', () => process.exit(0));
      process.stdin.on('close', () => process.exit(0));
      process.stdin.resume();
    }
    const sim = await startMarketSim({ ...options, log });
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => void sim.close().then(() => process.exit(0)));
    const { url, wsUrl, s3Url, accountNumber } = sim;
    console.log(JSON.stringify({ ready: true, url, wsUrl, accountNumber, ...(s3Url !== null && { s3Url }) }));
    log(introduction(sim, options));
  } catch (error) {
    const { code, message, hint, details, exitCode, cause } = toTradingError(error);
    if (code === 'INTERNAL') log(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause));
    console.log(JSON.stringify({ error: { code, message, hint, details } }));
    process.exit(exitCode);
  }
}
