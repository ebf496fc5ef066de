import { usdToNumber } from '@trading-agent/core';
import type { OpeningRule } from '../rules/rule.ts';
import { cooldown } from './cooldown.ts';
import { drawdownLock } from './drawdown-lock.ts';
import { lowProfitLock } from './low-profit-lock.ts';
import type { Protection } from './protection.ts';
import { stopLossGuard } from './stop-loss-guard.ts';
import { volatilityHalt } from './volatility-halt.ts';

export const PROTECTIONS: readonly Protection[] = [
  cooldown,
  stopLossGuard,
  drawdownLock,
  lowProfitLock,
  volatilityHalt,
];

/** The protections as rules: they stand in the same record as every other reason. */
export const PROTECTION_RULES: readonly OpeningRule[] = PROTECTIONS.map((protection) => ({
  code: protection.code,
  sized: false,
  check: ({ order, context: { at, history, equity, limits } }) =>
    protection.check({
      at,
      underlying: order.underlying,
      history,
      equity: usdToNumber(equity),
      settings: limits.protections,
    }),
}));
