import { addUsd, type Micros, notional, unreachable, ZERO_USD } from '@trading-agent/core';
import type { BrokerEvent } from '@trading-agent/broker';
import { nyDate } from '@trading-agent/calendar';
import { type Execution, sideOf, sign } from '@trading-agent/instruments';
import type { Booking } from '@trading-agent/portfolio';
import type { Decision } from './decisions.ts';
import { type EndedOrder, type EngineState, heldOf, type ShareExit, type WorkingOrder } from './state.ts';
import { recordClosingFill, recordOpeningFill, type StructurePosition } from './structure-position.ts';

/** An execution with what it did to the ledger. */
export interface BookedExecution extends Booking {
  readonly execution: Execution;
}

/** What followed from one broker event: decisions, and the execution when it was booked for the first time. */
export interface BrokerOutcome {
  readonly decisions: readonly Decision[];
  readonly booked: BookedExecution | null;
}

type ExecutionEvent = BrokerEvent & { kind: 'execution' };
type StatusEvent = BrokerEvent & { kind: 'order' };

/**
 * Takes in what the broker says. Every execution is booked once, whatever else is wrong with it. What is not ours (the broker's own sell-out,
 * a hand-made order) or contradicts what the broker said before halts new risk: the books can no longer be trusted to be complete.
 */
export function applyBrokerEvent(state: EngineState, event: BrokerEvent): BrokerOutcome {
  switch (event.kind) {
    case 'execution':
      return applyExecution(state, event);
    case 'order':
      return { decisions: applyStatus(state, event), booked: null };
    default:
      return unreachable(event);
  }
}

function applyExecution(state: EngineState, event: ExecutionEvent): BrokerOutcome {
  const { execution } = event;
  const booking = state.portfolio.apply(execution);
  if (booking === 'duplicate') return { decisions: [], booked: null };
  const booked = { execution, ...booking };
  const ended = state.ended.get(execution.clientOrderId);
  const order = state.orders.get(execution.clientOrderId) ?? ended?.working;
  if (order === undefined) {
    const text = `Execution ${execution.executionId} belongs to order ${execution.clientOrderId}, which this agent did not send; no new risk until it is cleared`;
    return { decisions: [halt(state, event.at, 'foreign-execution', text)], booked };
  }
  // It was divided when nothing seemed to be working any more: what the fill belongs to can't be told, the ledger has it.
  if (order.purpose !== 'shares' && state.structures.get(order.structure.id) !== order.structure) {
    const text = `Execution ${execution.executionId} of ${order.intent} came after ${order.structure.id} was divided; no new risk until it is cleared`;
    return { decisions: [halt(state, event.at, 'execution-mismatch', text)], booked };
  }
  // An execution that is not a whole number of the order's packages says nothing about the structure; the ledger has it.
  if (!isOfOrder(order, execution)) {
    const text = `Execution ${execution.executionId} of ${order.intent} does not have the legs of its order; no new risk until it is cleared`;
    return { decisions: [halt(state, event.at, 'execution-mismatch', text)], booked };
  }
  const contradiction = contradictionOf(state, event, order, ended);
  order.filled += execution.quantity;
  if (order.purpose === 'open') recordOpeningFill(order.structure, execution);
  else if (order.purpose === 'shares') recordSharesClosed(state, order, execution, event.at);
  else {
    const closed = recordClosingFill(order.structure, execution);
    if (closed > 0) letSharesGo(state, order.structure, closed);
    if (closed > 0) rememberClosed(state, order.structure, event.at);
  }
  if (ended === undefined && order.filled >= order.order.quantity) finish(state, order, 'filled');
  if (contradiction !== null) return { decisions: [halt(state, event.at, ...contradiction)], booked };
  return { decisions: ended === undefined ? [] : [lateFill(event, order, ended)], booked };
}

/** A structure without units left is a closed trade: the protections look at those. */
function rememberClosed(state: EngineState, structure: StructurePosition, at: Micros): void {
  if (structure.open > 0) return;
  if (structure.foreign) return;
  const { underlying, realized, exitRule, openedAt } = structure;
  const dayTrade = openedAt !== null && nyDate(openedAt) === state.session.date;
  state.closedTrades.push({ underlying, closedAt: at, profit: realized, stopped: exitRule === 'stop-loss', dayTrade });
  structure.realized = ZERO_USD;
}

/** Rule and text of what can't be true of this execution, `null` when nothing speaks against it. */
function contradictionOf(
  state: EngineState,
  { execution, status }: ExecutionEvent,
  order: WorkingOrder,
  ended: EndedOrder | undefined,
): readonly [rule: string, text: string] | null {
  const filled = order.filled + execution.quantity;
  const { quantity } = order.order;
  const what = `Execution ${execution.executionId} of ${order.intent}`;
  if (filled > quantity)
    return ['overfill', `${what} makes ${filled} units filled of ${quantity} ordered; no new risk until it is cleared`];
  if (order.purpose === 'close' && execution.quantity > order.structure.open)
    return [
      'overclosed',
      `${what} closes ${execution.quantity} units of ${order.structure.open} held; no new risk until it is cleared`,
    ];
  // Booked already: shares of the order's own sign are left over from more than were held.
  if (order.purpose === 'shares' && heldOf(state, order.exit.ticker) * directionOf(order) > 0)
    return ['overclosed', `${what} closes more shares than were held; no new risk until it is cleared`];
  if (ended?.status === 'rejected')
    return ['fill-after-rejection', `${what} came after the order was rejected; no new risk until it is cleared`];
  // The order stays working, so that the units we have not heard of still count as risk.
  if (status === 'filled' && filled < quantity)
    return [
      'missing-execution',
      `${what} completes the order, but only ${filled} of ${quantity} units are known; no new risk until it is cleared`,
    ];
  return null;
}

