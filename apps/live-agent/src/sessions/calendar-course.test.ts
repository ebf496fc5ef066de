import {
  formatRfc3339,
  ManualClock,
  marketDate,
  type MarketDate,
  type Micros,
  micros,
  microsFromRfc3339,
  TradingError,
} from '@trading-agent/core';
import { nyDate, requireSession } from '@trading-agent/calendar';
import { describe, expect, it } from 'vitest';
import { silentLog } from '../testing/silent-log.ts';
import { CalendarCourse } from './calendar-course.ts';
import { runSessions, type SessionsOptions } from './run-sessions.ts';

const FRIDAY = marketDate('2026-11-27');
const MONDAY = marketDate('2026-11-30');

/** An agent whose time passes only while it sleeps and trades. */
function agent(from: string, options: Partial<SessionsOptions> & { readonly stopAt?: Micros } = {}) {
  const clock = new ManualClock(microsFromRfc3339(from));
  const interrupt = new AbortController();
  const slept: number[] = [];
  const begun: { readonly date: MarketDate; readonly at: string; readonly resume: boolean }[] = [];
  const course = new CalendarCourse({
    clock,
    sleep: (duration) => {
      slept.push(duration);
      clock.advanceTo(micros(clock.now() + duration));
      if (options.stopAt !== undefined && clock.now() >= options.stopAt) interrupt.abort();
      return Promise.resolve();
    },
    log: silentLog,
    signal: interrupt.signal,
  });
  const trade: SessionsOptions['trade'] = ({ resume, begun: tell }) => {
    tell();
    const date = nyDate(clock.now());
    begun.push({ date, at: formatRfc3339(clock.now()), resume });
    const { close } = requireSession(date);
    clock.advanceTo(micros(Math.max(clock.now(), close)));
    return Promise.resolve({ sessionId: date, complete: true, report: reportOf(date) });
  };
  const ended: MarketDate[] = [];
  const run = runSessions({
    trade,
    course,
    sessions: Number.POSITIVE_INFINITY,
    resume: true,
    onEnd: ({ report }) => ended.push(report.session),
    log: silentLog,
    signal: interrupt.signal,
    ...options,
  });
  return { clock, course, slept, begun, ended, run, trade };
}

function reportOf(session: MarketDate) {
  return {
    session,
    tier: 'small',
    events: 0,
    orders: [],
    executions: [],
    fees: 0,
    startEquity: 0,
    endEquity: 0,
    positions: [],
    refusals: [],
    fingerprint: '',
  };
}

