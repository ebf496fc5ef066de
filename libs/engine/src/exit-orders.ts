import { type Micros, MICROS_PER_MINUTE, deriveUuid } from '@trading-agent/core';
import type { Order } from '@trading-agent/instruments';
import { evaluateClosing } from '@trading-agent/risk';
import { type ExitReason, exitReason, explainExit, ROLLING_EXITS } from '@trading-agent/strategies';
import { collaredNet, naturalNet } from './closing-price.ts';
import type { EngineConfig } from './config.ts';
import { sendClosing } from './closing-order.ts';
import { type Decision, note, type Reason } from './decisions.ts';
import { describeGap, gapsOf } from './data-gaps.ts';
import { exitSettings, heldNow, lastDayOf } from './held-structure.ts';
import { riskContext } from './risk-view.ts';
import { leavesUncovered, whySharesStay } from './share-cover.ts';
import { closableOf, type EngineState, haltOf, heldAgainst, type WorkingOrder } from './state.ts';
import { closingLegs, type StructurePosition } from './structure-position.ts';
import { type Divided, divideWorthless } from './worthless-legs.ts';

/** A close that the broker rejected is not tried again before this: what it was rejected for has to pass first. */
export const REJECTION_PAUSE = MICROS_PER_MINUTE;

/** So long before the end of the last day no price is waited for any more; before that an empty book is as empty as on other days. */
const LAST_CHANCE = 60 * MICROS_PER_MINUTE;

/** Cancels what has worked too long or would close too much, then closes every structure whose exit rule applies. */
export function decideExits(state: EngineState, config: EngineConfig, at: Micros): Decision[] {
  const { open, close } = state.session;
  if (at < open || at >= close) return [];
  const decisions = cancelUnwanted(state, config, at);
  for (const structure of state.structures.values()) {
    if (structure.open === 0 || structure.closingIntent !== null) continue;
    if (structure.foreign && !(state.flattening && mayGo(state, structure))) continue;
    if (structure.rejectedAt !== null && at - structure.rejectedAt < REJECTION_PAUSE) continue;
    const settings = exitSettings(state, config, structure);
    const moment = { date: state.session.date, at, close };
    const ordered = state.flattening ? flattenReason(state) : structure.broken ? BROKEN : structure.leaving;
    const exit =
      ordered === null ? exitReason(heldNow(state, config, structure, settings, at), settings, moment) : null;
    const reason = ordered ?? reasonOf(exit);
    if (reason === null) continue;
    decisions.push(...cancelRest(state, structure, reason, at));
    const divided = divideWorthless(state, structure);
    if (divided !== null) decisions.push(tellDivided(divided, at));
    const leaves = divided?.rest ?? structure;
    if (leavesUncovered(state, leaves)) {
      decisions.push(...tellOnce(leaves, tellCovers(leaves, reason, at)));
      continue;
    }
    leaves.exitRule = reason.rule;
    leaves.rollDue = exit !== null && ROLLING_EXITS.has(exit.rule) && structure.rolls < settings.roll;
    leaves.sharesGo = exit !== null && !leaves.rollDue && settings.withShares;
    decisions.push(...tellOnce(leaves, closeStructure(state, config, leaves, reason, at)));
  }
  return decisions;
}

const BROKEN: Reason = {
  rule: 'structure-broken',
  text: 'It has lost a leg to expiry or assignment: what is left is closed',
};

function tellDivided({ rest, worthless }: Divided, at: Micros): Decision {
  const symbols = worthless.legs.map(({ symbol }) => symbol).join(', ');
  const text = `Nobody bids for ${symbols} of ${rest.id}: left to expire as ${worthless.id} unless somebody does, so that the rest can be closed`;
  return note(at, rest.underlying, 'worthless-leg', text);
}

function tellCovers({ id, underlying }: StructurePosition, { rule }: Reason, at: Micros): Decision {
  const text = `${id} should be closed (${rule}) but covers a sold option: it goes when that is gone`;
  return note(at, underlying, 'keeps-cover', text);
}

/** A foreign option that may cover a sold one of its underlying waits until that is gone. */
function mayGo(state: EngineState, { underlying, legs }: StructurePosition): boolean {
  if (legs.some(({ intent }) => intent === 'sell_to_open')) return true;
  for (const other of state.structures.values()) {
    if (!other.foreign || other.open === 0 || other.underlying !== underlying) continue;
    if (other.legs.some(({ intent }) => intent === 'sell_to_open')) return false;
  }
  return true;
}

export function flattenReason(state: EngineState): Reason {
  return { rule: 'flatten', text: `Out of everything: ${state.halted ?? 'by order of an operator'}` };
}

function reasonOf(exit: ExitReason | null): Reason | null {
  return exit === null ? null : { rule: exit.rule, text: explainExit(exit) };
}