function isOfOrder({ order }: WorkingOrder, execution: Execution): boolean {
  return (
    Number.isSafeInteger(execution.quantity) &&
    execution.quantity > 0 &&
    execution.legs.length === order.legs.length &&
    order.legs.every((leg) =>
      execution.legs.some(
        (filled) =>
          filled.symbol === leg.symbol &&
          sideOf(filled.intent) === sideOf(leg.intent) &&
          filled.quantity === leg.ratio * execution.quantity,
      ),
    )
  );
}

function applyStatus(state: EngineState, event: StatusEvent): Decision[] {
  const working = state.orders.get(event.clientOrderId);
  if (working === undefined) return foreignOrder(state, event);
  switch (event.status) {
    case 'new':
      return [];
    case 'canceled':
    case 'expired':
      finish(state, working, event.status);
      return [];
    case 'rejected': {
      finish(state, working, 'rejected');
      closingOf(working).rejectedAt = event.at;
      const text = `${working.intent} was rejected by the broker: ${event.reason ?? 'no reason given'}`;
      return [
        {
          type: 'alert',
          at: event.at,
          kind: 'trading',
          severity: 'warning',
          reason: { rule: 'broker-rejected', text },
        },
      ];
    }
    default:
      return unreachable(event.status);
  }
}

/** Words about an order of ours that is over say nothing new; a new order that we did not send means that somebody else trades here. */
function foreignOrder(state: EngineState, event: StatusEvent): Decision[] {
  if (event.status !== 'new' || state.ended.has(event.clientOrderId)) return [];
  const text = `The broker took order ${event.clientOrderId}, which this agent did not send; no new risk until it is cleared`;
  return [halt(state, event.at, 'foreign-order', text)];
}

/** The order is over: what did not fill no longer counts as risk, and an unfinished close may be tried again. */
function finish(state: EngineState, working: WorkingOrder, status: EndedOrder['status']): void {
  state.orders.delete(working.order.clientOrderId);
  state.ended.set(working.order.clientOrderId, { working, status });
  if (working.purpose === 'open') working.structure.working = 0;
  else closingOf(working).closingIntent = null;
}

/** What keeps count of the closing: the structure, or the shares' own. */
function closingOf(working: WorkingOrder): StructurePosition | ShareExit {
  return working.purpose === 'shares' ? working.exit : working.structure;
}

function directionOf({ order }: WorkingOrder): number {
  const [leg] = order.legs;
  return leg === undefined ? 0 : sign(sideOf(leg.intent));
}

/** The shares of units that were closed with their shares are to follow, from the moment at which that is known. */
function letSharesGo(state: EngineState, structure: StructurePosition, closed: number): void {
  const { underlying, shares, sharesGo, exitRule, id, strategy } = structure;
  if (!sharesGo || shares === 0) return;
  const before = state.leaving.get(underlying);
  const quantity = Math.min(Math.abs(state.ownShares.get(underlying) ?? 0), (before?.quantity ?? 0) + shares * closed);
  if (quantity === 0) return;
  const rule = exitRule ?? 'with-structure';
  const text = `${rule}: ${shares * closed} shares go with ${id} (${strategy}), which stood on them and was left`;
  state.leaving.set(underlying, { quantity, reason: { rule, text }, realized: before?.realized ?? ZERO_USD });
}

/** The agent's own shares go first, then foreign ones. What was to leave and has left is a closed trade, as is each fill of a flatten. */
function recordSharesClosed(
  state: EngineState,
  order: WorkingOrder & { purpose: 'shares' },
  { quantity, legs }: Execution,
  at: Micros,
): void {
  const { ownShares, foreign, leaving, shareCosts } = state;
  const { ticker } = order.exit;
  const direction = directionOf(order);
  const own = ownShares.get(ticker) ?? 0;
  const ofOwn = Math.min(quantity, Math.max(0, -own * direction));
  ownShares.set(ticker, own + direction * ofOwn);
  if (quantity > ofOwn) foreign[ticker] = (foreign[ticker] ?? 0) + direction * (quantity - ofOwn);
  if (ofOwn === 0) return;
  const price = legs[0]?.price ?? 0;
  const gain = notional((shareCosts.get(ticker) ?? price) - price, direction * ofOwn, 1);
  const left = leaving.get(ticker);
  const realized = addUsd(left?.realized ?? ZERO_USD, gain);
  const rest = (left?.quantity ?? ofOwn) - ofOwn;
  if (left !== undefined && rest > 0) {
    leaving.set(ticker, { ...left, quantity: rest, realized });
    return;
  }
  leaving.delete(ticker);
  const stopped = left?.reason.rule === 'stop-loss';
  state.closedTrades.push({ underlying: ticker, closedAt: at, profit: realized, stopped, dayTrade: false });
}

function halt(state: EngineState, at: Micros, rule: string, text: string): Decision {
  state.halted ??= rule;
  state.unsettled ??= rule;
  return { type: 'alert', at, kind: 'risk', severity: 'critical', reason: { rule, text } };
}

/** Messages overtake each other: the units are held and looked after, but somebody should know that they came late. */
function lateFill(event: ExecutionEvent, order: WorkingOrder, ended: EndedOrder): Decision {
  const text = `${order.intent} filled ${event.execution.quantity} units after it was reported ${ended.status}`;
  return {
    type: 'alert',
    at: event.at,
    kind: 'trading',
    severity: 'warning',
    reason: { rule: 'late-execution', text },
  };
}
