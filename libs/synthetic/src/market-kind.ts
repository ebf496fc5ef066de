import { TradingError } from '@trading-agent/core';

/**
 * - `synthetic`: with the premiums that real markets pay: shares earn more than cash, options cost more than what they will be worth.
 * - `placebo`: the same market without any premium, interest at 0: before costs no position has an expected gain, after costs all lose.
 * - `planted`: the placebo with one signal: the return of a half-hour predicts that of the next half-hour of the same session.
 */
export type MarketKind = 'synthetic' | 'placebo' | 'planted';
export const MARKET_KINDS: readonly MarketKind[] = ['synthetic', 'placebo', 'planted'];

/** What distinguishes one kind of market from another. */
export interface MarketRules {
  readonly kind: MarketKind;
  /** Continuously compounded, decimal a year. */
  readonly rate: number;
  /** What one unit of market exposure earns a year above the rate, decimal. */
  readonly equityPremium: number;
  /** Implied over expected variance, for index products and for single names. */
  readonly indexVariancePremium: number;
  readonly stockVariancePremium: number;
  /** Factor on the curvature of the quoted smile; at 0.8 options in the wings are worth what the process behind the prices makes of them. */
  readonly smilePremium: number;
  /** Standard deviation per minute of the log volatility that market makers quote beside what they expect. */
  readonly quoteMood: number;
  /** Correlation of a half-hour's return with the return of the half-hour before, within one session. */
  readonly signal: number;
}

const PLACEBO: MarketRules = {
  kind: 'placebo',
  rate: 0,
  equityPremium: 0,
  indexVariancePremium: 1,
  stockVariancePremium: 1,
  smilePremium: 0.8,
  quoteMood: 0,
  signal: 0,
};

/** Correlation that `planted` has unless another is asked for. */
export const DEFAULT_STRENGTH = 0.2;
const STRONGEST = 0.9;

/** @throws {TradingError} `OUT_OF_RANGE` for a strength that is not between -0.9 and 0.9, `INVALID_VALUE` for one without `planted`. */
export function marketRules(kind: MarketKind, strength?: number): MarketRules {
  if (strength !== undefined && kind !== 'planted')
    throw new TradingError('INVALID_VALUE', `A signal's strength goes with the kind planted, was ${kind}`, {
      hint: 'Ask for the planted market, or leave the strength out.',
    });
  const signal = strength ?? DEFAULT_STRENGTH;
  if (!(Math.abs(signal) <= STRONGEST))
    throw new TradingError('OUT_OF_RANGE', `Expected a correlation from -${STRONGEST} to ${STRONGEST}, was ${signal}`);
  if (kind === 'placebo') return PLACEBO;
  if (kind === 'planted') return { ...PLACEBO, kind, signal };
  return {
    kind,
    rate: 0.04,
    equityPremium: 0.045,
    indexVariancePremium: 1.2,
    stockVariancePremium: 1.12,
    smilePremium: 1,
    quoteMood: 0.003,
    signal: 0,
  };
}
