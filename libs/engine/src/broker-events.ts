import { unreachable } from '@trading-agent/core';
import type { BrokerEvent } from '@trading-agent/broker';
import type { Execution } from '@trading-agent/instruments';
import type { Booking } from '@trading-agent/portfolio';
import type { Decision } from './decisions.ts';
import type { EngineState, WorkingOrder } from './state.ts';
import { recordClosingFill, recordOpeningFill } from './structure-position.ts';

/** An execution with what it did to the ledger. */
export interface BookedExecution extends Booking {
  readonly execution: Execution;
}

/** What followed from one broker event: decisions, and the execution when it was booked for the first time. */
export interface BrokerOutcome {
  readonly decisions: readonly Decision[];
  readonly booked: BookedExecution | null;
}

/**
 * Takes in what the broker says. An event of an order that is not ours (the broker's own sell-out, a hand-made order) halts new risk:
 * the books can no longer be trusted to be complete.
 */
export function applyBrokerEvent(state: EngineState, event: BrokerEvent): BrokerOutcome {
  const clientOrderId = event.kind === 'execution' ? event.execution.clientOrderId : event.clientOrderId;
  const working = state.orders.get(clientOrderId);
  switch (event.kind) {
    case 'execution':
      return applyExecution(state, event, working);
    case 'order':
      return { decisions: working === undefined ? [] : applyStatus(state, event, working), booked: null };
    default:
      return unreachable(event);
  }
}

function applyExecution(
  state: EngineState,
  event: BrokerEvent & { kind: 'execution' },
  working: WorkingOrder | undefined,
): BrokerOutcome {
  const { execution } = event;
  const booking = state.portfolio.apply(execution);
  if (booking === 'duplicate') return { decisions: [], booked: null };
  if (working === undefined) {
    state.halted ??= 'foreign-execution';
    const text = `Execution ${execution.executionId} belongs to order ${execution.clientOrderId}, which this agent did not send; no new risk until it is cleared`;
    return {
      decisions: [
        {
          type: 'alert',
          at: event.at,
          kind: 'risk',
          severity: 'critical',
          reason: { rule: 'foreign-execution', text },
        },
      ],
      booked: { execution, ...booking },
    };
  }
  working.filled += execution.quantity;
  if (working.purpose === 'open') recordOpeningFill(working.structure, execution);
  else recordClosingFill(working.structure, execution);
  if (event.status === 'filled') finish(state, working);
  return { decisions: [], booked: { execution, ...booking } };
}

function applyStatus(state: EngineState, event: BrokerEvent & { kind: 'order' }, working: WorkingOrder): Decision[] {
  switch (event.status) {
    case 'new':
      return [];
    case 'canceled':
    case 'expired':
      finish(state, working);
      return [];
    case 'rejected': {
      finish(state, working);
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

/** The order is over: what did not fill no longer counts as risk, and an unfinished close may be tried again. */
function finish(state: EngineState, working: WorkingOrder): void {
  state.orders.delete(working.order.clientOrderId);
  if (working.purpose === 'open') working.structure.working = 0;
  else working.structure.closingIntent = null;
}
