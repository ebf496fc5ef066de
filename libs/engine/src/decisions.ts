import type { Micros } from '@trading-agent/core';
import type { RiskApproved, RuleCheck } from '@trading-agent/broker';
import type { Order, Ticker } from '@trading-agent/instruments';
import type { StrategyName } from '@trading-agent/config';

/** A number that led to a decision, in words that need no code to read. */
export interface Reason {
  readonly rule: string;
  readonly text: string;
}

/** One candidate of a decision with everything it was ranked by; money in dollars per unit. */
export interface CandidateRecord {
  readonly strategy: StrategyName;
  /** `+1 GOOG160115C00750000 -1 ...`. */
  readonly legs: string;
  readonly expiry: string;
  readonly net: number;
  readonly expectedValue: number;
  readonly expectedReturn: number;
  readonly probabilityOfProfit: number;
  readonly kelly: number;
  readonly breakevens: readonly number[];
  readonly maxLoss: number;
  /** `null`: without bound. */
  readonly maxGain: number | null;
  readonly fees: number;
  /** Why the strategy itself does not open it, `null` when it may. */
  readonly refused: string | null;
}

/** What the engine wants done or known. Every order and every refusal carries its reasons. */
export type Decision =
  | {
      /** The quotes of an underlying's options, and of itself while shares are held, that are wanted from now on, instead of the earlier ones. */
      readonly type: 'subscribe';
      readonly at: Micros;
      readonly underlying: string;
      readonly symbols: readonly Ticker[];
    }
  | {
      readonly type: 'submit';
      readonly at: Micros;
      /** `S3/open/1`: structure, purpose, attempt. Stable over runs; the client order id derives from it. */
      readonly intent: string;
      readonly purpose: 'open' | 'close';
      readonly strategy: StrategyName;
      readonly approved: RiskApproved;
      /** Units that were asked for before risk reduced them, and the rules that those would have broken; absent when nothing was reduced. */
      readonly reduced?: { readonly asked: number; readonly failed: readonly RuleCheck[] };
      readonly reason: Reason;
      /** What was compared, best first: on the first decision of an underlying's turn. */
      readonly candidates?: readonly CandidateRecord[];
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
      /** What was refused, so that the record stands by itself. */
      readonly order: Pick<Order, 'legs' | 'quantity' | 'limit'>;
      /** The failed rules with their numbers and limits, and all rules with theirs; `quantity` units are what they speak of. */
      readonly failed: readonly RuleCheck[];
      readonly checks: readonly RuleCheck[];
      readonly quantity: number;
      readonly reason: Reason;
      readonly candidates?: readonly CandidateRecord[];
    }
  | {
      readonly type: 'note';
      readonly at: Micros;
      readonly underlying: string;
      readonly reason: Reason;
      readonly candidates?: readonly CandidateRecord[];
    }
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
        ...(decision.reduced !== undefined && { reduced: decision.reduced }),
        reason: decision.reason,
      };
    }
    case 'cancel':
      return { type: 'cancel', at: decision.at, intent: decision.intent, reason: decision.reason };
    case 'refuse': {
      const { candidates: _candidates, ...facts } = decision;
      return facts;
    }
    case 'subscribe':
    case 'note':
    case 'alert':
      return null;
  }
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
