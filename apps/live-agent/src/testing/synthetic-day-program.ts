/**
 * A process for tests that kill processes: trades a synthetic day against a market-sim of its own, `node synthetic-day-program.ts <options as
 * JSON>`. Tells what happens in lines of JSON on standard output.
 */
import { argv, stdout } from 'node:process';
import { marketDate, toTradingError } from '@trading-agent/core';
import { loadSettings } from '@trading-agent/config';
import { openStore } from '@trading-agent/store';
import { runAgent } from '../run-agent.ts';
import { openSimulatedMarket } from '../simulated-market.ts';
import type { DayOptions } from './synthetic-day.ts';
import { silentLog } from './silent-log.ts';

const say = (line: object): void => void stdout.write(`${JSON.stringify(line)}\n`);
const options: DayOptions & { readonly resume: boolean } = JSON.parse(argv[2] ?? '{}');
const { databaseUrl, dataDir, symbols, balance, seed, resume } = options;
const settings = loadSettings({ env: {}, cwd: dataDir, overrides: { 'account.balance': balance } });
const store = await openStore({ databaseUrl, dataDir });
try {
  const market = await openSimulatedMarket({
    source: { kind: 'sim' },
    date: marketDate(options.date),
    symbols,
    balance,
    seed,
    speed: 'max',
    resume,
    strategies: settings.strategies,
    dataDir,
    store,
    log: silentLog,
  });
  say({ market: market.pid, account: market.account });
  try {
    const { report, complete, sessionId } = await runAgent({
      settings,
      store,
      market: market.endpoints,
      knowledge: market.knowledge,
      lock: market.lock,
      failed: market.failed,
      underlyings: symbols,
      mode: 'sim',
      seed,
      resume,
      exitAtClose: true,
      log: silentLog,
      onStep: ({ at }) => say({ at }),
    });
    say({ sessionId, complete, report });
  } finally {
    await market.close();
  }
} catch (thrown) {
  const { code, message } = toTradingError(thrown);
  say({ code, message });
  process.exitCode = 1;
} finally {
  await store.close();
}
