import { approve, type RiskApproved, type RuleCheck } from '@trading-agent/broker';
import { assertValidOrder, opens, sharesOf, sideOf } from '@trading-agent/instruments';
import { shareChecks } from './closing-shares.ts';
import type { ClosingIntent, OpeningIntent, RiskContext } from './context.ts';
import { OPENING_RULES } from './opening-rules.ts';
import { OrderEffect } from './order-effect.ts';
import { buyingPower } from './rules/buying-power.ts';
import { dayTrading } from './rules/day-trading.ts';
import { unquotedLegs } from './rules/quoted-sides.ts';
import { atMost, type Prospect } from './rules/rule.ts';
import { secondsLeft } from './rules/session-hours.ts';

/** Yes with the evidence, yes to fewer units with the evidence for both numbers, or no with every rule's numbers. `failed` is in rule order. */
export type RiskVerdict =
  | { readonly kind: 'approved'; readonly approved: RiskApproved }
  | {
      readonly kind: 'reduced';
      /** The order with the largest number of units that passes every rule. */
      readonly approved: RiskApproved;
      /** Units that were asked for. */
      readonly asked: number;
      /** The rules that the number asked for breaks. */
      readonly failed: readonly RuleCheck[];
    }
  | {
      readonly kind: 'refused';
      readonly failed: readonly RuleCheck[];
      readonly checks: readonly RuleCheck[];
      /** Units that the checks speak of: one when no number passes, what was asked for when the number does not matter. */
      readonly quantity: number;
    };

/**
 * Checks an order that opens risk against every rule. When only its size is in the way it is reduced to the most units that pass.
 * @throws {TradingError} `ORDER_INVALID` when the order is malformed (a defect, not a refusal).
 */
export function evaluateOpening(intent: OpeningIntent, context: RiskContext): RiskVerdict {
  const { order } = intent;
  assertValidOrder(order);
  const effect = new OrderEffect(intent, context);
  const prospectOf = (quantity: number): Prospect => ({
    order: quantity === order.quantity ? order : { ...order, quantity },
    intent,
    context,
    effect,
  });
  const checks = checksOf(prospectOf(order.quantity));
  const failed = failedOf(checks);
  if (failed.length === 0) return { kind: 'approved', approved: approve(order, checks) };
  if (order.quantity === 1 || failed.some(({ rule }) => !BY_SIZE.has(rule)))
    return { kind: 'refused', failed, checks, quantity: order.quantity };
  const most = mostUnits(order.quantity - 1, prospectOf);
  const fewer = prospectOf(most ?? 1);
  const reduced = checksOf(fewer);
  return most === null
    ? { kind: 'refused', failed: failedOf(reduced), checks: reduced, quantity: 1 }
    : { kind: 'reduced', approved: approve(fewer.order, reduced), asked: order.quantity, failed };
}

/**
 * Checks an order that closes what is held. Closing reduces risk: limits, halts and collars don't stand in its way, but it must
 * close no more than is held, within the session, against quoted sides. Shares have a collar and a largest size besides, and those that sold
 * options need stay.
 * @throws {TradingError} `ORDER_INVALID` when the order is malformed.
 */
export function evaluateClosing(
  intent: ClosingIntent,
  context: RiskContext,
): Exclude<RiskVerdict, { readonly kind: 'reduced' }> {
  const { order } = intent;
  assertValidOrder(order);
  const shares = sharesOf(order);
  const checks = shares === null ? optionChecks(intent, context) : shareChecks(order, shares, intent, context);
  const failed = failedOf(checks);
  return failed.length === 0
    ? { kind: 'approved', approved: approve(order, checks) }
    : { kind: 'refused', failed, checks, quantity: order.quantity };
}

function optionChecks(intent: ClosingIntent, context: RiskContext): RuleCheck[] {
  const { order } = intent;
  let excess = 0;
  for (const leg of order.legs) {
    const held = intent.held(leg.symbol);
    // A sell closes a long position, a buy a short one; an opening leg closes nothing.
    const closable = opens(leg.intent) ? 0 : Math.max(0, sideOf(leg.intent) === 'sell' ? held : -held);
    excess = Math.max(excess, leg.ratio * order.quantity - closable);
  }
  return [
    { rule: 'session-hours', ...secondsLeft(context) },
    { rule: 'quoted-sides', ...atMost(unquotedLegs(order, context), 0, 'count') },
    { rule: 'closes-held', ...atMost(excess, 0, 'count') },
  ];
}

function checksOf(prospect: Prospect): RuleCheck[] {
  return OPENING_RULES.map((rule) => {
    const { passed, actual, limit, unit } = rule.check(prospect);
    return { rule: rule.code, passed, actual, limit, unit };
  });
}

function failedOf(checks: readonly RuleCheck[]): readonly RuleCheck[] {
  return checks.filter((check) => !check.passed);
}

/** Up to so many units each number is tried, from the top; above, halving finds one that passes and the search goes up from there. */
const TRIED_ONE_BY_ONE = 32;

/** The most units, at most `atMostUnits`, with which every rule that looks at the size passes; the other rules have passed already. */
function mostUnits(atMostUnits: number, prospectOf: (units: number) => Prospect): number | null {
  const passes = (units: number): boolean => {
    const prospect = prospectOf(units);
    return SIZED_RULES.every((rule) => rule.check(prospect).passed);
  };
  let top = atMostUnits;
  let found: number | null = null;
  while (top > TRIED_ONE_BY_ONE) {
    const half = Math.floor(top / 2);
    if (passes(half)) {
      found = half;
      break;
    }
    top = half - 1;
  }
  if (found === null) {
    for (let units = top; units >= 1; units--) if (passes(units)) return units;
    return null;
  }
  let low = found;
  let high = top;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (passes(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Margin can take milliseconds (docs/margin.md): its rules are asked last, of numbers that pass the others. */
const ASKS_MARGIN: ReadonlySet<string> = new Set([dayTrading.code, buyingPower.code]);
const SIZED_RULES = OPENING_RULES.filter(({ sized }) => sized).toSorted(
  (a, b) => Number(ASKS_MARGIN.has(a.code)) - Number(ASKS_MARGIN.has(b.code)),
);
const BY_SIZE: ReadonlySet<string> = new Set(SIZED_RULES.map(({ code }) => code));
