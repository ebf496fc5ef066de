import { type Tier, tierFor } from '@trading-agent/account-tiers';
import { previousSession } from '@trading-agent/calendar';
import type { Settings } from '@trading-agent/config';
import { type MarketDate, type Micros, TradingError, type Usd } from '@trading-agent/core';
import type { TrainingSource } from './training-source.ts';
import type { ThreadRequest } from './training-thread.ts';

export interface PlanInput {
  readonly settings: Settings;
  readonly balance: Usd;
  readonly source: TrainingSource;
  /** Default: the tier's, less those that are never traded. */
  readonly symbols?: readonly string[];
}

/** What is trained for an account: everything but the day. */
export interface TrainingPlan {
  readonly tier: string;
  readonly scope: string;
  readonly source: TrainingSource;
  readonly symbols: readonly string[];
  readonly training: Tier['training'];
  readonly seed: number | string;
}

const HORIZON_MINUTES = 30;
/** Mix of the baseline where no market's seed gives one. */
const BASELINE_SEED = 7;
const SEED = /^[\w-]{1,40}$/;

/**
 * The name under which a tier's models stand in the store. Models of a synthetic market stand apart, so that one never becomes the champion
 * of real trading.
 * @throws {TradingError} `INVALID_VALUE` for a seed that is not 1-40 letters, digits, _ or -.
 */
export function modelScope(tier: string, source: TrainingSource): string {
  if (source.kind === 'flat-files') return tier;
  const seed = String(source.seed);
  if (!SEED.test(seed))
    throw new TradingError('INVALID_VALUE', `Expected a seed of 1-40 letters, digits, _ or -, was "${seed}"`);
  return `${tier}-sim-${seed}`;
}

/** @throws {TradingError} `INVALID_VALUE` when no symbol is left to train on, or for a seed (see `modelScope`). */
export function planTraining({ settings, balance, source, symbols }: PlanInput): TrainingPlan {
  const tier = tierFor(balance, settings.tiers, settings.account.riskTolerance);
  const wanted = (symbols ?? tier.symbols).filter((symbol) => !settings.symbols.exclude.includes(symbol));
  if (wanted.length === 0)
    throw new TradingError('INVALID_VALUE', 'Expected at least one symbol to train on, were none', {
      hint: 'Name symbols that symbols.yaml does not exclude.',
    });
  return {
    tier: tier.name,
    scope: modelScope(tier.name, source),
    source,
    symbols: [...new Set(wanted)].sort(),
    training: tier.training,
    seed: source.kind === 'sim' ? source.seed : BASELINE_SEED,
  };
}

/** The plan for the tier's lookback of sessions that ends with `through`. */
export function threadRequest(plan: TrainingPlan, through: MarketDate, at: Micros): ThreadRequest {
  const { source, symbols, seed, training } = plan;
  let from = through;
  for (let days = 1; days < training.lookbackDays; days += 1) from = previousSession(from);
  return {
    source,
    from,
    to: through,
    training: { symbols, horizonMinutes: HORIZON_MINUTES, folds: training.folds, seed },
    at,
  };
}
