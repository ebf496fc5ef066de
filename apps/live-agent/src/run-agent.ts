import { join } from 'node:path';
import type { Settings } from '@trading-agent/config';
import { systemClock } from '@trading-agent/core';
import { engineConfig } from '@trading-agent/engine';
import { createPolygonReference, type PolygonReference } from '@trading-agent/polygon';
import type { AccountLock, Store } from '@trading-agent/store';
import { loadStrategyFunctions } from '@trading-agent/strategies';
import { connect, type FeedBudget, type MarketEndpoints } from './connections.ts';
import type { AgentLog } from './log.ts';
import { type SessionKnowledge, vendorKnowledge } from './session/session-knowledge.ts';
import { feedBudget } from './vendor-budget.ts';
import { type DayProgress, tradeDay, type TradingDayResult } from './trading-day.ts';

export interface RunAgentOptions {
  readonly settings: Settings;
  readonly store: Store;
  readonly market: MarketEndpoints;
  /** The account's lock when the caller holds it already. */
  readonly lock?: AccountLock;
  /** Rejects when the market is gone for good; never resolves. */
  readonly failed?: Promise<never>;
  readonly underlyings: readonly string[];
  readonly mode: 'replay' | 'sim' | 'paper' | 'live';
  readonly seed: number;
  /** What is known of a simulated or recorded day; on a real market the vendor is asked. */
  readonly knowledge?: SessionKnowledge;
  readonly resume: boolean;
  readonly exitAtClose: boolean;
  readonly log: AgentLog;
  readonly onStep?: (progress: DayProgress) => void;
  readonly signal?: AbortSignal;
}

/**
 * Connects to a market by its addresses and trades its day. On a real market every request for data takes a token of the account's budget first;
 * a simulated one asks nothing of a vendor.
 * @throws {TradingError} see `tradeDay`; `FEED_BUDGET_SPENT` when the day's requests are used up, `STORE_UNAVAILABLE`.
 */
export async function runAgent({ settings, market, ...options }: RunAgentOptions): Promise<TradingDayResult> {
  const budget = market.adminUrl === undefined ? await feedBudget(settings, market, options.log) : undefined;
  try {
    const functions = await loadStrategyFunctions(join(process.cwd(), 'strategies'), settings.ownStrategies);
    return await tradeDay({
      ...options,
      ...(budget === undefined
        ? {}
        : { knowledge: vendorKnowledge(referenceOf(market, budget, options.log), options.log) }),
      ...connect(market, options.log, budget),
      underlyings: options.underlyings.toSorted(),
      engine: { ...engineConfig(settings, options.seed, functions), ...slotsOf(market) },
    });
  } finally {
    budget?.budget.close();
  }
}

/** Of a vendor's market all connections' slots; a simulated one has one connection. */
function slotsOf({ polygon, adminUrl }: MarketEndpoints): { readonly quotedContracts?: number } {
  const { connections, quotesPerConnection } = polygon;
  if (adminUrl !== undefined || connections === undefined || quotesPerConnection === undefined) return {};
  return { quotedContracts: connections.options * quotesPerConnection };
}

function referenceOf({ polygon }: MarketEndpoints, budget: FeedBudget, log: AgentLog): PolygonReference {
  const { restUrl, apiKey } = polygon;
  return createPolygonReference({ restUrl, apiKey, clock: systemClock, logger: log, ...budget });
}
