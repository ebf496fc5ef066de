import { nextEarnings, selectSymbols } from '@trading-agent/account-tiers';
import { daysBetween, type MarketDate, usdToNumber } from '@trading-agent/core';
import type { ChainView } from '@trading-agent/strategies';
import { type EngineConfig, reachOf } from './config.ts';
import { tierOf } from './risk-view.ts';
import type { EngineState, UnderlyingState } from './state.ts';

/** Whether the symbol may be traded today, judged with what is known of all of them now. */
export function selection(
  state: EngineState,
  config: EngineConfig,
  underlying: UnderlyingState,
  chain: ChainView,
): { readonly leftOut: { readonly rule: string; readonly text: string } | null; readonly noSoldCalls: boolean } {
  const { symbol } = underlying;
  underlying.spread = chain.spreadNearTheMoney(reachOf(config.strategies));
  const tier = tierOf(state, config);
  const due = (date: MarketDate | null | undefined): number | null =>
    date === null || date === undefined ? null : daysBetween(state.session.date, date);
  const facts = [...state.underlyings.values()]
    .filter(({ symbol: other, spread }) => other === symbol || spread !== null)
    .map(({ symbol: other, spread }) => {
      const { date, events: all, liquidity: known } = state.session;
      const events = all?.[other];
      const liquidity = known?.[other];
      return {
        symbol: other,
        spread,
        openInterest: liquidity?.openInterest ?? null,
        volume: liquidity?.volume ?? null,
        // What one unit costs is measured structure by structure, by risk.
        oneLot: null,
        earningsInDays: due(events?.earnings ?? nextEarnings(config.earnings[other], date)),
        exDividendInDays: due(events?.dividends[0]?.exDate),
      };
    });
  const choice = selectSymbols(facts, config.selection, {
    riskPerTrade: usdToNumber(state.startEquity) * tier.riskPerTrade,
    apiBudget: tier.apiBudget,
  }).find((one) => one.symbol === symbol);
  const [reason] = choice?.selected === false ? choice.reasons : [];
  return {
    leftOut: reason === undefined ? null : { rule: reason.rule, text: reason.text },
    noSoldCalls: choice?.noSoldCalls ?? false,
  };
}
