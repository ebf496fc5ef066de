export { describeSettings, type SettingLine, type Source } from './describe-settings.ts';
export { ENVIRONMENT, type Environment, type EnvironmentVariable } from './environment.ts';
export { leastReturnInForce, overruled } from './in-force.ts';
export { type LoadOptions, loadSettings } from './load-settings.ts';
export type { RiskSettings } from './risk-schema.ts';
export { Secret } from './secret.ts';
export {
  type LogLevel,
  onlyStrategies,
  type RiskTolerance,
  type Settings,
  type StrategyBook,
  type StrategySettings,
  type TradingMode,
} from './settings.ts';
export { STRATEGY_NAME, STRATEGY_NAMES, type StrategyName } from './strategies-schema.ts';
export type { SelectionSettings } from './symbols-schema.ts';
export { MODEL_NAMES, type TierSettings, type TierTable } from './tiers-schema.ts';
export { readYamlFile, type YamlFile } from './yaml-file.ts';
