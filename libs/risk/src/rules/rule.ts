import type { RuleCheck } from '@trading-agent/broker';
import type { OpeningIntent, RiskContext } from '../context.ts';

/** A pure rule over one opening order. It measures one number against one limit and never looks at anything else. */
export type OpeningRule = (intent: OpeningIntent, context: RiskContext) => RuleCheck;

/** A check that passes while `actual` is at most `limit`. NaN never passes. */
export function atMost(rule: string, actual: number, limit: number, unit: RuleCheck['unit']): RuleCheck {
  return { rule, passed: actual <= limit, actual, limit, unit };
}

/** A check that passes while `actual` is at least `limit`. NaN never passes. */
export function atLeast(rule: string, actual: number, limit: number, unit: RuleCheck['unit']): RuleCheck {
  return { rule, passed: actual >= limit, actual, limit, unit };
}
