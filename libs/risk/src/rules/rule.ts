import type { RuleCheck } from '@trading-agent/broker';
import type { OpeningIntent, RiskContext } from '../context.ts';

/** A pure rule over one opening order. It measures one number against one limit and never looks at anything else. */
export type OpeningRule = (intent: OpeningIntent, context: RiskContext) => RuleCheck;

/** Stands for a number that could not be measured; checks are journaled as JSON, which has neither NaN nor infinity. */
export const UNMEASURED = Number.MAX_SAFE_INTEGER;

/** A check that passes while `actual` is at most `limit`. What is not a finite number never passes and is told as `UNMEASURED`. */
export function atMost(rule: string, actual: number, limit: number, unit: RuleCheck['unit']): RuleCheck {
  const passed = Number.isFinite(actual) && Number.isFinite(limit) && actual <= limit;
  return { rule, passed, actual: told(actual, UNMEASURED), limit: told(limit, -UNMEASURED), unit };
}

/** A check that passes while `actual` is at least `limit`. What is not a finite number never passes and is told as `-UNMEASURED`. */
export function atLeast(rule: string, actual: number, limit: number, unit: RuleCheck['unit']): RuleCheck {
  const passed = Number.isFinite(actual) && Number.isFinite(limit) && actual >= limit;
  return { rule, passed, actual: told(actual, -UNMEASURED), limit: told(limit, UNMEASURED), unit };
}

function told(value: number, otherwise: number): number {
  return Number.isFinite(value) ? value : otherwise;
}
