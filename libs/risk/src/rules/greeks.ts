import { usdToNumber } from '@trading-agent/core';
import type { Greeks } from '../greeks.ts';
import { atMost, type OpeningRule, percent, percentUp } from './rule.ts';

const NAMES = ['delta', 'gamma', 'vega', 'theta'] as const satisfies readonly (keyof Greeks)[];

/**
 * What a small move would change of the order's underlying (`underlying-delta`, ...) and of everything (`net-delta`, ...), this order included, as
 * a share of equity. See `Greeks` for the moves. Greeks that are not known never pass.
 */
export const GREEK_RULES: readonly OpeningRule[] = (['underlying', 'net'] as const).flatMap((scope) =>
  NAMES.map((name): OpeningRule => ({
    code: `${scope}-${name}`,
    sized: true,
    check: ({ order, context, effect }) => {
      const greeks = effect.greeks(order.quantity, scope);
      const share = greeks === null ? Number.NaN : Math.abs(greeks[name]) / usdToNumber(context.equity);
      return atMost(
        context.equity > 0 ? percentUp(share) : Number.NaN,
        percent(context.limits.greeks[scope][name]),
        'percent',
      );
    },
  })),
);
