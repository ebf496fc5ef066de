import { MICROS_PER_SECOND, type Micros } from '@trading-agent/core';
import { nyDate, nyTime } from '@trading-agent/calendar';

/** `2015-12-24T09:31:00-05:00`: New York wall time with its offset, to the second. */
export function newYorkRfc3339(at: Micros): string {
  const wall = `${nyDate(at)}T${nyTime(at)}`;
  const offsetMinutes = Math.round((Date.parse(`${wall}Z`) / 1_000 - Math.floor(at / MICROS_PER_SECOND)) / 60);
  const absolute = Math.abs(offsetMinutes);
  const hours = String(Math.floor(absolute / 60)).padStart(2, '0');
  return `${wall}${offsetMinutes < 0 ? '-' : '+'}${hours}:${String(absolute % 60).padStart(2, '0')}`;
}
