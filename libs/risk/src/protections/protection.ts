import type { Micros } from '@trading-agent/core';
import type { RiskContext, TradingHistory } from '../context.ts';
import type { Measure } from '../rules/rule.ts';

/** What a protection looks at: what happened, never the order itself. */
export interface ProtectionView {
  readonly at: Micros;
  readonly underlying: string;
  readonly history: TradingHistory;
  /** Dollars. */
  readonly equity: number;
  readonly settings: RiskContext['limits']['protections'];
}

/** Keeps new risk away for a while after something went wrong. It follows from what happened alone, so a replay restores it. */
export interface Protection {
  /** Stable; journaled as the rule of its check. */
  readonly code: string;
  check(view: ProtectionView): Measure;
}
