import { type Micros, MICROS_PER_MINUTE, MICROS_PER_SECOND, deriveUuid, usdToNumber } from '@trading-agent/core';
import type { RuleCheck } from '@trading-agent/broker';
import type { Order } from '@trading-agent/instruments';
import type { StrategyName } from '@trading-agent/config';
import { evaluateOpening, type RiskContext } from '@trading-agent/risk';
import {
  buildStructure,
  type Candidate,
  ChainView,
  isCandidate,
  structuresFor,
  type View,
  viewOf,
} from '@trading-agent/strategies';
import { type EngineConfig, reachOf } from './config.ts';
import type { Decision, Reason } from './decisions.ts';
import { riskContext } from './risk-view.ts';
import type { EngineState, UnderlyingState } from './state.ts';
import { newStructure, unitsAtRisk } from './structure-position.ts';

/** Looks at every underlying whose turn it is and opens at most one structure for each. */
export function decideEntries(state: EngineState, config: EngineConfig, at: Micros): Decision[] {
  const { open, close } = state.session;
  const quiet = config.quietMinutes;
  if (at < open + quiet.open * MICROS_PER_MINUTE || at >= close - quiet.close * MICROS_PER_MINUTE) return [];
  const decisions: Decision[] = [];
  for (const underlying of state.underlyings.values()) {
    if (!isDue(underlying, config, open, at)) continue;
    underlying.lastDecision = underlying.lastBarEnd;
    decisions.push(...decideUnderlying(state, config, underlying, at));
  }
  return decisions;
}

/** Due once for each bar whose end lies on the decision grid of the session, as soon as it is known: a real feed tells a bar seconds after its end. */
function isDue({ lastBarEnd, lastDecision }: UnderlyingState, config: EngineConfig, open: Micros, at: Micros): boolean {
  return (
    lastBarEnd !== null &&
    lastBarEnd !== lastDecision &&
    at - lastBarEnd < MICROS_PER_MINUTE &&
    Math.round((lastBarEnd - open) / MICROS_PER_MINUTE) % config.decisionMinutes === 0
  );
}

function decideUnderlying(
  state: EngineState,
  config: EngineConfig,
  underlying: UnderlyingState,
  at: Micros,
): Decision[] {
  const { symbol, vector, spot } = underlying;
  if (vector === null || spot === null)
    return [note(at, symbol, 'warming-up', 'The features have not seen enough bars yet')];
  const context = riskContext(state, config, at);
  const chain = new ChainView({
    at,
    date: state.session.date,
    underlying: symbol,
    spot,
    chain: underlying.chain,
    quote: (ticker) => state.book.quote(ticker),
    maxQuoteAge: context.limits.maxQuoteAgeSeconds * MICROS_PER_SECOND,
  });
  const signal = config.model.predict(vector);
  const view = viewOf(
    signal,
    chain.atTheMoneyVolatility(reachOf(config.strategies)),
    state.returns.realisedVolatility(symbol),
  );
  const names = structuresFor(view);
  if (names.length === 0) return [note(at, symbol, 'no-structure', `No structure fits: ${describe(view)}`)];
  // The structures of one view are alternatives: while one is held, the view is traded. A strong view's first choice, a single leg,
  // may still stand beside the spread of a moderate one.
  const free = names.filter((name) => !isHeld(state, symbol, name));
  const isTraded = view.conviction === 'strong' ? free[0] !== names[0] : free.length < names.length;
  if (isTraded)
    return [
      note(at, symbol, 'already-held', `A structure for this view is already open or working: ${describe(view)}`),
    ];
  const decisions: Decision[] = [];
  const budget = usdToNumber(context.equity) * context.limits.riskPerTrade;
  for (const name of free) {
    const candidate = buildStructure(name, chain, config.strategies, budget);
    if (!isCandidate(candidate)) {
      decisions.push(note(at, symbol, candidate.reason, `${name} can't be built: ${candidate.reason}`));
      continue;
    }
    const decision = open(state, context, candidate, view, budget, at);
    decisions.push(decision);
    if (decision.type === 'submit') break;
  }
  return decisions;
}

