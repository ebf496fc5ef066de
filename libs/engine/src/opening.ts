import { deriveUuid, type Micros, usdToNumber } from '@trading-agent/core';
import { type Order, sideOf } from '@trading-agent/instruments';
import { evaluateOpening, type RiskContext } from '@trading-agent/risk';
import {
  type ChainView,
  describeView,
  type RankedCandidate,
  type SizeLimits,
  unitsOf,
  type View,
} from '@trading-agent/strategies';
import type { EngineConfig } from './config.ts';
import { type CandidateRecord, type Decision, note, refusalReason } from './decisions.ts';
import type { EngineState } from './state.ts';
import { newStructure, type StructurePosition } from './structure-position.ts';

/** Candidates that a decision record keeps. */
const RECORDED = 12;
/** How many of the ranked candidates risk is asked about in one turn. */
const ASKED = 6;
/** What one of these refuses it refuses for every structure of the symbol: the next candidate need not be asked about. */
const REFUSE_ALL: ReadonlySet<string> = new Set([
  'halted',
  'account-tradable',
  'session-hours',
  'day-trading',
  'daily-loss',
  'cooldown',
  'stop-loss-guard',
  'drawdown-lock',
  'low-profit-lock',
  'volatility-halt',
  'max-positions',
  'correlation',
  'stale-marks',
  'order-burst',
  'order-rate',
]);
/** What one turn of one underlying is decided with. */
export interface Turn {
  readonly state: EngineState;
  readonly config: EngineConfig;
  readonly context: RiskContext;
  readonly chain: ChainView;
  readonly view: View;
  readonly at: Micros;
}

/** Asks risk about the ranked candidates until it approves one. */
export function openBest(
  turn: Turn,
  ranked: readonly RankedCandidate[],
  rolls: number,
  rolled?: StructurePosition,
): Decision[] {
  const { chain, at } = turn;
  const decisions: Decision[] = [];
  for (const one of ranked.slice(0, ASKED)) {
    if (one.refusal !== null) {
      const { rule, text } = one.refusal;
      decisions.push(note(at, chain.underlying, rule, `${one.candidate.strategy}: ${text}`));
      continue;
    }
    const decision = open(turn, one, describeCompared(ranked), rolls, rolled);
    decisions.push(decision);
    if (decision.type === 'submit') break;
    if (decision.type === 'refuse' && decision.failed.some(({ rule }) => REFUSE_ALL.has(rule))) break;
  }
  return decisions;
}

function open(
  { state, config, context, chain, view, at }: Turn,
  ranked: RankedCandidate,
  compared: string,
  rolls: number,
  rolled?: StructurePosition,
): Decision {
  const { candidate, score } = ranked;
  const id = `S${state.structureCount + 1}`;
  const intent = `${id}/open/1`;
  const order: Order = {
    clientOrderId: deriveUuid(state.session.key, intent),
    underlying: candidate.underlying,
    legs: candidate.legs,
    quantity: unitsOf(ranked, sizeLimits(context, config, candidate.underlying), chain.shares),
    type: 'limit',
    limit: candidate.natural,
    timeInForce: 'day',
  };
  const { contracts, maxLossPerUnit, committedPerUnit } = candidate;
  const verdict = evaluateOpening(
    { order, contracts, maxLossPerUnit, committedPerUnit, shares: candidate.shares },
    context,
  );
  if (verdict.kind === 'refused') {
    return {
      type: 'refuse',
      at,
      underlying: candidate.underlying,
      strategy: candidate.strategy,
      purpose: 'open',
      order: { legs: order.legs, quantity: order.quantity, limit: order.limit },
      failed: verdict.failed,
      checks: verdict.checks,
      quantity: verdict.quantity,
      reason: refusalReason(verdict.failed),
    };
  }
  const { order: sent } = verdict.approved;
  state.structureCount++;
  const structure = newStructure(id, candidate, sent.quantity, { conviction: view.conviction, rolls });
  state.structures.set(id, structure);
  state.orders.set(sent.clientOrderId, {
    intent,
    purpose: 'open',
    order: sent,
    structure,
    submittedAt: at,
    filled: 0,
    cancelRequested: false,
  });
  state.recentOpenings = [...context.recentOrders, { at, order: sent }];
  const budget = usdToNumber(context.equity) * context.limits.riskPerTrade;
  const why =
    `${describeView(view)}; ${candidate.strategy} is the best of ${compared}: expects ${money(score.expectedValue)} a unit after costs ` +
    `(${(score.expectedReturn * 100).toFixed(1)}% of what it risks), profit in ${(score.probabilityOfProfit * 100).toFixed(0)}%; ` +
    `it risks ${usdToNumber(structure.maxLossPerUnit)} a unit of ${Math.round(budget * 100) / 100} allowed`;
  return {
    type: 'submit',
    at,
    intent,
    purpose: 'open',
    strategy: candidate.strategy,
    approved: verdict.approved,
    ...(verdict.kind === 'reduced' && { reduced: { asked: verdict.asked, failed: verdict.failed } }),
    reason:
      rolled === undefined
        ? { rule: 'view', text: why }
        : { rule: 'roll', text: `Rolls ${rolled.id}, left by ${rolled.exitRule ?? 'its exit'}; ${why}` },
  };
}

function describeCompared(ranked: readonly RankedCandidate[]): string {
  const fitting = ranked.filter(({ fits }) => fits).length;
  // Where none fits, risk says by what.
  return fitting === 0 || fitting === ranked.length
    ? String(ranked.length)
    : `${fitting} that fit (of ${ranked.length})`;
}

function sizeLimits(context: RiskContext, config: EngineConfig, underlying: string): SizeLimits {
  const equity = usdToNumber(context.equity);
  let taken = 0;
  for (const exposure of context.exposures)
    if (exposure.underlying === underlying) taken += usdToNumber(exposure.committed);
  return {
    equity,
    riskPerTrade: equity * context.limits.riskPerTrade,
    positionSize: equity * context.limits.maxPositionSize - taken,
    availableFunds: usdToNumber(context.availableFunds),
    kelly: config.tiers.sizing.kelly,
  };
}

/** The first decision of the turn carries what was compared. */
export function recorded(decisions: readonly Decision[], ranked: readonly RankedCandidate[]): Decision[] {
  const [first, ...rest] = decisions;
  if (first === undefined) return [];
  if (first.type !== 'submit' && first.type !== 'refuse' && first.type !== 'note') return [...decisions];
  return [{ ...first, candidates: ranked.slice(0, RECORDED).map(recordOf) }, ...rest];
}

function recordOf({ candidate, score, refusal }: RankedCandidate): CandidateRecord {
  const { legs, contracts } = candidate;
  return {
    strategy: candidate.strategy,
    legs: legs.map((leg) => `${sideOf(leg.intent) === 'buy' ? '+' : '-'}${leg.ratio} ${leg.symbol}`).join(' '),
    expiry: contracts.map(({ expiry }) => expiry as string).sort()[0] ?? '',
    net: candidate.natural,
    expectedValue: rounded(score.expectedValue),
    expectedReturn: rounded(score.expectedReturn),
    probabilityOfProfit: rounded(score.probabilityOfProfit),
    kelly: rounded(score.kelly),
    breakevens: score.breakevens,
    maxLoss: rounded(score.maxLoss),
    maxGain: score.maxGain === null ? null : rounded(score.maxGain),
    fees: rounded(score.fees),
    refused: refusal?.text ?? null,
  };
}

function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4 + 0;
}

function money(dollars: number): string {
  return `${dollars < 0 ? '-' : ''}$${Math.abs(dollars).toFixed(2)}`;
}
