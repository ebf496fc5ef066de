import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadSettings } from '@trading-agent/config';
import { toTradingError } from '@trading-agent/core';
import { createLogger } from '@trading-agent/observability';
import { openStore } from '@trading-agent/store';
import { controlToken } from './control-token.ts';
import { startStatusApi } from './server.ts';
import { storeStatusSource } from './store-source.ts';

/*
 * The status API alone, beside an agent that runs or ran in another process: `nx serve status-api`. It serves the page when that has been
 * built (`agent start` builds it).
 */
const WORKSPACE = fileURLToPath(new URL('../../..', import.meta.url));
const DASHBOARD = fileURLToPath(new URL('../../dashboard/dist', import.meta.url));

try {
  const settings = loadSettings({ env: process.env, cwd: WORKSPACE });
  const logger = createLogger({ level: settings.logging.level, name: 'status-api' });
  const { databaseUrl, dataDir } = settings.store;
  const store = await openStore({
    dataDir,
    logger,
    ...(databaseUrl === undefined ? {} : { databaseUrl: databaseUrl.reveal() }),
  });
  const api = await startStatusApi({
    source: storeStatusSource(store),
    controls: { killSwitch: store.killSwitch, token: await controlToken(dataDir) },
    ...settings.statusApi,
    dashboardDir: existsSync(DASHBOARD) ? DASHBOARD : undefined,
    logger,
  }).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  console.log(api.url);
  const stop = async (): Promise<void> => {
    await api.close();
    await store.close();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stop().catch((error: unknown) => {
        logger.error({ err: error }, 'did not end cleanly');
        process.exitCode = 1;
      });
    });
  }
} catch (thrown) {
  const error = toTradingError(thrown);
  console.error(`${error.code}: ${error.message}${error.hint === undefined ? '' : `\n${error.hint}`}`);
  if (error.code === 'INTERNAL') console.error(error.cause);
  process.exitCode = error.exitCode;
}
