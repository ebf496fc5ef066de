import type { RuleCheck } from '@trading-agent/broker';
import type { Order } from '@trading-agent/instruments';
import type { OpeningIntent, RiskContext } from '../context.ts';
import type { OrderEffect } from '../order-effect.ts';

/** One order before the rules. `order.quantity` may be smaller than what was asked for. */
export interface Prospect {
  readonly order: Order;
  readonly intent: OpeningIntent;
  readonly context: RiskContext;
  readonly effect: OrderEffect;
}

/** A number against a limit. */
export type Measure = Omit<RuleCheck, 'rule'>;

/** A pure rule over one opening order. It measures one number against one limit and never looks at anything else. */
export interface OpeningRule {
  /** Stable; journaled with every check. */
  readonly code: string;
  /** True when fewer units may pass where many don't. */
  readonly sized: boolean;
  check(prospect: Prospect): Measure;
}

/** Stands for a number that could not be measured; checks are journaled as JSON, which has neither NaN nor infinity. */
export const UNMEASURED = Number.MAX_SAFE_INTEGER;

/** Passes while `actual` is at most `limit`. What is not a finite number, or is `null`, never passes and is told as `UNMEASURED`. */
export function atMost(actual: number | null, limit: number, unit: RuleCheck['unit']): Measure {
  const number = actual ?? Number.NaN;
  const passed = Number.isFinite(number) && Number.isFinite(limit) && number <= limit;
  return { passed, actual: told(number, UNMEASURED), limit: told(limit, -UNMEASURED), unit };
}

/** Passes while `actual` is at least `limit`. What is not a finite number never passes and is told as `-UNMEASURED`. */
export function atLeast(actual: number, limit: number, unit: RuleCheck['unit']): Measure {
  const passed = Number.isFinite(actual) && Number.isFinite(limit) && actual >= limit;
  return { passed, actual: told(actual, -UNMEASURED), limit: told(limit, UNMEASURED), unit };
}

export function told(value: number, otherwise: number): number {
  return Number.isFinite(value) ? value : otherwise;
}

/** A fraction in percent, free of binary noise: a number to tell. */
export function percent(fraction: number): number {
  return Math.round(fraction * 1e6) / 1e4;
}

/** The same of what must not exceed a limit: more than noise is never rounded away. */
export function percentUp(fraction: number): number {
  return (Math.ceil(fraction * 1e6 - 1e-4) + 0) / 1e4;
}
