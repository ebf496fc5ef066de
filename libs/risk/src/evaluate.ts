import { ZERO_USD } from '@trading-agent/core';
import { approve, type RiskApproved, type RuleCheck } from '@trading-agent/broker';
import { assertValidOrder, opens, sideOf } from '@trading-agent/instruments';
import type { ClosingIntent, OpeningIntent, RiskContext } from './context.ts';
import { accountTradable, buyingPower, dailyLoss, notHalted, optionLevel } from './rules/account.ts';
import {
  correlation,
  maxPositions,
  oppositeHeld,
  portfolioRisk,
  positionSize,
  riskPerTrade,
} from './rules/exposure.ts';
import { freshQuotes, orderRate, priceCollar, quotedSides, sessionHours } from './rules/market.ts';
import { atMost, type OpeningRule } from './rules/rule.ts';
import { opensOnly, statedRisk, tradableContracts } from './rules/terms.ts';

/** Yes with the evidence, or no with every rule's numbers; `failed` is in rule order and never empty. */
export type RiskVerdict =
  | { readonly kind: 'approved'; readonly approved: RiskApproved }
  | { readonly kind: 'refused'; readonly failed: readonly RuleCheck[]; readonly checks: readonly RuleCheck[] };

/** All rules, in the order in which they are told. Every rule is always evaluated. */
export const OPENING_RULES: readonly OpeningRule[] = [
  notHalted,
  accountTradable,
  sessionHours,
  opensOnly,
  tradableContracts,
  statedRisk,
  quotedSides,
  freshQuotes,
  optionLevel,
  dailyLoss,
  maxPositions,
  riskPerTrade,
  positionSize,
  portfolioRisk,
  correlation,
  oppositeHeld,
  buyingPower,
  priceCollar,
  orderRate,
];

/**
 * Checks an order that opens risk against every rule.
 * @throws {TradingError} `ORDER_INVALID` when the order is malformed (a defect, not a refusal).
 */
export function evaluateOpening(intent: OpeningIntent, context: RiskContext): RiskVerdict {
  assertValidOrder(intent.order);
  return verdict(
    intent.order,
    OPENING_RULES.map((rule) => rule(intent, context)),
  );
}

/**
 * Checks an order that closes what is held. Closing reduces risk: limits, halts and collars don't stand in its way, but it must
 * close no more than is held, within the session, against quoted sides.
 * @throws {TradingError} `ORDER_INVALID` when the order is malformed.
 */
export function evaluateClosing(intent: ClosingIntent, context: RiskContext): RiskVerdict {
  const { order } = intent;
  assertValidOrder(order);
  const opening: OpeningIntent = { order, contracts: [], maxLossPerUnit: null, committedPerUnit: ZERO_USD };
  let excess = 0;
  for (const leg of order.legs) {
    const held = intent.held(leg.symbol);
    // A sell closes a long position, a buy a short one; an opening leg closes nothing.
    const closable = opens(leg.intent) ? 0 : Math.max(0, sideOf(leg.intent) === 'sell' ? held : -held);
    excess = Math.max(excess, leg.ratio * order.quantity - closable);
  }
  return verdict(order, [
    sessionHours(opening, context),
    quotedSides(opening, context),
    atMost('closes-held', excess, 0, 'count'),
  ]);
}

function verdict(order: OpeningIntent['order'], checks: readonly RuleCheck[]): RiskVerdict {
  const failed = checks.filter((check) => !check.passed);
  return failed.length === 0
    ? { kind: 'approved', approved: approve(order, checks) }
    : { kind: 'refused', failed, checks };
}
