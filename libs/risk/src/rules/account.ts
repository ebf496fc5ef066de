import { usdToNumber } from '@trading-agent/core';
import { atLeast, atMost, type OpeningRule } from './rule.ts';

/** No new risk while the account is halted (kill switch, disagreement with the broker, daily loss). */
export const notHalted: OpeningRule = (_intent, context) =>
  atMost('halted', context.halted === null ? 0 : 1, 0, 'count');

/** The broker must say that the account may trade. */
export const accountTradable: OpeningRule = (_intent, context) =>
  atLeast('account-tradable', context.accountTradable ? 1 : 0, 1, 'count');

/** Option level: 2 for long calls and puts, 3 for anything with two or more legs (PROVIDERS C2). */
export const optionLevel: OpeningRule = (intent, context) => {
  const only = intent.order.legs.length === 1 ? intent.order.legs[0] : undefined;
  const needed = only === undefined ? 3 : only.intent === 'buy_to_open' ? 2 : 1;
  return atLeast('option-level', context.optionsLevel, needed, 'count');
};

/** Loss since the start of the day below the limit: reached is too much. An account that started with nothing has nothing to lose. */
export const dailyLoss: OpeningRule = (_intent, { startOfDayEquity, equity, limits }) => {
  const loss = startOfDayEquity > 0 ? (startOfDayEquity - equity) / startOfDayEquity : Number.NaN;
  return {
    ...atMost('daily-loss', percent(loss), percent(limits.dailyLoss), 'percent'),
    passed: loss < limits.dailyLoss,
  };
};

/** What the order binds, fees excluded, must be there: premium paid or collateral. */
export const buyingPower: OpeningRule = (intent, context) =>
  atMost(
    'buying-power',
    usdToNumber(intent.committedPerUnit) * intent.order.quantity,
    usdToNumber(context.availableFunds),
    'usd',
  );

function percent(fraction: number): number {
  return Math.round(fraction * 1e6) / 1e4;
}