/** The same obstacle stands at every step until something changes. */
export function tellOnce(held: Pick<StructurePosition, 'obstacle'>, decision: Decision): Decision[] {
  const obstacle = decision.type === 'refuse' || decision.type === 'note' ? decision.reason.rule : null;
  const isTold = obstacle !== null && obstacle === held.obstacle;
  held.obstacle = obstacle;
  return isTold ? [] : [decision];
}

function cancelUnwanted(state: EngineState, config: EngineConfig, at: Micros): Decision[] {
  const decisions: Decision[] = [];
  const halted = haltOf(state);
  for (const working of state.orders.values()) {
    if (working.cancelRequested) continue;
    const minutes = (at - working.submittedAt) / MICROS_PER_MINUTE;
    const rest = working.order.quantity - working.filled;
    const [gap] = working.purpose === 'open' ? gapsOf(state, working.order.underlying) : [];
    if (minutes >= config.orderTimeoutMinutes) {
      const text = `Not filled after ${minutes} minutes, limit ${config.orderTimeoutMinutes}`;
      decisions.push(cancelOrder(working, { rule: 'order-timeout', text }, at));
    } else if (working.purpose === 'open' && halted !== null) {
      // What it would still fill is new risk.
      decisions.push(cancelOrder(working, { rule: 'halted', text: `No new risk: ${halted}` }, at));
    } else if (working.purpose === 'open' && working.structure.leaving !== null) {
      decisions.push(cancelOrder(working, working.structure.leaving, at));
    } else if (gap !== undefined) {
      // What it was decided on is not known any more; what it has filled is left like any other position.
      decisions.push(cancelOrder(working, { rule: 'data-gap', text: describeGap(gap) }, at));
    } else if (working.purpose === 'close' && rest > closableUnits(state, working)) {
      // A fill of an earlier close came late.
      const text = `Would close ${rest} units, held are ${closableUnits(state, working)}`;
      decisions.push(cancelOrder(working, { rule: 'closes-held', text }, at));
    } else if (working.purpose === 'close' && working.structure.exitRule === 'flatten' && !state.flattening) {
      // What was closed for the operator's sake is kept for it, foreign holdings above all.
      const text = `${working.structure.id} was being closed by a flatten, which has been lifted`;
      decisions.push(cancelOrder(working, { rule: 'flatten-lifted', text }, at));
    } else if (working.purpose === 'shares') {
      const reason = whySharesStay(state, working);
      if (reason !== null) decisions.push(cancelOrder(working, reason, at));
    }
  }
  return decisions;
}

/** Units that the structure knows of, at most what the books hold of each leg on the side that it closes. */
function closableUnits(
  state: EngineState,
  { order, structure }: { readonly order: Order; readonly structure: StructurePosition },
): number {
  return order.legs.reduce(
    (least, leg) => Math.min(least, Math.floor(heldAgainst(state, leg) / leg.ratio)),
    structure.open,
  );
}

/** What is being left is not added to: the part of the opening order that has not filled goes first. */
function cancelRest(state: EngineState, structure: StructurePosition, { rule }: Reason, at: Micros): Decision[] {
  const decisions: Decision[] = [];
  for (const working of state.orders.values()) {
    if (working.purpose !== 'open' || working.structure !== structure || working.cancelRequested) continue;
    decisions.push(cancelOrder(working, { rule, text: `${structure.id} is being closed (${rule})` }, at));
  }
  return decisions;
}

function cancelOrder(working: WorkingOrder, reason: Reason, at: Micros): Decision {
  working.cancelRequested = true;
  return { type: 'cancel', at, intent: working.intent, clientOrderId: working.order.clientOrderId, reason };
}

function closeStructure(
  state: EngineState,
  config: EngineConfig,
  structure: StructurePosition,
  reason: Reason,
  at: Micros,
): Decision {
  const legs = closingLegs(structure);
  const { date, close } = state.session;
  const isLate = lastDayOf(state, structure) <= date && close - at <= LAST_CHANCE;
  // At the end of the last day, and before it can be exercised, it goes at any price; otherwise a market that is far apart is waited for.
  const limit =
    !state.flattening && (isLate || reason.rule === 'ex-dividend')
      ? naturalNet(state, legs)
      : collaredNet(state, legs, config.risk.orders.priceCollar);
  if (limit === null)
    return note(
      at,
      structure.underlying,
      'not-quoted',
      `${structure.id} should be closed (${reason.rule}) but a leg is not quoted on the side it needs`,
    );
  const intent = `${structure.id}/close/${structure.attempts + 1}`;
  const order: Order = {
    clientOrderId: deriveUuid(state.session.key, intent),
    underlying: structure.underlying,
    legs,
    quantity: structure.open,
    type: 'limit',
    limit,
    timeInForce: 'day',
  };
  const verdict = evaluateClosing(
    { order, held: (symbol) => closableOf(state, symbol) },
    riskContext(state, config, at),
  );
  const { strategy } = structure;
  return sendClosing(state, { purpose: 'close', intent, strategy, order, reason, structure }, verdict, at);
}
