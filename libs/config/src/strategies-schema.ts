import { z } from 'zod';
import { BUILT_IN_STRATEGIES } from './built-in-strategies.ts';
import { isPlainObject } from './key-path.ts';
import { strategySchema } from './strategy-schema.ts';

/** Name of a structure: a built-in one, or that of a file in `strategies/`. */
export type StrategyName = string;

/** The structures that ship. */
export const STRATEGY_NAMES: readonly StrategyName[] = Object.keys(BUILT_IN_STRATEGIES);

/** Names of strategies, own ones included: what a file may be called. */
export const STRATEGY_NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

const named = Object.fromEntries(STRATEGY_NAMES.map((name) => [name, strategySchema]));

/** The built-in strategies as `strategies.yaml` may change them; what it leaves out is filled in by `withBuiltIns` before. */
export const strategiesSchema = z.strictObject(named);

export const ownStrategiesSchema = z.record(
  z
    .string()
    .regex(STRATEGY_NAME, 'a name in lower case such as broken-wing')
    .refine((name) => !STRATEGY_NAMES.includes(name), 'a name that no built-in strategy has'),
  strategySchema,
);

/** What a file says about the built-in strategies, completed key by key; lists (legs, views) are taken whole. */
export function withBuiltIns(given: unknown): unknown {
  if (given === undefined) return BUILT_IN_STRATEGIES;
  return isPlainObject(given) ? completed(BUILT_IN_STRATEGIES, given) : given;
}

function completed(
  defaults: Readonly<Record<string, unknown>>,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...defaults };
  for (const [key, value] of Object.entries(given)) {
    const before = defaults[key];
    merged[key] = isPlainObject(before) && isPlainObject(value) ? completed(before, value) : value;
  }
  return merged;
}
