import { nextEarnings, type SelectionReason, selectSymbols, smallestBalanceOf } from '@trading-agent/account-tiers';
import { daysBetween, type MarketDate, usdToNumber } from '@trading-agent/core';
import { type ChainView, cheapestLoss } from '@trading-agent/strategies';
import { type EngineConfig, reachOf } from './config.ts';
import { tierOf } from './risk-view.ts';
import { type EngineState, equityOf, heldOf, type UnderlyingState } from './state.ts';
import { unitsAtRisk } from './structure-position.ts';

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
  // By the equity that risk measures a trade against: what is left out is what risk would refuse.
  const riskPerTrade = usdToNumber(equityOf(state)) * tier.riskPerTrade;
  // What is held has to be looked after, rolled and covered, whatever a further unit would cost.
  underlying.oneLot = isHeld(state, symbol) ? null : cheapestLoss(chain, config.strategies, riskPerTrade);
  const due = (date: MarketDate | null | undefined): number | null =>
    date === null || date === undefined ? null : daysBetween(state.session.date, date);
  const facts = [...state.underlyings.values()]
    .filter(({ symbol: other, spread }) => other === symbol || spread !== null)
    .map(({ symbol: other, spread, oneLot }) => {
      const { date, events: all, liquidity: known } = state.session;
      const events = all?.[other];
      const liquidity = known?.[other];
      return {
        symbol: other,
        spread,
        openInterest: liquidity?.openInterest ?? null,
        volume: liquidity?.volume ?? null,
        oneLot,
        earningsInDays: due(events?.earnings ?? nextEarnings(config.earnings[other], date)),
        exDividendInDays: due(events?.dividends[0]?.exDate),
      };
    });
  const choice = selectSymbols(facts, config.selection, {
    riskPerTrade,
    apiBudget: tier.apiBudget,
  }).find((one) => one.symbol === symbol);
  const [reason] = choice?.selected === false ? choice.reasons : [];
  return {
    leftOut: reason === undefined ? null : { rule: reason.rule, text: describe(reason, config) },
    noSoldCalls: choice?.noSoldCalls ?? false,
  };
}

/** Whether shares, contracts, or orders for them are there, or a structure is to be rolled. */
function isHeld(state: EngineState, symbol: string): boolean {
  if (heldOf(state, symbol) !== 0) return true;
  for (const structure of state.structures.values())
    if (structure.underlying === symbol && (structure.rollDue || unitsAtRisk(structure) > 0)) return true;
  return false;
}

function describe(reason: SelectionReason, { selection: settings, tiers, riskTolerance }: EngineConfig): string {
  const balance = smallestBalanceOf(reason, settings, tiers, riskTolerance);
  return balance === null ? reason.text : `${reason.text}; the smallest balance for it is $${balance.toFixed(2)}`;
}
