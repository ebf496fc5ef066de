import { isSession, nextSession, nyInstant } from '@trading-agent/calendar';
import { type MarketDate, type Micros, addDays } from '@trading-agent/core';

/** Files appear about this time, New York, on the day after. */
const APPEARS = '11:00';

export interface ExpectedDay {
  /**
   * Why a day has no file. `holiday`: the exchange was closed, there is none. `late`: it may still come; files appear about 11:00 ET the
   * next day and are given until 11:00 ET of the next session. `absent`: it should be there by now.
   */
  readonly missing: 'holiday' | 'late' | 'absent';
  /** When the file should appear; absent for a holiday. */
  readonly dueAt?: Micros;
}

/** What it means at `now` that there is no file of `date`. */
export function missingDay(date: MarketDate, now: Micros): ExpectedDay {
  if (!isSession(date)) return { missing: 'holiday' };
  const dueAt = nyInstant(addDays(date, 1), APPEARS);
  const given = nyInstant(nextSession(date), APPEARS);
  return { missing: now < given ? 'late' : 'absent', dueAt };
}
