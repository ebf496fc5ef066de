import type { StrategySettings } from '@trading-agent/config';

/** Absolute delta of the leg that defines a structure. */
export type DeltaRange = StrategySettings['delta'];
/** When a structure is left; gains and losses as fractions of the premium paid or multiples of the premium received. */
export type ExitSettings = StrategySettings['exit'];
