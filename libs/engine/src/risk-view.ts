import {
  type MarketDate,
  type Micros,
  MICROS_PER_MINUTE,
  notional,
  scaleUsd,
  type Usd,
  usdFromMicros,
  ZERO_USD,
} from '@trading-agent/core';
import { type Tier, tierOfStanding } from '@trading-agent/account-tiers';
import { nyDate } from '@trading-agent/calendar';
import { type Order, type Quote, sideOf, sign } from '@trading-agent/instruments';
import { type HeldOption, type Holdings, type Margin, marginOf, type MarginMarket } from '@trading-agent/portfolio';
import type {
  OpenExposure,
  RecentOrder,
  RiskContext,
  RiskLimits,
  TradingHistory,
  Valuation,
} from '@trading-agent/risk';
import type { EngineConfig } from './config.ts';
import { oldestQuote } from './contract-pricer.ts';
import { foreignExposures } from './foreign.ts';
import { type EngineState, equityOf, haltOf, heldOf, markOf, workingOf } from './state.ts';
import { unitsAtRisk } from './structure-position.ts';
import { MarkedValuation } from './valuation.ts';
import { isWorthless } from './worthless-legs.ts';

/** The tier the account stands in: within a session it only falls, and rises again after sessions that begin higher. */
export function tierOf(state: EngineState, config: EngineConfig): Tier {
  return tierOfStanding(state.standing, state.tierBalance, config.tiers, config.riskTolerance);
}

/** The account and the market as the risk rules see them at `at`. It looks at the state when asked: use it before the state changes. */
export function riskContext(state: EngineState, config: EngineConfig, at: Micros): RiskContext {
  return new EngineRiskContext(state, config, at);
}

/** Computes what is expensive when a rule first asks for it: a close asks for nothing of it. */
class EngineRiskContext implements RiskContext {
  readonly at: Micros;
  readonly date: MarketDate;
  readonly session: RiskContext['session'];
  readonly limits: RiskLimits;
  readonly equity: Usd;
  readonly startOfDayEquity: Usd;
  readonly marginTerms: RiskContext['marginTerms'];
  readonly accountTradable: boolean;
  readonly optionsLevel: number;
  readonly halted: string | null;
  readonly exposures: readonly OpenExposure[];
  readonly recentOrders: readonly RecentOrder[];
  readonly workingOrders: readonly Order[];
  readonly dayTrades: RiskContext['dayTrades'];
  readonly history: TradingHistory;
  readonly valuation: Valuation;
  readonly market: MarginMarket;
  readonly #state: EngineState;
  #holdings: Holdings | null = null;
  #margin: Margin | null = null;

  constructor(state: EngineState, config: EngineConfig, at: Micros) {
    const { session } = state;
    this.#state = state;
    this.at = at;
    this.date = session.date;
    this.session = { open: session.open, close: session.close };
    this.limits = limitsOf(tierOf(state, config), config);
    this.equity = equityOf(state);
    // Of nothing no loss can be measured, and what can't be measured passes no rule.
    this.startOfDayEquity = state.dayStartEquity ?? ZERO_USD;
    this.marginTerms = config.marginTerms;
    this.accountTradable = session.account.tradable;
    this.optionsLevel = session.account.optionsLevel;
    this.halted = haltOf(state);
    this.exposures = exposuresOf(state);
    this.recentOrders = state.recentOpenings.filter((recent) => at - recent.at < 60 * MICROS_PER_MINUTE);
    this.workingOrders = [...state.orders.values()].map(({ order }) => order);
    this.dayTrades = {
      done: state.closedTrades.filter(({ dayTrade }) => dayTrade).length,
      pending: openedToday(state),
    };
    const { bars } = config.risk.protections.volatilityHalt;
    this.history = {
      closedTrades: state.closedTrades,
      drawdown: state.drawdown,
      volatilityRatio: (underlying) => state.returns.volatilityRatio(underlying, bars),
    };
    this.valuation = new MarkedValuation(state, at, oldestQuote(config));
    // What has not been priced today is measured at its last mark; nothing is decided on it: entries wait for a bar.
    this.market = { price: (symbol) => state.underlyings.get(symbol)?.spot ?? markOf(state, symbol) };
  }

