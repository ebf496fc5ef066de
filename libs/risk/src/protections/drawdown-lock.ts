import { percent } from '../rules/rule.ts';
import { atMost } from '../rules/rule.ts';
import type { Protection } from './protection.ts';

/** A fall from the day's highest equity ends new risk for the day, whatever is recovered: reached is too much. */
export const drawdownLock: Protection = {
  code: 'drawdown-lock',
  check: ({ history, settings }) => ({
    ...atMost(percent(history.drawdown), percent(settings.drawdownLock), 'percent'),
    passed: history.drawdown < settings.drawdownLock,
  }),
};
