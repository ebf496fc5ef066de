import type { RiskTolerance, TierSettings, TierTable } from '@trading-agent/config';
import { MICROS_PER_USD, TradingError, type Usd, usd } from '@trading-agent/core';
import { heldBalance, type TierChange, type TierStanding } from './standing.ts';

/** What an account of a given balance may do. Fractions are of the balance unless said otherwise. */
export interface Tier {
  readonly name: string;
  /** Everything it may trade: the tier's own symbols after those of the tiers below. */
  readonly symbols: readonly string[];
  readonly maxPositions: number;
  /** Largest loss of one trade, risk tolerance applied. */
  readonly riskPerTrade: number;
  /** Largest capital in one position. */
  readonly maxPositionSize: number;
  /** Loss of the premium at which a trade is closed, as a fraction of that premium. */
  readonly stopLoss: number;
  readonly apiBudget: TierSettings['apiBudget'];
  readonly limits: TierSettings['limits'];
  readonly training: TierSettings['training'];
}

/**
 * The tier of a balance: the last one whose `fromBalance` it reaches (`[from, next from)`; below zero the first).
 *
 * Dollar limits never fall when the balance grows. Where a tier's fraction is smaller than that of the tier below, the amount
 * reached at the boundary is held until the new fraction yields more: 30% up to $1,000 and 25% above it make $300 from $1,000 to $1,200.
 *
 * Risk tolerance scales `riskPerTrade` alone, by `table.tolerance` and within `table.riskPerTrade`.
 * @throws {TradingError} `CONFIG_INVALID` when the table has no tier.
 */
export function tierFor(balance: Usd, table: TierTable, tolerance: RiskTolerance): Tier {
  const dollars = balance / MICROS_PER_USD;
  const reached = table.table.filter(({ fromBalance }, index) => index === 0 || fromBalance <= dollars);
  const own = reached.at(-1);
  if (own === undefined) throw new TradingError('CONFIG_INVALID', 'Expected at least one account tier, was none');
  const held = (fraction: (tier: TierSettings) => number): number => heldFraction(dollars, reached, fraction);
  return {
    name: own.name,
    symbols: reached.flatMap(({ symbols }) => symbols),
    maxPositions: own.maxPositions,
    riskPerTrade: held(({ riskPerTrade }) => toleratedRisk(riskPerTrade, table, tolerance)),
    maxPositionSize: held(({ maxPositionSize }) => maxPositionSize),
    stopLoss: own.stopLoss,
    apiBudget: own.apiBudget,
    limits: {
      dailyLoss: held(({ limits }) => limits.dailyLoss),
      portfolioRisk: held(({ limits }) => limits.portfolioRisk),
      correlation: own.limits.correlation,
    },
    training: own.training,
  };
}

/**
 * The tier that holds for an account that stands where it stands (`standing.ts`). While it waits for a higher tier, its limits in dollars are
 * those at the top of its own: the fractions are made smaller by as much as the balance is above it.
 */
export function tierOfStanding(standing: TierStanding, balance: Usd, table: TierTable, tolerance: RiskTolerance): Tier {
  const held = heldBalance(standing, balance, table);
  const tier = tierFor(held, table, tolerance);
  if (held === balance) return tier;
  const share = held / balance;
  return {
    ...tier,
    riskPerTrade: tier.riskPerTrade * share,
    maxPositionSize: tier.maxPositionSize * share,
    limits: {
      dailyLoss: tier.limits.dailyLoss * share,
      portfolioRisk: tier.limits.portfolioRisk * share,
      correlation: tier.limits.correlation,
    },
  };
}

/** The tier whose limits were in force until the change: of a fall those at the boundary that was crossed. */
export function tierBefore(
  { kind, from, balance, boundary }: TierChange,
  table: TierTable,
  tolerance: RiskTolerance,
): Tier {
  return tierOfStanding({ tier: from, waited: 0 }, kind === 'demotion' ? boundary : balance, table, tolerance);
}

/** A limit that is a fraction of the balance. */
export type FractionLimit = 'riskPerTrade' | 'maxPositionSize' | 'portfolioRisk' | 'dailyLoss';

/**
 * The smallest balance, to the cent, at which the limit reaches `dollars`: the inverse of `tierFor`, exact because dollar limits never fall.
 * `null` when no tier reaches it.
 */
export function smallestBalanceFor(
  dollars: number,
  limit: FractionLimit,
  table: TierTable,
  tolerance: RiskTolerance,
): number | null {
  let smallest: number | null = null;
  for (const [index, tier] of table.table.entries()) {
    const fraction = ownFraction(tier, limit, table, tolerance);
    const end = table.table[index + 1]?.fromBalance ?? Number.POSITIVE_INFINITY;
    const balance = Math.max(tier.fromBalance, dollars / fraction);
    if (balance <= end) smallest = Math.min(smallest ?? balance, balance);
  }
  if (smallest === null) return null;
  // Up to the whole cent at which the very comparison that is made elsewhere passes.
  let cents = Math.max(0, Math.ceil(smallest * 100 - 1e-6));
  for (let tries = 0; tries < 3; tries++) {
    const tier = tierFor(usd(cents / 100), table, tolerance);
    if ((cents / 100) * fractionOf(tier, limit) >= dollars) return cents / 100;
    cents++;
  }
  return cents / 100;
}

/** The limit of a tier as a fraction of the balance. */
export function fractionOf(tier: Tier, limit: FractionLimit): number {
  return limit === 'riskPerTrade' || limit === 'maxPositionSize' ? tier[limit] : tier.limits[limit];
}

function ownFraction(tier: TierSettings, limit: FractionLimit, table: TierTable, tolerance: RiskTolerance): number {
  if (limit === 'riskPerTrade') return toleratedRisk(tier.riskPerTrade, table, tolerance);
  return limit === 'maxPositionSize' ? tier.maxPositionSize : tier.limits[limit];
}

function toleratedRisk(riskPerTrade: number, table: TierTable, tolerance: RiskTolerance): number {
  const { min, max } = table.riskPerTrade;
  return Math.min(max, Math.max(min, riskPerTrade * table.tolerance[tolerance]));
}

/** The fraction of `dollars` that is the largest of the tier's own amount and those reached at the ends of the tiers below. */
function heldFraction(
  dollars: number,
  reached: readonly TierSettings[],
  fraction: (tier: TierSettings) => number,
): number {
  return reached.reduce((best, tier, index) => {
    const end = reached[index + 1]?.fromBalance;
    return Math.max(best, end === undefined ? fraction(tier) : (fraction(tier) * end) / dollars);
  }, 0);
}
