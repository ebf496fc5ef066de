import { AN_INSTANT, approved } from '@trading-agent/testkit';
import type { BrokerEvent } from '@trading-agent/broker';
import type { StepResult } from '@trading-agent/engine';
import { ZERO_USD } from '@trading-agent/core';
import type { Order } from '@trading-agent/instruments';
import type { OwnOrders } from '../session/own-orders.ts';

const nothing = { decisions: [], booked: null };

/** The step in which the engine decides to send it. */
export function decision(order: Order): StepResult {
  return {
    booked: null,
    decisions: [
      {
        type: 'submit',
        at: AN_INSTANT,
        intent: 'S1/open/1',
        purpose: 'open',
        strategy: 'long-call',
        approved: approved(order),
        reason: { rule: 'view', text: 'up' },
      },
    ],
  };
}

/** The engine has decided to send it. */
export function decide(own: OwnOrders, order: Order): void {
  own.observe({ type: 'clock', at: AN_INSTANT }, decision(order));
}

/** The engine has taken it in. */
export function hear(own: OwnOrders, event: BrokerEvent): void {
  const booked =
    event.kind === 'execution'
      ? { execution: event.execution, realized: ZERO_USD, fees: ZERO_USD, cashChange: ZERO_USD }
      : null;
  own.observe({ type: 'broker', at: AN_INSTANT, event }, { ...nothing, booked });
}
