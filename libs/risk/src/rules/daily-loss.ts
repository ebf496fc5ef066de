import { atMost, type OpeningRule, percent } from './rule.ts';

/** Loss since the start of the day below the limit: reached is too much. An account that started with nothing has nothing to lose. */
export const dailyLoss: OpeningRule = {
  code: 'daily-loss',
  sized: false,
  check: ({ context: { startOfDayEquity, equity, limits } }) => {
    const loss = startOfDayEquity > 0 ? (startOfDayEquity - equity) / startOfDayEquity : Number.NaN;
    return { ...atMost(percent(loss), percent(limits.dailyLoss), 'percent'), passed: loss < limits.dailyLoss };
  },
};