describe('an agent on a real market', () => {
  it('goes on from a half day over the weekend, and begins 15 minutes before the open', async () => {
    const { begun, ended, run, slept } = agent('2026-11-27T17:00:00Z', { sessions: 2 });
    expect(await run).toEqual({ traded: 2, interrupted: null });
    expect(begun.map(({ date, at }) => [date, at])).toEqual([
      [FRIDAY, '2026-11-27T17:00:00.000000Z'],
      [MONDAY, '2026-11-30T14:15:00.000000Z'],
    ]);
    expect(ended).toEqual([FRIDAY, MONDAY]);
    // Timers stand still while a machine sleeps: no wait is longer than a minute.
    expect(Math.max(...slept)).toBe(60_000_000);
  });

  it('waits where it is started on a day without trading', async () => {
    const trade = (): never => {
      throw new TradingError('NOT_A_SESSION', 'The market is closed');
    };
    let tried = 0;
    const one = agent('2026-11-28T12:00:00Z', {
      sessions: 1,
      trade: async (run) => (++tried === 1 ? trade() : one.trade(run)),
    });
    expect(await one.run).toEqual({ traded: 1, interrupted: null });
    expect(one.begun).toEqual([{ date: MONDAY, at: '2026-11-30T14:15:00.000000Z', resume: true }]);
  });

  it('gives up on Monday what it was told to give up on Saturday', async () => {
    let tried = 0;
    const one = agent('2026-11-28T12:00:00Z', {
      sessions: 2,
      resume: false,
      trade: async (run) => {
        if (++tried === 1) throw new TradingError('NOT_A_SESSION', 'The market is closed');
        return one.trade(run);
      },
    });
    await one.run;
    expect(one.begun.map(({ resume }) => resume)).toEqual([false, true]);
  });

  it('ends between two sessions when it is told to', async () => {
    const stopAt = microsFromRfc3339('2026-11-28T03:00:00Z');
    const { run, begun, clock } = agent('2026-11-27T15:00:00Z', { stopAt });
    expect(await run).toEqual({ traded: 1, interrupted: null });
    expect(begun).toHaveLength(1);
    expect(clock.now()).toBe(stopAt);
  });

  it('does not begin a day again when the clock is set back after it', async () => {
    let now = microsFromRfc3339('2026-11-27T18:05:00Z');
    const course = new CalendarCourse({
      clock: { now: () => now },
      sleep: () => {
        // Two hours back at first, then to Monday.
        now =
          now < microsFromRfc3339('2026-11-27T17:00:00Z')
            ? microsFromRfc3339('2026-11-30T14:20:00Z')
            : micros(now - 7_200_000_000);
        return Promise.resolve();
      },
      log: silentLog,
    });
    expect(await course.next(FRIDAY)).toBe(true);
    expect([course.due.date, nyDate(now)]).toEqual([MONDAY, MONDAY]);
  });

  it('takes up what broke off for a passing reason, after pauses that grow, and gives up when nothing comes of it', async () => {
    const away = new TradingError('BROKER_UNAVAILABLE', 'No route');
    let tried = 0;
    const asked: boolean[] = [];
    const back = agent('2026-11-27T15:00:00Z', {
      sessions: 1,
      resume: false,
      trade: (run) => {
        asked.push(run.resume);
        if (++tried === 3) run.begun();
        return tried <= 4 ? Promise.reject(away) : back.trade(run);
      },
    });
    expect(await back.run).toEqual({ traded: 1, interrupted: null });
    expect(back.slept).toEqual([5_000_000, 10_000_000, 20_000_000, 40_000_000]);
    // What was to be given up is not taken up because the new session could not begin at once; what had begun goes on where its journal ends.
    expect(asked).toEqual([false, false, false, true, true]);

    const gone = agent('2026-11-27T15:00:00Z', { trade: () => Promise.reject(away) });
    await expect(gone.run).rejects.toBe(away);
    expect(gone.slept).toHaveLength(29);
    const wrong = new TradingError('BROKER_AUTH', 'The key is wrong');
    const refused = agent('2026-11-27T15:00:00Z', { trade: () => Promise.reject(wrong) });
    await expect(refused.run).rejects.toBe(wrong);
    expect(refused.slept).toEqual([]);
  });

  it('books that differ at the end of a day are the next session’s to settle; in the middle of one they end it', async () => {
    const differs = new TradingError('BROKER_DISAGREES', 'SPY: broker 1, books 0');
    let tried = 0;
    const after = agent('2026-11-27T18:05:00Z', {
      sessions: 1,
      trade: (run) => (++tried === 1 ? Promise.reject(differs) : after.trade(run)),
    });
    expect(await after.run).toEqual({ traded: 1, interrupted: null });
    // Monday's session takes over what Friday's has left.
    expect(after.begun).toEqual([{ date: MONDAY, at: '2026-11-30T14:15:00.000000Z', resume: true }]);
    const amid = agent('2026-11-27T15:00:00Z', { trade: () => Promise.reject(differs) });
    await expect(amid.run).rejects.toBe(differs);
  });

  it('told to stop before the first session it begins none; only the first may be begun anew', async () => {
    const interrupt = new AbortController();
    interrupt.abort();
    const stopped = agent('2026-11-27T15:00:00Z', { signal: interrupt.signal });
    expect([await stopped.run, stopped.begun]).toEqual([{ traded: 0, interrupted: null }, []]);
    const anew = agent('2026-11-27T17:00:00Z', { sessions: 2, resume: false });
    await anew.run;
    expect(anew.begun.map(({ resume }) => resume)).toEqual([false, true]);
  });

  it('a session that was interrupted is told as such, and nothing follows', async () => {
    const interrupted = { sessionId: 's', complete: false, report: reportOf(FRIDAY) };
    const { run, ended } = agent('2026-11-27T15:00:00Z', { trade: () => Promise.resolve(interrupted) });
    expect(await run).toEqual({ traded: 0, interrupted });
    expect(ended).toEqual([]);
  });
});