  get holdings(): Holdings {
    this.#holdings ??= holdingsOf(this.#state);
    return this.#holdings;
  }

  get availableFunds(): Usd {
    return this.#fundsBeyond('initial');
  }

  get maintenanceExcess(): Usd {
    return this.#fundsBeyond('maintenance');
  }

  quote(symbol: string): Quote | undefined {
    return this.#state.book.quote(symbol);
  }

  exposure(symbol: string): number {
    return heldOf(this.#state, symbol) + workingOf(this.#state, symbol);
  }

  correlation(a: string, b: string): number | null {
    return this.#state.returns.correlation(a, b);
  }

  #fundsBeyond(requirement: 'initial' | 'maintenance'): Usd {
    this.#margin ??= marginOf(this.holdings, this.market, this.marginTerms);
    const required = this.#margin[requirement];
    // Margin that can't be told leaves nothing for new positions.
    if (required === null) return usdFromMicros(-Math.abs(this.equity));
    let funds = this.#state.portfolio.cash - required;
    for (const { symbol, quantity } of this.holdings.stocks) {
      if (quantity > 0) funds += notional(this.market.price(symbol) ?? 0, quantity, 1);
    }
    return usdFromMicros(funds - premiumOnItsWay(this.#state));
  }
}

function limitsOf(tier: Tier, config: EngineConfig): RiskLimits {
  return {
    maxPositions: tier.maxPositions,
    riskPerTrade: tier.riskPerTrade,
    maxPositionSize: tier.maxPositionSize,
    dailyLoss: tier.limits.dailyLoss,
    portfolioRisk: tier.limits.portfolioRisk,
    correlation: tier.limits.correlation,
    ...config.risk,
  };
}

function exposuresOf(state: EngineState): OpenExposure[] {
  const exposures: OpenExposure[] = [...foreignExposures(state)];
  for (const structure of state.structures.values()) {
    const units = unitsAtRisk(structure);
    if (units === 0 || structure.foreign || isWorthless(structure)) continue;
    exposures.push({
      underlying: structure.underlying,
      maxLoss: scaleUsd(structure.maxLossPerUnit, units),
      committed: scaleUsd(structure.committedPerUnit, units),
    });
  }
  return exposures;
}

/** Structures of today that may still be closed today. */
function openedToday(state: EngineState): number {
  let count = 0;
  for (const structure of state.structures.values()) {
    const { openedAt, foreign } = structure;
    if (foreign || unitsAtRisk(structure) === 0) continue;
    if (openedAt === null || nyDate(openedAt) === state.session.date) count++;
  }
  return count;
}

/** What is held, and what working opening orders may still bring; closing orders count when they have filled. */
function holdingsOf(state: EngineState): Holdings {
  const options: HeldOption[] = state.portfolio
    .positions()
    .map(({ symbol, quantity }) => ({ contract: state.contract(symbol), quantity }));
  for (const { legs, contracts, working } of state.structures.values()) {
    if (working === 0) continue;
    for (const contract of contracts) {
      const leg = legs.find(({ symbol }) => symbol === contract.symbol);
      if (leg !== undefined) options.push({ contract, quantity: sign(sideOf(leg.intent)) * leg.ratio * working });
    }
  }
  const stocks = state.portfolio.shares().map(({ ticker, quantity }) => ({ symbol: ticker, quantity }));
  return { options, stocks };
}

/** What working opening orders will still pay; what they will bring counts when it is there. */
function premiumOnItsWay(state: EngineState): number {
  let premium = 0;
  for (const working of state.orders.values()) {
    const { order, filled } = working;
    if (working.purpose !== 'open' || order.limit === null || order.limit <= 0) continue;
    premium += notional(order.limit, order.quantity - filled, working.structure.contracts[0]?.multiplier ?? 100);
  }
  return premium;
}
