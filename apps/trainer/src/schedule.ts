import { isSession, nextSession, nyDate, nyInstant, previousSession, session } from '@trading-agent/calendar';
import type { MarketDate, Micros } from '@trading-agent/core';

/** New York time: half an hour after a full day's close, so that the day's last prints are in. Half days keep to it too. */
const TRAINING_TIME = '16:30';

/** When the training of the session `date` is due. */
export function trainingTime(date: MarketDate): Micros {
  return nyInstant(date, TRAINING_TIME);
}

/** The latest session whose training time has come. */
export function dueDay(now: Micros): MarketDate {
  const today = nyDate(now);
  return isSession(today) && now >= trainingTime(today) ? today : previousSession(today);
}

/** The session whose training comes next. */
export function upcomingDay(now: Micros): MarketDate {
  const today = nyDate(now);
  return isSession(today) && now < trainingTime(today) ? today : nextSession(today);
}

/** The latest session that is over: nothing later may be learnt from. */
export function completedDay(now: Micros): MarketDate {
  const today = nyDate(now);
  const held = session(today);
  return held !== undefined && now >= held.close ? today : previousSession(today);
}
