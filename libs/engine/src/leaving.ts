import { type Micros, notional, usdToNumber, ZERO_USD } from '@trading-agent/core';
import {
  explainShareExit,
  type HeldShares,
  type ShareExitReason,
  shareExitReason,
  type ShareExitSettings,
} from '@trading-agent/strategies';
import type { EngineConfig } from './config.ts';
import { type Decision, note, type Reason } from './decisions.ts';
import { packageMark } from './held-structure.ts';
import { tierOf } from './risk-view.ts';
import { type EngineState, shareExitOf, type UnderlyingState } from './state.ts';
import { type StructurePosition, unitsAtRisk } from './structure-position.ts';

/**
 * Decides which of the agent's own shares are to go, and with them the structures that stand on them. What is decided stays decided until it is
 * done, over restarts and nights: a call may have been bought back before the price turns, and its shares still go. Foreign shares are never asked about.
 */
export function decideLeaving(state: EngineState, config: EngineConfig, at: Micros): Decision[] {
  const { open, close } = state.session;
  if (state.flattening || at < open || at >= close) return [];
  const decisions: Decision[] = [];
  for (const [ticker, own] of state.ownShares) {
    const underlying = state.underlyings.get(ticker);
    const rest = Math.abs(own) - (state.leaving.get(ticker)?.quantity ?? 0);
    // Yesterday's price, or that from before a hole, decides nothing.
    if (rest <= 0 || underlying === undefined || underlying.spot === null || underlying.gaps.size > 0) continue;
    if (own < 0) {
      if (state.unsettled !== null) continue;
      const text = `orphaned-shares: ${rest} shares are short, which no strategy means them to be: they are bought back`;
      decisions.push(
        leave(state, ticker, { quantity: rest, structures: 'none' }, { rule: 'orphaned-shares', text }, at),
      );
      continue;
    }
    const settings = settingsOf(state, config);
    const held = heldShares(state, config, underlying, underlying.spot, rest);
    const reason = shareExitReason(held, settings);
    if (reason !== null) {
      const told: Reason = { rule: reason.rule, text: explainShareExit(reason) };
      decisions.push(leave(state, ticker, reason, told, at));
      continue;
    }
    const exit = shareExitOf(state, ticker);
    if (exit.keptTold) continue;
    exit.keptTold = true;
    decisions.push(note(at, ticker, 'shares-kept', describeKept(held, settings, ticker)));
  }
  return decisions;
}

function leave(
  state: EngineState,
  ticker: string,
  { quantity, structures }: Pick<ShareExitReason, 'quantity' | 'structures'>,
  reason: Reason,
  at: Micros,
): Decision {
  const before = state.leaving.get(ticker);
  state.leaving.set(ticker, {
    quantity: (before?.quantity ?? 0) + quantity,
    reason,
    realized: before?.realized ?? ZERO_USD,
  });
  for (const structure of standingOn(state, ticker)) {
    if (structures === 'none' || (structures === 'unprotected' && isProtected(structure))) continue;
    structure.leaving = reason;
    // Counted already, also those of a structure that is being closed with its shares.
    structure.sharesGo = false;
  }
  return note(at, ticker, reason.rule, reason.text);
}

/** While nobody knows whose everything is, only the loss is acted on. */
function settingsOf(state: EngineState, config: EngineConfig): ShareExitSettings {
  const { stopLoss } = tierOf(state, config);
  return state.unsettled === null ? { ...config.risk.shares, stopLoss } : { stopLoss, viewLooks: 0, orphans: 'keep' };
}

function heldShares(
  state: EngineState,
  config: EngineConfig,
  underlying: UnderlyingState,
  price: number,
  quantity: number,
): HeldShares {
  let optionsGain = 0;
  let needed = 0;
  let protectedByPuts = 0;
  for (const structure of standingOn(state, underlying.symbol)) {
    const shares = structure.shares * unitsAtRisk(structure);
    needed += shares;
    if (isProtected(structure)) protectedByPuts += structure.shares * structure.open;
    const mark = packageMark(state, structure.legs);
    const multiplier = structure.contracts[0]?.multiplier ?? 100;
    // What has no mark is taken to have gained nothing.
    if (mark !== null) optionsGain += usdToNumber(notional(mark - structure.entryNet, structure.open, multiplier));
  }
  const lots = underlying.traded
    ? Object.values(config.strategies).flatMap(({ enabled, shares }) => (enabled && shares > 0 ? [shares] : []))
    : [];
  return {
    quantity,
    cost: state.shareCosts.get(underlying.symbol) ?? 0,
    price,
    optionsGain,
    needed,
    protectedByPuts,
    lot: lots.length === 0 ? null : Math.min(...lots),
    looksDown: underlying.looksDown,
  };
}

/** Structures that count on shares which stay so far. */
function standingOn({ structures }: EngineState, ticker: string): readonly StructurePosition[] {
  return [...structures.values()].filter(
    ({ underlying, shares, foreign, leaving, open, working }) =>
      underlying === ticker && shares > 0 && !foreign && leaving === null && open + working > 0,
  );
}

function isProtected({ legs, contracts }: StructurePosition): boolean {
  return legs.some(({ intent }, index) => intent === 'buy_to_open' && contracts[index]?.right === 'put');
}

function describeKept(held: HeldShares, { stopLoss, viewLooks, orphans }: ShareExitSettings, ticker: string): string {
  const rules = [
    ...(held.cost > 0
      ? [
          `when they and the options on them have lost ${Math.round(stopLoss * 1e4) / 100}% of the ${held.cost} each cost`,
        ]
      : []),
    ...(viewLooks > 0 ? [`when the view was strongly down at ${viewLooks} looks in a row`] : []),
    ...(orphans === 'sell' ? ['when no strategy can use them'] : []),
  ];
  return `${held.quantity} shares of ${ticker} at ${held.price} are kept${rules.length === 0 ? '' : `; they are sold ${rules.join(', or ')}`}`;
}
