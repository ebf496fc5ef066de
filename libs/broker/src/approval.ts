import { TradingError } from '@trading-agent/core';
import type { Order } from '@trading-agent/instruments';

/** One risk rule applied to one order, with its numbers, so that a yes explains itself as well as a no. */
export interface RuleCheck {
  /** Stable rule code, for instance `max-positions`. */
  readonly rule: string;
  readonly passed: boolean;
  /** What was measured and what is allowed, in `unit`. */
  readonly actual: number;
  readonly limit: number;
  readonly unit: 'usd' | 'percent' | 'count' | 'seconds' | 'ratio';
}

declare const approvedBrand: unique symbol;

/** An order that passed every risk rule. The broker port takes nothing else, so an unchecked order can't be sent. */
export interface RiskApproved {
  readonly [approvedBrand]: true;
  readonly order: Order;
  readonly checks: readonly RuleCheck[];
}

/**
 * Binds an order to the evidence that it may be sent. Called by `risk` for a fresh decision and by the journal's reader for one that was
 * approved before a restart.
 * @throws {TradingError} `ORDER_NOT_APPROVED` when there is no evidence or a rule did not pass.
 */
export function approve(order: Order, checks: readonly RuleCheck[]): RiskApproved {
  const failed = checks.find((check) => !check.passed);
  if (checks.length === 0 || failed) {
    throw new TradingError(
      'ORDER_NOT_APPROVED',
      failed
        ? `Order ${order.clientOrderId} broke the rule ${failed.rule}`
        : `Order ${order.clientOrderId} was not checked by any rule`,
    );
  }
  return Object.freeze({ order, checks }) as RiskApproved;
}
