import { toTradingError } from '@trading-agent/core';
import { parseCommandLine } from './command-line.ts';
import { DEFAULT_KEYS } from './options.ts';
import { type MarketSim, startMarketSim } from './server.ts';

/*
 * The command: one JSON line on standard output when the market can be connected to (or why it can't), everything else on standard error.
 */
const log = (line: string): void => console.error(`market-sim: ${line}`);

try {
  const { options, exitWithStdin } = parseCommandLine(process.argv.slice(2));
  if (exitWithStdin) {
    process.stdin.on('end', () => process.exit(0));
    process.stdin.on('close', () => process.exit(0));
    process.stdin.resume();
  }
  const sim = await startMarketSim({ ...options, log });
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void sim.close().then(() => process.exit(0)));
  const { url, wsUrl, accountNumber } = sim;
  console.log(JSON.stringify({ ready: true, url, wsUrl, accountNumber }));
  introduce(sim, { ...DEFAULT_KEYS, ...options.keys });
} catch (error) {
  const { code, message, hint, details, exitCode, cause } = toTradingError(error);
  if (code === 'INTERNAL') log(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause));
  console.log(JSON.stringify({ error: { code, message, hint, details } }));
  process.exit(exitCode);
}

function introduce({ url, wsUrl, accountNumber }: MarketSim, keys: typeof DEFAULT_KEYS): void {
  log(`account ${accountNumber} on ${url}
  Massive/Polygon   REST ${url}  WebSocket ${wsUrl}/options  ${wsUrl}/stocks  key ${keys.polygonKey}
  Alpaca            REST ${url}/v2  stream ${wsUrl}/stream  key id ${keys.keyId}  secret ${keys.secretKey}
  official clients  restClient('${keys.polygonKey}', '${url}')  websocketClient('${keys.polygonKey}', '${wsUrl}').options()
                    new trading.Configuration({ basePath: '${url}', apiKey: auth.apiKeyAuth({ keyId: '${keys.keyId}', secret: '${keys.secretKey}' }) })
  lockstep          ${wsUrl}/admin`);
}
