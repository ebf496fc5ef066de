import { z } from 'zod';
import type { DeepReadonly } from './deep-readonly.ts';
import {
  accountSchema,
  alpacaSchema,
  loggingSchema,
  marketSimSchema,
  polygonSchema,
  statusApiSchema,
  storeSchema,
} from './services-schema.ts';
import { riskSchema } from './risk-schema.ts';
import { ownStrategiesSchema, strategiesSchema } from './strategies-schema.ts';
import type { strategySchema } from './strategy-schema.ts';
import { symbolsSchema } from './symbols-schema.ts';
import { tiersSchema } from './tiers-schema.ts';

/** The one schema of the configuration. A key that does not stand here is refused. */
export const settingsSchema = z.strictObject({
  polygon: polygonSchema.prefault({}),
  alpaca: alpacaSchema.prefault({}),
  account: accountSchema.prefault({}),
  store: storeSchema.prefault({}),
  logging: loggingSchema.prefault({}),
  statusApi: statusApiSchema.prefault({}),
  marketSim: marketSimSchema.prefault({}),
  tiers: tiersSchema.prefault({}),
  strategies: strategiesSchema,
  ownStrategies: ownStrategiesSchema.default({}).describe('One file each in the folder strategies.'),
  risk: riskSchema.prefault({}),
  symbols: symbolsSchema.prefault({}),
});

/** What the schema alone makes of the input, before what follows from other settings is filled in. */
export type ParsedSettings = DeepReadonly<z.output<typeof settingsSchema>>;

/** Everything the project can be told, validated and frozen. Optional keys are absent or undefined when not set. */
export interface Settings extends Omit<ParsedSettings, 'alpaca'> {
  readonly alpaca: ParsedSettings['alpaca'] & {
    /** Given, or by `account.mode`; without a trailing slash. */
    readonly tradingUrl: string;
    /** Given, or next to `tradingUrl`. */
    readonly streamUrl: string;
  };
}

export type RiskTolerance = Settings['account']['riskTolerance'];
export type TradingMode = Settings['account']['mode'];
export type LogLevel = Settings['logging']['level'];
/** One strategy: when it fits, its legs, when it is left. */
export type StrategySettings = DeepReadonly<z.output<typeof strategySchema>>;
/** All strategies by name. */
export type StrategyBook = Readonly<Record<string, StrategySettings>>;

/** The book with only the named strategies enabled. */
export function onlyStrategies(book: StrategyBook, names: readonly string[]): StrategyBook {
  return Object.fromEntries(
    Object.entries(book).map(([name, settings]) => [name, { ...settings, enabled: names.includes(name) }]),
  );
}
