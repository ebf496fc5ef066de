import type { Micros } from '@trading-agent/core';
import type { RiskApproved, RuleCheck } from '@trading-agent/broker';
import type { OptionSymbol } from '@trading-agent/instruments';
import type { StrategyName } from '@trading-agent/config';

/** A number that led to a decision, in words that need no code to read. */
export interface Reason {
  readonly rule: string;
  readonly text: string;
}

/** What the engine wants done or known. Every order and every refusal carries its reasons. */
export type Decision =
  | {
      readonly type: 'subscribe';
      readonly at: Micros;
      readonly underlying: string;
      readonly symbols: readonly OptionSymbol[];
    }
  | {
      readonly type: 'submit';
      readonly at: Micros;
      /** `S3/open/1`: structure, purpose, attempt. Stable over runs; the client order id derives from it. */
      readonly intent: string;
      readonly purpose: 'open' | 'close';
      readonly strategy: StrategyName;
      readonly approved: RiskApproved;
      readonly reason: Reason;
    }
  | {
      readonly type: 'cancel';
      readonly at: Micros;
      readonly intent: string;
      readonly clientOrderId: string;
      readonly reason: Reason;
    }
  | {
      readonly type: 'refuse';
      readonly at: Micros;
      readonly underlying: string;
      readonly strategy: StrategyName;
      readonly purpose: 'open' | 'close';
      /** The failed rules with their numbers and limits. */
      readonly failed: readonly RuleCheck[];
      readonly reason: Reason;
    }
  | { readonly type: 'note'; readonly at: Micros; readonly underlying: string; readonly reason: Reason }
  | {
      readonly type: 'alert';
      readonly at: Micros;
      readonly kind: 'trading' | 'system' | 'risk' | 'market';
      readonly severity: 'info' | 'warning' | 'critical';
      readonly reason: Reason;
    };

/** The part of a decision that a fingerprint covers: what was decided, without ids that differ from run to run. */
export function decisionFacts(decision: Decision): Readonly<Record<string, unknown>> | null {
  switch (decision.type) {
    case 'submit': {
      const { order } = decision.approved;
      const { legs, quantity, type, limit } = order;
      return {
        type: 'submit',
        at: decision.at,
        intent: decision.intent,
        strategy: decision.strategy,
        legs,
        quantity,
        orderType: type,
        limit,
        reason: decision.reason,
      };
    }
    case 'cancel':
      return { type: 'cancel', at: decision.at, intent: decision.intent, reason: decision.reason };
    case 'refuse':
      return { ...decision };
    case 'subscribe':
    case 'note':
    case 'alert':
      return null;
  }
}
