import type { RiskVerdict } from '../evaluate.ts';

/** Rule, number and limit of what failed. */
export function failures(verdict: RiskVerdict): unknown[] {
  return verdict.kind === 'approved' ? [] : verdict.failed.map(({ rule, actual, limit }) => [rule, actual, limit]);
}
