import { type Session, isSession, nyDate, nyInstant, requireSession, session } from '@trading-agent/calendar';
import { type MarketDate, MICROS_PER_MILLI, type Micros, addDays, weekday } from '@trading-agent/core';
import { newYorkRfc3339 } from '../market/new-york-text.ts';

type State = 'open' | 'closed' | 'extended-hours';

/** Body of `GET /v1/marketstatus/now` at `now`. Extended hours: 04:00 to the opening, the close to 20:00 (17:00 on half days). */
export function marketStatusNow(now: Micros): Record<string, unknown> {
  const today = session(nyDate(now));
  const early = today !== undefined && now >= nyInstant(today.date, '04:00') && now < today.open;
  const after =
    today !== undefined && now >= today.close && now < nyInstant(today.date, today.half ? '17:00' : '20:00');
  const open = today !== undefined && now >= today.open && now < today.close;
  const market: State = open ? 'open' : early || after ? 'extended-hours' : 'closed';
  const regular: State = open ? 'open' : 'closed';
  return {
    market,
    earlyHours: early,
    afterHours: after,
    serverTime: newYorkRfc3339(now),
    exchanges: { nasdaq: market, nyse: market, otc: regular },
    currencies: { crypto: 'open', fx: 'open' },
    indicesGroups: { s_and_p: regular, dow_jones: regular, nasdaq: regular, cgi: regular },
  };
}

/** How far ahead holidays are announced, calendar days. */
const AHEAD = 365;

/** Body of `GET /v1/marketstatus/upcoming`: closed weekdays and half days after today, once per exchange. */
export function marketStatusUpcoming(now: Micros): readonly Record<string, string>[] {
  const today = nyDate(now);
  const days = Array.from({ length: AHEAD }, (_, index) => addDays(today, index + 1));
  return days
    .filter((date) => weekday(date) !== 0 && weekday(date) !== 6 && insideCalendar(date))
    .flatMap((date) => {
      const day = isSession(date) ? requireSession(date) : null;
      if (day !== null && !day.half) return [];
      const name = holidayName(date);
      return ['NYSE', 'NASDAQ'].map((exchange) => ({ date, exchange, name, ...status(day) }));
    });
}

function status(day: Session | null): Record<string, string> {
  if (day === null) return { status: 'closed' };
  return { status: 'early-close', open: isoMillis(day.open), close: isoMillis(day.close) };
}

/** `2026-11-27T14:30:00.000Z`. */
function isoMillis(at: Micros): string {
  return new Date(at / MICROS_PER_MILLI).toISOString();
}

/** The calendar ends with 2030; beyond it nothing is announced. */
function insideCalendar(date: MarketDate): boolean {
  return date < '2031';
}

/** What the exchange closes for, told by the time of the year. */
function holidayName(date: MarketDate): string {
  const [month, day] = [Number(date.slice(5, 7)), Number(date.slice(8))];
  if ((month === 12 && day === 31) || (month === 1 && day <= 2)) return "New Year's Day";
  if (month === 1 && weekday(date) === 1 && day >= 15 && day <= 21) return 'Martin Luther King, Jr. Day';
  if (month === 2 && weekday(date) === 1) return "Washington's Birthday";
  if ((month === 3 || month === 4) && weekday(date) === 5) return 'Good Friday';
  if (month === 5) return 'Memorial Day';
  if (month === 6) return 'Juneteenth';
  if (month === 7) return 'Independence Day';
  if (month === 9) return 'Labor Day';
  if (month === 11) return 'Thanksgiving';
  return month === 12 ? 'Christmas' : 'Special closure';
}
