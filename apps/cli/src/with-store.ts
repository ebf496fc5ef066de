import { loadSettings, type Settings } from '@trading-agent/config';
import { createLogger } from '@trading-agent/observability';
import { openStore, type Store } from '@trading-agent/store';
import { terminal } from './terminal.ts';

/** The settings that a command with a `--config` flag works by. @throws {TradingError} `CONFIG_INVALID`, `CONFIG_FILE_BROKEN`. */
export function commandSettings(flags: { readonly config?: string }): Settings {
  return loadSettings({
    env: process.env,
    cwd: process.cwd(),
    ...(flags.config === undefined ? {} : { configDir: flags.config }),
  });
}

/** Opens the configured store for one command and closes it again, whatever becomes of the work. @throws {TradingError} see `openStore`. */
export async function withStore(settings: Settings, work: (store: Store) => Promise<void>): Promise<void> {
  const { dataDir, databaseUrl } = settings.store;
  const store = await openStore({
    dataDir,
    logger: createLogger({ level: 'ERROR', name: 'agent', color: terminal.hasColor() }),
    ...(databaseUrl === undefined ? {} : { databaseUrl: databaseUrl.reveal() }),
  });
  try {
    await work(store);
  } finally {
    await store.close();
  }
}