function open(
  state: EngineState,
  context: RiskContext,
  candidate: Candidate,
  view: View,
  budget: number,
  at: Micros,
): Decision {
  const id = `S${state.structureCount + 1}`;
  const intent = `${id}/open/1`;
  const order: Order = {
    clientOrderId: deriveUuid(state.session.key, intent),
    underlying: candidate.underlying,
    legs: candidate.legs,
    quantity: quantityOf(candidate, context, budget),
    type: 'limit',
    limit: candidate.natural,
    timeInForce: 'day',
  };
  const { contracts, maxLossPerUnit, committedPerUnit } = candidate;
  const verdict = evaluateOpening({ order, contracts, maxLossPerUnit, committedPerUnit }, context);
  if (verdict.kind === 'refused') {
    return {
      type: 'refuse',
      at,
      underlying: candidate.underlying,
      strategy: candidate.strategy,
      purpose: 'open',
      failed: verdict.failed,
      reason: refusalReason(verdict.failed),
    };
  }
  state.structureCount++;
  const structure = newStructure(id, candidate, maxLossPerUnit ?? committedPerUnit, order.quantity);
  state.structures.set(id, structure);
  state.orders.set(order.clientOrderId, {
    intent,
    purpose: 'open',
    order,
    structure,
    submittedAt: at,
    filled: 0,
    cancelRequested: false,
  });
  state.openingTimes = [...state.openingTimes.filter((time) => at - time < 60 * MICROS_PER_MINUTE), at];
  return {
    type: 'submit',
    at,
    intent,
    purpose: 'open',
    strategy: candidate.strategy,
    approved: verdict.approved,
    reason: {
      rule: 'view',
      text: `${describe(view)}; ${candidate.strategy} risks ${usdToNumber(structure.maxLossPerUnit)} a unit of ${Math.round(budget * 100) / 100} allowed`,
    },
  };
}

/** As many units as the risk budget, the position size and the available funds allow, and at least one: risk has the last word. */
function quantityOf(candidate: Candidate, context: RiskContext, budget: number): number {
  const loss = usdToNumber(candidate.maxLossPerUnit ?? candidate.committedPerUnit);
  const committed = usdToNumber(candidate.committedPerUnit);
  let taken = 0;
  for (const exposure of context.exposures)
    if (exposure.underlying === candidate.underlying) taken += usdToNumber(exposure.committed);
  const size = usdToNumber(context.equity) * context.limits.maxPositionSize - taken;
  return Math.max(
    1,
    Math.floor(Math.min(budget / loss, size / committed, usdToNumber(context.availableFunds) / committed)),
  );
}

function isHeld(state: EngineState, underlying: string, strategy: StrategyName): boolean {
  for (const structure of state.structures.values()) {
    if (structure.underlying === underlying && structure.strategy === strategy && unitsAtRisk(structure) > 0)
      return true;
  }
  return false;
}

function describe(view: View): string {
  return `${view.direction} (${view.conviction}, p=${view.probabilityUp.toFixed(4)}), volatility ${view.volatility}`;
}

/** The first failed rule in a sentence with its number and its limit. */
export function refusalReason(failed: readonly RuleCheck[]): Reason {
  const [first] = failed;
  if (first === undefined) return { rule: 'none', text: 'No rule failed' };
  const more = failed.length > 1 ? ` (and ${failed.length - 1} more)` : '';
  return {
    rule: first.rule,
    text: `${first.rule}: ${round(first.actual)} against a limit of ${round(first.limit)} ${first.unit}${more}`,
  };
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}

export function note(at: Micros, underlying: string, rule: string, text: string): Decision {
  return { type: 'note', at, underlying, reason: { rule, text } };
}
