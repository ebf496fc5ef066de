import {
  type Session,
  nextSession,
  nyDate,
  nyTime,
  requireSession,
  session,
  sessionsBetween,
  settlementDate,
} from '@trading-agent/calendar';
import { type Micros, marketDate } from '@trading-agent/core';
import { newYorkRfc3339 } from '../market/new-york-text.ts';
import { type Query, dayOf } from './query.ts';
import { badParameter } from './replies.ts';

/** Body of `GET /v2/clock` at `now`. */
export function clockObject(now: Micros): Readonly<Record<string, unknown>> {
  const today = session(nyDate(now));
  const following = requireSession(nextSession(nyDate(now)));
  const open = today !== undefined && now >= today.open && now < today.close;
  const nextOpen = today !== undefined && now < today.open ? today.open : following.open;
  const nextClose = today !== undefined && now < today.close ? today.close : following.close;
  return {
    timestamp: newYorkRfc3339(now),
    is_open: open,
    next_open: newYorkRfc3339(nextOpen),
    next_close: newYorkRfc3339(nextClose),
  };
}

const FIRST = marketDate('1990-01-02');
const LAST = marketDate('2030-12-31');

/** Body of `GET /v2/calendar`: the sessions from `start` to `end`, both included. */
export function calendarRows(query: Query): readonly Record<string, string>[] {
  const start = dayOf('start', query) ?? FIRST;
  const end = dayOf('end', query) ?? LAST;
  if (end < start) throw badParameter('end must not be before start');
  const from = start < FIRST ? FIRST : start;
  const to = end > LAST ? LAST : end;
  return from > to ? [] : sessionsBetween(from, to).map((date) => calendarRow(requireSession(date)));
}

function calendarRow(day: Session): Record<string, string> {
  return {
    date: day.date,
    open: nyTime(day.open).slice(0, 5),
    close: nyTime(day.close).slice(0, 5),
    session_open: '0400',
    session_close: day.half ? '1700' : '2000',
    settlement_date: settlementDate(day.date, 'stock'),
  };
}
