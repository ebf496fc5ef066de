import { type Micros, MICROS_PER_MINUTE, scaleUsd } from '@trading-agent/core';
import { type Tier, tierOfStanding } from '@trading-agent/account-tiers';
import { HOUSE_LIMITS, type OpenExposure, type RiskContext } from '@trading-agent/risk';
import type { EngineConfig } from './config.ts';
import { availableFunds, type EngineState, equityOf, haltOf, heldOf, workingOf } from './state.ts';
import { unitsAtRisk } from './structure-position.ts';

/** The tier the account stands in: within a session it only falls, and rises again after sessions that begin higher. */
export function tierOf(state: EngineState, config: EngineConfig): Tier {
  return tierOfStanding(state.standing, state.tierBalance, config.tiers, config.riskTolerance);
}

/** The account and the market as the risk rules see them at `at`. */
export function riskContext(state: EngineState, config: EngineConfig, at: Micros): RiskContext {
  const tier = tierOf(state, config);
  const { session } = state;
  const exposures: OpenExposure[] = [];
  for (const structure of state.structures.values()) {
    const units = unitsAtRisk(structure);
    if (units === 0) continue;
    exposures.push({
      underlying: structure.underlying,
      maxLoss: scaleUsd(structure.maxLossPerUnit, units),
      committed: scaleUsd(structure.committedPerUnit, units),
    });
  }
  return {
    at,
    session: { open: session.open, close: session.close },
    limits: {
      maxPositions: tier.maxPositions,
      riskPerTrade: tier.riskPerTrade,
      maxPositionSize: tier.maxPositionSize,
      dailyLoss: tier.limits.dailyLoss,
      portfolioRisk: tier.limits.portfolioRisk,
      correlation: tier.limits.correlation,
      ...HOUSE_LIMITS,
    },
    equity: equityOf(state),
    startOfDayEquity: state.startEquity,
    availableFunds: availableFunds(state),
    accountTradable: session.account.tradable,
    optionsLevel: session.account.optionsLevel,
    halted: haltOf(state),
    exposures,
    ordersInLastHour: state.openingTimes.filter((time) => at - time < 60 * MICROS_PER_MINUTE).length,
    quote: (symbol) => state.book.quote(symbol),
    exposure: (symbol) => heldOf(state, symbol) + workingOf(state, symbol),
    correlation: (a, b) => state.returns.correlation(a, b),
  };
}
