import { setTimeout as delay } from 'node:timers/promises';
import { systemClock, toTradingError, usd } from '@trading-agent/core';
import { tierFor } from '@trading-agent/account-tiers';
import { createAlpacaBroker } from '@trading-agent/alpaca';
import { loadSettings, overruled } from '@trading-agent/config';
import { createLogger } from '@trading-agent/observability';
import { openStore } from '@trading-agent/store';
import { configuredEndpoints, type MarketEndpoints, simulatorEndpoints } from './connections.ts';
import { runAgent } from './run-agent.ts';

// The agent alone, as `nx serve live-agent` and the container run it: with keys it trades the configured market, without any it waits for a
// market-sim on its default port.
const SIMULATOR = { url: 'http://127.0.0.1:4010', wsUrl: 'ws://127.0.0.1:4010' } as const;
const RETRY_MS = 5_000;

const settings = loadSettings({ env: process.env, cwd: process.cwd() });
const log = createLogger({ level: settings.logging.level, name: 'live-agent' });
const interrupt = new AbortController();
process.on('SIGINT', () => interrupt.abort()).on('SIGTERM', () => interrupt.abort());

const hasKeys = settings.alpaca.keyId !== undefined || settings.polygon.apiKey !== undefined;
const market: MarketEndpoints = hasKeys
  ? configuredEndpoints(settings)
  : simulatorEndpoints(SIMULATOR.url, SIMULATOR.wsUrl);
if (!hasKeys)
  log.info({ market: SIMULATOR.url }, 'No keys are set: expecting a simulated market (nx serve market-sim)');

async function untilReachable(): Promise<void> {
  const broker = createAlpacaBroker({ ...market.alpaca, clock: systemClock, logger: log });
  while (!interrupt.signal.aborted) {
    try {
      await broker.account();
      return;
    } catch (thrown) {
      const error = toTradingError(thrown);
      if (!error.retryable) throw error;
      log.warn(
        { code: error.code },
        `The market does not answer; trying again in ${RETRY_MS / 1_000} s: ${error.message}`,
      );
      await delay(RETRY_MS, undefined, { signal: interrupt.signal }).catch(() => undefined);
    }
  }
}

try {
  await untilReachable();
  if (!interrupt.signal.aborted) {
    const store = await openStore({
      dataDir: settings.store.dataDir,
      logger: log,
      ...(settings.store.databaseUrl === undefined ? {} : { databaseUrl: settings.store.databaseUrl.reveal() }),
    });
    try {
      const { balance, mode, riskTolerance } = settings.account;
      for (const note of overruled(settings)) log.warn({ mode }, note);
      const { report, complete } = await runAgent({
        settings,
        store,
        market,
        underlyings: tierFor(usd(balance), settings.tiers, riskTolerance).symbols.filter(
          (symbol) => !settings.symbols.exclude.includes(symbol),
        ),
        mode: hasKeys ? mode : 'sim',
        seed: 7,
        // A simulated market that was started by hand forgets what came after the step it is wound back to.
        resume: hasKeys,
        exitAtClose: true,
        log,
        signal: interrupt.signal,
      });
      log.info(
        { complete, endEquity: report.endEquity, orders: report.orders.length, fingerprint: report.fingerprint },
        'The session is over',
      );
    } finally {
      await store.close();
    }
  }
} catch (thrown) {
  const error = toTradingError(thrown);
  log.error({ err: error }, error.message);
  process.exitCode = error.exitCode;
}
