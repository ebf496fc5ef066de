import { type MarketDate, type Micros, TradingError } from '@trading-agent/core';
import { dateOf, dayNumber, dayOf } from './civil.ts';
import { earlyClose, isTradingDay } from './holidays.ts';
import { nyInstant } from './new-york.ts';
import { FIRST_SESSION_YEAR, LAST_SESSION_YEAR } from './sessions-data.ts';

/** One regular session of the New York Stock Exchange. */
export interface Session {
  readonly date: MarketDate;
  readonly open: Micros;
  /** The first instant that no longer belongs to the session. */
  readonly close: Micros;
  /** True when it closes early. */
  readonly half: boolean;
}

const FIRST_DAY = dayNumber(FIRST_SESSION_YEAR, 1, 1);
const LAST_DAY = dayNumber(LAST_SESSION_YEAR, 12, 31);

interface Table {
  readonly sessions: readonly Session[];
  readonly byDate: ReadonlyMap<MarketDate, Session>;
  /** Per day since FIRST_DAY: how many sessions lie strictly before it. */
  readonly before: Uint16Array;
}

let table: Table | undefined;

function build(): Table {
  const sessions: Session[] = [];
  const byDate = new Map<MarketDate, Session>();
  const before = new Uint16Array(LAST_DAY - FIRST_DAY + 1);
  for (let day = FIRST_DAY; day <= LAST_DAY; day += 1) {
    before[day - FIRST_DAY] = sessions.length;
    if (!isTradingDay(day)) continue;
    const date = dateOf(day);
    const early = earlyClose(day);
    const session = Object.freeze({
      date,
      open: nyInstant(date, '09:30'),
      close: nyInstant(date, early ?? '16:00'),
      half: early !== null,
    });
    sessions.push(session);
    byDate.set(date, session);
  }
  return { sessions, byDate, before };
}

function known(): Table {
  table ??= build();
  return table;
}

/** Sessions strictly before `date`. */
function countBefore(date: MarketDate): number {
  const day = dayOf(date);
  const count = known().before[day - FIRST_DAY];
  if (count === undefined) throw outside(date);
  return count;
}

function outside(date: MarketDate): TradingError {
  return new TradingError(
    'OUT_OF_RANGE',
    `Sessions are known from ${FIRST_SESSION_YEAR}-01-01 to ${LAST_SESSION_YEAR}-12-31, asked for ${date}`,
    { hint: 'Choose a date inside that range.', details: { date } },
  );
}

function sessionNumber(index: number, askedFrom: MarketDate): MarketDate {
  const found = known().sessions[index];
  if (found === undefined) throw outside(askedFrom);
  return found.date;
}

/**
 * The session held on `date`, or undefined when the exchange is closed that day.
 * @throws {TradingError} `OUT_OF_RANGE` outside 1990-2030.
 */
export function session(date: MarketDate): Session | undefined {
  const found = known().byDate.get(date);
  if (found === undefined) countBefore(date);
  return found;
}

/** @throws {TradingError} `OUT_OF_RANGE` outside 1990-2030. */
export function isSession(date: MarketDate): boolean {
  return session(date) !== undefined;
}

/**
 * The first session strictly after `date`.
 * @throws {TradingError} `OUT_OF_RANGE` when it would lie outside 1990-2030.
 */
export function nextSession(date: MarketDate): MarketDate {
  return sessionNumber(countBefore(date) + (isSession(date) ? 1 : 0), date);
}

/**
 * The last session strictly before `date`.
 * @throws {TradingError} `OUT_OF_RANGE` when it would lie outside 1990-2030.
 */
export function previousSession(date: MarketDate): MarketDate {
  return sessionNumber(countBefore(date) - 1, date);
}

/**
 * The last session that is not after `date`: `date` itself when it is one.
 * @throws {TradingError} `OUT_OF_RANGE` when it would lie outside 1990-2030.
 */
export function latestSession(date: MarketDate): MarketDate {
  return isSession(date) ? date : previousSession(date);
}

/**
 * All sessions from `from` to `to`, both included; empty when `to` is earlier.
 * @throws {TradingError} `OUT_OF_RANGE` outside 1990-2030.
 */
export function sessionsBetween(from: MarketDate, to: MarketDate): MarketDate[] {
  const first = countBefore(from);
  const end = countBefore(to) + (isSession(to) ? 1 : 0);
  return known()
    .sessions.slice(first, Math.max(first, end))
    .map(({ date }) => date);
}

/** The session `date` itself, or the last one before it. */
export function sessionOnOrBefore(date: MarketDate): MarketDate {
  return isSession(date) ? date : previousSession(date);
}

/** @throws {TradingError} `NOT_A_SESSION` when the exchange is closed on `date`, `OUT_OF_RANGE` outside 1990-2030. */
export function requireSession(date: MarketDate): Session {
  const found = session(date);
  if (found === undefined) {
    throw new TradingError('NOT_A_SESSION', `Expected a day on which the exchange is open, was ${date}`, {
      hint: `Neighbouring sessions: ${previousSession(date)} and ${nextSession(date)}.`,
      details: { date },
    });
  }
  return found;
}
