import { type EngineConfig, engineConfig } from '@trading-agent/engine';
import { loadSettings } from '@trading-agent/config';

/** The engine as it is without any configuration file, with the baseline model of the seed. */
export function seededEngine(seed: number): EngineConfig {
  return engineConfig(loadSettings({ env: {}, cwd: import.meta.dirname }), seed);
}
