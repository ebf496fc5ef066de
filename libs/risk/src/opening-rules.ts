import { PROTECTION_RULES } from './protections/index.ts';
import { accountTradable } from './rules/account-tradable.ts';
import { buyingPower } from './rules/buying-power.ts';
import { correlation } from './rules/correlation.ts';
import { dailyLoss } from './rules/daily-loss.ts';
import { dayTrading } from './rules/day-trading.ts';
import { delivery } from './rules/delivery.ts';
import { duplicateIntent } from './rules/duplicate-intent.ts';
import { expiryDay } from './rules/expiry-day.ts';
import { fatFinger } from './rules/fat-finger.ts';
import { GREEK_RULES } from './rules/greeks.ts';
import { maxPositions } from './rules/max-positions.ts';
import { modelPrice } from './rules/model-price.ts';
import { notHalted } from './rules/not-halted.ts';
import { opensOnly } from './rules/opens-only.ts';
import { oppositeHeld } from './rules/opposite-held.ts';
import { optionLevel } from './rules/option-level.ts';
import { orderBurst } from './rules/order-burst.ts';
import { orderRate } from './rules/order-rate.ts';
import { portfolioRisk } from './rules/portfolio-risk.ts';
import { positionSize } from './rules/position-size.ts';
import { priceCollar } from './rules/price-collar.ts';
import { quotedSides } from './rules/quoted-sides.ts';
import { riskPerTrade } from './rules/risk-per-trade.ts';
import type { OpeningRule } from './rules/rule.ts';
import { sessionHours } from './rules/session-hours.ts';
import { freshMarks } from './rules/stale-marks.ts';
import { freshQuotes } from './rules/stale-quotes.ts';
import { statedRisk } from './rules/stated-risk.ts';
import { stressLoss } from './rules/stress-loss.ts';
import { tradableContracts } from './rules/tradable-contracts.ts';
import { washTrade } from './rules/wash-trade.ts';

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
  freshMarks,
  optionLevel,
  expiryDay,
  delivery,
  dayTrading,
  dailyLoss,
  ...PROTECTION_RULES,
  maxPositions,
  riskPerTrade,
  positionSize,
  portfolioRisk,
  correlation,
  ...GREEK_RULES,
  stressLoss,
  oppositeHeld,
  duplicateIntent,
  washTrade,
  fatFinger,
  buyingPower,
  priceCollar,
  modelPrice,
  orderRate,
  orderBurst,
];
