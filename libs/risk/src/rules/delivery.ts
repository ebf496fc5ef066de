import { daysBetween, usdToNumber } from '@trading-agent/core';
import type { HeldOption } from '@trading-agent/portfolio';
import type { RiskContext } from '../context.ts';
import { atMost, type OpeningRule } from './rule.ts';

/**
 * Assignment: what is sold, in the money and near its expiry may be assigned any evening, and the account must be able to take what is delivered.
 * The number is the dollars of stock that puts would bring and that calls would call away beyond what is held; the limit what the account may
 * hold in stock: its equity over the initial margin of stock (Regulation T 220.12(a)).
 */
export const delivery: OpeningRule = {
  code: 'delivery',
  sized: true,
  check: ({ order, context, effect }) => {
    const sold = effect.unit?.map(({ contract, quantity }) => ({ contract, quantity: quantity * order.quantity }));
    const { account, rates } = context.marginTerms;
    const share = account === 'cash' ? 1 : rates.longStock.initial;
    return atMost(
      sold === undefined ? null : dollarsDelivered([...context.holdings.options, ...sold], context),
      usdToNumber(context.equity) / share,
      'usd',
    );
  },
};

function dollarsDelivered(options: readonly HeldOption[], context: RiskContext): number | null {
  let dollars = 0;
  const owed = new Map<string, number>();
  for (const { contract, quantity } of options) {
    if (quantity >= 0 || contract.settlement !== 'physical' || contract.style !== 'american') continue;
    if (daysBetween(context.date, contract.expiry) > context.limits.expiry.deliveryDays) continue;
    const spot = context.market.price(contract.underlying);
    if (spot === null || !(spot > 0)) return null;
    const shares = -quantity * contract.multiplier;
    if (contract.right === 'put' && spot < contract.strike) dollars += shares * contract.strike;
    if (contract.right === 'call' && spot > contract.strike)
      owed.set(contract.underlying, (owed.get(contract.underlying) ?? 0) + shares);
  }
  for (const [underlying, shares] of owed) {
    const held = context.holdings.stocks.find(({ symbol }) => symbol === underlying)?.quantity ?? 0;
    dollars += Math.max(0, shares - Math.max(0, held)) * (context.market.price(underlying) ?? Number.NaN);
  }
  return dollars;
}
