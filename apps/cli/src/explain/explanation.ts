import type { Micros } from '@trading-agent/core';
import type { DecisionReading, ReasonReading } from '@trading-agent/status-api';

/** A rule that stood in the way, how often, and what it said last. */
export interface Obstacle {
  readonly rule: string;
  readonly count: number;
  readonly lastAt: Micros;
  readonly last: ReasonReading;
}

/** What came of one underlying on one day. */
export interface SymbolExplanation {
  readonly symbol: string;
  readonly orders: number;
  readonly refusals: number;
  readonly notes: number;
  /** Why it did not trade: the most frequent first, equally frequent ones by name. */
  readonly obstacles: readonly Obstacle[];
}

/**
 * Answers "why didn't it trade?" from a day's decisions, in the order in which they were made: for each symbol what was ordered and refused, and
 * which rules stood in the way with their last numbers. A decision about no symbol (an alert) is in nobody's figures.
 */
export function explainSymbols(decisions: readonly DecisionReading[]): readonly SymbolExplanation[] {
  const bySymbol = new Map<string, DecisionReading[]>();
  for (const decision of decisions) {
    if (decision.subject === null) continue;
    const known = bySymbol.get(decision.subject);
    if (known === undefined) bySymbol.set(decision.subject, [decision]);
    else known.push(decision);
  }
  return [...bySymbol]
    .map(([symbol, all]) => explainSymbol(symbol, all))
    .sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
}

function explainSymbol(symbol: string, decisions: readonly DecisionReading[]): SymbolExplanation {
  const obstacles = new Map<string, Obstacle>();
  for (const { kind, at, reasons } of decisions) {
    for (const last of kind === 'refuse' ? reasons.filter(isBroken) : kind === 'note' ? reasons : [])
      obstacles.set(last.rule, {
        rule: last.rule,
        count: (obstacles.get(last.rule)?.count ?? 0) + 1,
        lastAt: at,
        last,
      });
  }
  const count = (kind: DecisionReading['kind']): number =>
    decisions.filter((decision) => decision.kind === kind).length;
  return {
    symbol,
    orders: count('submit'),
    refusals: count('refuse'),
    notes: count('note'),
    obstacles: [...obstacles.values()].sort((a, b) => b.count - a.count || (a.rule < b.rule ? -1 : 1)),
  };
}

const isBroken = ({ passed }: ReasonReading): boolean => passed === false;

/** Yes or no, told as 1 of 1: no limit that one comes near to. */
const isYesOrNo = ({ unit, limit }: ReasonReading): boolean => unit === 'count' && limit === 1;

/** The limit that was nearest to being broken among those kept: the share of it that was used, `null` when no rule has a positive limit. */
export function tightest(
  reasons: readonly ReasonReading[],
): { readonly reason: ReasonReading; readonly used: number } | null {
  let found: { reason: ReasonReading; used: number } | null = null;
  for (const reason of reasons) {
    if (
      reason.passed !== true ||
      isYesOrNo(reason) ||
      reason.actual === null ||
      !(reason.limit !== null && reason.limit > 0)
    )
      continue;
    const used = reason.actual / reason.limit;
    // A rule that asks for a minimum is kept beyond its limit.
    if (used <= 1 && (found === null || used > found.used)) found = { reason, used };
  }
  return found;
}
