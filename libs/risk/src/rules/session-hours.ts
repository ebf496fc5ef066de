import { MICROS_PER_SECOND } from '@trading-agent/core';
import type { RiskContext } from '../context.ts';
import { atLeast, type Measure, type OpeningRule } from './rule.ts';

/** Regular hours only: open <= now < close. The number is the seconds left until the close, negative outside the session. */
export const sessionHours: OpeningRule = {
  code: 'session-hours',
  sized: false,
  check: ({ context }) => secondsLeft(context),
};

export function secondsLeft({ at, session }: Pick<RiskContext, 'at' | 'session'>): Measure {
  const left = at < session.open ? -1 : (session.close - at) / MICROS_PER_SECOND;
  return { ...atLeast(left, 0, 'seconds'), passed: left > 0 };
}
