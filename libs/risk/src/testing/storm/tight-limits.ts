import type { Random } from '@trading-agent/core';
import type { RiskLimits } from '../../context.ts';
import { HOUSE, LIMITS } from '../situation.ts';
import { pickOf } from './storm-market.ts';

const { greeks, stress, orders, expiry } = HOUSE;
/** A fifth of what is shipped. */
const FIFTH = 0.2;

const TIGHT: readonly Partial<RiskLimits>[] = [
  {},
  {},
  { riskPerTrade: 0.01 },
  { maxPositionSize: 0.04 },
  { portfolioRisk: 0.04 },
  { maxPositions: 2 },
  { stress: { ...stress, maxLoss: 0.02 } },
  { stress: { ...stress, maxLoss: 0.01 } },
  ...(['delta', 'gamma', 'vega', 'theta'] as const).flatMap((name): Partial<RiskLimits>[] =>
    (['underlying', 'net'] as const).map((scope) => ({
      greeks: { ...greeks, [scope]: { ...greeks[scope], [name]: greeks[scope][name] * FIFTH } },
    })),
  ),
  { orders: { ...orders, maxContracts: 5 } },
  { orders: { ...orders, priceCollar: 0.05 } },
  { orders: { ...orders, modelCollar: 0.05 } },
  // Whatever is sold and in the money may be assigned.
  { expiry: { ...expiry, deliveryDays: 90 } },
  { expiry: { ...expiry, deliveryDays: 90 }, portfolioRisk: 1, maxPositionSize: 1, riskPerTrade: 1 },
];

/** Limits of which one is so tight that it is often the one in the way: others would hide a rule that lets too much through. */
export function tightened(random: Random): RiskLimits {
  return { ...LIMITS, ...pickOf(random, TIGHT) };
}
