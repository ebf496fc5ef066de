import type { Micros } from '@trading-agent/core';
import type { StrategyName } from '@trading-agent/config';
import type { Order } from '@trading-agent/instruments';
import type { evaluateClosing } from '@trading-agent/risk';
import { type Decision, type Reason, refusalReason } from './decisions.ts';
import type { EngineState, ShareExit } from './state.ts';
import type { StructurePosition } from './structure-position.ts';

/** What is closed, and under which name and for what reason. */
export type Closing = {
  readonly intent: string;
  readonly strategy: StrategyName;
  readonly order: Order;
  readonly reason: Reason;
} & (
  | { readonly purpose: 'close'; readonly structure: StructurePosition }
  | { readonly purpose: 'shares'; readonly exit: ShareExit }
);

/** Sends an order that closes, or tells by which rules it may not be sent. */
export function sendClosing(
  state: EngineState,
  closing: Closing,
  verdict: ReturnType<typeof evaluateClosing>,
  at: Micros,
): Decision {
  const { intent, strategy, order, reason } = closing;
  if (verdict.kind === 'refused') {
    const { underlying, legs, quantity, limit } = order;
    const { failed, checks } = verdict;
    return {
      type: 'refuse',
      at,
      underlying,
      strategy,
      purpose: 'close',
      order: { legs, quantity, limit },
      failed,
      checks,
      quantity: verdict.quantity,
      reason: refusalReason(failed),
    };
  }
  const held = closing.purpose === 'shares' ? closing.exit : closing.structure;
  held.attempts++;
  held.closingIntent = intent;
  const working = { intent, order, submittedAt: at, filled: 0, cancelRequested: false };
  state.orders.set(
    order.clientOrderId,
    closing.purpose === 'shares'
      ? { ...working, purpose: 'shares', exit: closing.exit }
      : { ...working, purpose: 'close', structure: closing.structure },
  );
  return { type: 'submit', at, intent, purpose: 'close', strategy, approved: verdict.approved, reason };
}
